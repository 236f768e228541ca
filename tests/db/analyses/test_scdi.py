from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.cell_parameters import ScdiParameters
from db.analyses.run import run_method
from db.analyses.scdi import METHOD
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def source(db: psycopg.Connection[Any]) -> int:
    return add_source(db)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def run(connection: Connection, **chosen: Any) -> Any:
    return run_method(connection, METHOD, ScdiParameters(region=None, **chosen))


def rows(connection: Connection, layer: str = "scdi") -> list[dict[str, Any]]:
    found = connection.exec_driver_sql(
        "SELECT values FROM liptako.result WHERE layer = %s ORDER BY result_id", (layer,)
    )
    return [dict(row[0]) for row in found]


def add(db: psycopg.Connection[Any], source: int, **columns: object) -> None:
    number = next(iter(db.execute("SELECT count(*) FROM liptako.incident")))[0]
    place = {"geom": "SRID=4326;POINT(0.66 14.2)"} | columns
    add_incident(db, source, f"number-{number}", **place)


def test_a_stack_is_clustered_and_what_that_is_worth_stands_beside_it(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for _ in range(5):
        add(db, source)
    outcome = run(connection)
    for layer in ("scdi", "scdi-equal-area"):
        (row,) = rows(connection, layer)
        assert (row["scdi"], row["incidents"], row["places"]) == ("CH", 5, 1)
        assert row["nni"] == 0
        assert row["p_ch"] + row["p_dh"] > 0.9
        assert row["clustered_in_towns"] > 0.7 > 0.3 > row["clustered_at_random"]
        assert outcome.counts[f"{layer}: CH"] == 1
    period = connection.exec_driver_sql("SELECT DISTINCT period::text FROM liptako.result").scalar()
    assert period == '["2019-01-01 00:00:00","2020-01-01 00:00:00")'


def test_only_violence_counts_unless_told_otherwise(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, event_type="protest")
    add(db, source, event_type="air_strike")
    assert run(connection).counts["not violent"] == 1
    assert run(connection, events=("protest", "air_strike")).counts["incidents"] == 2
    with pytest.raises(InvalidQuery, match="riot"):
        run(connection, events=("riot",))


def test_a_year_that_is_not_known_is_counted_and_what_lasted_began_in_one(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, occurred="[2019-12-30,2020-01-03)", time_precision="days")
    add(db, source, occurred="[2019-12-30,2020-01-03)", time_extent="throughout")
    add(db, source, occurred="[2019-12-30,)", time_precision="longer")
    outcome = run(connection)
    assert outcome.counts["year not known"] == 2
    assert [row["year"] for row in rows(connection)] == [2019]


def test_places_without_a_radius_count_and_leave_no_share(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source)
    add(db, source, radius_m=None, place_precision="adm1")
    add(db, source, geom=None, place_precision="country", radius_m=None)
    outcome = run(connection)
    assert outcome.counts["without a point"] == 1
    (row,) = rows(connection)
    assert (row["scdi"], row["incidents"], row["imprecise"]) == ("CL", 2, 1)
    assert row.get("p_cl") is None
    assert row.get("p_single") is None


def test_what_lies_outside_the_published_grid_is_on_equal_areas_only(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, geom="SRID=4326;POINT(96 21)")
    outcome = run(connection)
    assert outcome.counts["scdi: outside the grid"] == 1
    assert rows(connection) == []
    (row,) = rows(connection, "scdi-equal-area")
    assert row.get("scdi") is None
    assert row.get("clustered_at_random") is None


def test_the_latest_and_fullest_come_first(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, occurred="[2020-02-01,2020-02-02)", geom="SRID=4326;POINT(2 15)")
    for year in (2018, 2020, 2020):
        add(db, source, occurred=f"[{year}-02-01,{year}-02-02)")
    run(connection)
    found = [(row["year"], row["incidents"]) for row in rows(connection)]
    assert found == [(2020, 2), (2020, 1), (2018, 1)]


def test_without_incidents_there_is_no_row(connection: Connection) -> None:
    assert run(connection).counts["incidents"] == 0
    assert rows(connection) == []
