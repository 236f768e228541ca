"""The rows of a layer at a former version in two halves: those still present, and those that ended.

A former state of a table is the union of both (:func:`db.history.as_of`). Where a few of its rows
are wanted in an order, PostgreSQL reads both halves along that order, however few rows of one
belong to the state: to find that none does, it reads all. Asked of each half by itself, it goes by
the order or by the versions, whichever is shorter.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import (
    Alias,
    BigInteger,
    ColumnClause,
    CompoundSelect,
    FromClause,
    Join,
    Select,
    Subquery,
    TableClause,
    TableValuedAlias,
    bindparam,
    select,
)
from sqlalchemy.sql.visitors import replacement_traverse

from db.history import UNTIL
from db.layers.layer import Figures

if TYPE_CHECKING:
    from db.layers.layer import Column, Rows
    from db.vocabulary import Harm, PersonStatus

Part = TypeVar("Part")


def halves(rows: Rows, version: int) -> tuple[Rows, ...]:
    """The rows of a layer at a version, by whether the row of its first table is still present.

    Parameters
    ----------
    rows : Rows
        Of the layer at that version.
    version : int

    Returns
    -------
    tuple of Rows
        Disjoint, and together the same rows: two, or one where the first table keeps no history.
    """
    first = rows.source
    while isinstance(first, Join):
        first = first.left
    tables = _tables(first)
    if tables is None:
        return (rows,)
    return tuple(_with(rows, first, _half(table, first, version)) for table in tables)


def _tables(first: FromClause) -> tuple[FromClause, ...] | None:
    """The table of the present and that of former rows, of what :func:`as_of` made a union."""
    made: Any = first
    while isinstance(made, FromClause) and not isinstance(made, Subquery):
        made = getattr(made, "element", None)
    if not isinstance(made, Subquery) or not isinstance(made.element, Select):
        return None
    (inner,) = made.element.get_final_froms()
    if not isinstance(inner, Subquery) or not isinstance(inner.element, CompoundSelect):
        return None
    return tuple(cast("Select[Any]", arm).get_final_froms()[0] for arm in inner.element.selects)


def _half(table: FromClause, whole: FromClause, version: int) -> FromClause:
    at = bindparam("half_at", version, type_=BigInteger, unique=True)
    columns: Any = [table.c[column.name] for column in whole.c]
    asked = select(*columns).where(table.c.since_version <= at)
    if UNTIL in table.c:
        asked = asked.where(table.c[UNTIL] > at)
    return asked.subquery(getattr(whole, "name", None))


def _with(rows: Rows, whole: FromClause, half: FromClause) -> Rows:
    """The same rows, read from one half of their first table."""
    called: dict[TableValuedAlias, FromClause] = {}

    def other(element: Any, **_: Any) -> Any:
        """What stands in the place of an element; ``None`` to look for more within it."""
        if isinstance(element, ColumnClause):
            table = element.table
            if table is whole:
                return half.c[element.name]
            return call(table).c[element.name] if isinstance(table, TableValuedAlias) else element
        if isinstance(element, TableValuedAlias):
            return call(element)
        if element is whole:
            return half
        # Other tables stay the same objects: their columns, elsewhere, are known by them.
        return element if isinstance(element, Alias | Subquery | TableClause) else None

    def call(table: TableValuedAlias) -> FromClause:
        """A function that is read as a table, called with columns of the half."""
        if table not in called:
            function: Any = replacement_traverse(cast("Any", table.element), {}, other)
            called[table] = function.table_valued(*(column.name for column in table.c))
        return called[table]

    def swapped(part: Part) -> Part:
        if part is None:
            return part
        return cast("Part", replacement_traverse(cast("Any", part), {}, other))

    def figures(harm: Harm, status: PersonStatus) -> Figures:
        assert rows.figures is not None
        return Figures(*map(swapped, rows.figures(harm, status)))

    columns: dict[str, Column] = {name: swapped(each) for name, each in rows.columns.items()}
    return replace(
        rows,
        source=swapped(rows.source),
        key=swapped(rows.key),
        columns=columns,
        order=tuple(map(swapped, rows.order)),
        geometry=swapped(rows.geometry),
        period=swapped(rows.period),
        code=swapped(rows.code),
        where=tuple(map(swapped, rows.where)),
        published_run=swapped(rows.published_run),
        figures=None if rows.figures is None else figures,
        is_part=swapped(rows.is_part),
    )
