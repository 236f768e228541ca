"""Rows of a layer, read in one transaction: state of the data, count and features agree.

Rows come as plain tuples in PostgreSQL's binary form, in batches, without any object mapping; what
becomes of them is the caller's business (:mod:`gis.geojson`, :mod:`gis.export`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import psycopg
from sqlalchemy import select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db import migrate
from db.cql2.filter import PARAMETER
from db.cursor import query_identity
from db.errands import ERRAND, errand_of
from db.errors import (
    CalledOff,
    DatabaseUnreachable,
    DbError,
    InvalidQuery,
    NotMigrated,
    StatementTimeout,
)
from db.exemplars import matching, parted
from db.history import current_version
from db.models.state import DataVersion
from db.query import (
    ITEM,
    KEYS,
    LayerQuery,
    Shape,
    count,
    keys_statement,
    rows_of,
    rows_statement,
    sort_kinds,
    statement,
    throughout,
)
from db.remembered import Remembered
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Select

    from db.layers.layer import Layer
    from gis.reference_systems import ReferenceSystem

BATCH = 2_000
"""Rows fetched at a time: measured as the best grain for throughput (500 to 10,000 tried)."""

WHOLE = 10_000
"""Most rows fetched in one go; more come through a cursor of the server, in batches."""

Row: TypeAlias = tuple[Any, ...]

Written: TypeAlias = tuple[bytes, dict[str, Any]]
"""A statement as the driver takes it, and its values."""

_ROW_TEXTS: Remembered[Written] = Remembered(500)

_STATE = "state_of_the_data"
"""Name under which a connection carries the :class:`State` that its transaction sees."""

_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SELECT version, recorded_at FROM liptako.data_version ORDER BY version DESC LIMIT 1"
)

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


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


class Counts:
    """Exact counts, each taken once for a query and a state of the data.

    A count is as dear as a hundred pages, and it cannot change while the version does not. That of
    a former state may, when somebody writes: a licence is withdrawn.
    """

    def __init__(self, size: int = 10_000) -> None:
        self._known: Remembered[int] = Remembered(size)

    def matched(self, connection: Connection, layer: Layer, query: LayerQuery, now: int) -> int:
        """How many features match at the version of the query, where ``now`` is the present."""
        # As a digest: a client chooses the text of its filter, and may choose a long one.
        asked = blake2b(query_identity(layer, query).encode(), digest_size=16).digest()
        key = (asked, now, query.version)
        return self._known.get(key, lambda: int(connection.scalar(count(layer, query)) or 0))


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
            _driver(connection).commit()
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
    except psycopg.OperationalError:
        if not _is_lost(connection):
            connection.close()
            raise
    connection.invalidate()
    connection.close()
    engine.dispose()
    return _begin(_unused(engine))


def _unused(engine: Engine) -> Connection:
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _begin(connection: Connection) -> Connection:
    """Begin, and note the state that is seen.

    The driver would send BEGIN by itself, on a way of its own; so it is told that it is not to, and
    that there is a transaction it sees from the answers of the server.
    """
    newest = _driver(connection).execute(_BEGIN)
    newest.nextset()
    row = newest.fetchone()
    state = State(0, None) if row is None else State(*row)
    return connection.execution_options(**{_STATE: state})


def _is_lost(connection: Connection) -> bool:
    return _driver(connection).closed


def current_state(connection: Connection) -> State:
    """The state that a transaction sees; version 0 before anything was written."""
    seen: State | None = connection.get_execution_options().get(_STATE)
    if seen is not None:
        return seen
    newest = select(DataVersion.version, DataVersion.recorded_at)
    row = connection.execute(newest.order_by(DataVersion.version.desc()).limit(1)).first()
    return State(0, None) if row is None else State(row.version, row.recorded_at)


def at_version(connection: Connection, query: LayerQuery) -> tuple[int, LayerQuery]:
    """The version that a query is answered at, and the query with the cheapest way to it.

    The present is read from the plain tables, also when a cursor names its version.
    """
    return version_of(query, current_version(connection))


def version_of(query: LayerQuery, now: int) -> tuple[int, LayerQuery]:
    """The same as :func:`at_version`, for a caller who knows the present version."""
    if query.version is None or query.version >= now:
        return now, replace(query, version=None)
    return query.version, query


def batches(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    *,
    system: ReferenceSystem = CRS84,
    shape: Shape = Shape.GEOJSON,
) -> Iterator[Sequence[Row]]:
    """The rows that :func:`db.query.statement` describes, in batches; nothing for no rows.

    A page is read in two statements of the same transaction, its keys and then their rows: the
    second is the same for all pages, so neither its text nor its plan is made anew (measured on
    incidents, a page of 10: planning was 15 ms of 16).
    """
    is_item = query.item is not None
    plain = LayerQuery(item=query.item, version=query.version, knowledge=query.knowledge, limit=1)
    if is_item and query == plain:
        yield from _item(connection, layer, query, system, shape)
        return
    # A page asks for one row more than it shows.
    if query.limit is not None and query.limit <= WHOLE + 1:
        yield from _page(connection, layer, query, system, shape)
        return
    if query.limit is None and query.item is None:
        query = throughout(query)
    yield from _ahead(connection, statement(layer, query, system=system, shape=shape))


def by_key(connection: Connection, layer: Layer, query: LayerQuery) -> Iterator[Sequence[Row]]:
    """All rows that match, as :func:`batches` gives them, but in the order of their keys.

    Geometries come as well-known binary.
    """
    query = throughout(query)
    key = rows_of(layer, query.version).key
    asked = statement(layer, query, shape=Shape.WKB).order_by(None).order_by(key)
    # All rows are wanted, not the first ones soon: with its default PostgreSQL joins former rows by
    # loops (measured on 1,000,000 incidents: 6 minutes to the first row, against 20 seconds).
    _driver(connection).execute("SET LOCAL cursor_tuple_fraction = 1")
    yield from _ahead(connection, asked)


def _ahead(connection: Connection, asked: Select[Any]) -> Iterator[Sequence[Row]]:
    """The rows of a statement in batches, each fetched while the caller is busy with the last."""
    text, values = _written(asked)
    with (
        _driver(connection).cursor("layer", binary=True) as cursor,
        ThreadPoolExecutor(1, "rows ahead") as ahead,
    ):
        cursor.execute(text, values)
        following = ahead.submit(cursor.fetchmany, BATCH)
        while rows := following.result():
            following = ahead.submit(cursor.fetchmany, BATCH)
            yield rows


def fetched(connection: Connection, asked: Select[Any]) -> list[Row]:
    """The rows of a statement of :mod:`db.query`, all at once."""
    with _driver(connection).cursor(binary=True) as cursor:
        return cursor.execute(*_written(asked)).fetchall()


def _item(
    connection: Connection, layer: Layer, query: LayerQuery, system: ReferenceSystem, shape: Shape
) -> Iterator[Sequence[Row]]:
    """The row of one feature: found by its key, so that text and plan are the same for all."""
    text, values = _ROW_TEXTS.get(
        (layer.rows, type(query.item), query.version, query.knowledge, system, shape),
        # One row has no order, and PostgreSQL would go through all in it rather than look one up.
        lambda: _written(
            statement(layer, replace(query, limit=None), system=system, shape=shape).order_by(None)
        ),
    )
    with _driver(connection).cursor(binary=True) as cursor:
        with _one_plan(connection):
            cursor.execute(text, {**values, ITEM: query.item}, prepare=True)
        rows = cursor.fetchall()
    if rows:
        yield rows


def _page(
    connection: Connection, layer: Layer, query: LayerQuery, system: ReferenceSystem, shape: Shape
) -> Iterator[Sequence[Row]]:
    driver = _driver(connection)
    text, values = _row_text(layer, query, system, shape)
    with driver.cursor(binary=True) as cursor:

        def keys_of(asked: Select[Any]) -> list[int]:
            return [int(row[0]) for row in cursor.execute(*_written(asked))]

        leading, others = parted(query, lambda left: keys_of(matching(layer, query, left)))
        keys = keys_of(keys_statement(layer, others)) if others.limit else []
        if not (leading or keys):
            return
        with _one_plan(connection):
            cursor.execute(text, {**values, KEYS: [*leading, *keys]}, prepare=True)
        if leading:
            yield from _led(cursor.fetchall(), leading, len(sort_kinds(layer, query)))
        while rows := cursor.fetchmany(BATCH):
            yield rows


@contextmanager
def _one_plan(connection: Connection) -> Iterator[None]:
    """Have a statement planned once: one that begins with keys, for which any such plan is right.

    The three go to the server together; what the statement found is there at the end. Where it
    fails the setting stays, until the transaction ends that it has spoilt.
    """
    driver = _driver(connection)
    with driver.pipeline():
        driver.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        yield
        driver.execute("SET LOCAL plan_cache_mode = force_custom_plan")


def _led(rows: list[Row], leading: Sequence[int], key: int) -> Iterator[list[Row]]:
    """Rows in batches, the leading ones first; the key of each is in that column."""
    place = {leader: number for number, leader in enumerate(leading)}
    rows.sort(key=lambda row: place.get(row[key], len(place)))
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _row_text(layer: Layer, query: LayerQuery, system: ReferenceSystem, shape: Shape) -> Written:
    shown = LayerQuery(
        version=query.version,
        knowledge=query.knowledge,
        sort_by=query.sort_by,
        properties=query.properties,
        with_geometry=query.with_geometry,
    )
    key = (layer.rows, shown, system, shape)
    return _ROW_TEXTS.get(
        key, lambda: _written(rows_statement(layer, shown, system=system, shape=shape))
    )


def _written(asked: Select[Any]) -> Written:
    compiled = asked.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled).encode(), dict(compiled.params)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
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
