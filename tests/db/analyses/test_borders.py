from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.borders import METHOD
from db.analyses.parameters import BorderParameters
from db.analyses.run import APPLICATION, needs_run, run_method
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import add_boundary, add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

# Two countries side by side, their border on the meridian of 1 degree east; a second source puts
# it 0.01 degrees further east, which is 1,077 m at 14.5 degrees north.
WEST = "MULTIPOLYGON(((0 14, 1 14, 1 15, 0 15, 0 14)))"
EAST = "MULTIPOLYGON(((1 14, 2 14, 2 15, 1 15, 1 14)))"
LINE = "MULTILINESTRING((1 14, 1 15))"
OTHER_LINE = "MULTILINESTRING((1.01 14, 1.01 15))"


@pytest.fixture
def source(database_url: str) -> int:
    with psycopg.connect(database_url, autocommit=True) as db:
        source = add_source(db)
        lsib, osm = add_source(db, "lsib-quattroshapes"), add_source(db, "openstreetmap")
        add_boundary(db, lsib, "adm0", "AAA", WEST, country="AAA")
        add_boundary(db, lsib, "adm0", "BBB", EAST, country="BBB")
        add_boundary(db, lsib, "border", "AAA-BBB", LINE, country="AAA", neighbour="BBB")
        add_boundary(db, lsib, "border", "BBB-AAA", LINE, country="BBB", neighbour="AAA")
        add_boundary(db, osm, "border", "AAA-BBB", OTHER_LINE, country="AAA", neighbour="BBB")
        return source


@pytest.fixture
def connection(database_url: str, source: int) -> Iterator[Connection]:
    with connect(database_url, application=APPLICATION) as connection:
        yield connection


@pytest.fixture
def db(database_url: str, source: int) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def measures(db: psycopg.Connection[Any], target: str) -> list[tuple[Any, ...]]:
    return db.execute(
        "SELECT s.code, round(m.value), round(m.low), round(m.high), m.outcome, m.reason,"
        "       round(ST_Length(m.geom::geography))"
        " FROM liptako.measure m LEFT JOIN liptako.boundary b USING (boundary_id)"
        " LEFT JOIN liptako.source s ON s.source_id = b.source_id"
        " WHERE m.target = %s ORDER BY m.measure_id",
        [target],
    ).fetchall()


def test_each_source_gives_a_distance_and_all_together_give_an_interval(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", radius_m=500, country="AAA")
    outcome = run_method(connection, METHOD, BorderParameters(pairs=("AAA-BBB",)))
    connection.commit()
    assert outcome.counts["incidents"] == 1
    west, east = 10_780, 11_858  # checked with an independent geodesic calculator
    assert measures(db, "AAA-BBB") == [
        ("lsib-quattroshapes", west, west - 500, west + 500, "computed", None, west),
        ("openstreetmap", east, east - 500, east + 500, "computed", None, east),
        (None, east, west - 500, east + 500, "computed", "the sources differ by 1078 m", None),
    ]


def test_the_preferred_source_gives_the_headline(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    run_method(
        connection, METHOD, BorderParameters(pairs=("AAA-BBB",), prefer=("lsib-quattroshapes",))
    )
    connection.commit()
    assert measures(db, "AAA-BBB")[-1][1] == 10_780


@pytest.mark.parametrize(
    "columns, word",
    [
        ({"geom": None, "place_precision": "country", "radius_m": None}, "country"),
        ({"place_precision": "adm1", "radius_m": None}, "adm1"),
    ],
)
def test_a_place_known_to_a_country_or_unit_only_is_not_computable_and_says_so(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    columns: dict[str, Any],
    word: str,
) -> None:
    place = {"geom": "SRID=4326;POINT(0.9 14.5)", "country": "AAA", **columns}
    add_incident(db, source, **place)
    outcome = run_method(connection, METHOD)
    connection.commit()
    assert outcome.counts["not computable"] == 1
    (found,) = measures(db, "nearest")
    assert found[:5] == (None, None, None, None, "not_computable")
    assert word in found[5]


def test_an_incident_far_from_all_installed_borders_is_counted_and_left_out(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(90 23)", country="BGD")
    outcome = run_method(connection, METHOD)
    assert outcome.counts["outside the countries with borders"] == 1
    assert outcome.counts["measures"] == 0


def test_a_run_takes_the_place_of_the_one_before_whose_record_stays(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    first = run_method(connection, METHOD)
    connection.commit()
    before = measures(db, "nearest")
    second = run_method(connection, METHOD)
    connection.commit()
    assert measures(db, "nearest") == before
    runs = db.execute(
        "SELECT run_id, replaced_version IS NULL FROM liptako.analysis_run ORDER BY run_id"
    ).fetchall()
    assert runs == [(first.run_id, False), (second.run_id, True)]


def test_a_run_is_needed_until_it_is_done_and_again_once_data_changed(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    assert needs_run(connection, "borders")
    run_method(connection, METHOD)
    connection.commit()
    assert not needs_run(connection, "borders")
    connection.rollback()
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    assert needs_run(connection, "borders")


def test_a_retracted_incident_has_no_distance(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA", status="retracted")
    assert run_method(connection, METHOD).counts["incidents"] == 0


def test_a_source_without_every_border_of_a_country_gives_no_nearest_border(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    """A user's single line is measured to; the nearest border is sought among whole sets."""
    add_boundary(
        db,
        add_source(db, "lsib-two"),
        "border",
        "AAA-CCC",
        "MULTILINESTRING((0 10, 0 11))",
        country="AAA",
        neighbour="CCC",
    )
    lsib = db.execute(
        "SELECT source_id FROM liptako.source WHERE code = 'lsib-quattroshapes'"
    ).fetchone()
    assert lsib is not None
    far = "MULTILINESTRING((0 14, 0 15))"
    add_boundary(db, lsib[0], "border", "AAA-CCC", far, country="AAA", neighbour="CCC")
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    run_method(connection, METHOD)
    connection.commit()
    assert [row[0] for row in measures(db, "nearest")] == ["lsib-quattroshapes", None]


@pytest.mark.parametrize(
    "parameters, said",
    [
        (BorderParameters(pairs=("AAA-XXX",)), "AAA-BBB"),
        (BorderParameters(prefer=("nobody",)), "openstreetmap"),
    ],
)
def test_a_border_or_source_that_is_not_installed_is_refused_and_the_last_run_stays(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    parameters: BorderParameters,
    said: str,
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    run_method(connection, METHOD)
    connection.commit()
    before = measures(db, "nearest")
    with pytest.raises(InvalidQuery, match=said):
        run_method(connection, METHOD, parameters)
    connection.rollback()
    assert measures(db, "nearest") == before != []
