from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.cell_parameters import HotspotParameters, Value, Weighting
from db.analyses.hotspots import METHOD
from db.analyses.run import run_method
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import add_estimate, add_incident, add_region, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = "MULTIPOLYGON(((-3 11, 5 11, 5 17, -3 17, -3 11)))"
HERE: dict[str, Any] = {"region": "here/square", "permutations": 99, "draws": 20}


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


def stack(db: psycopg.Connection[Any], source: int, number: int, **columns: object) -> list[int]:
    return [
        add_incident(db, source, f"stack-{n}", geom="SRID=4326;POINT(1.0 14.0)", **columns)
        for n in range(number)
    ]


def rows(connection: Connection) -> list[dict[str, Any]]:
    found = connection.exec_driver_sql(
        "SELECT values FROM liptako.result WHERE layer = 'hotspots' ORDER BY result_id"
    )
    return [dict(row[0]) for row in found]


def test_a_stack_is_hot_with_its_neighbours_and_what_is_far_is_not(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    stack(db, source, 8)
    add_incident(db, source, "lone", geom="SRID=4326;POINT(-2 16)")
    outcome = run_method(connection, METHOD, HotspotParameters(**HERE))
    found = rows(connection)
    assert outcome.counts["incidents"] == 9
    assert outcome.counts["hot"] == 9
    assert found[0]["incidents"] == 8
    assert found[0]["spot"] == "hot"
    assert found[0]["p_hot"] == 1.0
    assert sum(row["incidents"] for row in found) == 9
    assert sum(row["expected"] for row in found) == pytest.approx(9)
    assert all(abs(row["area_km2"] - 2500) < 0.1 for row in found)


def test_who_is_too_imprecise_is_counted_and_left_out(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    stack(db, source, 3)
    add_incident(db, source, "vague", radius_m=90_000)
    add_incident(db, source, "unknown", radius_m=None, place_precision="adm2")
    outcome = run_method(connection, METHOD, HotspotParameters(**HERE))
    assert outcome.counts["place too imprecise"] == 2
    assert outcome.counts["incidents"] == 3


def test_people_killed_are_compared_without_making_zeros_of_the_unknown(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    first, second, _ = stack(db, source, 3)
    add_estimate(db, first, low=25, best=None, high=None)
    add_estimate(db, second, low=1, best=2, high=3)
    add_incident(db, source, "no-figure", geom="SRID=4326;POINT(-2 16)")
    chosen = HotspotParameters(**HERE, value=Value.KILLED_LOW)
    outcome = run_method(connection, METHOD, chosen)
    found = rows(connection)
    assert outcome.counts["without the figure compared"] == 2
    assert (found[0]["value"], found[0]["killed_low"], found[0]["killed_unknown"]) == (26, 26, 1)
    (other,) = [row for row in found[1:] if row["incidents"]]
    assert other.get("killed_low") is None
    assert other["killed_unknown"] == 1


def test_a_disc_spreads_over_cells_when_that_is_asked(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    stack(db, source, 6, radius_m=40_000)
    run_method(connection, METHOD, HotspotParameters(**HERE, weighting=Weighting.PROBABILITY))
    found = rows(connection)
    assert found[0]["value"] < 6
    assert sum(row["value"] for row in found) == pytest.approx(6)
    assert found[0]["count_low"] < found[0]["expected"] < found[0]["count_high"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"grid": "h3", "h3_resolution": 3},
        {"neighbours": "band", "band_km": 120},
        {"neighbours": "rook"},
        {"area": "occupied"},
        {"region": ""},
    ],
)
def test_every_way_to_cut_and_to_join_counts_all_incidents(
    db: psycopg.Connection[Any], connection: Connection, source: int, chosen: dict[str, Any]
) -> None:
    stack(db, source, 4)
    for number, place in enumerate(("0 12", "4 12", "4 16", "-2 16")):
        add_incident(db, source, f"corner-{number}", geom=f"SRID=4326;POINT({place})")
    run_method(connection, METHOD, HotspotParameters(**(HERE | chosen)))
    assert sum(row["incidents"] for row in rows(connection)) == 8


def test_the_same_run_gives_the_same_numbers(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    stack(db, source, 5, radius_m=30_000)
    run_method(connection, METHOD, HotspotParameters(**HERE))
    first = rows(connection)
    run_method(connection, METHOD, HotspotParameters(**HERE))
    assert rows(connection) == first + first


def test_without_incidents_there_is_nothing_hot(connection: Connection, source: int) -> None:
    outcome = run_method(connection, METHOD, HotspotParameters(**HERE))
    assert outcome.counts["hot"] == 0
    assert {row.get("z") for row in rows(connection)} == {None}
    nowhere = run_method(connection, METHOD, HotspotParameters(**(HERE | {"region": ""})))
    assert nowhere.counts["cells"] == 0


def test_cells_too_small_for_the_area_are_refused(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    outline = "MULTIPOLYGON(((-170 -60,170 -60,170 60,-170 60,-170 -60)))"
    add_region(db, source, "world", "all", outline)
    small: dict[str, Any]
    for small in ({"cell_km": 1}, {"grid": "h3", "h3_resolution": 9}):
        chosen = HotspotParameters(**(HERE | {"region": "world"} | small))
        with pytest.raises(InvalidQuery, match="1,000,000 cells"):
            run_method(connection, METHOD, chosen)
    with pytest.raises(InvalidQuery, match="loaded regions"):
        run_method(connection, METHOD, HotspotParameters(region="nowhere"))
