from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.engine import connect
from db.knowledge import Knowledge
from db.layers.incidents import INCIDENTS
from db.query import LayerQuery
from db.totals import Total, totals
from gis.estimates import Rule
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def killed(connection: Connection, rule: Rule = Rule.CODED, **asked: Any) -> Total:
    query = LayerQuery(knowledge=Knowledge(rule), **asked)
    return totals(connection, INCIDENTS, query).figures["killed"]


def test_a_total_is_a_range_with_the_unknown_beside_it(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    source = add_source(db)
    figures = {"a": (3, 4, 5), "b": (10, 10, 12), "open": (25, None, None), "about": (None, 9, 9)}
    for code, (low, best, high) in figures.items():
        add_estimate(db, add_incident(db, source, code), low=low, best=best, high=high)
    add_incident(db, source, "unknown")
    with connect(database_url) as connection:
        assert killed(connection) == Total(38, None, None, 4, 1, 1, None)
        assert killed(connection, equals=(("incident", "a"),)) == Total(3, 4, 5, 1, 0, 0, None)
        assert killed(connection, equals=(("incident", "unknown"),)) == Total(
            None, None, None, 0, 0, 1, None
        )
        nothing = totals(connection, INCIDENTS, LayerQuery(equals=(("incident", "none"),)))
        assert nothing.matched == 0
        assert nothing.figures["killed"] == Total(0, 0, 0, 0, 0, 0, None)


def test_parts_are_matched_and_not_added(db: psycopg.Connection[Any], database_url: str) -> None:
    source = add_source(db)
    whole = add_incident(db, source, "whole")
    add_estimate(db, whole, low=12, best=12, high=12)
    part = add_incident(db, source, "part", part_of=whole)
    add_estimate(db, part, low=5, best=5, high=5)
    with connect(database_url) as connection:
        found = totals(connection, INCIDENTS, LayerQuery())
        assert (found.matched, found.parts) == (2, 1)
        assert found.figures["killed"] == Total(12, 12, 12, 1, 0, 0, None)


def test_figures_out_of_order_are_added_as_what_they_span(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    source = add_source(db)
    incident = add_incident(db, source, "turned")
    add_estimate(db, incident, low=9, best=4, high=6, rule="as_published")
    with connect(database_url) as connection:
        assert killed(connection) == Total(4, 4, 9, 1, 0, 0, None)


def test_a_total_by_a_rule_counts_what_is_disputed(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    source = add_source(db)
    report = add_report(db, source)
    for code, bounds in (("agreed", [(3, 9), (5, 7)]), ("disputed", [(1, 2), (4, 4)])):
        incident = add_incident(db, source, code)
        for number, (low, high) in enumerate(bounds):
            add_claim(db, incident, report, f"{code}-{number}", low=low, high=high)
    add_incident(db, source, "silent")
    with connect(database_url) as connection:
        assert killed(connection, Rule.ENVELOPE) == Total(4, None, None, 2, 0, 1, 1)
        assert killed(connection, Rule.CONSENSUS).low == 6
        assert killed(connection) == Total(None, None, None, 0, 0, 3, None)
