"""Shapefile, as a zip archive: what its readers of thirty years still ask for.

Its table (dBASE) has names of ten characters, texts of 254 bytes and no moments, and a file of it
ends at 2 GiB. So the rows are set aside once, as Arrow, while their longest texts are found: the
columns are then just as wide as they need, and what would not fit is refused before it is written.

References
----------
ESRI Shapefile Technical Description, July 1998. GDAL, driver "ESRI Shapefile": ``.cpg``, nulls.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from gis.errors import TooMuchForFormat
from gis.fields import Kind
from gis.formats.archive import write_archive
from gis.formats.arrow import GEOMETRY, KEY, moment_texts, record_batches, schema
from gis.formats.features import colophon_text
from gis.formats.format import NOT_FINITE, Format, GeometryForm, Loss
from gis.formats.ogr import write_batches
from gis.formats.short_names import short_names
from gis.whole_file import UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from gis.formats.features import Colophon, Features

ID = "id"
"""Column of the keys."""

LONGEST_TEXT = 254
"""Bytes of a text."""

LARGEST_NUMBER = 1e15
"""A real number has 24 characters, some of them decimals; what is larger may have no room."""

LARGEST = 2**31 - 1
"""Bytes of a file: offsets have 32 bits with a sign."""

_WHOLE, _REAL, _DATE = 20, 24, 8
"""Characters of a number and a date."""
_HEADER, _DESCRIPTOR = 33, 32
"""Bytes of the head of the table, and of the description of a column."""
_RECORD, _POINT, _PART = 60, 16, 4
"""Bytes of a shape at most, of a vertex, and of the start of a part of it."""

_SUFFIXES = ("shp", "shx", "dbf", "prj", "cpg")


@dataclass(slots=True)
class _Measured:
    """What is known of rows that were set aside: how many, how wide, how large."""

    rows: int = 0
    shape_bytes: int = 0
    widths: dict[str, int] = field(default_factory=dict)

    def look_at(self, batch: pa.RecordBatch) -> None:
        self.rows += len(batch)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name == GEOMETRY:
                shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
                vertices = int(shapely.get_num_coordinates(shapes).sum())
                # Each part has a start; a ring is counted among its vertices, of which it has four.
                self.shape_bytes += len(batch) * _RECORD + vertices * (_POINT + _PART)
            elif pa.types.is_string(column.type):
                longest = pc.max(pc.binary_length(column)).as_py() or 1
                self.widths[name] = max(self.widths.get(name, 1), longest)


def write(path: Path, features: Features, colophon: Colophon) -> None:
    """Write an archive of a Shapefile, its names in full, and what it is; without places a table.

    Raises
    ------
    TooMuchForFormat
        Its table or its shapes would be larger than 2 GiB; told before they are written.
    UnwritableFile
        The disk is full, or the driver fails otherwise.
    """
    folder = path.parent / f"{path.name}.parts"
    folder.mkdir()
    names = _names(features)
    aside, measured = folder / "rows.arrow", _Measured()
    with pa.OSFile(str(aside), "wb") as sink:
        columns = _columns(features, names, {})
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(sink, columns, options=options) as file:
            for batch in _batches(features, names):
                measured.look_at(batch)
                file.write_batch(batch)
    _check_sizes(features, measured, names)
    made = folder / f"{colophon.layer}.{'shp' if features.geometry else 'dbf'}"
    with pa.OSFile(str(aside), "rb") as source:
        columns = _columns(features, names, measured.widths)
        write_batches(
            made,
            features,
            pa.RecordBatchReader.from_batches(columns, _read(pa.ipc.open_file(source), columns)),
            colophon.layer,
            driver="ESRI Shapefile",
            layer_options={
                "ENCODING": "UTF-8",
                "DBF_DATE_LAST_UPDATE": _day(colophon.recorded_at),
            },
            dataset_options={},
        )
    _check(made, measured)
    members: dict[str, Path | bytes] = {
        part.name: part
        for part in (made.with_suffix(f".{suffix}") for suffix in _SUFFIXES)
        if part.exists()
    }
    members |= {
        f"{colophon.layer}_fields.csv": _fields(features, names),
        f"{colophon.layer}_about.txt": colophon_text(features, colophon).encode(),
    }
    write_archive(path, members)


def _names(features: Features) -> dict[str, str]:
    return short_names([ID, *(field.name for field in features.fields)])


def _columns(features: Features, names: Mapping[str, str], widths: Mapping[str, int]) -> pa.Schema:
    """The columns of the table; texts as wide as they are known to be."""
    found = []
    for column in schema(features):
        name = column.name if column.name == GEOMETRY else names[_named(column.name)]
        if name == GEOMETRY:
            found.append(column)
        elif pa.types.is_timestamp(column.type) or pa.types.is_string(column.type):
            about = {"GDAL:OGR:width": str(widths[name])} if name in widths else None
            found.append(pa.field(name, pa.string(), metadata=about))
        else:
            found.append(pa.field(name, column.type))
    return pa.schema(found)


def _named(column: str) -> str:
    return ID if column == KEY else column


def _batches(features: Features, names: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    columns = _columns(features, names, {})
    for batch in record_batches(features):
        arrays = [
            _cut(moment_texts(array) if pa.types.is_timestamp(array.type) else array)
            for array in batch
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=columns)


def _cut(column: pa.Array) -> pa.Array:
    """Texts of at most so many bytes, no character of them halved; numbers that have room."""
    if pa.types.is_floating(column.type):
        is_near = pc.less(pc.abs(column), LARGEST_NUMBER)
        return pc.if_else(is_near, column, pa.scalar(None, column.type))
    if not pa.types.is_string(column.type):
        return column
    long = pc.greater(pc.binary_length(column), LONGEST_TEXT)
    if not pc.any(long).as_py():
        return column
    cut = [
        text if text is None else text.encode()[:LONGEST_TEXT].decode("utf-8", "ignore")
        for text in column.to_pylist()
    ]
    return pa.array(cut, pa.string())


def _read(file: pa.ipc.RecordBatchFileReader, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    for number in range(file.num_record_batches):
        yield pa.RecordBatch.from_arrays(file.get_batch(number).columns, schema=columns)


def _check_sizes(features: Features, measured: _Measured, names: Mapping[str, str]) -> None:
    kinds = {names[field.name]: field.kind for field in features.fields}
    width = _WHOLE + 1  # the key, and the flag of a record that was deleted
    for name, kind in kinds.items():
        width += measured.widths.get(name, _FIXED.get(kind, 1))
    table = _HEADER + _DESCRIPTOR * (len(kinds) + 1) + width * measured.rows
    for what, size in (("table", table), ("shapes", measured.shape_bytes)):
        if size > LARGEST:
            rule = (
                f"the {what} of a Shapefile take at most 2 GiB, and these need "
                f"{size / 2**30:.1f}: ask for fewer features or fields, or for GeoPackage"
            )
            raise TooMuchForFormat(str(measured.rows), rule)


def _check(made: Path, measured: _Measured) -> None:
    """Look whether the driver wrote all of it: it can fail in silence while it closes a file."""
    with made.with_suffix(".dbf").open("rb") as file:
        head = file.read(12)
        whole = int.from_bytes(head[8:10], "little") + measured.rows * int.from_bytes(
            head[10:12], "little"
        )
        found = int.from_bytes(head[4:8], "little")
        size = file.seek(0, io.SEEK_END)
    if found != measured.rows or size < whole:
        rule = f"the disk has room for it ({found} of {measured.rows} features were written)"
        raise UnwritableFile(made.name, rule)


def _fields(features: Features, names: Mapping[str, str]) -> bytes:
    """The table of names in full; with a mark at its head by which spreadsheets know UTF-8."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("column", "field", "title", "meaning", "unit"))
    lines.writerow((names[ID], ID, "Key", "The same key that the feature has everywhere.", ""))
    for each in features.fields:
        lines.writerow((names[each.name], each.name, each.title, each.meaning, each.unit or ""))
    return text.getvalue().encode("utf-8-sig")


