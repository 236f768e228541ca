"""Incidents with their roles, claims and estimates: from the stage into the tables.

Every step is one statement over all rows, and touches only rows that differ, so that a load of
what is known already makes no new version of the data. The database writes the history.

Two owners write here, and each leaves alone what is not its own:

- *curation* states everything about an incident: what its file no longer holds is deleted;
- a *dataset* states what its rows hold. A coder's estimate, role or claim on an incident of a
  dataset survives every new edition, and so does a link to a gazetteer or to a larger incident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from db.history import summarise_now
from db.write.changes import (
    GEOM,
    Owner,
    Resolved,
    begin_touching,
    remove_unstated,
    write_resolved,
)
from db.write.claims import write_claims

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Counts:
    """Incidents that were new, and those of which anything was changed."""

    inserted: int
    updated: int


_LINKS = ("time_zone", "place_id", "part_of")
"""What a dataset does not state and a coder may add."""

_STATED = (
    *("kind", "title", "event_type", "sub_type", "occurred", "time_precision", "time_extent"),
    *("place_name", "country", "adm1", "adm2", "geom", "place_precision", "radius_m", "note"),
    "source_id",
)
_ESTIMATE = ("low", "best", "high", "rule", "note")


def write_incidents(connection: Connection, owner: Owner) -> None:
    """Write what is staged; the sources, reports and actors it names are there already.

    The table ``actor_code`` (see :func:`db.write.actors.need_actors`) tells which actor a staged
    code means. Afterwards ``resolved_incident`` holds what was staged, with numbers.
    """
    _resolve(connection, owner)
    _write_rows(connection, owner)
    _write_roles(connection, owner)
    _write_estimates(connection, owner)
    write_claims(connection, owner)


def count_written(connection: Connection) -> Counts:
    """How many incidents of this load are new, and of how many others something was changed."""
    inserted, updated = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND"
            " incident_id IN (SELECT incident_id FROM touched)) FROM resolved_incident"
        )
    ).one()
    return Counts(inserted, updated)


def analyse_tables(connection: Connection) -> None:
    """Take statistics of what a large load has written.

    Without them the next load, and the first queries, would be planned as for an empty database.
    """
    for table in ("incident", "actor_role", "estimate", "claim", "external_id", "raw_row"):
        connection.execute(text(f"ANALYZE liptako.{table}"))
    # These very statistics show how to sum up many incidents.
    summarise_now(connection)
    connection.execute(text("ANALYZE liptako.incident_summary"))


def count_others(connection: Connection, source_id: int, codes: Sequence[str]) -> int:
    """How many active incidents of a source have other codes than these."""
    statement = (
        "SELECT count(*) FROM liptako.incident"
        " WHERE source_id = :source_id AND status = 'active' AND code <> ALL(:codes)"
    )
    values = {"source_id": source_id, "codes": list(codes)}
    return int(connection.scalar(text(statement), values) or 0)


def unresolved(connection: Connection) -> list[tuple[int, str, str, str]]:
    """What the stage names and nobody knows: line, column, value, and what it should be."""
    checks = (
        ("incident", "gazetteer", "place.gazetteer", "place", "the code of a place that is stored"),
        ("incident", "part_of", "part_of", "incident", "the code of an incident that is stored"),
        ("role", "actor", "actors.actor", "actor", "the code of an actor that is stored"),
        ("claim", "report", "claims.report", "report", "the code of a report that is stored"),
        ("claim", "actor", "claims.actor", "actor", "the code of an actor that is stored"),
        (
            "claim",
            "gazetteer",
            "claims.place.gazetteer",
            "place",
            "the code of a place that is stored",
        ),
        (
            "claim",
            "target_gazetteer",
            "claims.gazetteer",
            "place",
            "the code of a place that is stored",
        ),
    )
    statement = " UNION ALL ".join(
        f"SELECT line, '{shown}', {column}, 'it is {rule}' FROM staged_{stage} s"
        f" WHERE {column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT FROM liptako.{table} t WHERE t.code = s.{column})"
        " AND line IN (SELECT line FROM staged_incident)"
        + (f" AND {column} NOT IN (SELECT code FROM staged_incident)" * (table == "incident"))
        for stage, column, shown, table, rule in checks
    )
    return [tuple(row) for row in connection.execute(text(f"{statement} ORDER BY 1, 2, 3"))]


def _resolve(connection: Connection, owner: Owner) -> None:
    """Give every staged incident and claim its number, old or new, and look up what it names.

    A new number is drawn before the row is written, so that parts can name their wholes whichever
    of them is written first.
    """
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE resolved_incident ON COMMIT DROP AS"
            " SELECT ordered.*, known_id IS NULL AS is_new, coalesce(known_id, nextval("
            "pg_get_serial_sequence('liptako.incident', 'incident_id'))) AS incident_id FROM"
            " (SELECT s.*, CAST(:source_id AS bigint) AS source_id, i.incident_id AS known_id,"
            f" place.place_id, {GEOM} AS geom FROM staged_incident s"
            " LEFT JOIN liptako.incident i ON i.code = s.code"
            " LEFT JOIN liptako.place ON place.code = s.gazetteer ORDER BY s.line) ordered"
        ),
        {"source_id": owner.source_id},
    )
    connection.execute(text("ANALYZE resolved_incident"))
    begin_touching(connection)


def _write_rows(connection: Connection, owner: Owner) -> None:
    # The whole is staged too, or stored already.
    rows = (
        "(SELECT i.*, coalesce(w.incident_id, stored.incident_id) AS whole_id"
        " FROM resolved_incident i LEFT JOIN resolved_incident w ON w.code = i.part_of"
        " LEFT JOIN liptako.incident stored ON stored.code = i.part_of)"
    )
    stated = _STATED if owner.dataset else (*_STATED, *_LINKS)
    incidents = Resolved(
        table="incident",
        rows=rows,
        columns=("code", *_STATED, *_LINKS),
        changed=stated,
        compared=stated,
        taken={"part_of": "whole_id"},
    )
    write_resolved(connection, incidents)


def _write_roles(connection: Connection, owner: Owner) -> None:
    _resolve_parts(
        connection,
        "actor_role",
        # Two codes of a dataset may mean one actor.
        "SELECT DISTINCT ON (i.incident_id, a.actor_id, s.role) i.incident_id,"
        " i.is_new AS of_new, a.actor_id, s.role, s.note"
        " FROM staged_role s JOIN resolved_incident i USING (line)"
        " LEFT JOIN actor_code a ON a.code = s.actor"
        " ORDER BY i.incident_id, a.actor_id, s.role",
        ("incident_id", "actor_id", "role"),
    )
    theirs = (
        "CAST(:dataset AS text) IS NULL OR EXISTS (SELECT FROM liptako.actor_name n"
        " WHERE n.actor_id = kept.actor_id AND n.dataset = :dataset)"
    )
    remove_unstated(connection, "actor_role", theirs, dataset=owner.dataset)
    roles = Resolved(
        table="actor_role",
        rows="resolved_actor_role",
        columns=("incident_id", "actor_id", "role", "note"),
        changed=("note",),
        compared=("note",),
        taken={},
    )
    write_resolved(connection, roles)


def _write_estimates(connection: Connection, owner: Owner) -> None:
    _resolve_parts(
        connection,
        "estimate",
        "SELECT i.incident_id, i.is_new AS of_new, s.* FROM staged_estimate s"
        " JOIN resolved_incident i USING (line)"
        " ORDER BY s.line, s.harm, s.person_status",
        ("incident_id", "harm", "person_status"),
    )
    # A coder's conclusion about a row of a dataset stands against whatever the dataset says next.
    theirs = "CAST(:dataset AS text) IS NULL OR kept.rule = 'as_published'"
    remove_unstated(connection, "estimate", theirs, dataset=owner.dataset)
    estimates = Resolved(
        table="estimate",
        rows="resolved_estimate",
        columns=("incident_id", "harm", "person_status", *_ESTIMATE),
        changed=_ESTIMATE,
        compared=_ESTIMATE,
        taken={},
    )
    write_resolved(connection, estimates, theirs, dataset=owner.dataset)


def _resolve_parts(connection: Connection, table: str, rows: str, keys: tuple[str, ...]) -> None:
    """Give the staged parts of incidents their numbers, old or new."""
    same = " AND ".join(f"known.{key} = ordered.{key}" for key in keys)
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE resolved_{table} ON COMMIT DROP AS"
            f" SELECT ordered.*, known.{table}_id IS NULL AS is_new, coalesce(known.{table}_id,"
            f" nextval(pg_get_serial_sequence('liptako.{table}', '{table}_id'))) AS {table}_id"
            f" FROM ({rows}) ordered"
            f" LEFT JOIN liptako.{table} known ON NOT ordered.of_new AND {same}"
        )
    )
    connection.execute(text(f"ANALYZE resolved_{table}"))
