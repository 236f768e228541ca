"""Connections to the database: one engine to a URL, and the settings every session has.

``connect`` is for commands (one connection, one transaction); ``Engine`` objects for servers come
from :func:`create_engine`, which keeps a pool.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy
from sqlalchemy import NullPool, select
from sqlalchemy.exc import IntegrityError, OperationalError

from db.errors import DatabaseUnreachable, RuleBroken
from db.settings import normalise_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

SESSION = {
    "timezone": "UTC",
    # A generic plan of a filtered page was measured 300-600 times slower than a custom one, and
    # PostgreSQL switches to it by itself after five runs of a prepared statement.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    # A layer joins a dozen tables. Up to this many, PostgreSQL weighs every order of joins, and so
    # begins with the keys of the page; beyond its default of 8 it would join whole tables first
    # (measured on a page of 10 from 200,000: 0.5 ms against 830 ms).
    "join_collapse_limit": "16",
    "from_collapse_limit": "16",
    "geqo": "off",
}


def create_engine(
    url: str,
    *,
    pool_size: int = 5,
    pool_wait_s: float = 30.0,
    statement_timeout_s: float = 0,
    application: str = "liptako",
) -> Engine:
    """A pool of connections whose sessions are set as the program needs them.

    A connection may have been lost in the pool; :func:`living` and
    :func:`db.transaction.reading` know.

    Parameters
    ----------
    url : str
        ``postgresql://`` URL.
    pool_size : int
        Connections kept; as many again may be opened for a while.
    pool_wait_s : float
        Seconds after which who waits for a connection gives up.
    statement_timeout_s : float
        Seconds after which the server gives up a statement; 0 for never.
    application : str
        What the database shows as the session's application, and keeps with each data version.
    """
    return sqlalchemy.create_engine(
        normalise_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=pool_wait_s,
        connect_args=_connect_args(statement_timeout_s, application),
    )


def living(engine: Engine) -> Connection:
    """A connection of a pool that answers, also where the server was started anew meanwhile.

    Raises
    ------
    OperationalError
        No server answers.
    """
    connection = engine.connect()
    try:
        connection.execute(select(1))
    except OperationalError as fault:
        connection.close()
        if not fault.connection_invalidated:
            raise
        # With it all others of its age have left the pool.
        return engine.connect()
    connection.rollback()
    return connection


@contextmanager
def connect(url: str, *, application: str = "liptako") -> Iterator[Connection]:
    """One connection outside any pool; what is not committed inside is rolled back.

    Raises
    ------
    DatabaseUnreachable
        Nothing answers at that URL, or it refuses the user.
    RuleBroken
        What was written inside breaks a rule of the tables; nothing of it stays.
    """
    engine = sqlalchemy.create_engine(
        normalise_url(url), poolclass=NullPool, connect_args=_connect_args(0, application)
    )
    try:
        connection = engine.connect()
    except OperationalError as fault:
        raise DatabaseUnreachable(engine.url.render_as_string(), str(fault.orig)) from fault
    try:
        with connection:
            yield connection
    except IntegrityError as fault:
        broken = fault.orig
        rule = broken.diag.constraint_name if isinstance(broken, psycopg.Error) else None
        raise RuleBroken(rule, str(broken)) from fault
    finally:
        engine.dispose()


def _connect_args(statement_timeout_s: float, application: str) -> dict[str, str | int]:
    settings = {**SESSION, "statement_timeout": str(int(statement_timeout_s * 1000))}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return {"options": options, "application_name": application, "connect_timeout": 10}
