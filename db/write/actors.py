"""Actors and their aliases, and which actor a code of a dataset means.

An alias with an external identifier is an equation: UCDP's actor 6716 *is* our ``jnim``. It holds
whichever of the two came first, so a dataset's actor that the catalogue claims later is adopted:
its roles and claims go over to the actor of the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from db.write.staged import copy_rows
from db.write.upsert import Target, Written, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

_ACTOR = Target(
    table="actor",
    keys=("code",),
    values=("name", "kind", "country", "valid", "note"),
    scope=("kind",),
    label="code",
)


class ActorRow(NamedTuple):
    """An actor; ``valid`` is PostgreSQL's text of days, ``parent`` and ``successor`` are codes."""

    code: str
    name: str
    kind: str
    country: str | None
    valid: str | None
    note: str | None
    parent: str | None
    successor: str | None


class AliasRow(NamedTuple):
    """Another name of the actor with a code."""

    actor: str
    name: str
    dataset: str | None
    external_id: str | None
    valid: str | None


def write_actors(
    connection: Connection, actors: Sequence[ActorRow], aliases: Sequence[AliasRow]
) -> Written:
    """Write what the catalogue states of actors; aliases that it no longer states are deleted.

    Aliases that a dataset added under an identifier that the catalogue states stay.
    """
    written = upsert(connection, _ACTOR, (row[:6] for row in actors))
    if not actors:
        return written
    _link(connection, actors)
    _stage_aliases(connection, aliases)
    for statement in (_FORGET.format(stated=":actors"), _CHANGE, _ADD):
        connection.execute(text(statement), {"actors": [row.code for row in actors]})
    _adopt(connection, [row.code for row in actors])
    connection.execute(text("DROP TABLE staged_alias"))
    return written


def need_actors(
    connection: Connection, actors: Iterable[ActorRow], aliases: Iterable[AliasRow]
) -> None:
    """Make the table ``actor_code``, after inserting the actors of a dataset that nobody knows.

    An actor is known by its alias in the dataset, else by its code. ``actor_code`` holds these
    codes and those of all other actors, each with ``actor_id``.
    """
    _stage_aliases(connection, aliases)
    copy_actors = [row[:6] for row in actors]
    connection.execute(text(_STAGE_ACTORS))
    copy_rows(connection, "staged_actor", _ACTOR.columns, copy_actors)
    connection.execute(text(_INSERT_ACTORS))
    connection.execute(text(_ACTOR_CODE))
    connection.execute(text(_ADD_TO_MEANT))
    connection.execute(text("DROP TABLE staged_alias, staged_actor"))
    connection.execute(text("ANALYZE actor_code"))


def _stage_aliases(connection: Connection, aliases: Iterable[AliasRow]) -> None:
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE staged_alias (actor text, name text, dataset text,"
            " external_id text, valid daterange) ON COMMIT DROP"
        )
    )
    copy_rows(connection, "staged_alias", AliasRow._fields, aliases)


def _link(connection: Connection, actors: Sequence[ActorRow]) -> None:
    """Parents and successors, once all actors are there to be named."""
    connection.execute(
        text(
            "UPDATE liptako.actor kept SET parent_id = p.actor_id, successor_id = s.actor_id"
            " FROM unnest(CAST(:codes AS text[]), CAST(:parents AS text[]),"
            " CAST(:successors AS text[])) AS r (code, parent, successor)"
            " LEFT JOIN liptako.actor p ON p.code = r.parent"
            " LEFT JOIN liptako.actor s ON s.code = r.successor WHERE kept.code = r.code"
            " AND (kept.parent_id IS DISTINCT FROM p.actor_id"
            " OR kept.successor_id IS DISTINCT FROM s.actor_id)"
        ),
        {
            "codes": [row.code for row in actors],
            "parents": [row.parent for row in actors],
            "successors": [row.successor for row in actors],
        },
    )


_SAME_ALIAS = (
    "n.actor_id = a.actor_id AND n.name = s.name AND n.dataset IS NOT DISTINCT FROM s.dataset"
)
_FORGET = """
DELETE FROM liptako.actor_name n USING liptako.actor a
 WHERE a.actor_id = n.actor_id AND a.code = ANY(:actors)
   AND NOT EXISTS (SELECT FROM staged_alias s WHERE s.actor = a.code
         AND (s.name = n.name AND s.dataset IS NOT DISTINCT FROM n.dataset
              OR s.dataset = n.dataset AND s.external_id = n.external_id))"""
