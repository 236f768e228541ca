"""Tiles of a layer: all of it is in the tiles of every matrix, once, with counts and sums."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.cql2.filter import Filter, Language
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.tiles import tile as tile_module
from db.tiles.overview import Overviews
from db.tiles.tile import make_tile
from db.transaction import current_state, reading
from gis.interval import parse_interval
from gis.tile_matrix import SETS, WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD
from tests.db.rows import add_boundary, add_estimate, add_incident, add_report, add_source
from tests.vector_tiles import frame, layers, points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from gis.tile_matrix import Tile, TileMatrixSet
    from tests.postgis import PostgisServer
    from tests.vector_tiles import Point

INCIDENTS = LAYERS["incidents"]
EDGES = (
    (180.0, 10.0),
    (-180.0, 10.0),
    (0.0, 0.0),
    (90.0, 0.0),
    (-90.0, 66.51326044311186),
    (11.25, 0.0),
    (5.0, 90.0),
    (5.0, -90.0),
    (6.0, 85.0511),
    (6.0, 85.06),
    (-6.0, -85.06),
)
"""Places on the edges of tiles, on the antimeridian, and where Web Mercator ends."""
FEW = 6
OVERVIEWS = Overviews()
"""Of the one database that these tests read."""


@dataclass(frozen=True)
class Row:
    """What was written of an incident."""

    code: str
    lon: float
    lat: float
    low: int | None
    best: int | None
    high: int | None
    country: str
    is_part: bool

    @property
    def is_mercator(self) -> bool:
        return abs(self.lat) < 85.0511287798


@pytest.fixture(scope="module")
def written() -> list[Row]:
    random = Random(20191210)
    towns = [(random.uniform(-3, 4), random.uniform(11, 17)) for _ in range(12)]
    places = [*EDGES, *(random.choice(towns) for _ in range(60))]
    places += [(random.uniform(-180, 180), random.uniform(-84, 84)) for _ in range(20)]
    rows = []
    for number, (lon, lat) in enumerate(places):
        low = random.choice([None, 0, 1, 7])
        high = random.choice([None, 9, 12]) if low is not None else None
        best = random.choice([None, 100]) if low is None else low
        country = "NER" if number % 3 else "MLI"
        is_part = number % 9 == 8
        rows.append(Row(f"row-{number}", lon, lat, low, best, high, country, is_part))
    return rows


@pytest.fixture(scope="module")
def engine(
    postgis_server: PostgisServer, template_database: str, written: list[Row]
) -> Iterator[Engine]:
    name = f"liptako_{os.getpid()}_tiles_test"
    url = postgis_server.create(name, template_database)
    with psycopg.connect(url, application_name="tiles test") as connection:
        fill(connection, written)
    made = create_engine(url)
    yield made
    made.dispose()
    postgis_server.drop(name)


def fill(connection: psycopg.Connection[Any], written: list[Row]) -> None:
    press = add_source(connection)
    secret = add_source(connection, "secret", redistributable=False)
    whole = add_incident(connection, press, "whole", geom=None, place_precision="country")
    total = add_incident(connection, press, "total", kind="aggregate")
    for number, row in enumerate(written):
        incident = add_incident(
            connection,
            press,
            row.code,
            geom=f"SRID=4326;POINT({row.lon!r} {row.lat!r})",
            country=row.country,
            # An aggregate is in another layer: what it covers is summed here.
            part_of=whole if row.is_part else total if number % 2 else None,
            occurred=f"[2020-01-{number % 28 + 1:02},2020-01-{number % 28 + 2:02})",
            note=None if number % 2 else "a note",
        )
        if (row.low, row.best, row.high) != (None, None, None):
            add_estimate(connection, incident, low=row.low, best=row.best, high=row.high)
    add_incident(connection, secret, "secret", geom="SRID=4326;POINT(1 14)")
    add_incident(connection, press, "retracted", geom="SRID=4326;POINT(1 14)", status="retracted")
    report = add_report(connection, press)
    assert report
    outline = "MULTIPOLYGON(((0 10, 10 10, 10 20, 0 20, 0 10)))"
    add_boundary(connection, press, "adm1", "wide", outline)
    speck = "MULTIPOLYGON(((1 12, 1.001 12, 1.001 12.001, 1 12.001, 1 12)))"
    add_boundary(connection, press, "adm2", "speck", speck)
    border = "MULTILINESTRING((-179 14, 179 15, 179.0001 15.0001))"
    add_boundary(connection, press, "border", "MLI-NER", border, country="MLI", neighbour="NER")
    add_boundary(
        connection,
        press,
        "border",
        "MLI-BFA",
        "MULTILINESTRING((2 14, 2.0001 14.0001))",
        country="MLI",
        neighbour="BFA",
    )


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with reading(engine) as opened:
        yield opened


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make six points a crowd."""
    monkeypatch.setattr(tile_module, "MOST_FEATURES", FEW)


