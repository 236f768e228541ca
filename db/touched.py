"""Which features of a layer a span of versions touched: those that may differ at its two ends.

A feature is made of rows of several tables: the incident, its summary, the source that compiled it,
the larger incident that it belongs to. What a span wrote or ended is found in each of these tables
by the index on its versions, and from there, along the joins of the layer itself, the features that
the rows are or were part of. So the cost is that of what was written, not that of the layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Alias, BinaryExpression, Column, Join, Table, and_, or_, select, union
from sqlalchemy.sql.operators import eq
from sqlalchemy.sql.visitors import iterate

from db.history import VERSIONED, former
from db.joins import selected_from
from db.query import RUN, LayerQuery, conditions, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, FromClause, Select
    from sqlalchemy.sql.selectable import CompoundSelect

    from db.layers.layer import Layer, Rows
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
    ends = tuple(dict.fromkeys(_read_at(version, now) for version in (span.since, span.until)))
    if span.since == 0:
        return _keys_at(layer, ends[-1])
    rows = rows_of(layer, None)
    found: list[Select[Any]] = []
    for part in parts_of(rows.source):
        table = table_of(part)
        if table is not None and _was_written(connection, table, span):
            found.append(_of_part(rows, part, table, span))
    for column in rows.gathered:
        found.append(_changed(cast("Table", column.table), column.name, span))
    found += _of_runs(connection, layer, ends)
    return union(*found) if found else None


def parts_of(source: FromClause) -> Iterator[FromClause]:
    """The tables, by whatever name, that a layer joins."""
    if isinstance(source, Join):
        yield from parts_of(source.left)
        yield from parts_of(source.right)
    else:
        yield source


def table_of(part: FromClause) -> Table | None:
    """The versioned table that a part of a layer is at the present, if it is one."""
    table = _plain(part)
    return table if table in _MODELS else None


def model_of(table: FromClause) -> type[Base] | None:
    """The model of a versioned table."""
    return _MODELS.get(cast("Table", table))


def _of_part(rows: Rows, part: FromClause, table: Table, span: Span) -> Select[Any]:
    """The features that rows of a part which the span touched belong to, or did within it."""
    if rows.key.table is part:
        return _changed(table, rows.key.name, span)
    mine, theirs = _link(rows.source, part)
    values = _changed(table, mine.name, span)
    while theirs is not rows.key:
        part = theirs.table
        if part is rows.key.table:
            return _rows_with(_plain(part), theirs.name, values, rows.key.name, span)
        mine, following = _link(rows.source, part)
        values = _rows_with(_plain(part), theirs.name, values, mine.name, span)
        theirs = following
    return values


def _link(source: FromClause, part: FromClause) -> tuple[Column[Any], Column[Any]]:
    """The columns of a part, and of one joined before it, by which it is joined."""
    assert isinstance(source, Join)
    if source.right is not part:
        return _link(source.left, part)
    assert source.onclause is not None
    for condition in iterate(source.onclause):
        if isinstance(condition, BinaryExpression) and condition.operator is eq:
            sides = (condition.left, condition.right)
            if all(isinstance(side, Column) for side in sides):
                mine, theirs = sides if sides[0].table is part else sides[::-1]
                return cast("Column[Any]", mine), cast("Column[Any]", theirs)
    raise AssertionError(f"no two columns join {part}")


def _changed(table: Table, column: str, span: Span) -> Select[Any]:
    """Values of a column of a versioned table in the rows that a span wrote or ended."""
    past = former(_MODELS[table])
    parts = (
        select(table.c[column]).where(_within(table.c.since_version, span)),
        select(past.c[column]).where(_within(past.c.until_version, span)),
        # Written within the span, and ended after it.
        select(past.c[column]).where(
            _within(past.c.since_version, span), past.c.until_version > span.until
        ),
    )
    return select(union(*parts).subquery().c[column])


def _rows_with(
    table: Table, column: str, values: Select[Any], wanted: str, span: Span
) -> Select[Any]:
    """A column of the rows that have one of some values in another, now or within a span."""
    found = [select(table.c[wanted]).where(table.c[column].in_(values))]
    model = model_of(table)
    if model is not None:
        past = former(model)
        found.append(
            select(past.c[wanted]).where(
                past.c[column].in_(values), past.c.until_version > span.since
            )
        )
    return select(union(*found).subquery().c[wanted])


def _was_written(connection: Connection, table: Table, span: Span) -> bool:
    past = former(_MODELS[table])
    begun = select(table).where(_within(table.c.since_version, span)).exists()
    ended = select(past).where(_within(past.c.until_version, span)).exists()
    return bool(connection.scalar(select(or_(begun, ended))))


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


def _plain(part: FromClause) -> Table:
    while isinstance(part, Alias):
        part = part.element
    assert isinstance(part, Table)
    return part


def _read_at(version: int, now: int) -> int | None:
    """How a query says that version: the present is read from the plain tables."""
    return None if version >= now else version


def _within(column: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    return and_(column > span.since, column <= span.until)


_MODELS: dict[Table, type[Base]] = {cast("Table", model.__table__): model for model in VERSIONED}
