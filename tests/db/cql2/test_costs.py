"""What a filter may cost: dear functions are counted, looked up by boxes, or answered unlooked."""

from __future__ import annotations

import psycopg
import pytest
import shapely
from sqlalchemy import func, select

from db.cql2.condition import MOST_SPATIAL, condition
from db.cql2.filter import Filter
from db.cql2.spatial import OPERATORS
from db.engine import create_engine
from db.errors import InvalidQuery
from db.layers.catalogue import LAYERS
from db.query import rows_of
from db.transaction import reading
from tests.db.cql2.asking import Asking, rows
from tests.db.rows import add_source

ITSELF = ("s_intersects", "s_equals", "s_within", "s_contains")
SPATIAL = ("incidents", "borders", "admin-units")


def compiled(layer: str, text: str) -> str:
    found = LAYERS[layer]
    return str(condition(found, rows_of(found, None), Filter(text)))


@pytest.mark.parametrize(
    "one",
    [
        "within_distance(geometry, POINT(2.1 80.5), 1)",
        "S_DISJOINT(geometry, POINT(1 2))",
        "NOT S_TOUCHES(geometry, BBOX(1, 2, 3, 4))",
        "(S_WITHIN(geometry, POINT(1 2)) = TRUE) IS NULL",
    ],
)
def test_a_filter_has_a_few_spatial_functions_and_no_more(one: str) -> None:
    assert compiled("admin-units", " OR ".join([one] * MOST_SPATIAL))
    with pytest.raises(InvalidQuery, match=f"at most {MOST_SPATIAL}") as refusal:
        compiled("admin-units", " OR ".join([one] * (MOST_SPATIAL + 1)))
    assert refusal.value.parameter == "filter"


@pytest.mark.parametrize("layer", SPATIAL)
@pytest.mark.parametrize("op", OPERATORS)
def test_what_a_geometry_is_to_itself_is_known_without_its_corners(
    asking: Asking, layer: str, op: str
) -> None:
    text = f"{op}(geometry, geometry)"
    assert "ST_" not in compiled(layer, text)
    placed = asking.wanted(layer, lambda row: row["geometry"] is not None)
    assert placed
    assert asking.matched(layer, text) == (placed if op in ITSELF else set())
    assert asking.matched(layer, f"NOT {text}") == (set() if op in ITSELF else placed)


@pytest.mark.parametrize(
    "lon, lat, metres",
    [
        (2.1, 13.5, 0.0),
        (2.1, 13.5, 150_000.0),
        (0.0, 16.0, 900_000.0),
        (-179.9, 15.0, 19_000_000.0),
        (10.0, 89.9, 8_500_000.0),
        (30.0, -90.0, 11_700_000.0),
    ],
)
@pytest.mark.parametrize("layer", SPATIAL)
def test_what_is_within_a_distance_is_the_same_with_boxes(
    asking: Asking, layer: str, lon: float, lat: float, metres: float
) -> None:
    there = shapely.to_wkb(shapely.Point(lon, lat))
    point = func.geography(func.ST_GeomFromWKB(there, 4326))
    found = LAYERS[layer]
    parts = rows_of(found, None)
    every = {row["key"] for row in rows(asking.connection, layer)}
    near = func.ST_DWithin(func.geography(parts.geometry), point, metres)
    wanted = set(asking.connection.scalars(select(parts.key).select_from(parts.source).where(near)))
    text = f"within_distance(geometry, POINT({lon} {lat}), {metres:.0f})"
    assert asking.matched(layer, text) == wanted & every


@pytest.mark.parametrize("lat, is_found", [(52.5, True), (45.0, False)])
def test_a_wide_geometry_is_found_where_its_geodesic_runs(
    database_url: str, lat: float, is_found: bool
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO liptako.boundary (kind, code, name, country, neighbour, source_id,"
            " edition, geom) VALUES ('border', 'MLI-NER', 'Mali - Niger', 'MLI', 'NER', %s, '2024',"
            " 'SRID=4326;MULTILINESTRING((-40 45, 40 45))')",
            [add_source(connection)],
        )
    engine = create_engine(database_url)
    with reading(engine) as connection:
        # Between its ends the geodesic rises to 52.5 degrees.
        text = f"within_distance(geometry, POINT(0 {lat}), 50000)"
        assert bool(Asking(connection).matched("borders", text)) is is_found
    engine.dispose()
