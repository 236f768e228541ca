"""Incidents on their way in: the temporary tables that a load fills, and the rows it puts there.

A load reads its file as a stream and writes batches here; what becomes of them is decided
afterwards, for all rows at once (:mod:`db.write.incidents`). The tables belong to the transaction
and vanish with it. ``line`` names the row of the file that a staged row comes from, and ties the
claims, estimates and roles of an incident to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg
    from sqlalchemy import Connection


class StagedIncident(NamedTuple):
    """An incident; other rows are named by their codes, an interval by PostgreSQL's text."""

    line: int
    code: str
    external_id: str | None
    kind: str
    title: str
    event_type: str
    sub_type: str | None
    occurred: str | None
    time_precision: str
    time_extent: str
    time_zone: str | None
    gazetteer: str | None
    place_name: str | None
    country: str | None
    adm1: str | None
    adm2: str | None
    lon: float | None
    lat: float | None
    place_precision: str
    radius_m: float | None
    note: str | None
    part_of: str | None


class StagedRole(NamedTuple):
    """A party to the incident of a line."""

    line: int
    actor: str
    role: str
    note: str | None


class StagedEstimate(NamedTuple):
    """An estimate about the incident of a line."""

    line: int
    harm: str
    person_status: str
    low: int | None
    best: int | None
    high: int | None
    rule: str
    note: str | None


class StagedClaim(NamedTuple):
    """A claim about the incident of a line; what its kind does not fill stays empty."""

    line: int
    id: str
    report: str
    kind: str
    claimant: str | None
    polarity: str
    qualifier: str | None
    statement: str
    part_of: str | None
    harm: str | None = None
    person_status: str | None = None
    low: int | None = None
    best: int | None = None
    high: int | None = None
    occurred: str | None = None
    time_precision: str | None = None
    time_extent: str | None = None
    place_name: str | None = None
    gazetteer: str | None = None
    lon: float | None = None
    lat: float | None = None
    place_precision: str | None = None
    radius_m: float | None = None
    distance: float | None = None
    distance_unit: str | None = None
    distance_m: float | None = None
    target_border: str | None = None
    target_gazetteer: str | None = None
    bearing: str | None = None
    actor: str | None = None
    role: str | None = None
    claimant_kind: str | None = None
    superseded_by: str | None = None


class StagedRow(NamedTuple):
    """A row as it stood in the file; ``cells`` is a JSON object."""

    line: int
    external_id: str | None
    cells: str | None


Staged: TypeAlias = StagedIncident | StagedRole | StagedEstimate | StagedClaim | StagedRow

_TABLES: dict[type[Staged], str] = {
    StagedIncident: "staged_incident",
    StagedRole: "staged_role",
    StagedEstimate: "staged_estimate",
    StagedClaim: "staged_claim",
    StagedRow: "staged_row",
}
_TYPES = {
    "line": "integer",
    "occurred": "tsrange",
    "cells": "jsonb",
    **dict.fromkeys(("low", "best", "high"), "bigint"),
    **dict.fromkeys(("lon", "lat", "radius_m", "distance", "distance_m"), "double precision"),
}
"""Types of the columns that are not text."""


@dataclass(slots=True)
class Batch:
    """Some staged rows, held in memory until they are copied."""

    incidents: list[StagedIncident] = field(default_factory=list)
    roles: list[StagedRole] = field(default_factory=list)
    estimates: list[StagedEstimate] = field(default_factory=list)
    claims: list[StagedClaim] = field(default_factory=list)
    rows: list[StagedRow] = field(default_factory=list)


def create_stage(connection: Connection) -> None:
    """Make the temporary tables, empty, for the transaction that is open."""
    for kind, table in _TABLES.items():
        columns = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in kind._fields)
        connection.execute(text(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP"))


def copy_batch(connection: Connection, batch: Batch) -> None:
    """Copy a batch into the temporary tables, one after the other, and empty it."""
    _copy(connection, StagedIncident, batch.incidents)
    _copy(connection, StagedRole, batch.roles)
    _copy(connection, StagedEstimate, batch.estimates)
    _copy(connection, StagedClaim, batch.claims)
    _copy(connection, StagedRow, batch.rows)
    for rows in (batch.incidents, batch.roles, batch.estimates, batch.claims, batch.rows):
        rows.clear()


def analyse_stage(connection: Connection) -> None:
    """Take statistics: a temporary table has none of its own, joins would be planned blindly."""
    for table in _TABLES.values():
        connection.execute(text(f"ANALYZE {table}"))


def forget_lines(connection: Connection, lines: Iterable[int]) -> None:
    """Take incidents out of the stage by their lines; their rows stay, to be kept as they came."""
    connection.execute(
        text("DELETE FROM staged_incident WHERE line = ANY(:lines)"), {"lines": list(lines)}
    )


def repeated_rows(connection: Connection) -> list[tuple[int, str, int]]:
    """Line, identifier and first line of each row whose identifier stands further up already."""
    rows = connection.execute(
        text(
            "SELECT line, external_id, first FROM (SELECT line, external_id,"
            " min(line) OVER (PARTITION BY external_id) AS first"
            " FROM staged_row WHERE external_id IS NOT NULL) numbered"
            " WHERE line > first ORDER BY line"
        )
    )
    return [(line, external_id, first) for line, external_id, first in rows]


def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """COPY rows into a table; the connection's own transaction is used."""
    listed = ", ".join(f'"{column}"' for column in columns)
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _copy(connection: Connection, kind: type[Staged], rows: Sequence[Staged]) -> None:
    if rows:
        copy_rows(connection, _TABLES[kind], kind._fields, rows)
