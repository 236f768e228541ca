"""A layer at a former version gives what it gave then, whatever is written afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.analyses.methods import METHODS
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from tests.db.rows import add_incident, add_source, version
from tests.db.whole import analyse, build, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


SOME = "{key} = (SELECT {key} FROM liptako.{table} ORDER BY {key} OFFSET %(n)s %% {some} LIMIT 1)"


def some(table: str) -> str:
    """One of the rows of a table, by number."""
    rows = f"greatest((SELECT count(*) FROM liptako.{table}), 1)"
    return SOME.format(table=table, key=f"{table}_id", some=rows)


def gone(table: str, *others: str) -> str:
    """Delete a row with what refers to it: pairs of a table and its column."""
    chosen = f"(SELECT {table}_id FROM liptako.{table} WHERE {some(table)})"
    steps = [f"DELETE FROM liptako.{other} WHERE {table}_id IN {chosen}" for other in others]
    return "; ".join([*steps, f"DELETE FROM liptako.{table} WHERE {some(table)}"])


MOVED = "ST_Translate(geom, 0.001 * (%(n)s %% 5 + 1), 0)"
TEXTS = {
    "source": ("name", "licence", "attribution", "url"),
    "report": ("title", "url", "language", "note"),
    "actor": ("name", "note", "country"),
    "actor_name": ("name",),
    "place": ("name", "note", "adm1", "wikidata"),
    "place_name": ("name", "reason"),
    "boundary": ("name", "note", "edition", "parent"),
    "region": ("title", "definition", "edition", "variant"),
    "incident": ("title", "note", "place_name", "adm1"),
    "claim": ("statement", "claimant"),
    "estimate": ("note",),
    "actor_role": ("note",),
    "measure": ("reason",),
}
EDITS = [
    *(
        f"UPDATE liptako.{table} SET {column} = 'new ' || %(n)s WHERE {some(table)}"
        for table, columns in TEXTS.items()
        for column in columns
    ),
    *(
        f"UPDATE liptako.{table} SET geom = {MOVED} WHERE {some(table)}"
        for table in ("place", "boundary", "region", "incident")
    ),
    f"UPDATE liptako.source SET kind = 'ngo' WHERE {some('source')}",
    (
        "UPDATE liptako.report SET published = '[2020-01-01,2020-01-03)',"
        f" published_precision = 'days' WHERE {some('report')}"
    ),
    (
        f"UPDATE liptako.report SET source_id = (SELECT min(source_id) FROM liptako.source)"
        f" WHERE {some('report')}"
    ),
    (
        f"UPDATE liptako.actor_role SET actor_id = (SELECT max(actor_id) FROM liptako.actor)"
        f" WHERE {some('actor_role')}"
    ),
    f"UPDATE liptako.boundary SET valid = '[2011-01-01,)' WHERE {some('boundary')}",
    f"UPDATE liptako.estimate SET low = %(n)s, high = NULL WHERE {some('estimate')}",
    f"UPDATE liptako.claim SET low = %(n)s WHERE kind = 'casualties' AND {some('claim')}",
    f"UPDATE liptako.incident SET status = 'retracted' WHERE {some('incident')}",
    f"UPDATE liptako.incident SET part_of = NULL, radius_m = %(n)s + 1 WHERE {some('incident')}",
    f"UPDATE liptako.measure SET value = low WHERE {some('measure')}",
    "UPDATE liptako.place SET population = coalesce(population, 0) + 1",
    "UPDATE liptako.actor SET name = upper(name)",
    (
        "INSERT INTO liptako.place_name (place_id, name)"
        f" SELECT place_id, 'also ' || %(n)s FROM liptako.place WHERE {some('place')}"
    ),
    (
        "INSERT INTO liptako.source (code, name, kind, licence, attribution, redistributable)"
        " SELECT code || '+', name, kind, licence, attribution, true FROM liptako.source"
        f" WHERE {some('source')}"
    ),
    gone("incident", "measure", "estimate", "actor_role", "claim"),
    gone("claim", "measure"),
    gone("report", "claim"),
    gone("actor", "actor_role", "actor_name", "claim"),
    gone("place", "place_name"),
    gone("boundary", "measure"),
    *(gone(t) for t in ("region", "place_name", "estimate", "actor_role", "measure", "source")),
]
LIVELY = [
    *("incidents", "aggregates", "claims", "border-distances", "borders", "admin-units"),
    *("regions", "places", "reports", "border-bands", "clusters"),
]
ANALYSES = ["borders", "stated-distances", "clusters"]

transactions = st.lists(
    st.lists(
        st.tuples(st.sampled_from(EDITS), st.integers(0, 200)),
        min_size=1,
        max_size=3,
    )
    | st.sampled_from(ANALYSES),
    min_size=1,
    max_size=6,
)


@given(transactions)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_written_a_former_state_reads_as_it_read_when_it_was_the_present(
    database_url: str,
    db: psycopg.Connection[Any],
    engine: Engine,
    transactions: list[list[tuple[str, int]] | str],
) -> None:
    build(db)
    for method in ANALYSES:
        analyse(database_url, method)
    seen = {version(db): shown(engine, LIVELY)}
    for edits in transactions:
        if isinstance(edits, str):
            analyse(database_url, edits)
        else:
            with db.transaction():
                for statement, number in edits:
                    attempt(db, statement, number)
        now = version(db)
        present = shown(engine, LIVELY)
        # What raised no version has changed nothing.
        assert seen.setdefault(now, present) == present
    for at, then in seen.items():
        assert shown(engine, LIVELY, at) == then, at


def attempt(db: psycopg.Connection[Any], statement: str, number: int) -> None:
    """Edit as somebody would who does not know what refers to the row, or has that name."""
    refused = (psycopg.errors.ForeignKeyViolation, psycopg.errors.UniqueViolation)
    try:
        with db.transaction():
            for step in statement.split("; "):
                db.execute(step, {"n": number})
    except refused:
        pass


def test_every_layer_shows_a_former_state_after_all_of_it_has_changed(
    database_url: str, db: psycopg.Connection[Any], engine: Engine
) -> None:
    for _ in range(3):
        build(db)
    for method in METHODS:
        analyse(database_url, method)
    then, before = version(db), shown(engine, list(LAYERS))
    for table, columns in TEXTS.items():
        for column in columns:
            db.execute(f"UPDATE liptako.{table} SET {column} = coalesce({column}, '') || '+'")
    for statement in EDITS:
        with db.transaction():
            attempt(db, statement, 1)
    for method in METHODS:
        analyse(database_url, method)
    after = shown(engine, list(LAYERS))
    for name in LAYERS:
        assert shown(engine, [name], then) == {name: before[name]}, name
    assert {name for name in LIVELY if after[name] == before[name] != []} == set()


def test_what_may_not_leave_any_more_leaves_no_former_state_either(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    build(db)
    then = version(db)
    every = ["incidents", "claims", "borders", "admin-units", "regions", "places", "reports"]
    assert all(shown(engine, every, then).values())
    db.execute("UPDATE liptako.source SET redistributable = false")
    assert not any(shown(engine, every, then).values())
    for table in ("actor_role", "estimate", "claim", "incident", "report", "place_name", "place"):
        db.execute(f"DELETE FROM liptako.{table}")
    for table in ("boundary", "region", "source"):
        db.execute(f"DELETE FROM liptako.{table}")
    assert not any(shown(engine, every, then).values())


def test_what_may_leave_since_left_no_former_state(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db, redistributable=False)
    add_incident(db, source)
    then = version(db)
    db.execute("UPDATE liptako.source SET redistributable = true")
    assert shown(engine, ["incidents"])["incidents"] != []
    assert shown(engine, ["incidents"], then)["incidents"] == []
