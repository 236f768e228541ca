"""Writing only what differs, and noting which incidents that touched.

``touched`` is a temporary table of the load: one row for each row written, with the number of the
incident that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Owner:
    """Who states the incidents of a load.

    Parameters
    ----------
    source_id : int
        The source under whose licence they stand.
    dataset : str or None
        The dataset whose rows they are; ``None`` for curated incidents.
    """

    source_id: int
    dataset: str | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """Staged rows whose numbers are known: where they go and what is compared.

    Parameters
    ----------
    table : str
        In the schema ``liptako``; its primary key is named ``<table>_id``.
    rows : str
        SQL of the rows, with that key and ``is_new``.
    columns : tuple of str
        What is written to a new row.
    changed : tuple of str
        What is written to a row that differs.
    compared : tuple of str
        What makes a row differ.
    taken : mapping
        Where the rows call a column by another name: theirs, by the table's.
    """

    table: str
    rows: str
    columns: tuple[str, ...]
    changed: tuple[str, ...]
    compared: tuple[str, ...]
    taken: Mapping[str, str]

    def taking(self, columns: Sequence[str]) -> list[str]:
        """SQL of the values of some columns."""
        return [f"r.{self.taken.get(column, column)}" for column in columns]


POINT = "ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)"

GEOM = (
    f"CASE WHEN s.lon IS NOT NULL THEN {POINT}"
    " WHEN s.place_precision NOT IN ('country', 'sea', 'unknown') THEN place.geom END"
)
"""The point of a staged row: as stated, else of the place it names if its precision has one."""


def begin_touching(connection: Connection) -> None:
    """Make the table ``touched``, empty."""
    connection.execute(text("CREATE TEMPORARY TABLE touched (incident_id bigint) ON COMMIT DROP"))


def touch(connection: Connection, statement: str, **values: object) -> None:
    """Run a statement that returns ``incident_id`` of each row that it writes, and note them."""
    noting = f"WITH done AS ({statement}) INSERT INTO touched SELECT incident_id FROM done"
    connection.execute(text(noting), values)


def remove_unstated(connection: Connection, table: str, theirs: str, **values: object) -> None:
    """Delete the parts of known incidents that are not stated any more and are the owner's."""
    touch(
        connection,
        f"DELETE FROM liptako.{table} kept USING resolved_incident i"
        " WHERE kept.incident_id = i.incident_id AND NOT i.is_new"
        f" AND NOT EXISTS (SELECT FROM resolved_{table} r WHERE r.{table}_id = kept.{table}_id)"
        f" AND ({theirs}) RETURNING kept.incident_id",
        **values,
    )


def write_resolved(
    connection: Connection, resolved: Resolved, theirs: str = "true", **values: object
) -> None:
    """Update the rows that differ and are the owner's, then insert the new ones in order."""
    table, key = resolved.table, f"{resolved.table}_id"
    pairs = zip(resolved.changed, resolved.taking(resolved.changed), strict=True)
    changes = ", ".join(f"{column} = {value}" for column, value in pairs)
    pairs = zip(resolved.compared, resolved.taking(resolved.compared), strict=True)
    differs = " OR ".join(f"kept.{column} IS DISTINCT FROM {value}" for column, value in pairs)
    touch(
        connection,
        f"UPDATE liptako.{table} kept SET {changes} FROM {resolved.rows} r"
        f" WHERE kept.{key} = r.{key} AND NOT r.is_new AND ({differs})"
        f" AND ({theirs}) RETURNING kept.incident_id",
        **values,
    )
    listed = ", ".join((key, *resolved.columns))
    taken = ", ".join((f"r.{key}", *resolved.taking(resolved.columns)))
    touch(
        connection,
        f"INSERT INTO liptako.{table} ({listed}) OVERRIDING SYSTEM VALUE SELECT {taken}"
        f" FROM {resolved.rows} r WHERE r.is_new ORDER BY r.{key} RETURNING incident_id",
    )
