"""A box of another system finds what meets it there, by way of the index on the geometries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, Shape, count, keys_statement
from db.read import batches
from db.transaction import reading
from gis.foreign_box import ForeignBox, foreign_box
from gis.reference_systems import CRS84, ReferenceSystem, epsg
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine, Select

INCIDENTS, BORDERS = LAYERS["incidents"], LAYERS["borders"]
UTM, MERCATOR = epsg(32631), epsg(3857)
STEP = 0.5
PLACES = {
    f"at-{column}-{row}": (-8 + STEP * column, 10 + STEP * row)
    for column in range(40)
    for row in range(16)
}
ODD = {"west": (-179.9, -16.5), "east": (179.9, -16.5)}


@pytest.fixture(scope="module")
def grid(postgis_server: Any, template_database: str) -> Iterator[str]:
    """Make a database with incidents on a grid of half a degree, and two at the antimeridian."""
    name = "liptako_grid_test"
    url = postgis_server.create(name, template_database)
    with psycopg.connect(url) as db:
        source = add_source(db)
        for code, (lon, lat) in {**PLACES, **ODD}.items():
            add_incident(db, source, code, geom=f"SRID=4326;POINT({lon} {lat})")
        add_incident(db, source, "nowhere", geom=None, place_precision="country", radius_m=None)
        db.execute(
            "INSERT INTO liptako.boundary"
            " (kind, code, name, country, neighbour, source_id, edition, geom)"
            " SELECT 'border', 'L-' || n, 'line', 'MLI', 'NER', %s, '2024',"
            "  ST_Multi(ST_SetSRID(ST_MakeLine(ST_MakePoint(-6, y), ST_MakePoint(12, y)), 4326))"
            " FROM generate_series(0, 1000) AS n, LATERAL (SELECT n / 50.0) AS at (y)",
            [source],
        )
        db.commit()
        db.autocommit = True
        db.execute("ANALYZE")
    yield url
    postgis_server.drop(name)


@pytest.fixture(scope="module")
def engine(grid: str) -> Iterator[Engine]:
    made = create_engine(grid, pool_size=1)
    yield made
    made.dispose()


def codes(engine: Engine, query: LayerQuery) -> set[str]:
    with reading(engine) as connection:
        found = batches(connection, INCIDENTS, query)
        names = [field.name for field in INCIDENTS.fields].index("incident") - len(INCIDENTS.fields)
        return {str(row[names]) for rows in found for row in rows}


def inside(system: ReferenceSystem, box: ForeignBox) -> set[str]:
    """What pyproj, a second hand, finds in the box."""
    to_system = Transformer.from_crs(4326, system.srid, always_xy=True)
    placed = {code: to_system.transform(*place) for code, place in {**PLACES, **ODD}.items()}
    return {
        code
        for code, (x, y) in placed.items()
        if box.west <= x <= box.east and box.south <= y <= box.north
    }


def test_a_point_is_found_by_its_coordinates_in_the_system_of_the_box(engine: Engine) -> None:
    corners = st.tuples(st.floats(-1.5e6, 2.5e6), st.floats(1e6, 2e6))

    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from([UTM, MERCATOR, epsg(32630), epsg(32632)]), corners, corners)
    def check(
        system: ReferenceSystem, first: tuple[float, float], second: tuple[float, float]
    ) -> None:
        (west, east), (south, north) = map(sorted, zip(first, second, strict=True))
        box = foreign_box(system, west, south, east, north)
        assert codes(engine, LayerQuery(bbox=box)) == inside(system, box) | {"nowhere"}

    check()


def test_the_edges_of_a_box_are_straight_in_its_own_system(engine: Engine) -> None:
    """A parallel bends north in UTM: the box of its ends' northings leaves its middle out."""
    to_utm = Transformer.from_crs(4326, 32631, always_xy=True)
    (west, south), (east, _) = to_utm.transform(-3, 12), to_utm.transform(9, 12)
    box = foreign_box(UTM, west - 1, south - 1, east + 1, south + 1)
    found = codes(engine, LayerQuery(bbox=box))
    assert found == {"at-10-4", "at-34-4", "nowhere"} == inside(UTM, box) | {"nowhere"}


