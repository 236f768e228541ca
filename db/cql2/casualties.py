"""Functions on how many people came to harm, which keep open ends open.

"At least 25" is 25 or more: the least is 25, and the most is infinite, for no figure bounds it. An
open end below is another matter. No number stands for it that could not be a figure as well: 0
would say that somebody may have been counted as nobody, and zero is a claim. So the least is
missing there, and of what nobody put a figure on, both are.

So ``min_casualties`` tells what is certain (at least so many: ``>=``) and ``max_casualties`` what
is possible (may be so many: ``>=``) or ruled out (never so many: ``<``).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from sqlalchemy import Double, and_, case, func, literal
from sqlalchemy import cast as sql_cast

from db.cql2.function import Argument, Function
from db.cql2.nodes import Constant
from db.cql2.terms import Sort, Term, refused, written
from db.vocabulary import Harm, PersonStatus
from gis.likeness import nearest

if TYPE_CHECKING:
    from enum import StrEnum

    from db.cql2.nodes import Node
    from db.cql2.terms import Scope
    from db.layers.layer import Figures


def _least(scope: Scope, args: tuple[Node, ...]) -> Term:
    low, best, high = _figures("min_casualties", scope, args)
    # A dataset's figures may be out of order: the least of them is what it allows.
    least = case((low.is_not(None), func.least(low, best, high)))
    return Term(Sort.NUMBER, sql_cast(least, Double))


def _most(scope: Scope, args: tuple[Node, ...]) -> Term:
    low, best, high = _figures("max_casualties", scope, args)
    most = sql_cast(func.greatest(low, best, high), Double)
    is_open = and_(high.is_(None), func.num_nonnulls(low, best) > 0)
    return Term(Sort.NUMBER, case((is_open, literal(inf, Double)), else_=most))


def _figures(name: str, scope: Scope, args: tuple[Node, ...]) -> Figures:
    harm = _word(name, args[0], Harm)
    status = _word(name, args[1], PersonStatus) if len(args) > 1 else PersonStatus.ALL
    if scope.rows.figures is None:
        raise refused(name, f"the layer {scope.layer.id!r} has no figures of people")
    return scope.rows.figures(Harm(harm), PersonStatus(status))


def _word(name: str, node: Node, words: type[StrEnum]) -> str:
    value = node.value if isinstance(node, Constant) else None
    known = [word.value for word in words]
    if value not in known:
        rule = f"{name} wants one of {', '.join(known)}"
        raise refused(written(node), rule, nearest(str(value), known))
    return str(value)


_ARGUMENTS = (
    Argument("harm", f"One of {', '.join(Harm)}.", ("string",)),
    Argument(
        "person_status",
        f"One of {', '.join(PersonStatus)}; where left out, 'all'.",
        ("string",),
        optional=True,
    ),
)

FUNCTIONS = (
    Function(
        "min_casualties",
        "The least number of people that the estimate (of a claim: the claim) allows: its lower "
        "bound. Missing where there is none, as for 'up to 9': 0 would be a claim that nobody "
        "made. Use it with >= for what is certain.",
        _ARGUMENTS,
        "number",
        ("min_casualties('killed') >= 10", "min_casualties('killed', 'civilian') > 0"),
        _least,
    ),
    Function(
        "max_casualties",
        "The greatest number of people that the estimate (of a claim: the claim) allows: its upper "
        "bound, and infinity where that is open, as for 'at least 25'. Missing where no figure is "
        "known. Use it with >= for what is possible, and with < for what is ruled out.",
        _ARGUMENTS,
        "number",
        (
            "max_casualties('killed') >= 100",
            "max_casualties('killed') < 100",
            "max_casualties('killed') IS NULL",
        ),
        _most,
    ),
)
