"""XLSX: a sheet of rows, and sheets that say what its columns mean, what it is, and what it lost.

Rows go to disk one by one, so a long sheet needs no more memory than a short one.

References
----------
ECMA-376; "Excel specifications and limits" (1,048,576 rows, 32,767 characters in a cell).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from gis.errors import TooMuchForFormat
from gis.fields import Kind
from gis.formats.features import colophon_lines
from gis.formats.format import Format, GeometryForm, Loss
from gis.formats.place_columns import place_columns, place_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from gis.formats.features import Batch, Colophon, Features, Row

MOST_ROWS = 1_048_576
"""Of a sheet, its head included."""
LONGEST = 32_767
"""Characters of a cell, each of four bytes counted twice."""
EXACT = 10**15
"""Whole numbers below it have fifteen digits at most, as many as are kept."""
LARGEST = 1e308
"""Programs hold no number as large as that."""
FIRST_DAY = date(1900, 3, 1)
"""The first of which all programs think the same: to Excel, 1900 had a 29 February."""

_MOMENT, _DAY = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"
_WIDTHS = {Kind.DATETIME: 19, Kind.DATE: 11, Kind.TEXT: 18, Kind.TEXTS: 18}
_EPOCH = datetime(2000, 1, 1)


def write(path: Path, features: Features, colophon: Colophon) -> None:
    """Write a workbook.

    Raises
    ------
    TooMuchForFormat
        There are more features than a sheet has rows.
    OSError
        The disk is full.
    """
    book = xlsxwriter.Workbook(
        str(path),
        {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_urls": False},
    )
    try:
        _write_rows(book, features, colophon)
        _write_meanings(book, features)
        _write_about(book, features, colophon)
        recorded = colophon.recorded_at or _EPOCH
        # Both moments would be that of writing; the same state is to make the same file.
        about = {"title": colophon.title, "subject": colophon.query, "created": recorded}
        book.set_properties({**about, "comments": "; ".join(features.licences)})
    finally:
        _close(book, features)


def _close(book: Any, features: Features) -> None:
    try:
        book.close()
    except XlsxWriterException as fault:
        cause = fault.__cause__ or fault.__context__ or (fault.args and fault.args[0])
        raise cause if isinstance(cause, OSError) else OSError(str(fault)) from fault


def _write_rows(book: Any, features: Features, colophon: Colophon) -> None:
    sheet = book.add_worksheet(colophon.layer[:31])
    places = place_names(features)
    kinds = [Kind.INTEGER, *_kinds_of_places(places), *(field.kind for field in features.fields)]
    names = ["id", *places, *(field.name for field in features.fields)]
    bold = book.add_format({"bold": True})
    for column, kind in enumerate(kinds):
        sheet.set_column(column, column, _WIDTHS.get(kind, 10))
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    writers = [_writer(book, sheet, kind) for kind in kinds]
    line = 0
    for batch in features:
        for row in _rows(features, batch):
            line += 1
            if line >= MOST_ROWS:
                raise too_many(line)
            for column, (put, value) in enumerate(zip(writers, row, strict=True)):
                if value is not None:
                    put(line, column, value)
    sheet.autofilter(0, 0, line, len(names) - 1)


def too_many(count: int) -> TooMuchForFormat:
    """The error for so many features."""
    rule = f"a sheet holds at most {MOST_ROWS - 1:,}: ask for fewer, or for CSV"
    return TooMuchForFormat(count, rule)


def _kinds_of_places(names: Sequence[str]) -> list[Kind]:
    return [Kind.TEXT if name == "wkt" else Kind.NUMBER for name in names]


def _rows(features: Features, batch: Batch) -> Iterable[Sequence[Any]]:
    first = features.lead + 2
    geometries = pa.array([row[first - 1] for row in batch], pa.binary())
    places = [column.to_pylist() for column in place_columns(features, geometries)]
    if not places:
        return ((row[features.lead], *row[first:]) for row in batch)
    placed = zip(batch, *places, strict=True)
    return (chain((row[features.lead],), place, row[first:]) for row, *place in placed)  # type: ignore[misc]  # a row is a sequence


def _writer(book: Any, sheet: Any, kind: Kind) -> Callable[[int, int, Any], None]:
    """What puts a value of a kind into a cell."""

    def text(line: int, column: int, value: str) -> None:
        sheet.write_string(line, column, shortened(value))

    def number(line: int, column: int, value: float) -> None:
        if not abs(value) < LARGEST:  # so is what is no number
            return
        if isinstance(value, int) and abs(value) >= EXACT:
            sheet.write_string(line, column, str(value))
        else:
            sheet.write_number(line, column, value)

    def texts(line: int, column: int, value: Sequence[str]) -> None:
        text(line, column, msgspec.json.encode(value).decode())

    days, moments = book.add_format({"num_format": _DAY}), book.add_format({"num_format": _MOMENT})

    def day(line: int, column: int, value: date) -> None:
        if value < FIRST_DAY:
            sheet.write_string(line, column, value.isoformat())
        else:
            sheet.write_datetime(line, column, value, days)

    def moment(line: int, column: int, value: datetime) -> None:
        civil = value.astimezone(UTC).replace(tzinfo=None)
        if civil.date() < FIRST_DAY:
            sheet.write_string(line, column, f"{civil.isoformat()}Z")
        else:
            sheet.write_datetime(line, column, civil, moments)

    writers: dict[Kind, Callable[[int, int, Any], None]] = {
        Kind.TEXT: text,
        Kind.TEXTS: texts,
        Kind.DATE: day,
        Kind.DATETIME: moment,
    }
    return writers.get(kind, number)


def shortened(text: str) -> str:
    """A text that fits into a cell."""
    if len(text) <= LONGEST // 2:
        return text
    return text.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")


def _write_meanings(book: Any, features: Features) -> None:
    _write_texts(
        book,
        "fields",
        ("field", "title", "meaning", "unit"),
        [(field.name, field.title, field.meaning, field.unit or "") for field in features.fields],
    )


def _write_about(book: Any, features: Features, colophon: Colophon) -> None:
    _write_texts(book, "about", ("what", "text"), colophon_lines(features, colophon))
    lost = [(loss.what, loss.instead) for loss in XLSX.losses]
    _write_texts(book, "losses", ("what", "instead"), lost)


def _write_texts(book: Any, name: str, head: Sequence[str], lines: Iterable[Row]) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    for column, text in enumerate(head):
        sheet.set_column(column, column, 80 if text in ("meaning", "text", "instead") else 30)
        sheet.write_string(0, column, text, bold)
    for number, line in enumerate(lines, 1):
        for column, text in enumerate(line):
            sheet.write_string(number, column, shortened(text))


XLSX = Format(
    id="xlsx",
    title="Excel workbook (XLSX)",
    extension="xlsx",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    geometry=GeometryForm.WKB,
    write=write,
    most_features=MOST_ROWS - 1,
    losses=(
        Loss("More than 1,048,575 features", "They are refused."),
        Loss(
            "The geometry",
            "Points are `lon` and `lat`, anything else is the text `wkt`, cut like any text.",
        ),
        Loss("Texts of more than 32,767 characters", "They are cut there."),
        Loss(
            "An empty text",
            "The cell holds a text of nothing; most readers take it for missing.",
        ),
        Loss("Dates and moments before March 1900", "They are texts as in RFC 3339."),
        Loss("The zone of a moment, and what is finer than a millisecond", "They are left out."),
        Loss("Whole numbers of more than 15 digits", "They are texts."),
        Loss("A list of texts", "It is the text of a JSON array."),
        Loss("A number that is not finite, or of 10 to the 308th", "The cell is empty."),
    ),
)
