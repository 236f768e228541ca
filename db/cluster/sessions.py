"""What is asked of a running server: are you ours, and have you our database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from db.cluster.server import ROLE
from db.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE = "liptako"
MAINTENANCE = "postgres"
CONNECT_SECONDS = 5


@contextmanager
def session(port: int, password: str, database: str) -> Iterator[psycopg.Connection]:
    """Open a session of our own, outside of any transaction.

    PGSSLMODE, PGOPTIONS and their like are overruled: they are meant for other servers.
    """
    with psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=ROLE,
        password=password,
        dbname=database,
        sslmode="disable",
        gssencmode="disable",
        options="",
        connect_timeout=CONNECT_SECONDS,
        autocommit=True,
    ) as connection:
        yield connection


def answers(port: int, password: str, data: Path) -> bool:
    """Tell whether the server of this data folder answers a query on this port.

    Raises
    ------
    CommandFailed
        When a server answers and refuses our password: waiting would not help.
    """
    try:
        with session(port, password, MAINTENANCE) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            advice = "the password file was changed; stop the server, delete the file, start anew"
            raise CommandFailed("connecting to the database", str(error), advice) from error
        return False
    return row is not None and row[0] == str(data)


def ensure_database(port: int, password: str) -> None:
    """Create our database if it isn't there yet, and bring its PostGIS up to the library's."""
    with session(port, password, MAINTENANCE) as connection:
        query = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
    with session(port, password, DATABASE) as connection:
        query = "SELECT default_version, installed_version FROM pg_available_extensions"
        row = connection.execute(f"{query} WHERE name = 'postgis'").fetchone()
        if row and row[1] is not None and _version(row[0]) > _version(row[1]):
            connection.execute("SELECT postgis_extensions_upgrade()")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
