"""The states of the data: which is current, and a table as it stood at one of them.

The database writes the history itself, by triggers that the first migration makes:

- A writing transaction takes its turn (it waits for the lock on ``data_version``), draws one new
  version at its first changed row, and is stamped with a growing ``recorded_at`` at its commit.
- A new or changed row of a versioned table gets that version as ``since_version``.
- The summaries of the incidents that it touched are made anew just before its commit, so it does
  not see them itself unless it calls :func:`summarise_now`.
- The row that it replaces moves to the table of the same name in ``liptako_history``, with the
  version that ended it as ``until_version``: it was current in ``[since_version, until_version)``.

Because writers take turns, versions are committed in the order of their numbers: what was current
at version 7 never changes again. Readers never wait.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from sqlalchemy import BigInteger, Column, MetaData, Table, func, literal, select, text, union_all

from db.models.actors import Actor, ActorName
from db.models.base import HISTORY_SCHEMA, Base
from db.models.claims import Claim
from db.models.derived import Measure
from db.models.incidents import ActorRole, Estimate, Incident
from db.models.places import Boundary, Place, PlaceName, Region
from db.models.sources import Report, Source
from db.models.state import DataVersion
from db.models.summaries import IncidentSummary

if TYPE_CHECKING:
    from sqlalchemy import Connection, FromClause

VERSIONED: tuple[type[Base], ...] = (
    Source,
    Report,
    Actor,
    ActorName,
    Place,
    PlaceName,
    Boundary,
    Region,
    Incident,
    ActorRole,
    Estimate,
    Claim,
    IncidentSummary,
    Measure,
)
"""The tables whose former rows are kept: all that a layer reads, but for the runs of analyses and
their results, which are never changed."""

UNTIL = "until_version"
NEVER = 2**63 - 1
"""The version that ends a present row."""


class Throughout(int):
    """A version of which all rows are wanted, or most: tables are joined whole, not row by row."""


_FORMER = MetaData(schema=HISTORY_SCHEMA)


def current_version(connection: Connection) -> int:
    """The version of the data that this transaction sees; 0 before anything was written."""
    newest = select(func.coalesce(func.max(DataVersion.version), 0))
    return int(connection.scalar(newest) or 0)


@cache
def former(model: type[Base]) -> Table:
    """The table of the former rows of a versioned table: its columns, and ``until_version``."""
    current = _table(model)
    columns = [Column(column.name, column.type) for column in current.columns]
    return Table(current.name, _FORMER, Column(UNTIL, BigInteger), *columns)


def as_of(model: type[Base], version: int | None) -> FromClause:
    """A versioned table as it stood at a version; the plain table for ``None``, the present.

    The result has the columns and the name of the table, so that a statement written for one is
    right for the other.
    """
    current = _table(model)
    if version is None or model not in VERSIONED:
        return current.alias()
    past = former(model)
    names = [column.name for column in current.columns]
    if isinstance(version, Throughout):
        still = select(current).where(current.c.since_version <= int(version))
        ended = select(*(past.c[name] for name in names)).where(
            past.c.since_version <= int(version), past.c[UNTIL] > int(version)
        )
        return union_all(still, ended).subquery()
    # The conditions stand outside the union and not in its arms: only arms without any are taken
    # for tables by PostgreSQL, so that keys, boxes and orders are looked up in the indexes of both.
    every = union_all(
        select(current, literal(NEVER, BigInteger).label(UNTIL)),
        select(*(past.c[name] for name in names), past.c[UNTIL]),
    ).subquery()
    return (
        select(*(every.c[name] for name in names))
        .where(every.c.since_version <= version, every.c[UNTIL] > version)
        .subquery()
    )


def summarise_now(connection: Connection) -> None:
    """Have what this transaction has written so far summed up now, not at its commit."""
    connection.execute(text("SET CONSTRAINTS liptako.summarise IMMEDIATE"))
    connection.execute(text("SET CONSTRAINTS liptako.summarise DEFERRED"))


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)
