"""A layer at a former version gives what it gave then, whatever is written afterwards."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.methods import METHODS
from db.analyses.run import APPLICATION, run_method
from db.engine import connect, create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.read import batches, reading
from tests.db.rows import (
    add_actor,
    add_boundary,
    add_claim,
    add_estimate,
    add_incident,
    add_place,
    add_region,
    add_report,
    add_role,
    add_source,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

State = dict[str, list[tuple[Any, ...]]]

OUTLINE = "MULTIPOLYGON(((0 14, 1 14, 1 16, 0 16, 0 14)))"
LINE = "MULTILINESTRING((1 14, 1 16))"
WORLDS = count()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def build(db: psycopg.Connection[Any]) -> None:
    """One row at least for every layer that does not show results, beside those of other worlds."""
    name = f"w{next(WORLDS)}"
    source = add_source(db, name)
    report = add_report(db, source, name)
    place = add_place(db, source, name, 1.1, 15.1)
    db.execute(
        "INSERT INTO liptako.place_name (place_id, name) VALUES (%s, 'Else'), (%s, 'Or')",
        [place, place],
    )
    sides = {"country": "AAA", "neighbour": "BBB"}
    add_boundary(db, source, "adm0", "AAA", OUTLINE, country="AAA")
    add_boundary(db, source, "border", "AAA-BBB", LINE, **sides)
    add_region(db, source, name, "wide", OUTLINE)
    actor = add_actor(db, name)
    db.execute("INSERT INTO liptako.actor_name (actor_id, name) VALUES (%s, 'Alias')", [actor])
    for number in range(3):
        where = f"SRID=4326;POINT(0.{number + 5} 15)"
        incident = add_incident(db, source, f"{name}-{number}", geom=where, place_id=place)
        add_estimate(db, incident, low=number, best=None, high=None)
        add_role(db, incident, actor, "party")
        add_claim(db, incident, report, f"{name}-{number}-dead", low=number, claimant="Army")
        told = {"harm": None, "person_status": None}
        add_claim(
            db,
            incident,
            report,
            f"{name}-{number}-far",
            kind="distance",
            distance=9,
            distance_unit="km",
            distance_m=9000,
            target_place_id=place,
            **told,
        )
        add_claim(
            db,
            incident,
            report,
            f"{name}-{number}-part",
            kind="participation",
            actor_id=actor,
            role="party",
            **told,
        )


def analyse(url: str, method: str) -> None:
    chosen = METHODS[method].parameters()
    if "region" in type(chosen).model_fields:
        chosen = chosen.model_copy(update={"region": None})
    if isinstance(chosen, ClusterParameters):
        chosen = chosen.model_copy(update={"radius_km": 50, "min_points": 2, "draws": 0})
    with connect(url, application=APPLICATION) as connection:
        run_method(connection, METHODS[method], chosen)
        connection.commit()


def state(engine: Engine, layers: list[str], at: int | None = None) -> State:
    """All that the layers show, in their order."""
    with reading(engine) as connection:
        return {
            name: [
                row
                for batch in batches(connection, LAYERS[name], LayerQuery(version=at))
                for row in batch
            ]
            for name in layers
        }


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
    seen = {version(db): state(engine, LIVELY)}
    for edits in transactions:
        if isinstance(edits, str):
            analyse(database_url, edits)
        else:
            with db.transaction():
                for statement, number in edits:
                    attempt(db, statement, number)
        now = version(db)
        present = state(engine, LIVELY)
        # What raised no version has changed nothing.
        assert seen.setdefault(now, present) == present
    for at, then in seen.items():
        assert state(engine, LIVELY, at) == then, at


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
    then, before = version(db), state(engine, list(LAYERS))
    for table, columns in TEXTS.items():
        for column in columns:
            db.execute(f"UPDATE liptako.{table} SET {column} = coalesce({column}, '') || '+'")
    for statement in EDITS:
        with db.transaction():
            attempt(db, statement, 1)
    for method in METHODS:
        analyse(database_url, method)
    after = state(engine, list(LAYERS))
    for name in LAYERS:
        assert state(engine, [name], then) == {name: before[name]}, name
    assert {name for name in LIVELY if after[name] == before[name] != []} == set()


def test_what_may_not_leave_any_more_leaves_no_former_state_either(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    build(db)
    then = version(db)
    shown = ["incidents", "claims", "borders", "admin-units", "regions", "places", "reports"]
    assert all(state(engine, shown, then).values())
    db.execute("UPDATE liptako.source SET redistributable = false")
    assert not any(state(engine, shown, then).values())
    for table in ("actor_role", "estimate", "claim", "incident", "report", "place_name", "place"):
        db.execute(f"DELETE FROM liptako.{table}")
    for table in ("boundary", "region", "source"):
        db.execute(f"DELETE FROM liptako.{table}")
    assert not any(state(engine, shown, then).values())


def test_what_may_leave_since_left_no_former_state(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db, redistributable=False)
    add_incident(db, source)
    then = version(db)
    db.execute("UPDATE liptako.source SET redistributable = true")
    assert state(engine, ["incidents"])["incidents"] != []
    assert state(engine, ["incidents"], then)["incidents"] == []
