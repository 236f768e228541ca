"""CSV: what is written is what a reader of CSV gets."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.formats.csv_rows import CSV, header
from gis.formats.features import Features
from gis.reference_systems import epsg
from tests.gis.formats.rows import FIELDS, ROWS, Row, lats, lons, points, rows_of, written

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [field.name for field in FIELDS]
lines = st.lists(st.tuples(lons, lats), min_size=2, max_size=4).map(shapely.LineString)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def told(cells: list[str]) -> Row:
    """The values of a row as its cells tell them: an empty one is missing."""
    kinds = (str, int, int, float, date.fromisoformat, datetime.fromisoformat, json.loads, str, str)
    return tuple(
        (kind(cell) if cell else None)  # type: ignore[operator]  # a class or a function
        for kind, cell in zip(kinds, cells, strict=True)
    )


def kept(row: Row) -> Row:
    """The values of a row as CSV keeps them."""
    return tuple(
        None if value == "" or (isinstance(value, float) and not isfinite(value)) else value
        for value in row[2:]
    )


@settings(deadline=None)
@given(rows_of(points))
def test_points_come_back(rows: list[Row]) -> None:
    with written(CSV, rows) as path:
        head, *found = read(path)
    assert head == ["id", "lon", "lat", *NAMES]
    assert [int(cells[0]) for cells in found] == [row[0] for row in rows]
    assert [told(cells[3:]) for cells in found] == [kept(row) for row in rows]
    for cells, row in zip(found, rows, strict=True):
        place = None if row[1] is None else (row[1].x, row[1].y)
        assert (None if cells[1] == "" else (float(cells[1]), float(cells[2]))) == place


@settings(deadline=None)
@given(rows_of(lines))
def test_other_geometries_come_back_to_sixteen_decimals(rows: list[Row]) -> None:
    with written(CSV, rows, "LineString") as path:
        head, *found = read(path)
    assert head == ["id", "wkt", *NAMES]
    for cells, row in zip(found, rows, strict=True):
        assert told(cells[2:]) == kept(row)
        assert (cells[1] == "") == (row[1] is None)
        if row[1] is not None:
            close = shapely.from_wkt(cells[1]).equals_exact(row[1], tolerance=1e-15)
            assert close, (cells[1], row[1])


def test_the_bytes_are_plain_and_untouched() -> None:
    with written(CSV, ROWS) as path:
        text = path.read_bytes().decode()
    assert text.split("\r\n", 1)[0] == ",".join(["id", "lon", "lat", *NAMES])
    assert text.endswith("\r\n")
    full = '1,1.3135,15.2275,Inatès,2,71,5000,2019-12-11,2019-12-10T00:00:00Z,"["'
    assert f'{full}"Inates"",""I \\""n\\""""]",CC BY 4.0,press\r\n' in text
    assert '2,,,"=1+1, ""quoted""\r\nsecond line\\",0,0,0,,,[],ODbL,press\r\n' in text
    assert '5,-179.9999999,-16.5,"",1,,,,,,,\r\n' in text


def test_a_layer_without_geometry_has_no_column_for_it() -> None:
    with written(CSV, [(1, None, "a")], None, FIELDS[:1]) as path:
        assert path.read_bytes() == b"id,title\r\n1,a\r\n"


def test_no_rows_leave_the_header() -> None:
    with written(CSV, [], fields=FIELDS[:1]) as path:
        assert path.read_bytes() == b"id,lon,lat,title\r\n"


def test_the_columns_of_a_place_are_named_for_what_they_hold() -> None:
    placed = [
        header(Features((), (), "Point", system=epsg(code))).decode().split(",", 1)[1].strip()
        for code in (4326, 32630)
    ]
    assert placed == ["lon,lat", "easting,northing"]