@pytest.mark.parametrize("lon", [-5.9, -2.0, 3.0, 8.123])
def test_a_line_is_the_same_line_in_whatever_system_the_box_is(engine: Engine, lon: float) -> None:
    """A parallel between two vertices bends in UTM, by 20 km over its 18 degrees."""
    x, y = Transformer.from_crs(4326, 32631, always_xy=True).transform(lon, 15)
    for south, north, expected in ((-2, 2, 1), (1, 500, 0), (-500, -1, 0)):
        box = foreign_box(UTM, x - 2, y + south, x + 2, y + north)
        with reading(engine) as connection:
            found = connection.scalar(count(BORDERS, LayerQuery(bbox=box)))
        assert found == expected, (south, north)


def test_a_box_across_the_antimeridian_finds_both_sides(engine: Engine) -> None:
    box = foreign_box(epsg(32760), 700_000, 8_100_000, 1_000_000, 8_300_000)
    assert codes(engine, LayerQuery(bbox=box)) == {"west", "east", "nowhere"}


def test_a_box_larger_than_the_map_finds_everything(engine: Engine) -> None:
    box = foreign_box(MERCATOR, -3e7, -3e7, 3e7, 3e7)
    assert codes(engine, LayerQuery(bbox=box)) == {*PLACES, *ODD, "nowhere"}


def test_a_place_that_the_box_cannot_hold_is_not_asked_for_its_coordinates(
    database_url: str,
) -> None:
    """Ninety degrees from its meridian on the equator, a place has no coordinates in UTM."""
    with psycopg.connect(database_url) as db:
        source = add_source(db)
        add_incident(db, source, "none", geom="SRID=4326;POINT(93 0)")
        add_incident(db, source, "some", geom="SRID=4326;POINT(3 14)")
    made = create_engine(database_url, pool_size=1)
    near = LayerQuery(bbox=foreign_box(UTM, 4e5, 1.5e6, 6e5, 1.6e6))
    assert codes(made, near) == {"some"}
    with reading(made) as connection:
        (rows,) = batches(connection, INCIDENTS, LayerQuery(properties=()), system=UTM)
        assert [row[-1] is None for row in rows] == [True, False]
    everywhere = LayerQuery(bbox=foreign_box(UTM, -3e7, -3e7, 3e7, 3e7))
    assert codes(made, everywhere) == {"some"}
    made.dispose()


@pytest.mark.parametrize("layer", ["incidents", "borders"])
def test_the_index_finds_the_candidates(engine: Engine, layer: str) -> None:
    box = foreign_box(UTM, 490_000, 1_540_000, 510_000, 1_560_000)
    plan = explained(engine, keys_statement(LAYERS[layer], LayerQuery(bbox=box, limit=10)))
    assert "_geom" in plan, plan
    assert "Index Cond" in plan, plan


def explained(engine: Engine, asked: Select[Any]) -> str:
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    compiled = asked.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    with reading(engine) as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {compiled}", dict(compiled.params))
        return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize(
    "system", [epsg(4326), MERCATOR, UTM, epsg(3035)], ids=lambda system: str(system.srid)
)
def test_geojson_has_the_order_and_decimals_of_the_system_and_wkb_east_first(
    engine: Engine, system: ReferenceSystem
) -> None:
    lon, lat = PLACES["at-25-9"]
    x, y = Transformer.from_crs(4326, system.srid, always_xy=True).transform(lon, lat)
    query = LayerQuery(item="at-25-9", properties=(), limit=1)
    with reading(engine) as connection:
        ((text,),) = (row[-1:] for (row,) in batches(connection, INCIDENTS, query, system=system))
        ((raw,),) = (
            row[-1:]
            for (row,) in batches(connection, INCIDENTS, query, system=system, shape=Shape.WKB)
        )
    shape = json.loads(text)
    assert list(shape) == ["type", "coordinates"]
    ordered = (y, x) if system.north_first else (x, y)
    assert shape["coordinates"] == pytest.approx(ordered, abs=0.6 * 10**-system.decimals)
    point = shapely.from_wkb(raw)
    assert (point.x, point.y) == pytest.approx((x, y), abs=1e-3)


def test_the_default_is_written_as_it_always_was(engine: Engine) -> None:
    query = LayerQuery(item="at-25-9", properties=(), limit=1)
    with reading(engine) as connection:
        plain = [row[-1] for (row,) in batches(connection, INCIDENTS, query)]
        named = [row[-1] for (row,) in batches(connection, INCIDENTS, query, system=CRS84)]
    assert plain == named == ['{"type":"Point","coordinates":[4.5,14.5]}']