def _day(moment: datetime | None) -> str:
    """The day of the last change: of the data, since that of writing would differ each time."""
    return "1970-01-01" if moment is None else moment.date().isoformat()


_FIXED = {
    Kind.INTEGER: _WHOLE,
    Kind.COUNT: _WHOLE,
    Kind.NUMBER: _REAL,
    Kind.DATE: _DATE,
}

SHAPEFILE = Format(
    id="shp",
    title="Shapefile",
    extension="shp.zip",
    media_type="application/zip",
    geometry=GeometryForm.WKB,
    write=write,
    losses=(
        Loss(
            "Names of more than ten characters",
            "They are shortened (`killed_civilians_low` is `ki_civ_low`); the file `_fields.csv` "
            "in the archive has both, with titles, meanings and units.",
        ),
        Loss(
            "Texts of more than 254 bytes", "They are cut there, at the end of a whole character."
        ),
        Loss("An empty text, and spaces at the ends of one", "It is missing; they are left out."),
        Loss(
            "Moments",
            "They are texts as in RFC 3339 (`2019-12-10T00:00:00Z`): the table has dates only.",
        ),
        Loss(
            "Numbers beyond 15 digits, or 15 decimals",
            "They are rounded to what 24 characters of decimal text hold.",
        ),
        Loss(
            "Whole numbers of more than 18 characters",
            "They are written, and their column is read as one of real numbers.",
        ),
        Loss("Real numbers of 10 to the 15th and more", "They are missing."),
        Loss("A list of texts", "It is the text of a JSON array, cut like any text."),
        Loss("More than 2 GiB of a table or of shapes", "They are refused."),
        Loss("An empty geometry", "It is missing."),
        Loss("The closed lists of words of a field", "They are plain text columns."),
        NOT_FINITE,
    ),
)
