"""XLSX: what is written comes back to another program that reads such workbooks."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import shapely
from hypothesis import given, settings
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from gis.errors import TooMuchForFormat
from gis.formats import spreadsheet
from gis.formats.spreadsheet import EXACT, FIRST_DAY, LARGEST, LONGEST, XLSX, shortened
from tests.gis.formats.rows import FIELDS, ROWS, Row, points, rows_of, written

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [field.name for field in FIELDS]


def sheet(path: Path, name: str) -> list[Row]:
    book = load_workbook(path)
    lines = [tuple(cell.value for cell in line) for line in book[name].iter_rows()]
    return [
        tuple(unescape(value) if isinstance(value, str) else value for value in line)
        for line in lines
    ]


def kept(row: Row) -> Row:
    place = (None, None) if row[1] is None else (row[1].x, row[1].y)
    return (_kept(row[0]), *map(_close, place), *map(_kept, row[2:]))


def _close(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, rel=1e-15)


def _kept(value: Any) -> Any:
    if isinstance(value, float):
        return _close(value) if abs(value) < LARGEST else None
    if isinstance(value, int):
        return value if abs(value) < EXACT else str(value)
    if isinstance(value, datetime):
        civil = value.replace(tzinfo=None)
        if value.date() < FIRST_DAY:
            return f"{civil.isoformat()}Z"
        return Near(civil)
    if isinstance(value, date):
        early = value < FIRST_DAY
        return value.isoformat() if early else datetime(value.year, value.month, value.day)
    return value


class Near:
    """A moment to the millisecond, rounded in whichever way."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and abs(other - self.moment) <= timedelta(milliseconds=1)

    def __hash__(self) -> int:
        return hash(self.moment)


def with_lists(row: Row) -> Row:
    place = 3 + NAMES.index("names")
    return tuple(
        json.loads(value) if at == place and value else value for at, value in enumerate(row)
    )


@settings(deadline=None, max_examples=40)
@given(rows_of(points))
def test_rows_come_back_but_for_the_losses(rows: list[Row]) -> None:
    with written(XLSX, rows) as path:
        head, *found = sheet(path, "incidents")
    assert head == ("id", "lon", "lat", *NAMES)
    assert [with_lists(row) for row in found] == [kept(row) for row in rows]


def test_cells_are_typed_and_a_formula_is_a_text() -> None:
    with written(XLSX, ROWS) as path:
        book = load_workbook(path)
        full, other, bare = list(book["incidents"].iter_rows(min_row=2))
    types = {name: cell.data_type for name, cell in zip(NAMES, full[3:], strict=True)}
    assert types == {
        "title": "s",
        "reports": "n",
        "killed": "n",
        "radius_m": "n",
        "published": "d",
        "event_start": "d",
        "names": "s",
        "licence": "s",
        "attribution": "s",
    }
    assert full[7].value == datetime(2019, 12, 11)
    assert other[3].data_type == "s"
    assert str(other[3].value).startswith("=1+1")
    assert (other[5].value, bare[5].value) == (0, None)
    assert book["incidents"].freeze_panes == "A2"


def test_other_sheets_say_what_it_is_and_what_it_lost() -> None:
    with written(XLSX, ROWS) as path:
        assert load_workbook(path).sheetnames == ["incidents", "fields", "about", "losses"]
        fields, about, losses = (sheet(path, name) for name in ("fields", "about", "losses"))
        properties = load_workbook(path).properties
    assert ("radius_m", "Radius", "Of the place.", "m") in fields
    assert [text for name, text in about if name == "Licence"] == ["CC BY 4.0", "ODbL"]
    assert ("Query", "country=MLI") in about
    assert losses[1:] == [(loss.what, loss.instead) for loss in XLSX.losses]
    assert properties.created == datetime(2021, 4, 1, 12, 30, 15)


def test_other_geometries_are_texts() -> None:
    line = shapely.LineString([(-180, 0.1), (180, 1)])
    with written(XLSX, [(1, line, "a"), (2, None, "b")], "LineString", FIELDS[:1]) as path:
        assert sheet(path, "incidents") == [
            ("id", "wkt", "title"),
            (1, "LINESTRING (-180 0.1, 180 1)", "a"),
            (2, None, "b"),
        ]


def test_features_without_geometry_have_no_column_for_it() -> None:
    with written(XLSX, [(1, None, "a")], None, FIELDS[:1]) as path:
        assert sheet(path, "incidents") == [("id", "title"), (1, "a")]


def test_no_rows_leave_the_head() -> None:
    with written(XLSX, [], fields=FIELDS[:1]) as path:
        assert sheet(path, "incidents") == [("id", "lon", "lat", "title")]


@pytest.mark.parametrize(
    "text, cut",
    [
        ("a" * LONGEST, "a" * LONGEST),
        ("a" * (LONGEST + 1), "a" * LONGEST),
        ("a" + "😀" * LONGEST, "a" + "😀" * (LONGEST // 2)),
        ("😀" * LONGEST, "😀" * (LONGEST // 2)),
    ],
    ids=["fits", "plain", "odd", "even"],
)
def test_a_long_text_is_cut_at_a_whole_character(text: str, cut: str) -> None:
    assert shortened(text) == cut
    with written(XLSX, [(1, None, text)], None, FIELDS[:1]) as path:
        assert sheet(path, "incidents")[1] == (1, cut)


def test_more_rows_than_a_sheet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 3)
    rows: list[Row] = [(key, None, "a") for key in range(3)]
    with written(XLSX, rows[:2], None, FIELDS[:1]) as path:
        assert len(sheet(path, "incidents")) == 3
    with pytest.raises(TooMuchForFormat, match="at most 2"), written(XLSX, rows, None, FIELDS[:1]):
        pass


def test_a_moment_is_that_of_universal_time() -> None:
    moment = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    with written(XLSX, [(1, None, moment)], None, [FIELDS[5]]) as path:
        assert sheet(path, "incidents")[1] == (1, datetime(2020, 1, 2, 3, 4, 5))
