"""GeoPackage: true types, the features' own keys, metadata, and the same bytes each time."""

from __future__ import annotations

import json
import resource
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pyogrio
import pytest
import shapely
from hypothesis import given, settings

from gis.export import write_features
from gis.formats.features import Features
from gis.formats.geopackage import GEOPACKAGE, write_layers
from gis.whole_file import UnwritableFile
from tests.gis.formats.rows import COLOPHON, FIELDS, ROWS, Row, formed, points, rows_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gis.formats.features import Colophon

NAMES = [field.name for field in FIELDS]
WEST, EAST = shapely.box(-180, -17, -179, -16), shapely.box(179, -17, 180, -16)


def rows_in(path: Path) -> list[Row]:
    _, keys, shapes, _ = pyogrio.raw.read(path, return_fids=True, columns=[])
    values = pyogrio.read_arrow(path, read_geometry=False)[1].select(NAMES).to_pylist()
    return [
        (int(key), None if wkb is None else shapely.from_wkb(wkb), *row.values())
        for key, wkb, row in zip(keys, shapes, values, strict=True)
    ]


def kept(row: Row) -> Row:
    key, shape, *values = row
    return (key, shape, *(_kept(value) for value in values))


def _kept(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, datetime):
        finest = 1000 if value.year >= 1970 else 1_000_000
        return value - timedelta(microseconds=value.microsecond % finest)
    return value


