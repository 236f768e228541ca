from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.clusters import METHOD
from db.analyses.parameters import ClusterParameters
from db.analyses.run import run_method
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import add_estimate, add_incident, add_region, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = "MULTIPOLYGON(((0 14, 2 14, 2 16, 0 16, 0 14)))"
HERE = ClusterParameters(region="here/square", radius_km=5, min_points=3)


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def source(db: psycopg.Connection[Any]) -> int:
    source = add_source(db)
    add_region(db, source, "here", "square", SQUARE)
    return source


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def three_near(db: psycopg.Connection[Any], source: int, **columns: object) -> list[int]:
    return [
        add_incident(
            db,
            source,
            f"near-{number}",
            geom=f"SRID=4326;POINT(1.0{number} 15)",
            radius_m=1000,
            country="NER",
            **columns,
        )
        for number in range(3)
    ]


def test_near_incidents_are_a_cluster_and_a_lone_one_is_not(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = three_near(db, source)
    add_incident(db, source, "lone", geom="SRID=4326;POINT(0.2 14.2)", radius_m=1000)
    outcome = run_method(connection, METHOD, HERE)
    connection.commit()
    assert outcome.counts["clusters"] == 1
    assert outcome.counts["in no cluster"] == 1
    members = db.execute(
        "SELECT incident_id FROM liptako.result WHERE layer = 'cluster-members'"
        " AND values->>'cluster' = '1' ORDER BY incident_id"
    ).fetchall()
    assert [row[0] for row in members] == keys
    (cluster,) = db.execute(
        "SELECT (values->>'incidents')::int, (values->>'places')::int, values->>'countries',"
        " GeometryType(geom), (SELECT bool_and(ST_Contains(c.geom, i.geom)) FROM liptako.result i"
        "   WHERE layer = 'cluster-members' AND values->>'cluster' = '1')"
        " FROM liptako.result c WHERE layer = 'clusters'"
    ).fetchall()
    assert cluster == (3, 3, "NER", "POLYGON", True)


def test_a_sum_of_killed_leaves_its_upper_end_open_when_one_is_not_known(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    first, second, _ = three_near(db, source)
    add_estimate(db, first, low=25, best=None, high=None)
    add_estimate(db, second, low=1, best=2, high=3)
    run_method(connection, METHOD, HERE)
    row = connection.exec_driver_sql(
        "SELECT values->>'killed_low', values->'killed_high', values->>'killed_unknown'"
        " FROM liptako.result WHERE layer = 'clusters'"
    ).one()
    assert tuple(row) == ("26", None, "1")


def test_days_part_what_happened_long_apart(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number, day in enumerate(("2019-12-10", "2019-12-11", "2021-01-01")):
        add_incident(
            db,
            source,
            f"dated-{number}",
            geom="SRID=4326;POINT(1 15)",
            occurred=f"[{day} 00:00,{day} 23:59:59]",
        )
    together = ClusterParameters(region="here/square", radius_km=5, min_points=3, days=None)
    apart = ClusterParameters(region="here/square", radius_km=5, min_points=3, days=30)
    assert run_method(connection, METHOD, together).counts["clusters"] == 1
    assert run_method(connection, METHOD, apart).counts["clusters"] == 0


def test_a_place_less_precise_than_the_neighbourhood_takes_no_part(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    three_near(db, source)
    add_incident(db, source, "vague", geom="SRID=4326;POINT(1 15)", radius_m=25_000)
    outcome = run_method(connection, METHOD, HERE)
    assert outcome.counts["place or time too imprecise"] == 1
    assert outcome.counts["incidents"] == 3


def test_a_part_is_not_counted_beside_its_whole(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    whole = add_incident(db, source, "whole", geom="SRID=4326;POINT(1 15)", radius_m=1000)
    three_near(db, source, part_of=whole)
    assert run_method(connection, METHOD, HERE).counts["incidents"] == 1


def test_an_unknown_region_is_refused_with_those_there_are(
    connection: Connection, source: int
) -> None:
    with pytest.raises(InvalidQuery, match="here/square"):
        run_method(connection, METHOD, ClusterParameters(region="nowhere"))


def test_a_part_of_an_aggregate_takes_part(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    total = add_incident(db, source, "total", geom="SRID=4326;POINT(1 15)", kind="aggregate")
    three_near(db, source, part_of=total)
    assert run_method(connection, METHOD, HERE).counts["clusters"] == 1


def test_an_open_end_of_an_incident_is_the_open_end_of_its_cluster(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = three_near(db, source)
    db.execute(
        "UPDATE liptako.incident SET occurred = '[2020-01-01,)' WHERE incident_id = %s", [keys[0]]
    )
    run_method(connection, METHOD, HERE)
    period = connection.exec_driver_sql(
        "SELECT period::text FROM liptako.result WHERE layer = 'clusters'"
    ).scalar_one()
    assert period == '["2019-12-10 00:00:00",)'
