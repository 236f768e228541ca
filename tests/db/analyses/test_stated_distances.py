from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.parameters import Selection
from db.analyses.run import run_method
from db.analyses.stated_distances import METHOD
from db.engine import connect
from tests.db.rows import (
    add_boundary,
    add_claim,
    add_incident,
    add_place,
    add_report,
    add_source,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

LINE = "MULTILINESTRING((1 14, 1 15))"


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


@pytest.mark.parametrize(
    "distance, verdict",
    [(10.0, "holds"), (7.0, "low"), (30.0, "high")],
)
def test_a_distance_to_a_border_is_checked_against_the_line(
    db: psycopg.Connection[Any], connection: Connection, distance: float, verdict: str
) -> None:
    source = add_source(db)
    # 10,780 m west of the line; the radius is 500 m.
    incident = add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", radius_m=500)
    add_boundary(db, source, "border", "AAA-BBB", LINE, country="AAA", neighbour="BBB")
    add_claim(
        db,
        incident,
        add_report(db, source),
        "far",
        kind="distance",
        harm=None,
        person_status=None,
        distance=distance,
        distance_unit="km",
        distance_m=distance * 1000,
        target_border="AAA-BBB",
    )
    outcome = run_method(connection, METHOD)
    connection.commit()
    assert outcome.counts == {"claims": 1, verdict: 1}
    (row,) = db.execute("SELECT round(value), round(low), round(high) FROM liptako.measure")
    assert row == (10_780, 10_280, 11_280)
    detail = connection.exec_driver_sql("SELECT detail FROM liptako.measure").scalar_one()
    # 10 km is 9 to 11; 77.1 % of the disc lies nearer than 11 km (closed form).
    expected = pytest.approx(0.771, abs=0.03) if verdict == "holds" else 0.0
    assert detail["p_holds"] == expected
    assert (detail["stated_low_m"], detail["stated_high_m"]) == {
        10.0: (9_000, 11_000),
        7.0: (6_500, 7_500),
        30.0: (27_000, 33_000),
    }[distance]


def test_a_distance_to_a_place_may_be_that_of_a_road_and_its_direction_is_checked(
    db: psycopg.Connection[Any], connection: Connection
) -> None:
    source = add_source(db)
    incident = add_incident(db, source, geom="SRID=4326;POINT(0.5 14)", radius_m=1000)
    place = add_place(db, source, "geonames:1", 1.5, 14.0)  # 108 km to the east
    add_claim(
        db,
        incident,
        add_report(db, source),
        "far",
        kind="distance",
        harm=None,
        person_status=None,
        distance=150,
        distance_unit="km",
        distance_m=150_000,
        target_place_id=place,
        bearing="W",
    )
    assert run_method(connection, METHOD).counts["fits_a_road"] == 1
    reason = connection.exec_driver_sql("SELECT reason FROM liptako.measure").scalar_one()
    assert "1.39 of measured" in reason
    assert "the direction W holds" in reason


def test_without_a_radius_or_a_border_nothing_can_be_told(
    db: psycopg.Connection[Any], connection: Connection
) -> None:
    source = add_source(db)
    incident = add_incident(db, source)
    add_claim(
        db,
        incident,
        add_report(db, source),
        "far",
        kind="distance",
        harm=None,
        person_status=None,
        distance=7,
        distance_unit="mi",
        distance_m=11_265,
        target_border="XXX-YYY",
    )
    assert run_method(connection, METHOD).counts["undetermined"] == 1


def test_a_selection_chooses_whose_claims_are_checked(
    db: psycopg.Connection[Any], connection: Connection
) -> None:
    source = add_source(db)
    report, place = add_report(db, source), add_place(db, source, "geonames:1", 1.5, 14.0)
    for code, country in (("one", "NER"), ("other", "MLI")):
        key = add_incident(db, source, code, country=country)
        add_claim(
            db,
            key,
            report,
            f"{code}.far",
            kind="distance",
            harm=None,
            person_status=None,
            distance=150,
            distance_unit="km",
            distance_m=150_000,
            target_place_id=place,
        )
    assert run_method(connection, METHOD).counts["claims"] == 2
    chosen = Selection(filter="country = 'NER'")
    assert run_method(connection, METHOD, chosen).counts["claims"] == 1
    connection.rollback()
    then = version(db)
    db.execute("DELETE FROM liptako.claim WHERE code = 'one.far'")
    db.execute("UPDATE liptako.claim SET distance = 99 WHERE code = 'other.far'")
    moment = db.execute(
        "SELECT recorded_at FROM liptako.data_version WHERE version = %s", [then]
    ).fetchone()
    assert moment is not None
    run_method(connection, METHOD, Selection(asof=moment[0].isoformat()))
    stated = connection.exec_driver_sql(
        "SELECT (detail->>'stated_low_m')::float FROM liptako.measure"
    )
    assert stated.scalars().all() == [145_000.0]
