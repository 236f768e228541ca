"""What the five articles allowed to know, and when: the layers by rule and by day.

Days are those of ``seeds/catalogue/reports.yaml``: the BBC and the Rainbow were published by 15
December 2019, SOFREP by 11 January 2020, the Journal du Cameroun on 13 January 2020.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.cql2.filter import Filter, Language
from db.engine import connect, create_engine
from db.knowledge import CODED, Knowledge
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, SortKey, selected_fields, sort_kinds
from db.read import Counts, batches
from db.transaction import reading
from gis.estimates import Rule
from tests.db.rows import (
    add_actor,
    add_claim,
    add_incident,
    add_report,
    add_source,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

INCIDENTS = LAYERS["incidents"]
CHINAGODRAR, INATES = "chinagodrar-2020-01-09", "inates-2019-12-10"
FORCES = ("killed_forces_low", "killed_forces_best", "killed_forces_high")


@pytest.fixture(scope="module")
def shipped(shipped_database: str) -> Iterator[Connection]:
    engine = create_engine(shipped_database)
    with reading(engine) as connection:
        yield connection
    engine.dispose()


def read(connection: Connection, layer: str, query: LayerQuery) -> list[dict[str, Any]]:
    names = [field.name for field in selected_fields(LAYERS[layer], query)]
    lead = len(sort_kinds(LAYERS[layer], query))
    found = [row for batch in batches(connection, LAYERS[layer], query) for row in batch]
    return [dict(zip(names, row[lead + 2 :], strict=True)) for row in found]


def forces(connection: Connection, code: str, knowledge: Knowledge) -> tuple[Any, ...] | None:
    found = read(connection, "incidents", LayerQuery(item=code, knowledge=knowledge, limit=1))
    return tuple(found[0][name] for name in FORCES) if found else None


@pytest.mark.parametrize(
    "day, envelope, latest, official",
    [
        ((2020, 1, 10), None, None, None),
        ((2020, 1, 11), (25, None, None), (25, None, None), (None, None, None)),
        ((2020, 1, 12), (25, None, None), (25, None, None), (None, None, None)),
        ((2020, 1, 13), (25, 89, None), (89, 89, 89), (89, 89, 89)),
        ((2026, 1, 1), (25, 89, None), (89, 89, 89), (89, 89, 89)),
    ],
)
def test_the_toll_of_chinagodrar_grows_as_reports_appear(
    shipped: Connection,
    day: tuple[int, int, int],
    envelope: tuple[int | None, ...] | None,
    latest: tuple[int | None, ...] | None,
    official: tuple[int | None, ...] | None,
) -> None:
    for rule, expected in (
        (Rule.ENVELOPE, envelope),
        (Rule.LATEST, latest),
        (Rule.OFFICIAL, official),
    ):
        assert forces(shipped, CHINAGODRAR, Knowledge(rule, date(*day))) == expected, rule


@pytest.mark.parametrize(
    "day, reports, envelope, latest",
    [
        ((2019, 12, 14), 0, None, None),
        ((2019, 12, 15), 2, (71, 71, None), (71, 71, None)),
        ((2020, 1, 11), 3, (71, None, None), (71, None, 79)),
        ((2020, 1, 13), 4, (71, None, None), (71, 71, 71)),
    ],
)
def test_the_two_figures_of_inates_appear_with_their_reports(
    shipped: Connection,
    day: tuple[int, int, int],
    reports: int,
    envelope: tuple[int | None, ...] | None,
    latest: tuple[int | None, ...] | None,
) -> None:
    known = Knowledge(Rule.ENVELOPE, date(*day))
    assert forces(shipped, INATES, known) == envelope
    assert forces(shipped, INATES, Knowledge(Rule.LATEST, date(*day))) == latest
    told = read(shipped, "incidents", LayerQuery(item=INATES, knowledge=known, limit=1))
    assert [row["reports"] for row in told] == ([reports] if reports else [])
    for row in told:
        assert ("79 state forces (SOFREP)" in row["killed_claims"]) is (reports >= 3)
        assert row["note"] is None


def test_rules_differ_where_reports_do(shipped: Connection) -> None:
    def told(rule: Rule) -> tuple[Any, ...] | None:
        return forces(shipped, INATES, Knowledge(rule))

    assert forces(shipped, INATES, CODED) == (71, 71, None)
    assert told(Rule.ENVELOPE) == told(Rule.CONSENSUS) == (71, None, None)
    assert told(Rule.MOST_RELIABLE) == (71, None, None)
    assert told(Rule.LATEST) == told(Rule.OFFICIAL) == (71, 71, 71)


def test_the_answer_names_its_rule_and_what_is_disputed(shipped: Connection) -> None:
    query = LayerQuery(item=INATES, knowledge=Knowledge(Rule.CONSENSUS), limit=1)
    (row,) = read(shipped, "incidents", query)
    assert row["killed_rule"] == "sum_of_parts, consensus, disputed"
    assert row["disputed"] == ["killed", "killed_forces", "injured"]
    (coded,) = read(shipped, "incidents", LayerQuery(item=INATES, limit=1))
    assert coded["killed_rule"] == "sum_of_parts"
    assert coded["disputed"] is None


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule is not Rule.CODED])
def test_a_page_and_the_whole_layer_say_the_same(shipped: Connection, rule: Rule) -> None:
    for day in (None, date(2020, 1, 11)):
        known = Knowledge(rule, day)
        whole = read(shipped, "incidents", LayerQuery(knowledge=known))
        page = read(shipped, "incidents", LayerQuery(knowledge=known, limit=9_000))
        key = "incident"
        assert sorted(whole, key=lambda row: row[key]) == sorted(page, key=lambda row: row[key])
        count = Counts().matched(shipped, INCIDENTS, LayerQuery(knowledge=known), 10**9)
        assert len(whole) == count > 0


def test_filters_and_orders_are_of_the_rule_too(shipped: Connection) -> None:
    known = Knowledge(Rule.ENVELOPE)
    disputed = Filter("a_contains(disputed, ('killed_forces'))", Language.TEXT)
    found = read(shipped, "incidents", LayerQuery(knowledge=known, filter=disputed, limit=99))
    assert {row["incident"] for row in found} >= {INATES}
    assert all("killed_forces" in row["disputed"] for row in found)
    most = Filter("max_casualties('injured', 'state_forces') = 122", Language.TEXT)
    found = read(shipped, "incidents", LayerQuery(knowledge=known, filter=most, limit=99))
    assert [row["incident"] for row in found] == [INATES]
    by = (SortKey("killed_low", descending=True),)
    first, *_ = read(shipped, "incidents", LayerQuery(knowledge=known, sort_by=by, limit=5))
    assert first["killed_low"] == max(
        row["killed_low"] or 0 for row in read(shipped, "incidents", LayerQuery(knowledge=known))
    )


def test_claims_and_reports_are_those_that_were_published(shipped: Connection) -> None:
    known = Knowledge(Rule.ENVELOPE, date(2020, 1, 11))
    reports = {row["report"] for row in read(shipped, "reports", LayerQuery(knowledge=known))}
    assert {"bbc-2019-12", "sofrep-2020-01"} <= reports
    assert "journal-du-cameroun-2020-01-13" not in reports
    query = LayerQuery(knowledge=known, equals=(("incident", CHINAGODRAR),))
    claims = read(shipped, "claims", query)
    assert {row["report"] for row in claims} == {"sofrep-2020-01"}
    assert {row["published_until"] for row in claims} == {date(2020, 1, 11)}


def test_parties_are_those_that_reports_named_and_nobody_denied(shipped: Connection) -> None:
    known = Knowledge(Rule.ENVELOPE, date(2020, 1, 11))
    query = LayerQuery(item=CHINAGODRAR, knowledge=known, limit=1)
    (row,) = read(shipped, "incidents", query)
    assert "Islamic State" in row["actor_names"]
    assert "Armed forces of the United States" not in row["actor_names"]


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def published(db: psycopg.Connection[Any], report: int, day: str) -> None:
    db.execute(
        "UPDATE liptako.report SET published = daterange(%s, %s, '[]'),"
        " published_precision = 'day' WHERE report_id = %s",
        (day, day, report),
    )


def test_what_was_known_and_what_was_recorded_are_two_axes(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    source = add_source(db)
    report, later = add_report(db, source, "first"), add_report(db, source, "later")
    published(db, report, "2020-01-10")
    published(db, later, "2020-01-13")
    incident = add_incident(db, source)
    add_claim(db, incident, report, "of-the-first", low=20, person_status="all")
    before = version(db)
    db.execute("UPDATE liptako.claim SET low = 25 WHERE code = 'of-the-first'")
    add_claim(db, incident, later, "of-the-later", low=89, best=89, high=89)
    add_actor(db, "Army")
    with connect(database_url) as connection:

        def low(state: int | None, day: date | None, rule: Rule = Rule.CONSENSUS) -> list[Any]:
            query = LayerQuery(version=state, knowledge=Knowledge(rule, day), limit=9)
            return [row["killed_low"] for row in read(connection, "incidents", query)]

        assert low(None, None) == [89]
        assert low(None, date(2020, 1, 12)) == [25]
        assert low(None, date(2020, 1, 9)) == []
        assert low(before, None) == low(before, date(2020, 1, 12)) == [20]
        assert low(before, date(2020, 1, 9)) == []


def test_claims_of_a_source_that_may_not_be_shown_estimate_nothing(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    ours, theirs = add_source(db), add_source(db, "theirs", redistributable=False)
    report = add_report(db, theirs, "secret")
    published(db, report, "2020-01-10")
    incident = add_incident(db, ours)
    add_claim(db, incident, report, "secret", low=5, best=5, high=5)
    with connect(database_url) as connection:
        for day in (None, date(2020, 1, 11)):
            query = LayerQuery(knowledge=Knowledge(Rule.ENVELOPE, day), limit=9)
            (row,) = read(connection, "incidents", query)
            assert (row["killed_low"], row["killed_rule"], row["disputed"]) == (None, None, [])
            assert row["killed_claims"] is None


def test_a_report_without_a_day_is_known_by_none(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    source = add_source(db)
    incident = add_incident(db, source)
    add_claim(db, incident, add_report(db, source), "undated", low=5)
    with connect(database_url) as connection:
        all_known = LayerQuery(knowledge=Knowledge(Rule.ENVELOPE), limit=9)
        assert [row["killed_low"] for row in read(connection, "incidents", all_known)] == [5]
        by_day = Knowledge(Rule.ENVELOPE, date(2026, 1, 1))
        assert read(connection, "incidents", LayerQuery(knowledge=by_day, limit=9)) == []