def select(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(statement).fetchall()


@settings(deadline=None, max_examples=40)
@given(rows_of(points))
def test_rows_come_back_in_the_order_of_their_keys(rows: list[Row]) -> None:
    with written(GEOPACKAGE, rows) as path:
        found = rows_in(path) if rows else []
    expected = [kept(row) for row in sorted(rows, key=lambda row: int(row[0]))]
    assert [_with_list(row) for row in found] == expected


def _with_list(row: Row) -> Row:
    return (*row[:8], None if row[8] is None else json.loads(row[8]), *row[9:])


@pytest.mark.parametrize(
    "moment, text",
    [
        (datetime(2019, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "2019-12-31T23:59:59.999Z"),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "1969-12-31T23:59:59.000Z"),
        (datetime(1970, 1, 1, 0, 0, 0, 1_000, tzinfo=UTC), "1970-01-01T00:00:00.001Z"),
    ],
)
def test_a_part_of_a_second_is_cut_to_what_gdal_writes_rightly(moment: datetime, text: str) -> None:
    with written(GEOPACKAGE, [(1, None, moment)], fields=[FIELDS[5]]) as path:
        assert select(path, "SELECT event_start FROM incidents") == [(text,)]


def test_columns_have_true_types_aliases_and_comments() -> None:
    with written(GEOPACKAGE, ROWS) as path:
        info = pyogrio.read_info(path)
        described = select(path, "SELECT column_name, name, description FROM gpkg_data_columns")
        nulls = select(path, "SELECT killed, radius_m, event_start FROM incidents WHERE fid = 5")
    assert info["layer_name"] == "incidents"
    assert info["crs"] == "EPSG:4326"
    assert info["geometry_type"] == "Point"
    assert info["fid_column"] == "fid"
    assert dict(zip(info["fields"], info["ogr_types"], strict=True)) == {
        "title": "OFTString",
        "reports": "OFTInteger64",
        "killed": "OFTInteger64",
        "radius_m": "OFTReal",
        "published": "OFTDate",
        "event_start": "OFTDateTime",
        "names": "OFTString",
        "licence": "OFTString",
        "attribution": "OFTString",
    }
    assert ("radius_m", "Radius", "Of the place. Unit: m.") in described
    assert nulls == [(None, None, None)]


def test_it_says_what_it_is_in_the_words_of_qgis() -> None:
    with written(GEOPACKAGE, ROWS) as path:
        ((identifier, description, changed),) = select(
            path, "SELECT identifier, description, last_change FROM gpkg_contents"
        )
        ((uri, document, scope, table, stamp),) = select(
            path,
            "SELECT md_standard_uri, metadata, reference_scope, table_name, timestamp"
            " FROM gpkg_metadata m JOIN gpkg_metadata_reference r ON r.md_file_id = m.id",
        )
        assert [name for name, _ in pyogrio.list_layers(path)] == ["incidents"]
    assert (identifier, description) == (COLOPHON.title, COLOPHON.description)
    assert changed == stamp == "2021-04-01T12:30:15.123Z"
    assert (uri, scope, table) == ("http://mrcc.com/qgis.dtd", "table", "incidents")
    root = ElementTree.fromstring(document)
    assert root.findtext("title") == COLOPHON.title
    assert root.findtext("abstract") == COLOPHON.description
    assert [element.text for element in root.iter("keyword")] == ["conflict", "Sahel"]
    assert [element.text for element in root.iter("license")] == ["CC BY 4.0", "ODbL"]
    assert [element.text for element in root.iter("rights")] == ["press"]
    assert [element.text for element in root.iter("history")] == [
        "Version 7 of the data, recorded at 2021-04-01T12:30:15.123456+00:00.",
        "Query: country=MLI",
    ]


def test_the_same_rows_make_the_same_bytes() -> None:
    with written(GEOPACKAGE, ROWS) as path:
        first = path.read_bytes()
    with written(GEOPACKAGE, ROWS) as path:
        assert path.read_bytes() == first


@pytest.mark.parametrize("rows", [[], ROWS[1:2], ROWS], ids=["none", "placeless", "placed"])
def test_the_file_is_sound_and_indexed(rows: list[Row]) -> None:
    with written(GEOPACKAGE, rows) as path:
        assert select(path, "PRAGMA integrity_check") == [("ok",)]
        assert select(path, "PRAGMA foreign_key_check") == []
        ((entries,),) = select(path, "SELECT count(*) FROM rtree_incidents_geom")
    assert entries == sum(row[1] is not None for row in rows)


def test_a_geometry_on_both_sides_of_the_antimeridian_and_an_empty_one() -> None:
    both = shapely.MultiPolygon([WEST, EAST])
    rows = [(1, both, "Fiji"), (2, shapely.MultiPolygon(), "nowhere")]
    with written(GEOPACKAGE, rows, "MultiPolygon", FIELDS[:1]) as path:
        _, _, shapes, _ = pyogrio.raw.read(path, columns=[])
        ((west, east),) = select(path, "SELECT min_x, max_x FROM gpkg_contents")
    assert shapely.from_wkb(shapes[0]).equals(both)
    assert shapely.from_wkb(shapes[1]).is_empty
    assert (west, east) == (-180, 180)


def test_a_file_does_not_say_in_how_many_steps_it_was_written() -> None:
    with written(GEOPACKAGE, ROWS) as path:
        head = path.read_bytes()[:100]
        # The counter of changes, and for which of its values the header holds.
        assert head[24:28] == head[92:96] == b"\0\0\0\1"
        assert select(path, "PRAGMA integrity_check") == [("ok",)]


def test_what_was_never_recorded_changed_never() -> None:
    with written(GEOPACKAGE, ROWS, colophon=replace(COLOPHON, recorded_at=None)) as path:
        (changed,) = select(path, "SELECT last_change FROM gpkg_contents")[0]
    assert changed == "1970-01-01T00:00:00.000Z"


def test_a_layer_without_geometry_is_a_table_of_attributes() -> None:
    with written(GEOPACKAGE, [(4, None, "a")], None, FIELDS[:1]) as path:
        assert select(path, "SELECT * FROM incidents") == [(4, "a")]
        assert select(path, "SELECT data_type FROM gpkg_contents") == [("attributes",)]
        assert len(select(path, "SELECT * FROM gpkg_metadata")) == 1


def test_several_layers_are_tables_of_one_file(tmp_path: Path) -> None:
    def layers() -> Iterator[tuple[Features, Colophon]]:
        for name, geometry in (("first", "Point"), ("second", None), ("third", "Point")):
            rows = [] if name == "third" else [formed_row(ROWS[0], geometry)]
            yield Features([rows], FIELDS, geometry), replace(COLOPHON, layer=name, title=name)

    path = tmp_path / "a.gpkg"
    write_layers(path, layers())
    assert select(path, "PRAGMA integrity_check") == [("ok",)]
    assert select(path, "PRAGMA foreign_key_check") == []
    assert dict(pyogrio.list_layers(path)) == {
        "first": "Point",
        "second": None,
        "third": "Point",
    }
    assert select(path, "SELECT table_name, identifier FROM gpkg_contents ORDER BY 1") == [
        (name, name) for name in ("first", "second", "third")
    ]
    told = select(
        path,
        "SELECT table_name, metadata FROM gpkg_metadata m JOIN gpkg_metadata_reference r"
        " ON r.md_file_id = m.id ORDER BY m.id",
    )
    titles = [
        (table, ElementTree.fromstring(document).findtext("title")) for table, document in told
    ]
    assert titles == [(name, name) for name in ("first", "second", "third")]


def formed_row(row: Row, geometry: str | None) -> Row:
    return (row[0], formed(row[1], GEOPACKAGE.geometry) if geometry else None, *row[2:])


def test_a_disk_that_fills_up_is_told_at_whatever_point_it_does(tmp_path: Path) -> None:
    rows = [(k, shapely.Point(k / 100, k / 200), f"title {k} " * 5) for k in range(4000)]

    def write(name: str) -> Path:
        given = [(key, formed(shape, GEOPACKAGE.geometry), title) for key, shape, title in rows]
        features = Features([given[:2000], given[2000:]], FIELDS[:1], "Point")
        write_features(tmp_path / name, GEOPACKAGE, features, COLOPHON)
        return tmp_path / name

    whole = write("whole.gpkg").stat().st_size
    for twelfth in range(1, 12):
        with at_most(whole * twelfth // 12), pytest.raises(UnwritableFile):
            write(f"{twelfth}.gpkg")


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Let this process write no file that is larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
