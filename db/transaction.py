"""Transactions that only read: each sees one state of the data, and says which."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import psycopg
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db import migrate
from db.cql2.filter import PARAMETER
from db.errands import ERRAND, errand_of
from db.errors import (
    CalledOff,
    DatabaseUnreachable,
    DbError,
    InvalidQuery,
    NotMigrated,
    StatementTimeout,
)
from db.models.state import DataVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

_STATE = "state_of_the_data"
"""Name under which a connection carries the :class:`State` that its transaction sees."""

_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SELECT version, recorded_at FROM liptako.data_version ORDER BY version DESC LIMIT 1"
)


class DatabaseBusy(DbError):
    """All connections of the pool are in use, and none came free in time."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no connection to the database came free: {reason}")


_MISSING = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)
"""What a statement meets in a database of another revision."""

_UNCOMPUTABLE = (
    psycopg.errors.NumericValueOutOfRange,
    psycopg.errors.FloatingPointException,
    psycopg.errors.InvalidArgumentForPowerFunction,
    psycopg.errors.DatetimeFieldOverflow,
)
"""What the arithmetic of a filter can meet; whether it does depends on the rows."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of the data that a transaction sees: its number, and when it was recorded."""

    version: int
    recorded_at: datetime | None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the data and can change none.

    Raises
    ------
    StatementTimeout
        A statement took longer than the session allows.
    DatabaseUnreachable
        The server went away, or was never there.
    DatabaseBusy
        Every connection of the pool is in use.
    CalledOff
        The client that waited for it has gone.
    NotMigrated
        A table or column is missing.
    InvalidQuery
        The arithmetic of a filter has a result that is no number.
    """
    try:
        with _begun(engine) as connection, errand_of(connection):
            yield connection
            # Nothing was written; but at a rollback the driver forgets its prepared statements.
            driver_of(connection).commit()
    except PoolTimeout as fault:
        raise DatabaseBusy(str(fault)) from fault
    except DBAPIError as fault:
        raise translated(engine, fault.orig or fault) from fault
    except psycopg.Error as fault:
        raise translated(engine, fault) from fault


def _begun(engine: Engine) -> Connection:
    """A connection of the pool in a transaction that has begun.

    A server that was started anew has ended the connections of the pool. That shows at the first
    statement, so none is spent on asking before: with what the transaction needs in any case it
    is one way to the server and back instead of four.
    """
    connection = _unused(engine)
    try:
        return _begin(connection)
    except BaseException:
        is_lost = driver_of(connection).closed
        _give_back(connection, is_lost=is_lost)
        if not is_lost:
            raise
    engine.dispose()
    connection = _unused(engine)
    try:
        return _begin(connection)
    except BaseException:
        _give_back(connection, is_lost=driver_of(connection).closed)
        raise


def _give_back(connection: Connection, *, is_lost: bool) -> None:
    if is_lost:
        connection.invalidate()
    connection.close()


def _unused(engine: Engine) -> Connection:
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _begin(connection: Connection) -> Connection:
    """Begin, and note the state that is seen.

    The driver would send BEGIN by itself, on a way of its own; so it is told that it is not to, and
    that there is a transaction it sees from the answers of the server.
    """
    newest = driver_of(connection).execute(_BEGIN)
    newest.nextset()
    row = newest.fetchone()
    state = State(0, None) if row is None else State(*row)
    return connection.execution_options(**{_STATE: state})


def current_state(connection: Connection) -> State:
    """The state that a transaction sees; version 0 before anything was written."""
    seen: State | None = connection.get_execution_options().get(_STATE)
    if seen is not None:
        return seen
    newest = select(DataVersion.version, DataVersion.recorded_at)
    row = connection.execute(newest.order_by(DataVersion.version.desc()).limit(1)).first()
    return State(0, None) if row is None else State(row.version, row.recorded_at)


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """The driver's own connection."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def translated(engine: Engine, fault: BaseException) -> Exception:
    """What a fault of the driver means to who asked; itself where nobody foresaw it."""
    if isinstance(fault, psycopg.errors.QueryCanceled):
        errand = ERRAND.get()
        return CalledOff() if errand and errand.is_off else StatementTimeout(str(fault))
    if isinstance(fault, _MISSING):
        found = migrate.current(engine.url.render_as_string(hide_password=False))
        if found != migrate.newest():
            return NotMigrated(found, migrate.newest())
    if isinstance(fault, _UNCOMPUTABLE):
        reason = str(fault).splitlines()[0]
        return InvalidQuery(PARAMETER, reason, "its arithmetic has a result that is no number")
    if isinstance(fault, psycopg.errors.InvalidEscapeSequence):
        return InvalidQuery(PARAMETER, "like", r"a pattern does not end in '\'")
    if isinstance(fault, psycopg.OperationalError):
        return DatabaseUnreachable(engine.url.render_as_string(), str(fault))
    assert isinstance(fault, Exception)
    return fault
