"""The rules in SQL give what :mod:`gis.estimates` gives, claim by claim."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true

from db.claimed import estimates
from db.engine import connect
from db.knowledge import Knowledge
from db.models.incidents import Incident
from db.vocabulary import Harm, PersonStatus
from gis.estimates import ClaimedFigure, EstimatedFigure, estimate, known_by
from tests.db.rows import add_claim, add_incident, add_report, add_source
from tests.gis.test_estimates import RULES, sets_of_claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

KILLED = ("killed", Harm.KILLED, PersonStatus.ALL)
FORCES = ("killed_forces", Harm.KILLED, PersonStatus.STATE_FORCES)


@pytest.fixture
def database(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url) as db:
        yield db


def write(db: psycopg.Connection[Any], claims: list[ClaimedFigure], code: str) -> int:
    """An incident with claims, each of a report and a source of its own."""
    incident = add_incident(db, add_source(db, f"{code}-compiler"), code)
    keys: dict[int, int] = {}
    for claim in claims:
        name = f"{code}-{claim.key}"
        source = add_source(db, name, grade=claim.grade)
        report = add_report(db, source, name)
        if claim.last_day is not None:
            db.execute(
                "UPDATE liptako.report SET published = daterange(%s, %s, '[]'),"
                " published_precision = 'days' WHERE report_id = %s",
                (claim.first_day, claim.last_day, report),
            )
        keys[claim.key] = add_claim(
            db,
            incident,
            report,
            name,
            low=claim.low,
            best=claim.best,
            high=claim.high,
            polarity="denies" if claim.denies else "asserts",
            claimant="ministry" if claim.official else None,
            claimant_kind="official" if claim.official else None,
        )
    for claim in claims:
        db.execute(
            "UPDATE liptako.claim SET part_of = %s, superseded_by = %s WHERE claim_id = %s",
            (
                None if claim.part_of is None else keys[claim.part_of],
                None if claim.superseded_by is None else keys[claim.superseded_by],
                keys[claim.key],
            ),
        )
    db.commit()
    return incident


def told(connection: Connection, knowledge: Knowledge) -> dict[int, EstimatedFigure]:
    asked = estimates(None, knowledge, harms=[Harm.KILLED])
    return {row[0]: EstimatedFigure(*row[3:]) for row in connection.execute(asked)}


def told_one_by_one(connection: Connection, knowledge: Knowledge) -> dict[int, EstimatedFigure]:
    outer = Incident.__table__.alias("outer")
    one = estimates(None, knowledge, harms=[Harm.KILLED], of=outer.c.incident_id).lateral("one")
    asked = select(one).select_from(outer.join(one, true()))
    return {row[0]: EstimatedFigure(*row[3:]) for row in connection.execute(asked)}


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    incidents=st.lists(sets_of_claims(), min_size=1, max_size=6),
    day=st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 7)),
)
def test_sql_and_values_say_the_same(
    database: psycopg.Connection[Any],
    database_url: str,
    incidents: list[list[ClaimedFigure]],
    day: date | None,
) -> None:
    row = database.execute("SELECT count(*) FROM liptako.incident").fetchone()
    assert row is not None
    written = {
        write(database, claims, f"incident-{row[0] + number}"): claims
        for number, claims in enumerate(incidents)
    }
    with connect(database_url) as connection:
        for rule in RULES:
            known = {
                key: claims if day is None else known_by(claims, day)
                for key, claims in written.items()
            }
            expected = {
                key: found for key in known if (found := estimate(known[key], rule)) is not None
            }
            for asked in (told, told_one_by_one):
                found_all = asked(connection, Knowledge(rule, day))
                assert {k: v for k, v in found_all.items() if k in written} == expected, rule
