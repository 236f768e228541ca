"""Many rows in at once: COPY into a temporary table, compare, write only what differs.

Whatever is equal is not touched, and where nothing differs no statement reaches the table at all:
a second load of the same rows makes no new version of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from db.models.base import SCHEMA
from db.write.staged import copy_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

# Two loads at once would both find the same row missing. So a load takes its turn among the writers
# before it compares, by the lock that the triggers take, and not by one of its own: two locks taken
# in two orders would block for good.
_TURN = text(f"LOCK TABLE {SCHEMA}.data_version IN SHARE ROW EXCLUSIVE MODE")


@dataclass(frozen=True, slots=True)
class Written:
    """What an upsert did.

    ``absent`` names the rows of the same scope that are in the database and not among those given:
    they are left as they are, because incidents and measures may lead to them.
    """

    inserted: int
    updated: int
    unchanged: int
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A table as an upsert sees it.

    Parameters
    ----------
    table : str
        In the schema ``liptako``; its primary key is named ``<table>_id``.
    keys : tuple of str
        The columns that tell rows apart; never NULL.
    values : tuple of str
        The other columns that are written.
    scope : tuple of str
        The columns whose values say of which whole the rows are all: what is in the database with
        the same values, and not among the rows, is absent.
    label : str
        The column by which absent rows are named.
    """

    table: str
    keys: tuple[str, ...]
    values: tuple[str, ...]
    scope: tuple[str, ...]
    label: str

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, keys first: the order of the cells of a row."""
        return self.keys + self.values


def upsert(connection: Connection, target: Target, rows: Iterable[Sequence[object]]) -> Written:
    """Insert the rows that are new and update those that differ, in two statements at most.

    Parameters
    ----------
    connection : Connection
        Its transaction is used and left open.
    target : Target
    rows : iterable of sequences
        Cells in the order of ``target.columns``; geometries as hexadecimal EWKB. No two rows share
        their keys.

    Returns
    -------
    Written
        All zeros, and nothing absent, for no rows.
    """
    connection.execute(_TURN)
    _stage(connection, target, rows)
    inserted, updated, unchanged = connection.execute(text(_difference(target))).one()
    absent = tuple(connection.scalars(text(_absent(target))))
    if updated:
        connection.execute(text(_update(target)))
    if inserted:
        connection.execute(text(_insert(target)))
    connection.execute(text("DROP TABLE staged"))
    return Written(inserted, updated, unchanged, absent)


def _stage(connection: Connection, target: Target, rows: Iterable[Sequence[object]]) -> None:
    listed = ", ".join(target.columns)
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE staged ON COMMIT DROP AS"
            f" SELECT {listed} FROM {SCHEMA}.{target.table} WITH NO DATA"
        )
    )
    copy_rows(connection, "staged", target.columns, rows)
    # A temporary table has no statistics of its own, and the joins below would be planned blindly.
    connection.execute(text(f"ANALYZE staged ({', '.join(target.keys)})"))


def _matched(target: Target) -> str:
    return " AND ".join(f"kept.{key} = staged.{key}" for key in target.keys)


def _differs(target: Target) -> str:
    pairs = (f"kept.{name} IS DISTINCT FROM staged.{name}" for name in target.values)
    return f"({' OR '.join(pairs)})"


def _difference(target: Target) -> str:
    known = f"kept.{target.table}_id IS NOT NULL"
    differs = _differs(target)
    return (
        f"SELECT count(*) FILTER (WHERE NOT {known}),"
        f" count(*) FILTER (WHERE {known} AND {differs}),"
        f" count(*) FILTER (WHERE {known} AND NOT {differs})"
        f" FROM staged LEFT JOIN {SCHEMA}.{target.table} kept ON {_matched(target)}"
    )


def _update(target: Target) -> str:
    changes = ", ".join(f"{name} = staged.{name}" for name in target.values)
    return (
        f"UPDATE {SCHEMA}.{target.table} kept SET {changes} FROM staged"
        f" WHERE {_matched(target)} AND {_differs(target)}"
    )


def _insert(target: Target) -> str:
    listed = ", ".join(target.columns)
    taken = ", ".join(f"staged.{name}" for name in target.columns)
    # In the order of the file, so that two installations number their rows alike.
    return (
        f"INSERT INTO {SCHEMA}.{target.table} ({listed}) SELECT {taken} FROM staged"
        f" WHERE NOT EXISTS (SELECT FROM {SCHEMA}.{target.table} kept WHERE {_matched(target)})"
        f" ORDER BY staged.ctid"
    )


def _absent(target: Target) -> str:
    scope = ", ".join(target.scope)
    return (
        f"SELECT kept.{target.label} FROM {SCHEMA}.{target.table} kept"
        f" JOIN (SELECT DISTINCT {scope} FROM staged) whole USING ({scope})"
        f" WHERE NOT EXISTS (SELECT FROM staged WHERE {_matched(target)})"
        f" ORDER BY kept.{target.label}"
    )
