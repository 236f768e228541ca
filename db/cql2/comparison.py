"""Comparisons of numbers, texts, truths, dates and moments.

A date that is compared with a moment is its whole day, as in the parameter ``datetime``: a moment
equals a date that it lies in, is after it from the next day on, and before it until its midnight.
A text that is compared with one of them is read as a date or moment, or refused.
"""

from __future__ import annotations

import operator
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import TIMESTAMP, ColumnElement, and_, func, literal, not_, or_
from sqlalchemy import cast as sql_cast

from db.cql2.nodes import Call, Constant
from db.cql2.terms import Sort, Sql, Term, constant_term, refused
from db.cql2.tree import instant_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from db.cql2.nodes import Node

MOST_WILDCARDS = 12
"""Most ``%`` of a pattern: the time to try one grows with every further."""

_TESTS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS = tuple(_TESTS)

_TURNED = frozenset(
    "\N{PRESENTATION FORM FOR VERTICAL LOW LINE}\N{PRESENTATION FORM FOR VERTICAL WAVY LOW LINE}"
    "\N{DASHED LOW LINE}\N{CENTRELINE LOW LINE}\N{WAVY LOW LINE}\N{FULLWIDTH LOW LINE}"
    "\N{SMALL PERCENT SIGN}\N{FULLWIDTH PERCENT SIGN}"
    "\N{SMALL REVERSE SOLIDUS}\N{FULLWIDTH REVERSE SOLIDUS}\N{SET MINUS}"
)
"""Signs that the database may turn into ``%``, ``_`` or a backslash when it takes accents away."""

FOLDS = ("casei", "accenti")
"""Functions that take case or accents from a text."""

_TIMES = (Sort.DAY, Sort.MOMENT)

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compared(op: str, left: Term, right: Term) -> ColumnElement[bool]:
    """Two values compared.

    Raises
    ------
    InvalidQuery
        They are of sorts that cannot be.
    """
    if Sort.TEXTS in (left.sort, right.sort):
        raise refused(op, "lists are related by A_EQUALS, A_CONTAINS, A_CONTAINEDBY, A_OVERLAPS")
    if left.sort is right.sort:
        return cast("ColumnElement[bool]", _TESTS[op](left.sql, right.sql))
    if (left.sort, right.sort) == (Sort.MOMENT, Sort.DAY):
        return _against_day(op, left.sql, right.sql)
    if (left.sort, right.sort) == (Sort.DAY, Sort.MOMENT):
        return _against_day(_MIRRORED.get(op, op), right.sql, left.sql)
    if left.sort in _TIMES and (stated := _stated(right)) is not None:
        return compared(op, left, stated)
    if right.sort in _TIMES and (stated := _stated(left)) is not None:
        return compared(op, stated, right)
    raise refused(op, f"{left.sort} cannot be compared with {right.sort}")


def between(value: Term, low: Term, high: Term) -> ColumnElement[bool]:
    """Whether a value lies between two others; both belong to it."""
    return and_(compared(">=", value, low), compared("<=", value, high))


def one_of(value: Term, others: Sequence[Term]) -> ColumnElement[bool]:
    """Whether a value is one of a list."""
    if not others:
        raise refused("in", "a list has at least one value")
    return or_(*(compared("=", value, other) for other in others))


def like(value: Term, pattern: Term, written: str) -> ColumnElement[bool]:
    r"""Whether a text fits a pattern: ``%`` is any text, ``_`` any sign, ``\`` escapes them."""
    if value.sort is not Sort.TEXT or pattern.sort is not Sort.TEXT:
        raise refused("like", f"{value.sort} cannot be compared with a pattern")
    if written.count("%") > MOST_WILDCARDS:
        raise refused(written[:80], f"a pattern has at most {MOST_WILDCARDS} '%'")
    if (len(written) - len(written.rstrip("\\"))) % 2:
        raise refused(written[-80:], r"a pattern does not end in '\'; the sign itself is '\\'")
    return value.sql.like(pattern.sql)


def pattern_of(node: Node) -> tuple[Node, str]:
    """A pattern, also one of which case or accents do not count, and the text written in it.

    What looks like a wildcard to the database only once its accents are gone stands for itself.
    """
    if isinstance(node, Call) and node.op in FOLDS and len(node.args) == 1:
        inner, written = pattern_of(node.args[0])
        return Call(node.op, (inner,)), written
    if not isinstance(node, Constant) or not isinstance(node.value, str):
        raise refused("like", "a pattern is a text")
    return Constant(_escaped(node.value)), node.value


def _escaped(pattern: str) -> str:
    parts, is_escaped = [], False
    for sign in pattern:
        parts.append(f"\\{sign}" if sign in _TURNED and not is_escaped else sign)
        is_escaped = sign == "\\" and not is_escaped
    return "".join(parts)


def folded(op: str, value: Term) -> Term:
    """A text of which case (``casei``) or accents (``accenti``) do not count."""
    if value.sort is not Sort.TEXT:
        raise refused(op, f"it wants a text, and this is {value.sort}")
    fold: Callable[[Sql], Sql] = func.lower if op == "casei" else func.unaccent
    return Term(Sort.TEXT, fold(value.sql))


def _stated(term: Term) -> Term | None:
    """The date or moment that a text of the filter states: GDAL writes those as texts."""
    match term.constant:
        case Constant(value=str(text)):
            return constant_term(instant_of(text))
    return None


def _against_day(op: str, moment: Sql, day: Sql) -> ColumnElement[bool]:
    first = sql_cast(day, TIMESTAMP)
    next_first = first + literal(timedelta(days=1))
    match op:
        case "<":
            return moment < first
        case "<=":
            return moment < next_first
        case ">":
            return moment >= next_first
        case ">=":
            return moment >= first
    within = and_(moment >= first, moment < next_first)
    return within if op == "=" else not_(within)
