"""Sources and reports: rows in by their codes, only what differs.

Two kinds of caller: the catalogue *states* its rows, and a changed catalogue changes them; a
dataset *needs* its rows to be there, and whatever the catalogue says of them stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from db.models.sources import Report, Source
from db.write.places import source_ids
from db.write.upsert import Target, Written, upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_SOURCE = Target(
    table="source",
    keys=("code",),
    values=("name", "kind", "url", "licence", "attribution", "redistributable", "grade"),
    scope=("kind",),
    label="code",
)
_REPORT = Target(
    table="report",
    keys=("code",),
    values=(
        *("source_id", "title", "published", "published_precision"),
        *("url", "language", "edition", "note"),
    ),
    scope=("source_id",),
    label="code",
)


class SourceRow(NamedTuple):
    """A source, in the order of the columns that are written."""

    code: str
    name: str
    kind: str
    url: str | None
    licence: str
    attribution: str
    redistributable: bool
    grade: str | None = None


class ReportRow(NamedTuple):
    """A report; ``source`` is the code of its source, ``published`` PostgreSQL's text of days."""

    code: str
    source: str
    title: str
    published: str | None
    published_precision: str
    url: str | None
    language: str | None
    edition: str | None
    note: str | None


def write_sources(connection: Connection, rows: Sequence[SourceRow]) -> Written:
    """Insert the sources that are new, update those that differ."""
    return upsert(connection, _SOURCE, rows)


def write_reports(connection: Connection, rows: Sequence[ReportRow]) -> Written:
    """Insert the reports that are new, update those that differ.

    Raises
    ------
    UnknownCode
        A report names a source that is not there.
    """
    sources = source_ids(connection, {row.source for row in rows})
    taken = ((row.code, sources[row.source], *row[2:]) for row in rows)
    return upsert(connection, _REPORT, taken)


def need_source(connection: Connection, row: SourceRow) -> int:
    """The number of a source, which is inserted if nobody has stated it."""
    known = connection.scalar(select(Source.source_id).where(Source.code == row.code))
    if known is not None:
        return known
    write_sources(connection, [row])
    return source_ids(connection, [row.code])[row.code]


def need_report(connection: Connection, row: ReportRow) -> int:
    """The number of a report, which is inserted if nobody has stated it; its source is there."""
    statement = select(Report.report_id).where(Report.code == row.code)
    known = connection.scalar(statement)
    if known is not None:
        return known
    write_reports(connection, [row])
    return connection.scalars(statement).one()
