from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.parameters import ProximityParameters
from db.analyses.proximity import METHOD
from db.analyses.run import run_method
from db.engine import connect
from tests.db.rows import add_boundary, add_incident, add_place, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def source(db: psycopg.Connection[Any]) -> int:
    source = add_source(db)
    add_incident(db, source, "there", geom="SRID=4326;POINT(0.2 0)", radius_m=5_000)
    add_incident(db, source, "far", geom="SRID=4326;POINT(60 0)", radius_m=5_000)
    add_incident(
        db, source, "vague", geom=None, place_precision="country", radius_m=None, country="NER"
    )
    return source


@pytest.fixture
def connection(database_url: str, source: int) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def rows(db: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return db.execute(
        "SELECT values->>'incident', values->>'target', values->>'code', values->'rank',"
        "  round((values->>'distance_m')::numeric), round((values->>'low_m')::numeric),"
        "  round((values->>'azimuth_deg')::numeric), ST_AsText(geom, 3)"
        " FROM liptako.result WHERE layer = 'proximity' ORDER BY result_id"
    ).fetchall()


def test_places_come_by_distance_and_roads_beside_them(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for code, lon in (("near", 0.0), ("next", 0.5), ("third", 1.0)):
        add_place(db, source, code, lon, 0.0)
    add_boundary(db, source, "road", "RN1", "MULTILINESTRING((-1 0.1, 1 0.1))")
    outcome = run_method(connection, METHOD, ProximityParameters(places=2))
    connection.commit()
    assert outcome.counts == {
        "incidents": 1,
        "rows": 3,
        "near to nothing known": 1,
        "without a point or a radius": 1,
        "sources of roads": 1,
    }
    # Degrees on the equator are 111,319.5 m; 0.1 degrees of a meridian there 11,057 m.
    assert rows(db) == [
        ("there", "place", "near", 1, 22_264, 17_264, 90, "LINESTRING(0.2 0,0 0)"),
        ("there", "place", "next", 2, 33_396, 28_396, 270, "LINESTRING(0.2 0,0.5 0)"),
        ("there", "road", "RN1", 1, 11_057, 6_057, 180, "LINESTRING(0.2 0,0.2 0.1)"),
    ]


def test_a_place_at_the_point_is_no_line_away_and_a_limit_leaves_out(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_place(db, source, "here", 0.2, 0.0)
    add_place(db, source, "near", 0.0, 0.0)
    run_method(connection, METHOD, ProximityParameters(within_km=20.0))
    connection.commit()
    assert rows(db) == [("there", "place", "here", 1, 0, 0, None, None)]


def test_what_may_not_leave_and_what_nobody_lives_in_is_not_near(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    private = add_source(db, "private", redistributable=False)
    add_place(db, private, "secret", 0.2, 0.0)
    add_boundary(db, private, "road", "RN1", "MULTILINESTRING((-1 0.1, 1 0.1))")
    add_place(db, source, "well", 0.2, 0.0)
    db.execute("UPDATE liptako.place SET feature_class = 'H' WHERE code = 'well'")
    assert run_method(connection, METHOD).counts["rows"] == 0


def test_a_road_is_a_line(db: psycopg.Connection[Any], source: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        add_boundary(db, source, "road", "RN1", "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))")
