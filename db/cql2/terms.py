"""A node as SQL, with what sort of value it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import TIMESTAMP, ColumnElement, Date, Double, Text, literal
from sqlalchemy import cast as sql_cast

from db.cql2.filter import PARAMETER
from db.cql2.nodes import Constant, Day, Moment, Property
from db.errors import InvalidQuery
from gis.fields import Kind
from gis.likeness import nearest

if TYPE_CHECKING:
    from db.cql2.nodes import Node
    from db.layers.layer import Layer, Rows

GEOMETRY = "geometry"
"""Name of a layer's geometry in a filter."""


class Sort(StrEnum):
    """What a value is; values of two sorts are compared where this page says so, and nowhere."""

    TEXT = "a text"
    NUMBER = "a number"
    TRUTH = "true or false"
    DAY = "a date"
    MOMENT = "a moment"
    TEXTS = "a list of texts"


_SORTS = {
    Kind.TEXT: Sort.TEXT,
    Kind.INTEGER: Sort.NUMBER,
    Kind.COUNT: Sort.NUMBER,
    Kind.NUMBER: Sort.NUMBER,
    Kind.DATE: Sort.DAY,
    Kind.DATETIME: Sort.MOMENT,
    Kind.TEXTS: Sort.TEXTS,
}

Sql = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Term:
    """A value in SQL, and its sort; ``constant`` where it was written out in the filter."""

    sort: Sort
    sql: Sql
    constant: Constant | Day | Moment | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The layer and the state of its rows that a filter is compiled for."""

    layer: Layer
    rows: Rows

    def column(self, name: str) -> Term:
        """The field of that name.

        Raises
        ------
        InvalidQuery
            The layer has no such field; the error names the one most like it.
        """
        field = self.layer.field(name)
        sort = None if field is None else _SORTS.get(field.kind)
        if field is not None and sort is not None:
            return Term(sort, self.rows.columns[field.name])
        if name == GEOMETRY and self.rows.geometry is not None:
            raise refused(name, "a geometry is used in spatial functions, or with IS NULL")
        names = [each.name for each in self.layer.fields if each.kind in _SORTS]
        if self.rows.geometry is not None:
            names.append(GEOMETRY)
        rule = f"the layer {self.layer.id!r} has no such field"
        raise InvalidQuery(PARAMETER, name, rule, nearest=nearest(name, names))

    def geometry(self) -> Sql:
        """The geometry of the layer's features.

        Raises
        ------
        InvalidQuery
            They have none.
        """
        if self.rows.geometry is None:
            raise refused(GEOMETRY, f"the features of the layer {self.layer.id!r} have none")
        return self.rows.geometry


def constant_term(node: Constant | Day | Moment) -> Term:
    """A value of the filter as a bound parameter of its own type."""
    value = node.value
    match node:
        case Day():
            return Term(Sort.DAY, sql_cast(literal(value, Date), Date), node)
        case Moment():
            return Term(Sort.MOMENT, sql_cast(literal(value, TIMESTAMP), TIMESTAMP), node)
    if isinstance(value, bool):
        return Term(Sort.TRUTH, literal(value), node)
    if isinstance(value, str):
        return Term(Sort.TEXT, literal(value, Text), node)
    return Term(Sort.NUMBER, literal(value, Double), node)


def refused(part: object, rule: str, nearest: str | None = None) -> InvalidQuery:
    """The error for a part of a filter."""
    return InvalidQuery(PARAMETER, part, rule, nearest=nearest)


def written(node: Node) -> str:
    """A node in a message: a name or a value as it is, the rest by what it is."""
    match node:
        case Property(name=name):
            return name
        case Constant(value=value) | Day(value=value) | Moment(value=value):
            return str(value)
    return getattr(node, "op", type(node).__name__.lower())