def made(
    connection: Connection, tile: Tile, query: LayerQuery | None = None, layer: str = "incidents"
) -> bytes:
    now = current_state(connection).version
    asked = query or LayerQuery()
    return make_tile(connection, OVERVIEWS, LAYERS[layer], asked, tile, now)


def tiles_of(tiles: TileMatrixSet, matrix: int, rows: list[Row]) -> list[Tile]:
    shown = [row for row in rows if row.is_mercator or tiles is WORLD_CRS84_QUAD]
    found = {tiles.tile_of(matrix, row.lon, row.lat) for row in shown}
    # What lies on an edge must not be in the tile to the west of it, too.
    wide, _ = tiles.size(matrix)
    edges = {tiles.tile_of(matrix, each.lon, each.lat) for each in shown[: len(EDGES)]}
    found |= {tiles.tile(matrix, each.row, (each.column - 1) % wide) for each in edges}
    return sorted(found, key=lambda each: (each.row, each.column))


def everything(
    connection: Connection, tiles: TileMatrixSet, matrix: int, rows: list[Row], query: LayerQuery
) -> tuple[list[Point], list[Point]]:
    """Give the single points and the cells of all tiles of a matrix, without buffers."""
    singles: list[Point] = []
    cells: list[Point] = []
    for tile in tiles_of(tiles, matrix, rows):
        body = made(connection, tile, query)
        assert len(layers(body)) <= 1
        singles += [each for each in points(body, "incidents") if each.is_inside]
        cells += points(body, "incidents-cells")
    assert all(cell.is_inside for cell in cells)
    return singles, cells


QUERIES = {
    "all": LayerQuery(),
    "by value": LayerQuery(equals=(("country", "NER"),)),
    "by filter": LayerQuery(filter=Filter("note IS NULL OR note IS NOT NULL", Language.TEXT)),
}


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
@pytest.mark.parametrize("matrix", [0, 1, 6, 14])
@pytest.mark.parametrize("name", list(SETS))
def test_nothing_is_dropped_and_nothing_is_there_twice(
    connection: Connection, written: list[Row], name: str, matrix: int, query: LayerQuery
) -> None:
    tiles = SETS[name]
    matrix = min(matrix, tiles.deepest)
    expected = [row for row in written if row.is_mercator or tiles is WORLD_CRS84_QUAD]
    if query.equals:
        expected = [row for row in expected if row.country == "NER"]
    shown = replace(
        query, properties=("incident", "killed_low", "killed_best", "killed_high", "part_of")
    )
    singles, cells = everything(connection, tiles, matrix, expected, shown)
    keys = [each.properties["mvt_id"] for each in singles]
    assert len(set(keys)) == len(keys)
    assert len(singles) + sum(each.properties["features"] for each in cells) == len(expected)
    assert bool(cells) is (matrix < tiles.deepest)
    check_sums(expected, singles, cells)


def check_sums(expected: list[Row], singles: list[Point], cells: list[Point]) -> None:
    by_code = {row.code: row for row in expected}
    alone = [by_code[each.properties["incident"]] for each in singles]
    summed = [row for row in expected if not row.is_part]
    low = sum(row.low or 0 for row in alone if not row.is_part)
    assert low + sum(each.properties.get("killed_low", 0) for each in cells) == sum(
        row.low or 0 for row in summed
    )
    parts = sum(row.is_part for row in alone)
    assert parts + sum(each.properties["parts"] for each in cells) == sum(
        row.is_part for row in expected
    )
    open_ended = sum(row.high is None for row in alone if not row.is_part)
    assert open_ended + sum(each.properties["killed_high_open"] for each in cells) == sum(
        row.high is None for row in summed
    )
    unknown = sum(row.low is row.best is row.high is None for row in alone if not row.is_part)
    assert unknown + sum(each.properties["killed_unknown"] for each in cells) == sum(
        row.low is row.best is row.high is None for row in summed
    )
    for cell in cells:
        is_open = cell.properties["killed_high_open"] > 0
        is_empty = cell.properties["features"] == cell.properties["parts"]
        assert ("killed_high" not in cell.properties) is (is_open or is_empty)


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("name", list(SETS))
def test_cells_of_the_overview_are_those_made_of_the_rows(
    connection: Connection, written: list[Row], name: str
) -> None:
    for matrix in (0, 3):
        for tile in tiles_of(SETS[name], matrix, [row for row in written if row.is_mercator]):
            by_overview = points(made(connection, tile), "incidents-cells")
            by_rows = points(made(connection, tile, QUERIES["by filter"]), "incidents-cells")
            assert [each.properties for each in by_overview] == [
                each.properties for each in by_rows
            ]
            for one, other in zip(by_overview, by_rows, strict=True):
                # The mean of pixels, and the pixel of a mean.
                assert abs(one.x - other.x) <= 1
                assert abs(one.y - other.y) <= 1


