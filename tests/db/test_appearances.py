from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.appearances import appearances, coded_figure, incident_key, people_claimed
from db.engine import connect
from db.errors import UnknownIncident
from db.vocabulary import Harm, PersonStatus
from gis.estimates import EstimatedFigure, Rule
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source, version

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def test_reports_appear_in_their_order_and_undated_ones_last(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    source, secret = add_source(db), add_source(db, "secret", redistributable=False)
    incident = add_incident(db, source, "it-2020")
    days = {"late": "[2020-01-13,2020-01-14)", "early": "[2020-01-09,2020-01-12)"}
    for code, published in days.items():
        report = add_report(db, source, code)
        db.execute(
            "UPDATE liptako.report SET published = %s, published_precision = 'days'"
            " WHERE report_id = %s",
            (published, report),
        )
        low = 89 if code == "late" else 25
        add_claim(db, incident, report, code, low=low, person_status="civilian")
    before = version(db)
    undated = add_report(db, source, "undated")
    add_claim(db, incident, undated, "undated", low=1, person_status="civilian")
    add_claim(db, incident, add_report(db, secret, "hidden"), "hidden", low=3)
    add_estimate(db, incident, low=89, best=None, high=None, person_status="civilian")
    asked = (Harm.KILLED, PersonStatus.CIVILIAN)
    with connect(database_url) as connection:
        assert incident_key(connection, "it-2020") == incident
        assert people_claimed(connection, incident, Harm.KILLED) == [PersonStatus.CIVILIAN]
        assert people_claimed(connection, incident, Harm.INJURED) == []
        found = appearances(connection, incident, *asked)
        assert [each.day for each in found] == [date(2020, 1, 11), date(2020, 1, 13), None]
        assert [[claim.report for claim in each.claims] for each in found] == [
            ["early"],
            ["late"],
            ["undated"],
        ]
        envelope = [each.figures[Rule.ENVELOPE] for each in found]
        first = EstimatedFigure(25, None, None, False, 1)
        assert envelope == [first, EstimatedFigure(25, None, None, False, 2), None]
        latest = found[1].figures[Rule.LATEST]
        assert latest == EstimatedFigure(89, None, None, False, 1)
        assert {claim.version for each in found[:2] for claim in each.claims} <= set(
            range(before + 1)
        )
        assert found[2].claims[0].version > before
        assert len(appearances(connection, incident, *asked, before)) == 2
        coded = coded_figure(connection, incident, *asked)
        assert coded == EstimatedFigure(89, None, None, False, 0)
        assert coded_figure(connection, incident, *asked, before) is None


def test_a_name_that_is_not_there_is_answered_with_the_one_that_was_meant(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    add_incident(db, add_source(db), "inates-2019-12-10")
    with connect(database_url) as connection:
        with pytest.raises(UnknownIncident, match="did you mean 'inates-2019-12-10'"):
            incident_key(connection, "inates-2019-12-01")
        with pytest.raises(UnknownIncident) as refused:
            incident_key(connection, "elsewhere")
    assert refused.value.nearest is None
