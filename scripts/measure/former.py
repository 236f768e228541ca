"""Former versions of generated incidents: each has two of them, and a tenth has one more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from psycopg import Connection

_TABLES = ("incident", "incident_summary", "estimate", "claim")


@dataclass(frozen=True, slots=True)
class State:
    """A state to ask for: what it is, its version, and a moment at which it was current."""

    name: str
    version: int
    moment: str


def add_past(url: str) -> None:
    """Give every incident of a database that was just generated two former versions.

    The history tables are filled directly, which only an owner of the server can: a million edits
    one after another would take hours. Then a tenth of the incidents is edited as anybody would.

    Parameters
    ----------
    url : str
        Of a database that :func:`scripts.measure.generated.generated_database` made; its first
        versions hold no incidents.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        newest = connection.execute("SELECT max(version) FROM liptako.data_version").fetchone()
        present = newest[0] if newest else 0
        for table in _TABLES:
            # Odd and even incidents were first edited at different versions.
            middle = f"{present} - 2 + {table}.incident_id % 2"
            _insert(connection, table, since=f"{present} - 3", until=middle)
            _insert(connection, table, since=middle, until=str(present))
        connection.execute("SET session_replication_role = origin")
        connection.execute(
            "UPDATE liptako.estimate SET low = low + 1, best = best + 1, high = high + 1"
            " WHERE incident_id % 10 = 0"
        )
        connection.execute(
            "UPDATE liptako.incident SET title = title || ', as told now'"
            " WHERE incident_id % 10 = 0"
        )
        connection.execute("VACUUM ANALYZE")


def states(url: str) -> list[State]:
    """The states to ask for: all of former rows, most of present ones, and the present."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT version, to_char(recorded_at AT TIME ZONE 'UTC',"
            ' \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') FROM liptako.data_version'
            " ORDER BY version DESC LIMIT 4"
        ).fetchall()
    (newest, _), _, (filled, moment), (older, long_ago) = rows
    return [
        State("present", int(newest), ""),
        State("a tenth of former rows", int(filled), moment),
        State("all of former rows", int(older), long_ago),
    ]


def _insert(connection: Connection[Any], table: str, *, since: str, until: str) -> None:
    names = [
        row[0]
        for row in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
            [f"liptako.{table}"],
        )
    ]
    made = {"since_version": since}
    columns, values = ", ".join(names), ", ".join(made.get(name, name) for name in names)
    connection.execute(
        f"INSERT INTO liptako_history.{table} (until_version, {columns})"
        f" SELECT {until}, {values} FROM liptako.{table}".encode()
    )
