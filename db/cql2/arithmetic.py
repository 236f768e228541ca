"""Arithmetic on numbers, as real numbers: 7 / 2 is 3.5.

What has no result is missing: a number divided by zero, and infinity (the open end of an estimate)
less infinity.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from sqlalchemy import Double, Numeric, func, literal
from sqlalchemy import cast as sql_cast

from db.cql2.terms import Sort, Sql, Term, refused

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATIONS: dict[str, Callable[[Sql, Sql], Sql]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / func.nullif(b, 0.0),
    "div": lambda a, b: func.trunc(a / func.nullif(b, 0.0)),
    # PostgreSQL has a remainder of exact numbers only.
    "%": lambda a, b: func.mod(sql_cast(a, Numeric), sql_cast(func.nullif(b, 0.0), Numeric)),
    "^": lambda a, b: func.power(a, b),
}
OPERATORS = tuple(_OPERATIONS)


def computed(op: str, left: Term, right: Term) -> Term:
    """The result of an operation.

    Raises
    ------
    InvalidQuery
        A side is not a number.
    """
    for side in (left, right):
        if side.sort is not Sort.NUMBER:
            raise refused(op, f"it wants numbers, and this is {side.sort}")
    result = _OPERATIONS[op](_real(left.sql), _real(right.sql))
    # PostgreSQL takes what is not a number for greater than all that are.
    return Term(Sort.NUMBER, func.nullif(sql_cast(result, Double), literal(nan, Double)))


def _real(number: Sql) -> Sql:
    return sql_cast(number, Double)
