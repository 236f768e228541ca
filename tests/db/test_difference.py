"""What differs between two states of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.difference import Difference, Survivor, all_differences, differences
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.touched import Span, touched
from db.transaction import current_state, reading
from db.vocabulary import RunStatus
from db.write.runs import RunCounts, RunHead, begin_run, end_run
from gis.bbox import BBox
from tests.db.rows import (
    add_claim,
    add_estimate,
    add_incident,
    add_report,
    add_source,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

INCIDENTS = LAYERS["incidents"]
WEST = LayerQuery(bbox=BBox(-1, 10, 1, 20))


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = create_engine(database_url)
    yield opened
    opened.dispose()


def between(
    engine: Engine,
    since: int,
    until: int | None = None,
    query: LayerQuery = LayerQuery(),  # noqa: B008 - frozen
    layer: str = "incidents",
) -> list[Difference]:
    with reading(engine) as connection:
        now = current_state(connection).version
        span = Span(since, now if until is None else until)
        return list(all_differences(connection, LAYERS[layer], query, span, now))


def kinds(found: list[Difference]) -> dict[int, str]:
    return {each.key: each.change.value for each in found}


def place(lon: float) -> str:
    return f"SRID=4326;POINT({lon} 14)"


def test_each_kind_of_change(db: psycopg.Connection[Any], engine: Engine) -> None:
    source = add_source(db)
    same, changed, gone, merged, deleted = (
        add_incident(db, source, code) for code in ("a", "b", "c", "d", "e")
    )
    since = version(db)
    with db.transaction():
        created = add_incident(db, source, "f")
        add_estimate(db, changed, low=3, best=None, high=None)
        db.execute(
            "UPDATE liptako.incident SET status = 'retracted', status_note = 'no'"
            " WHERE incident_id = %s",
            [gone],
        )
        db.execute(
            "UPDATE liptako.incident SET status = 'merged', merged_into = %s"
            " WHERE incident_id = %s",
            [same, merged],
        )
        db.execute("DELETE FROM liptako.incident WHERE incident_id = %s", [deleted])
    found = between(engine, since)
    assert kinds(found) == {
        changed: "changed",
        gone: "retracted",
        merged: "merged",
        deleted: "retracted",
        created: "created",
    }
    by_key = {each.key: each for each in found}
    assert [(f.name, f.old, f.new) for f in by_key[changed].fields] == [
        ("killed_low", None, 3.0),
        ("killed_rule", None, "coder"),
    ]
    assert by_key[gone].note == "no"
    assert by_key[merged].survivor == Survivor(same, "a")
    assert by_key[created].before is None
    assert by_key[deleted].after is None
    # Backwards there is nothing, and so is what a span that is over did not touch.
    assert between(engine, since, since) == []


def test_what_enters_and_leaves_a_selection(db: psycopg.Connection[Any], engine: Engine) -> None:
    source = add_source(db)
    enters, leaves, stays, never = (
        add_incident(db, source, f"i-{lon}", geom=place(lon)) for lon in (3, 0, 0.5, 4)
    )
    since = version(db)
    for key, lon in ((enters, 0.2), (leaves, 3), (stays, 0.6), (never, 5)):
        db.execute(
            "UPDATE liptako.incident SET geom = %s::geometry WHERE incident_id = %s",
            [place(lon), key],
        )
    assert kinds(between(engine, since, query=WEST)) == {
        enters: "created",
        leaves: "removed",
        stays: "changed",
    }
    db.execute("UPDATE liptako.incident SET status = 'retracted'")
    assert kinds(between(engine, since, query=WEST)) == {leaves: "retracted", stays: "retracted"}


def test_a_change_of_place_is_told(db: psycopg.Connection[Any], engine: Engine) -> None:
    key = add_incident(db, add_source(db), geom=place(3))
    since = version(db)
    db.execute("UPDATE liptako.incident SET geom = %s::geometry", [place(2)])
    ((field,),) = (each.fields for each in between(engine, since))
    assert field.name == "geometry"
    assert field.old == '{"type":"Point","coordinates":[3,14]}'
    assert field.new == '{"type":"Point","coordinates":[2,14]}'
    assert kinds(between(engine, 0)) == {key: "created"}


def test_a_span_that_is_over_is_not_told_of_what_came_later(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    one, two = add_incident(db, source, "one"), add_incident(db, source, "two")
    since = version(db)
    db.execute("UPDATE liptako.incident SET title = 'new' WHERE incident_id = %s", [one])
    until = version(db)
    db.execute("UPDATE liptako.incident SET title = 'newer'")
    db.execute("DELETE FROM liptako.incident WHERE incident_id = %s", [two])
    found = between(engine, since, until)
    assert [(each.key, each.fields[0].new) for each in found] == [(one, "new")]


def test_claims_follow_their_incident(db: psycopg.Connection[Any], engine: Engine) -> None:
    source = add_source(db)
    incident = add_incident(db, source)
    claim = add_claim(db, incident, add_report(db, source), "a", low=1)
    since = version(db)
    db.execute("UPDATE liptako.incident SET title = 'new'")
    assert kinds(between(engine, since, layer="claims")) == {claim: "changed"}
    db.execute("UPDATE liptako.incident SET status = 'retracted'")
    assert kinds(between(engine, since, layer="claims")) == {claim: "retracted"}
    assert kinds(between(engine, since, layer="reports")) == {}


def test_pages_are_in_the_order_of_keys_and_whole(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    with db.transaction():
        keys = [add_incident(db, source, f"i-{number}") for number in range(23)]
    found: list[int] = []
    after = None
    with reading(engine) as connection:
        now = current_state(connection).version
        while True:
            page = differences(
                connection, INCIDENTS, LayerQuery(), Span(1, now), now, limit=5, after=after
            )
            found += [each.key for each in page.differences]
            if page.last is None:
                break
            after = page.last
    assert found == keys


def test_what_a_span_did_not_write_is_not_looked_at(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    keys = [add_incident(db, source, f"i-{number}") for number in range(9)]
    since = version(db)
    add_estimate(db, keys[4], low=1, best=None, high=None)
    with reading(engine) as connection:
        span = Span(since, since + 1)
        asked = touched(connection, INCIDENTS, span, since + 1)
        assert asked is not None
        assert connection.scalars(asked).all() == [keys[4]]
        assert touched(connection, LAYERS["knox"], span, since + 1) is None


def test_a_version_knows_the_run_that_wrote_it(db: psycopg.Connection[Any], engine: Engine) -> None:
    head = RunHead(
        format="native",
        file_name="a.yaml",
        sha256="0" * 64,
        size_bytes=1,
        dataset=None,
        edition=None,
        code_version="1",
        options={},
    )
    add_source(db)
    before = version(db)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE liptako.source SET name = 'first a write'")
        run = begin_run(connection, head, None)
        end_run(connection, run, RunStatus.WRITTEN, RunCounts(rows=1, inserted=1))
    with engine.begin() as connection:  # a run that wrote nothing
        end_run(connection, begin_run(connection, head, None), RunStatus.WRITTEN, RunCounts(rows=1))
    db.execute("UPDATE liptako.source SET name = 'somebody else'")
    found = db.execute(
        "SELECT version, import_run FROM liptako.data_version WHERE version > %s ORDER BY 1",
        [before],
    ).fetchall()
    assert found == [(before + 1, run), (before + 2, None)]


def test_what_an_analysis_finds_anew_is_a_change(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    near, far = add_incident(db, source, "near"), add_incident(db, source, "far")
    publish(db, {near: 5, far: 7})
    since = version(db)
    before = {each.key for each in between(engine, 0, layer="border-distances")}
    assert len(before) == 2
    publish(db, {near: 5, far: 8})
    (found,) = between(engine, since)
    assert found.key == far
    assert [(each.name, each.old, each.new) for each in found.fields] == [
        ("border_distance_m", 7, 8),
        ("border_distance_low_m", 7, 8),
        ("border_distance_high_m", 7, 8),
    ]
    # Results of a run are never changed: another run replaces them all.
    replaced = kinds(between(engine, since, layer="border-distances"))
    assert {key for key, change in replaced.items() if change == "retracted"} == before
    assert sorted(replaced.values()) == ["created", "created", "retracted", "retracted"]


def publish(db: psycopg.Connection[Any], distances: dict[int, float]) -> None:
    """Publish a run with these distances of incidents to the nearest border."""
    with db.transaction():
        db.execute("UPDATE liptako.analysis_run SET replaced_version = 0")
        db.execute("DELETE FROM liptako.measure")
        row = db.execute(
            "INSERT INTO liptako.analysis_run (method, method_version, parameters, data_version,"
            " editions, software, counts, published_version)"
            " VALUES ('borders', '1', '{}', 1, '{}', '{}', '{}', 0) RETURNING run_id"
        ).fetchone()
        assert row is not None
        for incident, distance in distances.items():
            db.execute(
                "INSERT INTO liptako.measure (run_id, name, incident_id, target, value, low, high,"
                " unit, outcome) VALUES (%s, 'border_distance', %s, 'nearest', %s, %s, %s, 'm',"
                " 'computed')",
                [row[0], incident, distance, distance, distance],
            )
