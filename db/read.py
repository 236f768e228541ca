"""Rows of a layer, read in one transaction: state of the data, count and features agree.

Rows come as plain tuples in PostgreSQL's binary form, in batches, without any object mapping; what
becomes of them is the caller's business (:mod:`gis.geojson`, :mod:`gis.export`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from db.cursor import query_identity
from db.exemplars import matching, parted
from db.history import current_version
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
from db.transaction import driver_of
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Select

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

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


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
    driver_of(connection).execute("SET LOCAL cursor_tuple_fraction = 1")
    yield from _ahead(connection, asked)


def _ahead(connection: Connection, asked: Select[Any]) -> Iterator[Sequence[Row]]:
    """The rows of a statement in batches, each fetched while the caller is busy with the last."""
    text, values = _written(asked)
    with (
        driver_of(connection).cursor("layer", binary=True) as cursor,
        ThreadPoolExecutor(1, "rows ahead") as ahead,
    ):
        cursor.execute(text, values)
        following = ahead.submit(cursor.fetchmany, BATCH)
        while rows := following.result():
            following = ahead.submit(cursor.fetchmany, BATCH)
            yield rows


def fetched(connection: Connection, asked: Select[Any]) -> list[Row]:
    """The rows of a statement of :mod:`db.query`, all at once."""
    with driver_of(connection).cursor(binary=True) as cursor:
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
    with driver_of(connection).cursor(binary=True) as cursor:
        with _one_plan(connection):
            cursor.execute(text, {**values, ITEM: query.item}, prepare=True)
        rows = cursor.fetchall()
    if rows:
        yield rows


def _page(
    connection: Connection, layer: Layer, query: LayerQuery, system: ReferenceSystem, shape: Shape
) -> Iterator[Sequence[Row]]:
    driver = driver_of(connection)
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
    driver = driver_of(connection)
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