_CHANGE = f"""
UPDATE liptako.actor_name n SET external_id = s.external_id, valid = s.valid
  FROM staged_alias s JOIN liptako.actor a ON a.code = s.actor
 WHERE {_SAME_ALIAS}
   AND (n.external_id IS DISTINCT FROM s.external_id OR n.valid IS DISTINCT FROM s.valid)"""
_ADD = f"""
INSERT INTO liptako.actor_name (actor_id, name, dataset, external_id, valid)
SELECT a.actor_id, s.name, s.dataset, s.external_id, s.valid
  FROM staged_alias s JOIN liptako.actor a ON a.code = s.actor
 WHERE NOT EXISTS (SELECT FROM liptako.actor_name n WHERE {_SAME_ALIAS})
 ORDER BY a.actor_id, s.dataset, s.name"""

_STAGE_ACTORS = """
CREATE TEMPORARY TABLE staged_actor ON COMMIT DROP AS
SELECT code, name, kind, country, valid, note FROM liptako.actor WITH NO DATA"""
_BY_ALIAS = """
  FROM staged_alias s JOIN liptako.actor_name n
    ON n.dataset = s.dataset AND n.external_id = s.external_id"""
_INSERT_ACTORS = f"""
INSERT INTO liptako.actor (code, name, kind, country, valid, note)
SELECT code, name, kind, country, valid, note FROM staged_actor
 WHERE code NOT IN (SELECT s.actor {_BY_ALIAS}) AND code NOT IN (SELECT code FROM liptako.actor)
 ORDER BY code"""
_ACTOR_CODE = f"""
CREATE TEMPORARY TABLE actor_code ON COMMIT DROP AS
WITH meant AS (SELECT s.actor AS code, min(n.actor_id) AS actor_id {_BY_ALIAS} GROUP BY s.actor)
SELECT code, actor_id FROM meant
UNION ALL
SELECT code, actor_id FROM liptako.actor WHERE code NOT IN (SELECT code FROM meant)"""
_ADD_TO_MEANT = """
INSERT INTO liptako.actor_name (actor_id, name, dataset, external_id)
SELECT DISTINCT a.actor_id, s.name, s.dataset, s.external_id
  FROM staged_alias s JOIN actor_code a ON a.code = s.actor
 WHERE NOT EXISTS (SELECT FROM liptako.actor_name n
         WHERE n.actor_id = a.actor_id AND n.name = s.name AND n.dataset = s.dataset)
 ORDER BY a.actor_id, s.dataset, s.name"""

_ADOPTED = """
CREATE TEMPORARY TABLE adopted ON COMMIT DROP AS
SELECT DISTINCT ON (other.actor_id) other.actor_id AS old_id, a.actor_id AS new_id
  FROM liptako.actor a
  JOIN liptako.actor_name n ON n.actor_id = a.actor_id
  JOIN liptako.actor_name o ON o.dataset = n.dataset AND o.external_id = n.external_id
  JOIN liptako.actor other ON other.actor_id = o.actor_id
 WHERE a.code = ANY(:actors) AND other.code <> ALL(:actors)
 ORDER BY other.actor_id, a.actor_id"""
_ADOPT = (
    # An incident that names both has the role once.
    """DELETE FROM liptako.actor_role r USING adopted, liptako.actor_role same
        WHERE r.actor_id = old_id AND same.actor_id = new_id
          AND same.incident_id = r.incident_id AND same.role = r.role""",
    "UPDATE liptako.actor_role SET actor_id = new_id FROM adopted WHERE actor_id = old_id",
    "UPDATE liptako.claim SET actor_id = new_id FROM adopted WHERE actor_id = old_id",
    "UPDATE liptako.actor SET parent_id = new_id FROM adopted WHERE parent_id = old_id",
    "UPDATE liptako.actor SET successor_id = new_id FROM adopted WHERE successor_id = old_id",
    """UPDATE liptako.actor_name n SET actor_id = new_id FROM adopted WHERE n.actor_id = old_id
          AND NOT EXISTS (SELECT FROM liptako.actor_name same WHERE same.actor_id = new_id
                AND same.name = n.name AND same.dataset IS NOT DISTINCT FROM n.dataset)""",
    "DELETE FROM liptako.actor_name USING adopted WHERE actor_id = old_id",
    "DELETE FROM liptako.actor USING adopted WHERE actor_id = old_id",
)


def _adopt(connection: Connection, codes: list[str]) -> None:
    connection.execute(text(_ADOPTED), {"actors": codes})
    if connection.scalar(text("SELECT count(*) FROM adopted")):
        for statement in _ADOPT:
            connection.execute(text(statement))
    connection.execute(text("DROP TABLE adopted"))
