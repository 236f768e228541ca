"""The two halves of a former state hold what the state holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from db.engine import connect
from db.halves import halves
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, SortKey, keys_statement, rows_of, statement
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

INCIDENTS = LAYERS["incidents"]


@pytest.fixture
def states(database_url: str) -> Iterator[tuple[Connection, list[int]]]:
    """Thirty incidents, of which ten were edited, then ten others."""
    found = []
    with psycopg.connect(database_url, autocommit=True) as db:
        with db.transaction():
            source = add_source(db)
            secret = add_source(db, "secret", redistributable=False)
            report, hidden = add_report(db, source), add_report(db, secret, "hidden")
            for number in range(30):
                incident = add_incident(
                    db,
                    source,
                    f"incident-{number:02}",
                    country="NER" if number % 3 else None,
                    geom=f"SRID=4326;POINT({number / 10} 14.5)",
                )
                add_estimate(db, incident, low=number % 7, best=None, high=None)
                add_claim(db, incident, (report, hidden)[number % 2], f"claim-{number}", low=number)
        found.append(version(db))
        for first in (0, 5):
            with db.transaction():
                db.execute(
                    "UPDATE liptako.incident SET country = 'MLI', part_of = NULL"
                    " WHERE incident_id %% 3 = 1 AND incident_id > %s",
                    [first],
                )
                db.execute("UPDATE liptako.estimate SET low = low + 1 WHERE incident_id % 2 = 0")
            found.append(version(db))
    with connect(database_url) as connection:
        yield connection, found


QUERIES = [
    LayerQuery(limit=7),
    LayerQuery(limit=7, offset=5),
    LayerQuery(limit=7, after=(4, 9)),
    LayerQuery(limit=40, sort_by=(SortKey("killed_low", True), SortKey("country"))),
    LayerQuery(limit=9, sort_by=(SortKey("country", True),)),
    LayerQuery(limit=5, sort_by=(SortKey("killed_claims"),)),
    LayerQuery(limit=7, leading=(3, 20)),
    LayerQuery(limit=7, equals=(("country", "NER"),)),
    LayerQuery(limit=7, equals=(("killed_low", 3),)),
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("state", [0, 1])
def test_the_halves_give_the_page_of_the_whole(
    states: tuple[Connection, list[int]], query: LayerQuery, state: int
) -> None:
    connection, versions = states
    asked = replace(query, version=versions[state])
    found = list(connection.scalars(keys_statement(INCIDENTS, asked)))
    whole = replace(asked, limit=None, offset=0, leading=())
    rows = connection.execute(statement(INCIDENTS, whole)).all()
    lead = len(query.sort_by) + 1
    keys = [row[lead] for row in rows if row[lead] not in query.leading]
    assert found == keys[query.offset : query.offset + (query.limit or 0)]
    assert found


@pytest.mark.parametrize("layer", ["incidents", "claims", "border-distances", "places", "reports"])
def test_a_versioned_layer_has_two_halves(layer: str) -> None:
    first, second = halves(rows_of(LAYERS[layer], 7), 7)
    assert first.source is not second.source
    assert list(first.columns) == list(second.columns) == list(rows_of(LAYERS[layer], 7).columns)


def test_results_are_of_runs_and_have_one() -> None:
    rows = rows_of(LAYERS["knox"], 7)
    assert halves(rows, 7) == (rows,)
