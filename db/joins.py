"""Leaving out the joins that a statement does not need.

PostgreSQL does so itself for an outer join on a unique key, but not where the index has a condition
or the table is the union of present and former rows: then a count would join whole tables for
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnClause, Join
from sqlalchemy.sql.visitors import iterate

if TYPE_CHECKING:
    from sqlalchemy import FromClause, Select
    from sqlalchemy.sql.visitors import ExternallyTraversible


def selected_from(asked: Select[Any], source: FromClause) -> Select[Any]:
    """A statement that reads from the joins of a layer which it needs, and from no others.

    Parameters
    ----------
    asked : Select
        Whole, but for what it selects from.
    source : FromClause
        The tables, joined as :class:`db.layers.layer.Rows` demands: an outer join finds one row at
        most, so leaving it out neither adds rows nor takes any away.
    """
    return asked.select_from(_needed(source, _named(asked)))


def _needed(source: FromClause, named: set[FromClause]) -> FromClause:
    if not isinstance(source, Join):
        return source
    if source.isouter and source.right not in named:
        return _needed(source.left, named)
    assert source.onclause is not None
    left = _needed(source.left, named | _named(source.onclause))
    return Join(left, source.right, source.onclause, isouter=source.isouter)


def _named(part: ExternallyTraversible) -> set[FromClause]:
    """The tables of all columns that a part of a statement names."""
    columns = (element for element in iterate(part) if isinstance(element, ColumnClause))
    return {column.table for column in columns if column.table is not None}
