"""A walk over all pages while another writes without a pause: our own writers and plain SQL.

Layers of incidents have a history, and their walks are the state at which they began. The others
are read as they are: what is there from beginning to end is shown once, because they are ordered
by a key that never changes. What comes or goes meanwhile may be shown or not, but never twice.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import psycopg

from api.app import create_app
from api.settings import Settings
from db.analyses.run import APPLICATION
from db.engine import connect
from db.layers.derived import BORDER_DISTANCE
from db.write.places import PlaceRow, write_places
from tests.api.conformance.asking import Node, get, pages
from tests.api.serving import serving
from tests.api.world import build
from tests.db.rows import add_boundary, add_claim, add_incident, add_place, add_report

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = ("incidents", "aggregates", "claims")
"""Layers with a history."""
AS_THEY_ARE = ("border-distances", "borders", "admin-units", "places", "reports")
MANY = 12
OF_INCIDENTS = "incident_id IN (SELECT incident_id FROM liptako.incident WHERE code = ANY(%s))"
ANALYSED = {2, 6}
"""Rounds in which the analyses are run anew: every distance gets another key."""
ROUNDS = 9
SORTED = [("incidents", f"&sortby={order}") for order in ("title", "-event_start", "note,title")]


def write(url: str, number: int) -> None:
    """A round of transactions: another client's, our own writer's, now and then a method's."""
    with psycopg.connect(url, application_name="other client") as plain:
        _by_plain_sql(plain, number)
    with connect(url) as connection:
        write_places(connection, [_place(number), _place(1000 + number)])
        connection.commit()
    if number in ANALYSED:
        _measure(url)


def _place(number: int) -> PlaceRow:
    return PlaceRow(
        code=f"geonames:{number}",
        name=f"Renamed {number}",
        feature_class="P",
        lon=0.5,
        lat=14.0,
        source="press",
    )


def _measure(url: str) -> None:
    """Measure half of the incidents anew, and those that are new: rows with other keys."""
    with psycopg.connect(url, application_name=APPLICATION) as connection:
        connection.execute("DELETE FROM liptako.measure WHERE incident_id % 2 = 0")
        connection.execute(
            "INSERT INTO liptako.measure (run_id, name, incident_id, target, unit, outcome, value)"
            " SELECT run_id, %s, incident_id, 'MLI-NER', 'm', 'computed', 1000"
            " FROM liptako.analysis_run, liptako.incident WHERE incident_id NOT IN"
            " (SELECT incident_id FROM liptako.measure WHERE incident_id IS NOT NULL)",
            [BORDER_DISTANCE],
        )


def _by_plain_sql(other: psycopg.Connection[Any], number: int) -> None:
    row = other.execute("SELECT source_id FROM liptako.source WHERE code = 'press'").fetchone()
    assert row is not None
    source = row[0]
    new = add_incident(other, source, f"new-{number}", country="MLI", note="fullest of all")
    report = add_report(other, source, f"new-report-{number}")
    add_claim(other, new, report, f"new-claim-{number}", low=number)
    add_boundary(other, source, "border", f"NEW-{number}", "MULTILINESTRING((0 14, 1 14))")
    gone = [f"series-{number:02}", f"series-{20 - number:02}", f"total-{number * 2}"]
    moved = f"series-{(29 - number) % 30:02}"
    for statement, value in (
        ("UPDATE liptako.incident SET title = 'changed', note = 'up' WHERE code = %s", moved),
        ("UPDATE liptako.incident SET title = 'changed' WHERE code = %s", f"total-{11 - number}"),
        ("UPDATE liptako.claim SET statement = 'changed' WHERE code = %s", f"claim-{number}"),
        ("UPDATE liptako.boundary SET name = 'changed' WHERE code = %s", f"B-{number % MANY:02}"),
        ("UPDATE liptako.report SET note = 'changed' WHERE code = %s", f"report-{number % MANY}"),
        ("DELETE FROM liptako.claim WHERE code = %s", f"claim-{number + 5}"),
        ("DELETE FROM liptako.boundary WHERE code = %s", f"B-{(number * 5) % MANY:02}"),
        ("DELETE FROM liptako.place WHERE code = %s", f"geonames:{50 + number}"),
        (f"DELETE FROM liptako.measure WHERE {OF_INCIDENTS}", gone),
        (f"DELETE FROM liptako.estimate WHERE {OF_INCIDENTS}", gone),
        ("DELETE FROM liptako.incident WHERE code = ANY(%s)", gone),
    ):
        other.execute(statement, [value])


def fill(url: str) -> None:
    """Write the small world, and enough of everything else to fill some pages."""
    build(url)
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT source_id, incident_id FROM liptako.incident WHERE code = 'inates-2019-12-10'"
        ).fetchone()
        assert found is not None
        source, incident = found
        for number in range(MANY):
            report = add_report(connection, source, f"report-{number}")
            add_claim(connection, incident, report, f"claim-{number}", low=number)
            line = f"MULTILINESTRING(({number} 14, {number} 15))"
            square = f"({number} 14, {number + 1} 14, {number} 15, {number} 14)"
            add_boundary(connection, source, "border", f"B-{number:02}", line)
            add_boundary(connection, source, "adm1", f"B-{number:02}", f"MULTIPOLYGON(({square}))")
            add_place(connection, source, f"geonames:{50 + number}", number, 14)
            add_incident(connection, source, f"total-{number}", kind="aggregate")
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO liptako.analysis_run (method, method_version, parameters, data_version,"
            " editions, software, counts, published_version)"
            " VALUES ('borders', '0', '{}', 1, '{}', '{}', '{}', 1)"
        )
    _measure(url)


def walk(client: httpx.Client, layer: str, before: list[Node], order: str) -> Iterator[list[Node]]:
    """Page by page, in about as many pages as there are rounds of writing."""
    limit = max(len(before) // ROUNDS, 1)
    first = get(client, f"/collections/{layer}/items?limit={limit}{order}")
    for page in pages(client, first):
        if layer in KEPT:
            assert page["numberMatched"] == len(before)
        yield page["features"]


def test_a_walk_shows_each_feature_once_while_another_writes(database_url: str) -> None:
    fill(database_url)
    app = create_app(Settings(), database_url)
    asked = [*((layer, "") for layer in (*KEPT, *AS_THEY_ARE)), *SORTED]
    with (
        serving(app) as base,
        httpx.Client(base_url=base, timeout=60) as client,
        ThreadPoolExecutor(1) as writer,
    ):
        before = {
            (layer, order): get(client, f"/collections/{layer}/items?limit=10000{order}")[
                "features"
            ]
            for layer, order in asked
        }
        walks = {each: walk(client, each[0], before[each], each[1]) for each in asked}
        read = {each: list(next(walks[each])) for each in asked}
        for number in range(ROUNDS):
            written = writer.submit(write, database_url, number)
            for each in asked:
                read[each] += next(walks[each], [])
            written.result()
        for each in asked:
            for features in walks[each]:
                read[each] += features
        after = {
            layer: get(client, f"/collections/{layer}/items?limit=10000")["features"]
            for layer, _ in asked
        }
    for each in asked:
        layer = each[0]
        ids = [feature["id"] for feature in read[each]]
        assert len(set(ids)) == len(ids), each
        assert after[layer] != before[each], each
        if layer in KEPT:
            assert read[each] == before[each], each
        else:
            there = {feature["id"] for feature in before[each]}
            throughout = there & {feature["id"] for feature in after[layer]}
            assert throughout <= set(ids), each