def test_few_features_are_single_at_any_matrix(connection: Connection, written: list[Row]) -> None:
    body = made(connection, WEB_MERCATOR_QUAD.tile(0, 0, 0))
    assert layers(body) == ["incidents"]
    singles = [each for each in points(body, "incidents") if each.is_inside]
    assert len(singles) == sum(row.is_mercator for row in written)


def test_a_buffer_shows_neighbours_and_no_more(connection: Connection) -> None:
    shown = points(made(connection, WORLD_CRS84_QUAD.tile(0, 0, 0)), "incidents")
    outside = [each for each in shown if not each.is_inside]
    assert outside
    assert all(-64 <= each.x < 4096 + 64 and -64 <= each.y < 4096 + 64 for each in outside)


def test_values_have_types_and_what_is_missing_is_left_out(connection: Connection) -> None:
    body = made(connection, WEB_MERCATOR_QUAD.tile(0, 0, 0))
    read = frame(body, "incidents")
    kinds = {name: str(kind) for name, kind in read.dtypes.items()}
    assert kinds["radius_m"] == "float64"
    assert kinds["mvt_id"] == "int64"
    (first,) = (each for each in points(body, "incidents") if each.properties["mvt_id"] == 3)
    assert first.properties["event_start"] == "2020-01-01T00:00:00Z"
    assert first.properties["event_end"] == "2020-01-01T23:59:59Z"
    assert all(
        ("killed_high" in each.properties) is (each.properties.get("killed_high") is not None)
        for each in points(body, "incidents")
    )


def test_only_fields_asked_for_travel(connection: Connection) -> None:
    query = LayerQuery(properties=("country",))
    shown = points(made(connection, WEB_MERCATOR_QUAD.tile(0, 0, 0), query), "incidents")
    assert {frozenset(each.properties) for each in shown} == {frozenset({"mvt_id", "country"})}


def test_an_interval_narrows_a_tile(connection: Connection) -> None:
    query = LayerQuery(interval=parse_interval("2020-01-03"), properties=("event_start",))
    shown = points(made(connection, WORLD_CRS84_QUAD.tile(0, 0, 1), query), "incidents")
    days = {datetime.fromisoformat(each.properties["event_start"]).day for each in shown}
    assert days == {3}


def test_an_empty_tile_has_no_bytes(connection: Connection) -> None:
    assert made(connection, WEB_MERCATOR_QUAD.tile_of(9, -40.0, -50.0)) == b""


def test_a_write_is_seen_by_the_next_tile(
    database_url: str, written: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_module, "MOST_FEATURES", FEW)
    engine, overviews = create_engine(database_url), Overviews()
    tile = WEB_MERCATOR_QUAD.tile(0, 0, 0)

    def counted() -> int:
        with reading(engine) as connection:
            now = current_state(connection).version
            body = make_tile(connection, overviews, INCIDENTS, LayerQuery(), tile, now)
        return sum(int(each.properties["features"]) for each in points(body, "incidents-cells"))

    with psycopg.connect(database_url) as connection:
        fill(connection, written)
    before = counted()
    assert before == sum(row.is_mercator for row in written)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE liptako.incident SET status = 'retracted' WHERE code = 'row-2'")
    assert counted() == before - 1
    engine.dispose()


def test_areas_are_cut_at_the_buffer_and_specks_stay(connection: Connection) -> None:
    body = made(connection, WEB_MERCATOR_QUAD.tile(0, 0, 0), layer="admin-units")
    read = frame(body, "admin-units")
    assert sorted(read["name"]) == ["speck", "wide"]
    assert read.geometry.is_valid.all()
    assert (read.geometry.area > 0).all()
    deep = made(connection, WEB_MERCATOR_QUAD.tile_of(10, 5.0, 15.0), layer="admin-units")
    (cut,) = frame(deep, "admin-units").geometry
    assert cut.bounds == (-64, -64, 4096 + 64, 4096 + 64)


def test_a_speck_is_in_one_tile(connection: Connection) -> None:
    tile = WORLD_CRS84_QUAD.tile_of(3, 1.0, 12.0)
    places = [(tile.row + down, tile.column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    names = [
        name
        for row, column in places
        for body in [made(connection, tile.set.tile(3, row, column), layer="admin-units")]
        if body
        for name in frame(body, "admin-units")["name"]
    ]
    assert names.count("speck") == 1


def test_lines_cross_the_world_and_specks_of_lines_stay(connection: Connection) -> None:
    read = frame(made(connection, WEB_MERCATOR_QUAD.tile(0, 0, 0), layer="borders"), "borders")
    assert sorted(read["border"]) == ["MLI-BFA", "MLI-NER"]
    assert (read.geometry.length > 0).all()
