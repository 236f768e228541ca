"""What was loaded, when, and what was wrong with what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from db.models.imports import Fault, ImportRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_SHOWN = (
    ImportRun.run_id,
    ImportRun.file_name,
    ImportRun.edition,
    ImportRun.status,
    ImportRun.rows,
    ImportRun.inserted,
    ImportRun.updated,
    ImportRun.gone,
    ImportRun.rejected,
)

RUN_COLUMNS = tuple(column.key for column in _SHOWN)
"""Names of the values of a run, in their order."""


def import_runs(connection: Connection) -> Sequence[tuple[object, ...]]:
    """Every import run, oldest first; its values are named by :data:`RUN_COLUMNS`."""
    return [tuple(row) for row in connection.execute(select(*_SHOWN).order_by(ImportRun.run_id))]


def faults_of(
    connection: Connection, run_id: int
) -> Sequence[tuple[int | None, str | None, str | None, str]]:
    """Line, column, value and rule of each fault of a run, in the order of the file."""
    asked = (
        select(Fault.line, Fault.column, Fault.value, Fault.rule)
        .where(Fault.run_id == run_id)
        .order_by(Fault.fault_id)
    )
    return [(row.line, row.column, row.value, row.rule) for row in connection.execute(asked)]
