from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import select

from db.engine import connect
from db.figures import SEPARATE, sum_of_parts
from db.models.incidents import Incident
from db.models.summaries import IncidentSummary
from db.vocabulary import Harm, PersonStatus
from tests.db.rows import add_estimate, add_incident, add_source


@pytest.mark.parametrize("harm", [Harm.KILLED, Harm.INJURED])
def test_parts_are_what_the_database_sums_up(database_url: str, harm: Harm) -> None:
    with psycopg.connect(database_url) as db:
        source = add_source(db)
        for status in PersonStatus:
            incident = add_incident(db, source, status.value.replace("_", "-"))
            add_estimate(db, incident, low=2, best=3, high=4, harm=harm, person_status=status)
    one, summary = Incident.__table__, IncidentSummary.__table__
    asked = select(
        one.c.code,
        sum_of_parts(one.c.incident_id, harm, None),
        summary.c[f"{harm.value}_low"],
    ).join(summary, summary.c.incident_id == one.c.incident_id)
    with connect(database_url) as connection:
        found = {row[0].replace("-", "_"): row[1:] for row in connection.execute(asked)}
    parts = {status.value: (2, 2) for status in SEPARATE}
    others = {status.value: (None, None) for status in PersonStatus if status not in SEPARATE}
    assert found == {**others, **parts, PersonStatus.ALL.value: (None, 2)}
