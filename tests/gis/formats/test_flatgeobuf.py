"""FlatGeobuf: what is written comes back, and a stream of batches is one file."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

import pyogrio
import pytest
import shapely
from hypothesis import given, settings

from gis.formats.features import Features
from gis.formats.flatgeobuf import FLATGEOBUF, header, records
from gis.formats.format import GeometryForm
from gis.reference_systems import CRS84, epsg
from tests.gis.formats.rows import FIELDS, ROWS, Row, formed, points, rows_of, written

if TYPE_CHECKING:
    from pathlib import Path

    from gis.reference_systems import ReferenceSystem

NAMES = [field.name for field in FIELDS]


def read(source: Path | bytes) -> list[Row]:
    shapes = pyogrio.raw.read(source, columns=[])[2]
    rows = pyogrio.read_arrow(source, read_geometry=False)[1].to_pylist()
    if shapes is None:
        shapes = [None] * len(rows)
    return [
        (
            row["id"],
            None if wkb is None else shapely.from_wkb(wkb),
            *(_kept(row[name]) for name in NAMES),
        )
        for wkb, row in zip(shapes, rows, strict=True)
    ]


def kept(row: Row) -> Row:
    """The values of a row as FlatGeobuf keeps them: no dates, no lists, milliseconds."""
    return tuple(map(_kept, row))


def _kept(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, datetime):
        finest = 1000 if value.year >= 1970 else 1_000_000
        # Arrow does not learn from GDAL that the moments of a FlatGeobuf have a zone.
        return (value - timedelta(microseconds=value.microsecond % finest)).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return value


def streamed(
    rows: list[Row], geometry: str | None = "Point", system: ReferenceSystem = CRS84
) -> bytes:
    features = Features((), FIELDS, geometry, lead=1, system=system)
    given = [(None, row[0], formed(row[1], GeometryForm.WKB), *row[2:]) for row in rows]
    parts = [records(features, given[at : at + 2], "incidents") for at in range(0, len(given), 2)]
    return header(features, "incidents") + b"".join(parts)


def plain(rows: list[Row]) -> list[Row]:
    """Rows whose lists are the text that any JSON writer makes of them."""
    return [
        tuple(json.loads(cell) if at == 8 and cell else cell for at, cell in enumerate(row))
        for row in rows
    ]


@settings(deadline=None, max_examples=25)
@given(rows_of(points))
def test_a_file_and_a_stream_bring_the_rows_back(rows: list[Row]) -> None:
    expected = plain([kept(row) for row in rows])
    with written(FLATGEOBUF, rows) as path:
        assert plain(read(path)) == expected
    assert plain(read(streamed(rows))) == expected


def test_a_file_tells_its_titles_count_and_box() -> None:
    with written(FLATGEOBUF, ROWS) as path:
        told = pyogrio.read_info(path, force_feature_count=True, force_total_bounds=True)
    assert told["features"] == len(ROWS)
    assert told["crs"] == "EPSG:4326"
    assert told["total_bounds"] == pytest.approx((-179.9999999, -16.5, 1.3135, 15.2275))


def test_a_stream_of_nothing_is_a_file_of_nothing() -> None:
    told = pyogrio.read_info(streamed([]), force_feature_count=True)
    assert (told["features"], told["geometry_type"]) == (0, "Point")
    assert list(told["fields"]) == ["id", *NAMES]


def test_a_stream_has_no_box_that_would_be_wrong() -> None:
    told = pyogrio.read_info(streamed(ROWS), force_total_bounds=True)
    assert told["total_bounds"] == pytest.approx((-179.9999999, -16.5, 1.3135, 15.2275))


def test_features_without_geometry() -> None:
    rows = [(row[0], None, *row[2:]) for row in ROWS]
    assert plain(read(streamed(rows, None))) == plain([kept(row) for row in rows])
    with written(FLATGEOBUF, rows, None) as path:
        assert plain(read(path)) == plain([kept(row) for row in rows])


def test_a_stream_says_in_which_system_it_is() -> None:
    told = pyogrio.read_info(streamed(ROWS, system=epsg(32630)))
    assert told["crs"] == "EPSG:32630"
