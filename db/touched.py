"""Which features of a layer a span of versions touched: those that may differ at its two ends.

A feature is made of rows of several tables: the incident, its summary, the source that compiled it,
the larger incident that it belongs to. What a span wrote or ended is found in each of these tables
by the index on its versions, and from there the features that the rows are part of, by the joins of
the layer itself. So the cost is that of what was written, not that of the layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Alias, Join, Table, and_, or_, select, union

from db.history import VERSIONED, former
from db.joins import selected_from
from db.query import RUN, LayerQuery, conditions, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, FromClause, Select
    from sqlalchemy.sql.selectable import CompoundSelect

    from db.layers.layer import Layer
    from db.models.base import Base


@dataclass(frozen=True, slots=True)
class Span:
    """The versions after ``since``, up to ``until``; nothing was recorded at version 0."""

    since: int
    until: int


def touched(
    connection: Connection, layer: Layer, span: Span, now: int
) -> Select[Any] | CompoundSelect[Any] | None:
    """A statement for the keys of the features that a span may have changed.

    Parameters
    ----------
    connection : Connection
        Asked which tables the span wrote at all.
    layer : Layer
    span : Span
    now : int
        The version that the connection sees.

    Returns
    -------
    Select or CompoundSelect or None
        One column; every feature that differs at the two ends is among its rows, once. ``None``
        where no table of the layer was written.
    """
    if span.since == 0:
        return _keys_at(layer, _read_at(span.until, now))
    found: list[Select[Any]] = []
    ends = tuple(dict.fromkeys(_read_at(version, now) for version in (span.since, span.until)))
    rows = rows_of(layer, None)
    for part in parts_of(rows.source):
        table = table_of(part)
        if table is None or not _was_written(connection, table, span):
            continue
        keys = changed(table, table.primary_key.columns.keys()[0], span)
        if rows.key.table is part:
            found.append(keys)
        else:
            name = cast("Alias", part).name
            found += (_with_part(layer, version, name, keys) for version in ends)
    for column in rows.gathered:
        found.append(changed(column.table, column.name, span))
    found += _of_runs(connection, layer, ends)
    return union(*found) if found else None


def changed(table: FromClause, column: str, span: Span) -> Select[Any]:
    """Values of a column of a versioned table in the rows that a span wrote or ended."""
    past = former(_MODELS[cast("Table", table)])
    parts = (
        select(table.c[column]).where(_within(table.c.since_version, span)),
        select(past.c[column]).where(_within(past.c.until_version, span)),
        # Written within the span, and ended after it.
        select(past.c[column]).where(
            _within(past.c.since_version, span), past.c.until_version > span.until
        ),
    )
    return select(union(*parts).subquery().c[column])


def parts_of(source: FromClause) -> Iterator[FromClause]:
    """The tables, by whatever name, that a layer joins."""
    if isinstance(source, Join):
        yield from parts_of(source.left)
        yield from parts_of(source.right)
    else:
        yield source


def table_of(part: FromClause) -> Table | None:
    """The versioned table that a part of a layer is at the present, if it is one."""
    while isinstance(part, Alias):
        part = part.element
    return part if isinstance(part, Table) and part in _MODELS else None


def model_of(table: FromClause) -> type[Base] | None:
    """The model of a versioned table."""
    return _MODELS.get(cast("Table", table))


def _was_written(connection: Connection, table: Table, span: Span) -> bool:
    past = former(_MODELS[table])
    begun = select(table).where(_within(table.c.since_version, span)).exists()
    ended = select(past).where(_within(past.c.until_version, span)).exists()
    return bool(connection.scalar(select(or_(begun, ended))))


def _with_part(layer: Layer, version: int | None, name: str, changed: Select[Any]) -> Select[Any]:
    """The features whose part of that name is one of those rows, at a version."""
    rows = rows_of(layer, version)
    part = next(part for part in parts_of(rows.source) if cast("Alias", part).name == name)
    column = changed.selected_columns.keys()[0]
    asked = select(rows.key).where(part.c[column].in_(changed))
    return selected_from(asked, rows.source)


def _keys_at(layer: Layer, version: int | None) -> Select[Any]:
    rows = rows_of(layer, version)
    asked = select(rows.key).where(*conditions(layer, LayerQuery(), rows))
    return selected_from(asked, rows.source)


def _of_runs(
    connection: Connection, layer: Layer, ends: tuple[int | None, ...]
) -> Iterator[Select[Any]]:
    """The results of the published runs, where another run was published in the span."""
    shown = [(version, rows_of(layer, version).published_run) for version in ends]
    runs = {version: connection.scalar(select(run)) for version, run in shown if run is not None}
    if len(set(runs.values())) > 1:
        for version, run in runs.items():
            rows = rows_of(layer, version)
            asked = select(rows.key).where(rows.columns[RUN] == run, *rows.where)
            yield selected_from(asked, rows.source)


def _read_at(version: int, now: int) -> int | None:
    """How a query says that version: the present is read from the plain tables."""
    return None if version >= now else version


def _within(column: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    return and_(column > span.since, column <= span.until)


_MODELS: dict[Table, type[Base]] = {cast("Table", model.__table__): model for model in VERSIONED}
