"""What a feature was, from when until when, and who made it so."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.difference import Change
from db.engine import connect, create_engine
from db.errors import StandingRefused
from db.item_versions import ItemVersion, versions_of
from db.layers.catalogue import LAYERS
from db.transaction import current_state, reading
from db.write.standing import merge, restore, retract, state_author
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


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True, application_name="desk") as connection:
        yield connection


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = create_engine(database_url)
    yield opened
    opened.dispose()


def versions(engine: Engine, item: int | str, layer: str = "incidents") -> list[ItemVersion]:
    with reading(engine) as connection:
        now = current_state(connection).version
        found = versions_of(connection, LAYERS[layer], item, now)
    return [] if found is None else found[1]


def told(found: list[ItemVersion]) -> list[tuple[str, dict[str, tuple[Any, Any]]]]:
    return [
        (each.change.value, {field.name: (field.old, field.new) for field in each.fields})
        for each in found
    ]


def test_every_version_tells_what_it_changed(db: psycopg.Connection[Any], engine: Engine) -> None:
    incident = add_incident(db, add_source(db), "inates", title="Attack")
    add_estimate(db, incident, low=25, best=None, high=None)
    db.execute("UPDATE liptako.estimate SET low = 71, best = 71, high = 71")
    db.execute("UPDATE liptako.incident SET title = 'Attack on the base'")
    found = versions(engine, "inates")
    assert told(found) == [
        ("created", {}),
        ("changed", {"killed_low": (None, 25.0), "killed_rule": (None, "coder")}),
        (
            "changed",
            {
                "killed_low": (25.0, 71.0),
                "killed_best": (None, 71.0),
                "killed_high": (None, 71.0),
            },
        ),
        ("changed", {"title": ("Attack", "Attack on the base")}),
    ]
    assert [each.author.version for each in found] == list(
        range(found[0].author.version, version(db) + 1)
    )
    for one, following in pairwise(found):
        assert one.ended == following.author, "each ends where the next begins"
    assert found[-1].ended is None
    assert versions(engine, incident) == found, "by its key as by its code"


def test_what_was_changed_and_changed_back_in_one_transaction_is_no_version(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    add_incident(db, add_source(db), "inates", title="one")
    with db.transaction():
        db.execute("UPDATE liptako.incident SET title = 'two'")
        db.execute("UPDATE liptako.incident SET title = 'one'")
    assert [each.change for each in versions(engine, "inates")] == [Change.CREATED]


def test_the_rows_of_other_tables_that_it_shows_count(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    whole = add_incident(db, source, "whole", kind="aggregate")
    part = add_incident(db, source, "part")
    db.execute("UPDATE liptako.incident SET part_of = %s WHERE incident_id = %s", [whole, part])
    db.execute("UPDATE liptako.incident SET code = 'the-whole' WHERE incident_id = %s", [whole])
    claim = add_claim(db, part, add_report(db, source), "part.a", low=3)
    assert told(versions(engine, "part"))[1:] == [
        ("changed", {"part_of": (None, "whole")}),
        ("changed", {"part_of": ("whole", "the-whole")}),
        (
            "changed",
            {"killed_claims": (None, "3+ all (press)"), "claims": (0, 1), "reports": (0, 1)},
        ),
    ]
    # A claim shows its incident, also one that it was moved to.
    db.execute("UPDATE liptako.claim SET incident_id = %s", [whole])
    db.execute("UPDATE liptako.incident SET title = 'new' WHERE incident_id = %s", [whole])
    assert told(versions(engine, claim, "claims"))[1:] == [
        ("changed", {"incident": ("part", "the-whole"), "incident_title": ("part", "whole")}),
        ("changed", {"incident_title": ("whole", "new")}),
    ]


def test_who_made_a_version(db: psycopg.Connection[Any], engine: Engine, database_url: str) -> None:
    add_incident(db, add_source(db), "inates")
    with connect(database_url, application="liptako incident") as connection:
        state_author(connection, "Aïcha")
        retract(connection, "inates", "a rumour")
        connection.commit()
    first, last = versions(engine, "inates")
    assert (first.author.stated, first.author.application) == (None, "desk")
    assert first.author.words == f"{first.author.role}, by desk"
    assert (last.author.stated, last.author.words) == ("Aïcha", "Aïcha")
    assert (last.change, last.note, last.row) == (Change.RETRACTED, "a rumour", None)


def test_a_merged_incident_points_to_its_survivor(
    db: psycopg.Connection[Any], engine: Engine, database_url: str
) -> None:
    source = add_source(db)
    for code in ("one", "two", "three", "part"):
        add_incident(db, source, code)
    db.execute(
        "UPDATE liptako.incident SET part_of = (SELECT incident_id FROM liptako.incident"
        " WHERE code = 'two') WHERE code = 'part'"
    )
    with connect(database_url) as connection:
        merge(connection, "one", "two", "the same")
        merge(connection, "two", "three")
        connection.commit()
    merged = versions(engine, "one")[-1]
    assert (merged.change, merged.note) == (Change.MERGED, "the same")
    assert merged.survivor is not None
    assert merged.survivor.code == "three", "of a chain, the last one"
    assert told(versions(engine, "part"))[-1] == ("changed", {"part_of": ("two", "three")})


def test_a_restored_incident_is_there_again(
    db: psycopg.Connection[Any], engine: Engine, database_url: str
) -> None:
    add_incident(db, add_source(db), "inates")
    with connect(database_url) as connection:
        retract(connection, "inates", "why")
        connection.commit()
        restore(connection, "inates")
        connection.commit()
    found = [each.change.value for each in versions(engine, "inates")]
    assert found == ["created", "retracted", "created"]


def test_a_deleted_incident_is_known_by_its_code(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    add_incident(db, add_source(db), "inates")
    db.execute("DELETE FROM liptako.incident")
    assert [each.change.value for each in versions(engine, "inates")] == ["created", "retracted"]


@pytest.mark.parametrize("item", ["nowhere", 10**12, "secret"])
def test_what_was_never_shown_has_no_versions(
    db: psycopg.Connection[Any], engine: Engine, item: int | str
) -> None:
    secret = add_source(db, "secret", redistributable=False)
    add_incident(db, secret, "secret", status="retracted")
    db.execute("UPDATE liptako.incident SET status = 'active'")
    assert versions(engine, item) == []


@pytest.mark.parametrize(
    "step, rule",
    [
        (lambda c: retract(c, "nowhere", ""), "there is no such incident"),
        (lambda c: retract(c, "gone", ""), "it is retracted"),
        (lambda c: merge(c, "here", "gone"), "it is retracted"),
        (lambda c: merge(c, "here", "here"), "an incident is merged into another one"),
        (lambda c: merge(c, "here", "part"), "it is a part of 'here'"),
        (lambda c: restore(c, "here"), "it is active"),
    ],
)
def test_a_standing_that_makes_no_sense_is_refused(
    db: psycopg.Connection[Any], database_url: str, step: Any, rule: str
) -> None:
    source = add_source(db)
    here = add_incident(db, source, "here")
    add_incident(db, source, "part", part_of=here)
    add_incident(db, source, "gone", status="retracted")
    before = version(db)
    with connect(database_url) as connection, pytest.raises(StandingRefused, match=rule):
        step(connection)
    assert version(db) == before
