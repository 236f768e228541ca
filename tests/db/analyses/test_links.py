from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.link_parameters import LinkParameters
from db.analyses.links import METHOD, MOST_NAMES
from db.analyses.run import run_method
from db.engine import connect
from db.errors import InvalidQuery
from gis.links import Closeness
from tests.db.rows import add_estimate, add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

CLOSE = LinkParameters(region=None, within_km=10, days=7)


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


def add(
    db: psycopg.Connection[Any], source: int, code: str, lon: float, day: str, **columns: object
) -> int:
    return add_incident(
        db,
        source,
        code,
        **{
            "geom": f"SRID=4326;POINT({lon} 15)",
            "radius_m": 100,
            "occurred": f"[{day} 00:00,{day} 23:59:59]",
            "country": "NER",
            **columns,
        },
    )


def rows_of(connection: Connection, layer: str) -> list[dict[str, Any]]:
    found = connection.exec_driver_sql(
        "SELECT values || jsonb_build_object('shape', ST_AsText(geom, 3), 'period', period::text)"
        " FROM liptako.result WHERE layer = %(layer)s ORDER BY result_id",
        {"layer": layer},
    )
    return [row[0] for row in found]


def test_a_link_has_bounds_and_a_line_from_the_earlier_to_the_later(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, "later", 1.05, "2020-03-08")
    add(db, source, "earlier", 1.0, "2020-03-03")
    add(db, source, "elsewhere", 2.0, "2020-03-03")
    add(db, source, "long-ago", 1.0, "2019-03-03")
    counts = run_method(connection, METHOD, CLOSE).counts
    assert (counts["incidents"], counts["links certain"], counts["links reported"]) == (4, 1, 0)
    (link,) = rows_of(connection, "incident-links")
    assert (link["first"], link["second"], link["closeness"]) == ("earlier", "later", "certain")
    assert link["shape"] == "MULTILINESTRING((1 15,1.05 15))"
    assert link["distance_m"] == pytest.approx(5_377.5, abs=1)
    assert link["distance_high_m"] - link["distance_low_m"] == pytest.approx(400)
    assert (link["days_low"], link["days_high"]) == (5, 5)


@pytest.mark.parametrize(
    "lon, radius_m, expected",
    [
        (1.05, 100, Closeness.CERTAIN),
        (1.05, 9_000, Closeness.REPORTED),
        (1.15, 9_000, Closeness.POSSIBLE),
    ],
)
def test_the_radius_says_how_sure_a_link_is(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    lon: float,
    radius_m: int,
    expected: Closeness,
) -> None:
    add(db, source, "one", 1.0, "2020-03-03")
    add(db, source, "other", lon, "2020-03-03", radius_m=radius_m)
    run_method(connection, METHOD, CLOSE)
    assert [row["closeness"] for row in rows_of(connection, "incident-links")] == [expected]
    chains = [row["closeness"] for row in rows_of(connection, "incident-chains")]
    assert chains == list(Closeness)[list(Closeness).index(expected) :]


def test_an_operation_that_lasted_is_certainly_near_to_what_happened_in_it(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    month = {"occurred": "[2020-03-01,2020-04-01)", "time_precision": "period"}
    add(db, source, "operation", 1.0, "", time_extent="throughout", **month)
    add(db, source, "within", 1.0, "", time_extent="within", **month)
    add(db, source, "ambush", 1.0, "2020-03-15")
    run_method(connection, METHOD, CLOSE)
    rows = rows_of(connection, "incident-links")
    assert {(row["first"], row["second"]): row["closeness"] for row in rows} == {
        ("operation", "ambush"): "certain",
        ("operation", "within"): "certain",
        ("within", "ambush"): "reported",
    }


def test_a_chain_sums_up_its_incidents(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = [
        add(db, source, f"n-{n}", lon, day)
        for n, (lon, day) in enumerate(
            ((1.0, "2020-03-01"), (1.05, "2020-03-06"), (1.1, "2020-03-12"), (1.1, "2020-03-12"))
        )
    ]
    add_estimate(db, keys[0], low=2, best=3, high=4)
    add_estimate(db, keys[3], low=5, best=5, high=None)
    chosen = CLOSE.model_copy(update={"closeness": Closeness.CERTAIN})
    run_method(connection, METHOD, chosen)
    (chain,) = rows_of(connection, "incident-chains")
    assert (chain["incidents"], chain["links"], chain["places"]) == (4, 4, 3)
    assert chain["members"] == "n-0, n-1, n-2, n-3"
    assert (chain["killed_low"], chain["killed_high"], chain["killed_unknown"]) == (7, None, 2)
    assert chain["days"] == pytest.approx(12, abs=0.001)
    assert chain["length_m"] == pytest.approx(2 * 5_377.5, abs=2)
    assert chain["shape"].count("(") == 4
    assert chain["period"].startswith('["2020-03-01 00:00:00","2020-03-12 23:59:59')


def test_more_pairs_than_may_be_are_refused_with_what_to_narrow(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number in range(5):
        add(db, source, f"n-{number}", 1.0, "2020-03-03")
    with pytest.raises(InvalidQuery, match="10 pairs, 6 more than may be: take less within_km"):
        run_method(connection, METHOD, CLOSE.model_copy(update={"most_pairs": 4}))


def test_what_is_too_vague_is_counted_and_left_out(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, "vague", 1.0, "2020-03-03", radius_m=10_001)
    add(db, source, "open", 1.0, "2020-03-03", occurred="[2020-03-03,)")
    counts = run_method(connection, METHOD, CLOSE).counts
    assert (counts["incidents"], counts["place too imprecise"]) == (0, 1)
    assert counts["time open or unknown"] == 1
    assert rows_of(connection, "incident-links") == rows_of(connection, "incident-chains") == []


def test_a_long_chain_names_fifty_of_its_incidents(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number in range(MOST_NAMES + 2):
        add(db, source, f"n-{number:02}", 1.0, "2020-03-03")
    run_method(connection, METHOD, CLOSE)
    chain = rows_of(connection, "incident-chains")[0]
    assert chain["members"].endswith("n-49, 2 more")
