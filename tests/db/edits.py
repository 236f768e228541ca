"""Random edits of incidents and of all that their layers show, as any client may make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from hypothesis import strategies as st

from tests.db.rows import (
    add_actor,
    add_claim,
    add_estimate,
    add_incident,
    add_report,
    add_role,
    add_source,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

Numbers = tuple[int, int, int]
"""Three numbers of which an edit makes its choices."""

COUNTRIES = ("NER", "MLI", "BFA", None)
POINTS = (None, "SRID=4326;POINT(0 14)", "SRID=4326;POINT(2 15)", "SRID=4326;POINT(-3 13.5)")


def begin(url: str) -> None:
    """Fill a database with a few rows of each kind."""
    with psycopg.connect(url) as connection:
        press, other = add_source(connection), add_source(connection, "other")
        reports = [add_report(connection, source, f"r-{source}") for source in (press, other)]
        actors = [add_actor(connection, name) for name in ("Army", "Band")]
        for number in range(6):
            incident = add_incident(
                connection,
                (press, other)[number % 2],
                f"first-{number}",
                country=COUNTRIES[number % 4],
            )
            add_claim(connection, incident, reports[number % 2], f"first-{number}.a", low=number)
            add_role(connection, incident, actors[number % 2], "party")


def insert_incident(db: Connection[Any], numbers: Numbers) -> None:
    a, b, c = numbers
    (count,) = _one(db, "SELECT coalesce(max(incident_id), 0) FROM liptako.incident")
    geom = POINTS[b % 4]
    add_incident(
        db,
        _pick(db, "source", c),
        f"new-{count + 1}-{a}",
        kind="aggregate" if a % 7 == 0 else "incident",
        country=COUNTRIES[a % 4],
        geom=geom,
        place_precision="settlement" if geom else "country",
        radius_m=5000 if geom else None,
        occurred=f"[2020-01-{a % 28 + 1:02},2020-02-01)",
    )


def change_incident(db: Connection[Any], numbers: Numbers) -> None:
    a, b, c = numbers
    column, value = (
        ("title", f"title {b}"),
        ("country", COUNTRIES[b % 4]),
        ("kind", ("incident", "aggregate")[b % 2]),
        ("note", (None, 'a "note" \\')[b % 2]),
        ("occurred", f"[2020-03-{b % 28 + 1:02},2020-04-01)"),
        ("source_id", _pick(db, "source", b)),
    )[c % 6]
    db.execute(
        f"UPDATE liptako.incident SET {column} = %s WHERE incident_id = %s",
        [value, _pick(db, "incident", a)],
    )


def move_incident(db: Connection[Any], numbers: Numbers) -> None:
    db.execute(
        "UPDATE liptako.incident SET geom = %s::geometry, place_precision = 'settlement',"
        " radius_m = %s WHERE incident_id = %s",
        [POINTS[1 + numbers[1] % 3], 100 + numbers[2], _pick(db, "incident", numbers[0])],
    )


def retract_incident(db: Connection[Any], numbers: Numbers) -> None:
    db.execute(
        "UPDATE liptako.incident SET status = %s, merged_into = NULL, status_note = 'because'"
        " WHERE incident_id = %s",
        [("retracted", "active")[numbers[1] % 2], _pick(db, "incident", numbers[0])],
    )


def merge_incident(db: Connection[Any], numbers: Numbers) -> None:
    one, two = _pick(db, "incident", numbers[0]), _pick(db, "incident", numbers[1])
    if one != two:
        db.execute(
            "UPDATE liptako.incident SET status = 'merged', merged_into = %s"
            " WHERE incident_id = %s",
            [two, one],
        )


def make_part(db: Connection[Any], numbers: Numbers) -> None:
    one, two = _pick(db, "incident", numbers[0]), _pick(db, "incident", numbers[1])
    if one != two:
        db.execute("UPDATE liptako.incident SET part_of = %s WHERE incident_id = %s", [two, one])


def delete_incident(db: Connection[Any], numbers: Numbers) -> None:
    (count,) = _one(db, "SELECT count(*) FROM liptako.incident")
    if count <= 2:
        return
    key = _pick(db, "incident", numbers[0])
    for statement in (
        "UPDATE liptako.incident SET part_of = NULL WHERE part_of = %s",
        "UPDATE liptako.incident SET status = 'active', merged_into = NULL WHERE merged_into = %s",
        "DELETE FROM liptako.estimate WHERE incident_id = %s",
        "DELETE FROM liptako.actor_role WHERE incident_id = %s",
        "DELETE FROM liptako.claim WHERE incident_id = %s",
        "DELETE FROM liptako.incident WHERE incident_id = %s",
    ):
        db.execute(statement, [key])


def write_estimate(db: Connection[Any], numbers: Numbers) -> None:
    a, b, c = numbers
    key = _pick(db, "incident", a)
    status = ("all", "civilian", "peacekeeper")[c % 3]
    db.execute(
        "DELETE FROM liptako.estimate WHERE incident_id = %s AND person_status = %s", [key, status]
    )
    if b % 3:
        low, high = (b, None) if b % 2 else (b, b + 1)
        add_estimate(db, key, low=low, best=None, high=high, person_status=status)


def insert_claim(db: Connection[Any], numbers: Numbers) -> None:
    (count,) = _one(db, "SELECT coalesce(max(claim_id), 0) FROM liptako.claim")
    code = f"claim-{count + 1}-{numbers[2]}"
    report = _pick(db, "report", numbers[1])
    add_claim(db, _pick(db, "incident", numbers[0]), report, code, low=numbers[2])


def change_claim(db: Connection[Any], numbers: Numbers) -> None:
    a, b, c = numbers
    column, value = (
        ("low", b),
        ("statement", f"statement {b}"),
        ("incident_id", _pick(db, "incident", b)),
        ("report_id", _pick(db, "report", b)),
    )[c % 4]
    db.execute(
        f"UPDATE liptako.claim SET {column} = %s WHERE claim_id = %s",
        [value, _pick(db, "claim", a)],
    )


def delete_claim(db: Connection[Any], numbers: Numbers) -> None:
    db.execute("DELETE FROM liptako.claim WHERE claim_id = %s", [_pick(db, "claim", numbers[0])])


def write_role(db: Connection[Any], numbers: Numbers) -> None:
    key, actor = _pick(db, "incident", numbers[0]), _pick(db, "actor", numbers[1])
    gone = db.execute(
        "DELETE FROM liptako.actor_role WHERE incident_id = %s AND actor_id = %s", [key, actor]
    )
    if not gone.rowcount:
        add_role(db, key, actor, ("party", "target")[numbers[2] % 2])


def rename_actor(db: Connection[Any], numbers: Numbers) -> None:
    db.execute(
        "UPDATE liptako.actor SET name = %s WHERE actor_id = %s",
        [f"name {numbers[1]}", _pick(db, "actor", numbers[0])],
    )


def change_source(db: Connection[Any], numbers: Numbers) -> None:
    a, b, c = numbers
    column, value = (
        ("name", f"source {b}"),
        ("licence", f"licence {b}"),
        ("redistributable", b % 2 == 0),
    )[c % 3]
    db.execute(
        f"UPDATE liptako.source SET {column} = %s WHERE source_id = %s",
        [value, _pick(db, "source", a)],
    )


def change_report(db: Connection[Any], numbers: Numbers) -> None:
    a, b, c = numbers
    column, value = (("title", f"title {b}"), ("source_id", _pick(db, "source", b)))[c % 2]
    db.execute(
        f"UPDATE liptako.report SET {column} = %s WHERE report_id = %s",
        [value, _pick(db, "report", a)],
    )


EDITS: tuple[Callable[[Connection[Any], Numbers], None], ...] = (
    insert_incident,
    change_incident,
    move_incident,
    retract_incident,
    merge_incident,
    make_part,
    delete_incident,
    write_estimate,
    insert_claim,
    change_claim,
    delete_claim,
    write_role,
    rename_actor,
    change_source,
    change_report,
)

Edit = tuple["Callable[[Connection[Any], Numbers], None]", Numbers]
_NUMBERS = st.tuples(*[st.integers(0, 200)] * 3)

TRANSACTIONS: st.SearchStrategy[tuple[list[Edit], bool]] = st.tuples(
    st.lists(st.tuples(st.sampled_from(EDITS), _NUMBERS), min_size=1, max_size=4),
    st.sampled_from((True, True, True, False)),
)
"""A few edits, and whether they are committed."""


def apply(db: Connection[Any], transaction: tuple[list[Edit], bool]) -> None:
    """Make the edits of one transaction; ``db`` commits by itself outside of one."""
    edits, is_committed = transaction
    with db.transaction(force_rollback=not is_committed):
        for edit, numbers in edits:
            edit(db, numbers)


def _pick(db: Connection[Any], table: str, number: int) -> int:
    (count,) = _one(db, f"SELECT count(*) FROM liptako.{table}")
    if count == 0:
        return -1
    (key,) = _one(
        db,
        f"SELECT {table}_id FROM liptako.{table} ORDER BY 1 LIMIT 1 OFFSET {number % count}",
    )
    return int(key)


def _one(db: Connection[Any], statement: str) -> tuple[Any, ...]:
    row = db.execute(statement).fetchone()
    assert row is not None
    return tuple(row)
