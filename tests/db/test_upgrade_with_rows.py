"""A database of the first version, with rows and a history, comes to the newest with all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from db import migrate
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from tests.db.intervals import check_intervals, check_summaries, state
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
from tests.db.whole import analyse, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    Connection = psycopg.Connection[Any]

OUTLINE = "MULTIPOLYGON(((0 14, 1 14, 1 16, 0 16, 0 14)))"
FIRST = ("incident", "actor_role", "estimate", "claim")
"""The tables that the first schema versioned."""


STORED = [name for name, layer in LAYERS.items() if layer.rows(None).published_run is None]
"""The layers of what is stored, not computed."""

NOTED = ("place", "boundary", "incident", "actor")
NAMED = {"source": "name", "claim": "statement"}


def prepare(db: Connection) -> None:
    """All that incidents refer to, in the first version, so that no state lacks it."""
    with db.transaction():
        source, closed = add_source(db), add_source(db, "closed", redistributable=False)
        add_report(db, source, "open")
        add_report(db, closed, "secret")
        place = add_place(db, source, "geonames:1", 1.0, 15.0)
        db.execute("INSERT INTO liptako.place_name (place_id, name) VALUES (%s, 'Else')", [place])
        for name in ("Army", "Group"):
            actor = add_actor(db, name)
            db.execute(
                "INSERT INTO liptako.actor_name (actor_id, name) VALUES (%s, 'Alias')", [actor]
            )
        sides = {"country": "AAA", "neighbour": "BBB"}
        add_boundary(db, source, "adm0", "AAA", OUTLINE, country="AAA")
        add_boundary(db, source, "border", "AAA-BBB", "MULTILINESTRING((1 14, 1 16))", **sides)
        add_region(db, source, "here", "all", OUTLINE)


STEPS: list[Callable[[Connection], object]] = [
    *(lambda db, n=n: add_incident(db, 1, f"one-{n}", title=f"first {n}") for n in range(4)),
    lambda db: add_incident(db, 2, "closed"),
    lambda db: [add_estimate(db, n, low=n, best=None, high=None) for n in (1, 2, 3)],
    lambda db: [add_role(db, n, 1, "party") for n in (1, 2)],
    lambda db: add_claim(db, 1, 1, "told", low=25, qualifier="at_least"),
    lambda db: add_claim(db, 1, 2, "whispered", low=99),
    lambda db: db.execute("UPDATE liptako.estimate SET low = 89, best = 89 WHERE incident_id = 1"),
    lambda db: db.execute("UPDATE liptako.incident SET title = title || ', corrected'"),
    lambda db: db.execute("UPDATE liptako.actor_role SET actor_id = 2 WHERE incident_id = 2"),
    lambda db: db.execute("DELETE FROM liptako.claim WHERE code = 'told'"),
    lambda db: db.execute(
        "UPDATE liptako.incident SET status = 'merged', merged_into = 1 WHERE code = 'one-3'"
    ),
    lambda db: add_claim(db, 2, 1, "told-again", low=3, best=4, high=5),
    lambda db: db.execute(
        "UPDATE liptako.incident SET geom = 'SRID=4326;POINT(0.5 15)' WHERE code = 'one-2'"
    ),
    lambda db: db.execute("DELETE FROM liptako.estimate WHERE incident_id = 3"),
]


def edit(db: Connection) -> list[int]:
    """Take the steps, each in a transaction of its own; the versions at which they ended."""
    versions = []
    for step in STEPS:
        with db.transaction():
            step(db)
        versions.append(version(db))
    return versions


Table = dict[str, list[Any]]


def rows(db: Connection, first: dict[str, Table] | None = None) -> dict[str, Table]:
    """The first versioned tables, former rows included, column by column.

    Of a later schema, those columns only that were there at first.
    """
    found = {}
    for table in FIRST:
        asked = (
            f"SELECT NULL AS until_version, * FROM liptako.{table}"
            f" UNION ALL SELECT * FROM liptako_history.{table} ORDER BY 2, 1 NULLS LAST"
        )
        with db.cursor(row_factory=dict_row) as cursor:
            kept = cursor.execute(asked.encode()).fetchall()
        names = list(kept[0]) if first is None else list(first[table])
        found[table] = {name: [row[name] for row in kept] for name in names}
    return found


def add_run(db: Connection) -> None:
    """A run as the first schema had them: its results are not kept."""
    db.execute(
        "WITH run AS (INSERT INTO liptako.analysis_run (method, method_version, parameters,"
        " data_version, editions, software, counts)"
        " VALUES ('borders', '1', '{}', 1, '{}', '{}', '{}') RETURNING run_id)"
        " INSERT INTO liptako.measure (run_id, name, incident_id, unit, outcome)"
        " SELECT run_id, 'border_distance', 1, 'm', 'computed' FROM run"
    )


REVISIONS = [f"{number:04}" for number in range(2, int(migrate.newest() or 0) + 1)]


@pytest.mark.parametrize(
    "stops, analysed",
    [(["head"], True), (REVISIONS, False)],
    ids=["in one go, with a run", "step by step, without"],
)
def test_rows_history_and_layers_are_the_same_after_an_upgrade_from_the_first_schema(
    empty_database_url: str, database_url: str, stops: list[str], analysed: bool
) -> None:
    migrate.upgrade(empty_database_url, "0001")
    with psycopg.connect(empty_database_url, autocommit=True) as old:
        prepare(old)
        versions = edit(old)
        before = rows(old)
        stamps = old.execute("SELECT version, recorded_at FROM liptako.data_version").fetchall()
        if analysed:
            add_run(old)
    for stop in stops:
        migrate.upgrade(empty_database_url, stop)
    engines = create_engine(empty_database_url), create_engine(database_url)
    with (
        psycopg.connect(empty_database_url, autocommit=True) as old,
        psycopg.connect(database_url, autocommit=True) as new,
    ):
        prepare(new)
        assert edit(new) == versions
        assert rows(old, before) == before
        assert old.execute(
            "SELECT version, recorded_at FROM liptako.data_version WHERE version <= %s"
            " ORDER BY version",
            [versions[-1]],
        ).fetchall() == sorted(stamps)
        for at in (*range(versions[-1] + 1), None):
            assert shown(engines[0], STORED, at) == shown(engines[1], STORED, at), at
        check_intervals(old)
        check_summaries(old)

        # Life goes on: what is written now is kept like what was written then.
        now, then = version(old), state(old)
        for table in ("source", "place", "boundary", "incident", "claim", "actor"):
            old.execute(
                f"UPDATE liptako.{table} SET note = 'later'"
                if table in NOTED
                else f"UPDATE liptako.{table} SET {NAMED[table]} = 'later'"
            )
        add_incident(old, 1, "last")
        assert state(old, now) == then
        check_intervals(old)
        check_summaries(old)
    analyse(empty_database_url, "borders")
    assert shown(engines[0], ["border-distances"])["border-distances"] != []
    for engine in engines:
        engine.dispose()


def test_what_is_current_survives_the_way_down_and_up_again(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        prepare(db)
        edit(db)
        before = rows(db)
    engine = create_engine(database_url)
    present = shown(engine, LAYERS)
    migrate.downgrade(database_url, "0001")
    migrate.upgrade(database_url)
    with psycopg.connect(database_url, autocommit=True) as db:
        assert rows(db, before) == before
        check_intervals(db)
        check_summaries(db)
    assert shown(engine, LAYERS) == present
    engine.dispose()
