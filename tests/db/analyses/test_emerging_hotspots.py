from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.cell_parameters import EmergingParameters
from db.analyses.emerging_hotspots import METHOD
from db.analyses.run import run_method
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import add_incident, add_region, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = "MULTIPOLYGON(((-3 11, 5 11, 5 17, -3 17, -3 11)))"


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


def run(connection: Connection, **chosen: Any) -> Any:
    return run_method(connection, METHOD, EmergingParameters(region="here/square", **chosen))


def rows(connection: Connection, layer: str) -> list[tuple[dict[str, Any], str]]:
    found = connection.exec_driver_sql(
        "SELECT values, period::text FROM liptako.result WHERE layer = %s ORDER BY result_id",
        (layer,),
    )
    return [(dict(row[0]), str(row[1])) for row in found]


def add(db: psycopg.Connection[Any], source: int, occurred: str, **columns: object) -> None:
    number = next(iter(db.execute("SELECT count(*) FROM liptako.incident")))[0]
    place = {"geom": "SRID=4326;POINT(1.0 14.0)"} | columns
    add_incident(db, source, f"number-{number}", occurred=occurred, **place)


def test_what_breaks_out_in_the_last_year_is_new(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number in range(10):
        add(db, source, f"[2020-0{number % 9 + 1}-03,2020-0{number % 9 + 1}-04)")
    add(db, source, "[2016-01-01,2016-01-02)", geom="SRID=4326;POINT(-2 16)")
    outcome = run(connection, steps_back=0)
    (first, period), *_ = rows(connection, "emerging-hotspots")
    assert outcome.counts["steps"] == 5
    assert (first["pattern"], first["incidents"], first["hot_steps"]) == ("new hot spot", 10, 1)
    assert period == '["2016-01-01 00:00:00","2021-01-01 00:00:00")'


def test_the_cube_shows_bins_with_a_value_or_a_spot_at_their_steps(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for _ in range(10):
        add(db, source, "[2020-02-03,2020-02-04)")
    run(connection, step="month", datetime="2020-01/2020-04")
    found = rows(connection, "space-time-cube")
    full = [(values, period) for values, period in found if values["value"] > 0]
    assert [(values["value"], period) for values, period in full] == [
        (10.0, '["2020-02-01 00:00:00","2020-03-01 00:00:00")')
    ]
    assert {period for values, period in found if values["spot"] == "hot"} == {
        '["2020-02-01 00:00:00","2020-03-01 00:00:00")',
        '["2020-03-01 00:00:00","2020-04-01 00:00:00")',
    }


def test_an_uncertain_date_is_shared_among_steps_and_what_lasted_began_once(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, "[2020-01-31,2020-02-02)", time_precision="days")
    add(db, source, "[2020-02-20,2020-03-20)", time_extent="throughout")
    run(connection, step="month")
    values = {
        period[2:9]: row["value"]
        for row, period in rows(connection, "space-time-cube")
        if row["value"]
    }
    assert values == {"2020-01": 0.5, "2020-02": 1.5}


def test_steps_are_those_that_are_asked_for(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, "[2019-07-01,2020-07-01)", time_precision="year")
    outcome = run(connection, datetime="2020/2022")
    assert outcome.counts["steps"] == 3
    (bin_of_2020,) = [row for row, _ in rows(connection, "space-time-cube") if row["value"]]
    assert bin_of_2020["value"] == pytest.approx(182 / 366)


def test_an_open_date_takes_no_part_and_is_counted(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, "[2020-01-01,)", time_precision="longer")
    outcome = run(connection)
    assert outcome.counts["day not known"] == 1
    assert outcome.counts["incidents"] == 0


def test_a_cube_too_large_is_refused(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, "[1900-01-01,1900-01-02)")
    add(db, source, "[2020-01-01,2020-01-02)")
    with pytest.raises(InvalidQuery, match="20,000,000 bins"):
        run(connection, step="month", cell_km=5)
