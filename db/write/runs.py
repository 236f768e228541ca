"""Import runs: what is known before one, and what is kept of it.

The run, its raw rows and its faults make no new version of the data: they say how it came to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, select, text, update

from db.history import current_version
from db.models.imports import ImportRun
from db.models.places import Boundary
from db.vocabulary import BoundaryKind, RunStatus
from db.write.staged import copy_rows
from gis.bbox import BBox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

WRITTEN = (RunStatus.WRITTEN.value, RunStatus.PARTIAL.value)
"""Runs that wrote something; a refused one did not."""

# Two loads at once would both find the same file new. Readers do not wait for it.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('liptako.load'))")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """What is known of a run when it starts."""

    format: str
    file_name: str
    sha256: str
    size_bytes: int
    dataset: str | None
    edition: str | None
    code_version: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """What a run did; rows that were rejected are among the rows."""

    rows: int
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    gone: int = 0
    rejected: int = 0


class FaultRow(NamedTuple):
    """One thing wrong with one cell."""

    line: int | None
    column: str | None
    value: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run that read the same bytes as the same format."""

    run_id: int
    edition: str | None
    rows: int
    rejected: int


def take_turn(connection: Connection) -> None:
    """Wait until no other load runs; the turn, and its settings, end with the transaction."""
    connection.execute(_TURN)
    # Sessions plan every statement anew (see db.engine). A foreign key is checked by a statement
    # too, once for each row written: planned once, a load takes half the time.
    connection.execute(text("SET LOCAL plan_cache_mode = auto"))


def loaded_before(
    connection: Connection, format_name: str, sha256: str, *, complete: bool
) -> EarlierRun | None:
    """The run that wrote the same bytes before, if any.

    A file that was loaded as an extract and is now declared complete says something new.
    """
    statement = (
        select(ImportRun.run_id, ImportRun.edition, ImportRun.rows, ImportRun.rejected)
        .where(ImportRun.format == format_name, ImportRun.sha256 == sha256)
        .where(ImportRun.status.in_(WRITTEN))
        .order_by(ImportRun.run_id.desc())
    )
    if complete:
        statement = statement.where(ImportRun.options["complete"].as_boolean())
    row = connection.execute(statement).first()
    return None if row is None else EarlierRun(*row)


def last_written(connection: Connection, format_name: str) -> EarlierRun | None:
    """The last run of a format that was not refused, whatever it read."""
    statement = (
        select(ImportRun.run_id, ImportRun.edition, ImportRun.rows, ImportRun.rejected)
        .where(ImportRun.format == format_name, ImportRun.status.in_(WRITTEN))
        .order_by(ImportRun.run_id.desc())
    )
    row = connection.execute(statement).first()
    return None if row is None else EarlierRun(*row)


def has_written(connection: Connection) -> bool:
    """Whether this transaction has changed the data so far, and so drawn a version."""
    # Of a restored database, versions may carry the number that this transaction has here.
    mine = text(
        "SELECT split_part(current_setting('liptako.version', true), '/', 2)"
        " = pg_current_xact_id_if_assigned()::text"
    )
    return bool(connection.scalar(mine))


def begin_run(connection: Connection, head: RunHead, report_id: int | None) -> int:
    """Store a run as it starts, and give its number; :func:`end_run` completes it."""
    values = {
        "format": head.format,
        "file_name": head.file_name,
        "sha256": head.sha256,
        "size_bytes": head.size_bytes,
        "dataset": head.dataset,
        "edition": head.edition,
        "code_version": head.code_version,
        "options": dict(head.options),
        "report_id": report_id,
        "status": RunStatus.WRITTEN.value,
        **dict.fromkeys(("rows", "inserted", "updated", "unchanged", "gone", "rejected"), 0),
    }
    run_id = connection.scalars(insert(ImportRun).returning(ImportRun.run_id), [values]).one()
    # The database notes it with the version that this transaction writes, if it writes one.
    connection.execute(select(func.set_config("liptako.import_run", str(run_id), True)))
    return run_id


def end_run(connection: Connection, run_id: int, status: RunStatus, counts: RunCounts) -> None:
    """Store how a run ended, with the state of the data that it left."""
    connection.execute(
        update(ImportRun)
        .where(ImportRun.run_id == run_id)
        .values(
            status=status.value,
            finished_at=func.clock_timestamp(),
            # 0 is the state before anything was written, which is no state to point at.
            data_version=current_version(connection) or None,
            rows=counts.rows,
            inserted=counts.inserted,
            updated=counts.updated,
            unchanged=counts.unchanged,
            gone=counts.gone,
            rejected=counts.rejected,
        )
    )


def keep_rows(connection: Connection, run_id: int) -> None:
    """Keep the staged raw rows of a run, good and bad."""
    connection.execute(
        text(
            "INSERT INTO liptako.raw_row (run_id, line, external_id, cells)"
            " SELECT :run_id, line, external_id, cells FROM staged_row ORDER BY line"
        ),
        {"run_id": run_id},
    )


def keep_faults(connection: Connection, run_id: int, faults: Iterable[FaultRow]) -> None:
    """Keep the faults of a run."""
    rows = ((run_id, *fault) for fault in faults)
    copy_rows(connection, "liptako.fault", ("run_id", *FaultRow._fields), rows)


def country_bounds(connection: Connection) -> dict[str, BBox]:
    """A box around each country whose outline is loaded, by ISO 3166-1 alpha-3.

    Where several sources draw a country, the box holds all of their outlines.
    """
    box = func.ST_Extent(Boundary.geom)
    edges = (func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    rows = connection.execute(
        select(Boundary.country, *edges)
        .where(Boundary.kind == BoundaryKind.ADM0.value, Boundary.country.is_not(None))
        .group_by(Boundary.country)
    )
    return {country: BBox(*corners) for country, *corners in rows}
