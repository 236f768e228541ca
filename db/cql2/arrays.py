"""How lists of texts relate: as sets, so neither order nor repetition counts.

References
----------
OGC 21-065r2, 7.8 (array functions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import ARRAY, ColumnElement, Text, and_, literal

from db.cql2.nodes import Constant, Items, Property
from db.cql2.terms import Scope, Sort, Sql, refused, written

if TYPE_CHECKING:
    from db.cql2.nodes import Node

OPERATORS = ("a_equals", "a_contains", "a_containedby", "a_overlaps")

_LIST = ARRAY(Text)


def related(op: str, scope: Scope, left: Node, right: Node) -> ColumnElement[bool]:
    """Whether two lists relate so; neither true nor false where one is missing.

    Raises
    ------
    InvalidQuery
        An argument is no list of texts: neither a field that is one, nor ``('a', 'b')``.
    """
    first, second = _texts(op, scope, left), _texts(op, scope, right)
    holds, is_held = (first.op(sign, is_comparison=True) for sign in ("@>", "<@"))
    match op:
        case "a_contains":
            found = holds(second)
        case "a_containedby":
            found = is_held(second)
        case "a_overlaps":
            found = first.op("&&", is_comparison=True)(second)
        case _:
            return and_(holds(second), is_held(second))
    return cast("ColumnElement[bool]", found)


def _texts(op: str, scope: Scope, node: Node) -> Sql:
    if isinstance(node, Property):
        term = scope.column(node.name)
        if term.sort is Sort.TEXTS:
            return term.sql
    # In text, the brackets around a single value are not told from those of an expression.
    values = node.values if isinstance(node, Items) else (node,)
    texts = [value.value for value in values if isinstance(value, Constant)]
    if len(texts) < len(values) or not all(isinstance(text, str) for text in texts):
        rule = f"{op.upper()} relates lists of texts: a field that is one, or ('a', 'b')"
        raise refused(written(node), rule)
    return literal(texts, _LIST)
