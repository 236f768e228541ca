"""GeoParquet: what is written comes back, to pyarrow, geopandas and DuckDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from pyproj import CRS

from gis.formats.features import Features
from gis.formats.format import GeometryForm
from gis.formats.geoparquet import GEOPARQUET, ROW_GROUP, write
from gis.reference_systems import epsg
from tests.gis.formats.rows import COLOPHON, FIELDS, ROWS, Row, formed, points, rows_of, written

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [field.name for field in FIELDS]
WEST, EAST = shapely.box(-180, -17, -179, -16), shapely.box(179, -17, 180, -16)


def read(path: Path) -> list[Row]:
    return [
        (
            row["id"],
            None if row["geometry"] is None else shapely.from_wkb(row["geometry"]),
            *(row[name] for name in NAMES),
        )
        for row in pq.read_table(path).to_pylist()
    ]


def same(found: Row, row: Row) -> bool:
    pairs = zip(found, row, strict=True)
    return all(a == b or (a != a and b != b) for a, b in pairs)  # not a number stays one


def geo(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pq.read_metadata(path).metadata[b"geo"])
    return found


@settings(deadline=None, max_examples=40)
@given(rows_of(points))
def test_rows_come_back_as_they_were(rows: list[Row]) -> None:
    with written(GEOPARQUET, rows) as path:
        found = read(path)
    assert len(found) == len(rows)
    assert all(map(same, found, rows))


def test_columns_have_true_types_and_say_what_they_are() -> None:
    with written(GEOPARQUET, ROWS) as path:
        columns = pq.read_schema(path)
    assert {name: str(columns.field(name).type) for name in columns.names} == {
        "id": "int64",
        "geometry": "binary",
        "bbox": "struct<xmin: double, ymin: double, xmax: double, ymax: double>",
        "title": "string",
        "reports": "int64",
        "killed": "int64",
        "radius_m": "double",
        "published": "date32[day]",
        "event_start": "timestamp[us, tz=UTC]",
        "names": "list<element: string>",
        "licence": "string",
        "attribution": "string",
    }
    about = columns.field("radius_m").metadata
    assert (about[b"title"], about[b"description"], about[b"unit"]) == (
        b"Radius",
        b"Of the place.",
        b"m",
    )


def test_the_file_says_what_it_is() -> None:
    with written(GEOPARQUET, ROWS) as path:
        about = json.loads(pq.read_metadata(path).metadata[b"colophon"])
        told = geo(path)
    assert about["version"] == COLOPHON.version
    assert about["licences"] == ["CC BY 4.0", "ODbL"]
    assert about["query"] == "country=MLI"
    column = told["columns"]["geometry"]
    assert (told["version"], told["primary_column"]) == ("1.1.0", "geometry")
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Point"])
    assert CRS.from_json_dict(column["crs"]) == CRS("OGC:CRS84")
    assert column["bbox"] == [-179.9999999, -16.5, 1.3135, 15.2275]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]


def test_geopandas_reads_it_and_a_part_of_it_by_its_box() -> None:
    with written(GEOPARQUET, ROWS) as path:
        frame = geopandas.read_parquet(path)
        part = geopandas.read_parquet(path, bbox=(0, 10, 5, 20))
    assert frame.crs == CRS("OGC:CRS84")
    assert [row[0] for row in ROWS] == frame["id"].tolist()
    assert frame.geometry[0].equals_exact(ROWS[0][1], 0)
    assert frame.geometry[1] is None
    assert part["id"].tolist() == [1]


def test_duckdb_reads_it_and_tells_missing_from_zero() -> None:
    with written(GEOPARQUET, ROWS) as path, duckdb.connect() as database:
        found = database.execute(
            "SELECT id, title, killed, names, bbox.xmin FROM read_parquet(?) ORDER BY id",
            [str(path)],
        ).fetchall()
    assert found == [
        (1, "Inatès", 71, ["Inates", 'I "n"'], 1.3135),
        (2, ROWS[1][2], 0, [], None),
        (5, "", None, None, -179.9999999),
    ]


def test_both_sides_of_the_antimeridian_and_an_empty_geometry() -> None:
    both = shapely.MultiPolygon([WEST, EAST])
    rows = [(1, both, "Fiji"), (2, shapely.MultiPolygon(), "nowhere")]
    with written(GEOPARQUET, rows, "MultiPolygon", FIELDS[:1]) as path:
        first, second = pq.read_table(path).to_pylist()
        column = geo(path)["columns"]["geometry"]
    assert shapely.from_wkb(first["geometry"]).equals(both)
    assert first["bbox"] == {"xmin": -180, "ymin": -17, "xmax": 180, "ymax": -16}
    assert shapely.from_wkb(second["geometry"]).is_empty
    assert second["bbox"] is None
    assert column["bbox"] == [-180, -17, 180, -16]


def test_no_rows_make_a_file_of_columns() -> None:
    with written(GEOPARQUET, []) as path:
        assert pq.read_metadata(path).num_rows == 0
        assert geo(path)["columns"]["geometry"]["geometry_types"] == []
        assert "bbox" not in geo(path)["columns"]["geometry"]
        assert geopandas.read_parquet(path).empty


def test_features_without_geometry_are_plain_parquet() -> None:
    with written(GEOPARQUET, [(4, None, "a")], None, FIELDS[:1]) as path:
        assert pq.read_table(path).to_pylist() == [{"id": 4, "title": "a"}]
        assert b"geo" not in pq.read_metadata(path).metadata


@pytest.mark.parametrize("code", [4326, 32630])
def test_a_file_says_in_which_system_it_is(code: int, tmp_path: Path) -> None:
    given = [(1, formed(shapely.Point(1, 2), GeometryForm.WKB), "a")]
    write(tmp_path / "a", Features([given], FIELDS[:1], "Point", system=epsg(code)), COLOPHON)
    found = CRS.from_json_dict(geo(tmp_path / "a")["columns"]["geometry"]["crs"])
    assert found == (CRS("OGC:CRS84") if code == 4326 else CRS.from_epsg(code))


def test_features_that_stand_together_are_skipped_together(tmp_path: Path) -> None:
    """Row groups tell the box of their features, so a reader with a box opens few of them."""
    count = 3 * ROW_GROUP
    east = np.arange(count) / count
    wkb = shapely.to_wkb(shapely.points(east, east))
    batches = [
        [(key, wkb[key], "a") for key in range(start, start + 2_000)]
        for start in range(0, count, 2_000)
    ]
    write(tmp_path / "a", Features(batches, FIELDS[:1], "Point"), COLOPHON)
    found = pq.read_metadata(tmp_path / "a")
    assert [found.row_group(at).num_rows for at in range(found.num_row_groups)] == [ROW_GROUP] * 3
    place = [found.schema.column(at).path for at in range(found.num_columns)].index("bbox.xmin")
    told = [found.row_group(at).column(place).statistics for at in range(3)]
    assert [round(each.min, 1) for each in told] == [0.0, 0.3, 0.7]
    assert [round(each.max, 1) for each in told] == [0.3, 0.7, 1.0]
