"""Nodes and a layer -> a condition on the layer's columns.

A row matches where the condition is true, as in SQL: what is missing makes a comparison neither
true nor false, and ``NOT`` of it is neither, too.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from db.cql2 import arithmetic, arrays, comparison, places, spatial, temporal
from db.cql2.function import called
from db.cql2.functions import FUNCTIONS
from db.cql2.nodes import Call, Constant, Day, Items, Moment, Node, Property, Span
from db.cql2.terms import GEOMETRY, Scope, Sort, Term, constant_term, refused, written
from db.cql2.tree import nodes_of
from gis.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from db.cql2.filter import Filter
    from db.layers.layer import Layer, Rows

    Condition = ColumnElement[bool]
    Args = tuple[Node, ...]

MOST_SPATIAL = 12
"""Most spatial functions of a filter: each may cost a large share of a second for areas."""


def condition(layer: Layer, rows: Rows, filter: Filter) -> ColumnElement[bool]:
    """What a row must fulfil for a filter.

    Parameters
    ----------
    layer : Layer
        For the names and kinds of its fields.
    rows : Rows
        Its SQL at the state of the data that is asked.
    filter : Filter

    Raises
    ------
    InvalidQuery
        The filter breaks the grammar or a limit (:func:`db.cql2.tree.nodes_of`), names what the
        layer has not, or applies an operator to what it is not for.
    """
    root = nodes_of(filter)
    dear = sum(node.op in _DEAR for node in _calls(root))
    if dear > MOST_SPATIAL:
        raise refused(f"{dear} spatial functions", f"a filter has at most {MOST_SPATIAL} of them")
    return _truth(Scope(layer, rows), root)


def _calls(node: Node) -> Iterator[Call]:
    """All operators and functions within a node, itself included."""
    match node:
        case Call(args=inner):
            yield node
        case Items(values=inner):
            pass
        case Span(start=start, end=end):
            inner = (start, end)
        case _:
            return
    for each in inner:
        yield from _calls(each)


def _truth(scope: Scope, node: Node) -> Condition:
    """A node as a condition."""
    if isinstance(node, Constant) and isinstance(node.value, bool):
        return true() if node.value else false()
    if isinstance(node, Call) and node.op in _CONDITIONS:
        number, make = _CONDITIONS[node.op]
        _check_number(node, number)
        return make(scope, node.args)
    if isinstance(node, Call) and node.op in FUNCTIONS:
        result = called(FUNCTIONS[node.op], scope, node.args)
        if result.sort is Sort.TRUTH:
            return result.sql
    if isinstance(node, Call) and node.op not in _VALUES:
        raise _unknown(node.op)
    if isinstance(node, Property):
        scope.column(node.name)  # a misspelt name is told as such
    raise refused(written(node), "this is a value, where a condition is wanted")


def _term(scope: Scope, node: Node) -> Term:
    """A node as a value."""
    match node:
        case Constant() | Day() | Moment():
            return constant_term(node)
        case Property(name=name):
            return scope.column(name)
        case Call(op=op) if op in arithmetic.OPERATORS:
            _check_number(node, 2)
            left, right = (_term(scope, arg) for arg in node.args)
            return arithmetic.computed(op, left, right)
        case Call(op=op) if op in comparison.FOLDS:
            _check_number(node, 1)
            return comparison.folded(op, _term(scope, node.args[0]))
        case Call(op=op) if op in FUNCTIONS:
            return called(FUNCTIONS[op], scope, node.args)
        case Call():
            return Term(Sort.TRUTH, _truth(scope, node))
    raise refused(written(node), "this is no value that can be compared")


def _and(scope: Scope, args: Args) -> Condition:
    return and_(*(_truth(scope, arg) for arg in args))


def _or(scope: Scope, args: Args) -> Condition:
    return or_(*(_truth(scope, arg) for arg in args))


def _not(scope: Scope, args: Args) -> Condition:
    return not_(_truth(scope, args[0]))


def _is_null(scope: Scope, args: Args) -> Condition:
    (arg,) = args
    if isinstance(arg, Property) and arg.name == GEOMETRY:
        return scope.geometry().is_(None)
    return _term(scope, arg).sql.is_(None)


def _compared(op: str, scope: Scope, args: Args) -> Condition:
    left, right = (_term(scope, arg) for arg in args)
    return comparison.compared(op, left, right)


def _between(scope: Scope, args: Args) -> Condition:
    value, low, high = (_term(scope, arg) for arg in args)
    return comparison.between(value, low, high)


def _in(scope: Scope, args: Args) -> Condition:
    value, listed = args
    if not isinstance(listed, Items):
        raise refused("in", "its right side is a list")
    others = [_term(scope, other) for other in listed.values]
    return comparison.one_of(_term(scope, value), others)


def _like(scope: Scope, args: Args) -> Condition:
    value, pattern = args
    known, text = comparison.pattern_of(pattern)
    return comparison.like(_term(scope, value), _term(scope, known), text)


def _both(
    relate: Callable[[str, Scope, Node, Node], Condition], op: str
) -> Callable[[Scope, Args], Condition]:
    return lambda scope, args: relate(op, scope, *args)


_VALUES = (*arithmetic.OPERATORS, *comparison.FOLDS, *FUNCTIONS)
"""What may stand where a value is wanted; of our own functions, some are conditions, too."""

_DEAR = frozenset({*spatial.OPERATORS, *(function.name for function in places.FUNCTIONS)})
"""What looks at the corners of every geometry; anything else costs next to nothing a row."""

_ANY_NUMBER = -1

_CONDITIONS: dict[str, tuple[int, Callable[[Scope, Args], Condition]]] = {
    "and": (_ANY_NUMBER, _and),
    "or": (_ANY_NUMBER, _or),
    "not": (1, _not),
    "isnull": (1, _is_null),
    "between": (3, _between),
    "in": (2, _in),
    "like": (2, _like),
    **{op: (2, partial(_compared, op)) for op in comparison.OPERATORS},
    **{op: (2, _both(spatial.related, op)) for op in spatial.OPERATORS},
    **{op: (2, _both(temporal.related, op)) for op in temporal.OPERATORS},
    **{op: (2, _both(arrays.related, op)) for op in arrays.OPERATORS},
}


def _check_number(node: Call, number: int) -> None:
    if number == _ANY_NUMBER:
        if len(node.args) < 2:
            raise refused(node.op, "it joins two conditions or more")
    elif len(node.args) != number:
        raise refused(node.op, f"it is applied to {number} arguments, not to {len(node.args)}")


def _unknown(op: str) -> Exception:
    known = (*_CONDITIONS, *_VALUES)
    return refused(op, "there is no such function or operator", nearest(op, known))
