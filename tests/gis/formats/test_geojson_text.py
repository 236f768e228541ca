"""GeoJSON files: what is written is what a reader of JSON, and GDAL, gets."""

from __future__ import annotations

import json
from datetime import date, datetime
from math import isfinite
from typing import Any

import pyogrio
import pytest
import shapely
from hypothesis import given, settings

from gis.formats.geojson_text import GEOJSON, GEOJSONSEQ, text_sequence
from tests.gis.formats.rows import FIELDS, ROWS, Row, points, rows_of, written

NAMES = [field.name for field in FIELDS]


def told(feature: dict[str, Any]) -> Row:
    assert feature["type"] == "Feature"
    values = dict(feature["properties"])
    for name, read in (("published", date), ("event_start", datetime)):
        if values[name] is not None:
            values[name] = read.fromisoformat(values[name])
    shape = feature["geometry"]
    placed = None if shape is None else tuple(shape["coordinates"])
    return (feature["id"], placed, *(values[name] for name in NAMES))


def kept(row: Row) -> Row:
    values = (None if isinstance(v, float) and not isfinite(v) else v for v in row[2:])
    return (row[0], None if row[1] is None else (row[1].x, row[1].y), *values)


@settings(deadline=None)
@given(rows_of(points))
def test_a_collection_comes_back(rows: list[Row]) -> None:
    with written(GEOJSON, rows) as path:
        found = json.loads(path.read_bytes())
    assert found["type"] == "FeatureCollection"
    assert [told(feature) for feature in found["features"]] == [kept(row) for row in rows]


@settings(deadline=None)
@given(rows_of(points))
def test_lines_come_back(rows: list[Row]) -> None:
    with written(GEOJSONSEQ, rows) as path:
        found = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [told(feature) for feature in found] == [kept(row) for row in rows]


def test_a_collection_says_what_it_is() -> None:
    with written(GEOJSON, ROWS) as path:
        found = json.loads(path.read_bytes())
        assert pyogrio.read_info(path)["layer_name"] == "incidents"
    del found["features"]
    assert found == {
        "type": "FeatureCollection",
        "name": "incidents",
        "title": 'Incidents & "more"',
        "description": "What happened.\nNot all of it.",
        "keywords": ["conflict", "Sahel"],
        "licences": ["CC BY 4.0", "ODbL"],
        "attributions": ["press"],
        "version": 7,
        "recorded_at": "2021-04-01T12:30:15.123456Z",
        "query": "country=MLI",
    }


@pytest.mark.parametrize("format", [GEOJSON, GEOJSONSEQ], ids=lambda format: str(format.id))
def test_gdal_reads_types_and_what_is_missing(format: Any) -> None:
    with written(format, ROWS) as path:
        table = pyogrio.read_arrow(path)[1]
    found = table.to_pydict()
    assert found["killed"] == [71.0, 0.0, None]
    assert found["title"] == [row[2] for row in ROWS]
    assert str(table.schema.field("published").type) == "date32[day]"
    assert str(table.schema.field("event_start").type).startswith("timestamp")
    geometry = next(found[name] for name in ("wkb_geometry", "geometry") if name in found)
    assert [wkb and shapely.from_wkb(wkb).wkt for wkb in geometry] == [
        row[1] and row[1].wkt for row in ROWS
    ]


def test_no_rows_make_an_empty_collection_and_an_empty_file_of_lines() -> None:
    with written(GEOJSON, []) as path:
        assert json.loads(path.read_bytes())["features"] == []
    with written(GEOJSONSEQ, []) as path:
        assert path.read_bytes() == b""


@settings(deadline=None)
@given(rows_of(points).filter(bool))
def test_each_text_of_a_sequence_stands_between_separator_and_line_feed(rows: list[Row]) -> None:
    with written(GEOJSONSEQ, rows) as path:
        plain = path.read_bytes()
    before, *texts = text_sequence(plain).split(b"\x1e")
    assert before == b""
    assert all(text.endswith(b"\n") for text in texts)
    assert [json.loads(text) for text in texts] == [json.loads(line) for line in plain.splitlines()]
