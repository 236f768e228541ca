"""Temporal functions on dates, moments and intervals, in whole seconds as layers show time.

Both ends belong to an interval. Where all ends are dates, days are compared; else a date as an end
is the last second of its day. An end that is missing from a row is open where the other is known;
a row that knows neither has no interval, and nothing is true of it.

References
----------
OGC 21-065r2, 7.8 (table of temporal functions, after Allen 1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import TIMESTAMP, ColumnElement, Date, and_, case, func, literal, not_, or_
from sqlalchemy import cast as sql_cast

from db.cql2.nodes import Day, Moment, Open, Property, Span
from db.cql2.terms import Scope, Sort, Sql, constant_term, refused, written
from db.predicates import meets_interval
from gis.fields import Role
from gis.interval import TICK, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.cql2.nodes import Node

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _End:
    """One end of an interval; open where there is no SQL."""

    sql: Sql | None
    daily: bool


@dataclass(frozen=True, slots=True)
class _Stretch:
    """An interval, or an instant as one; ``known`` where a row may have none."""

    start: _End
    end: _End
    known: ColumnElement[bool] | None = None

    @property
    def daily(self) -> bool:
        return self.start.daily and self.end.daily


@dataclass(frozen=True, slots=True)
class _Pair:
    """Starts and ends of two intervals, all of the same type."""

    start: Sql
    end: Sql
    other_start: Sql
    other_end: Sql


_RELATIONS: dict[str, Callable[[_Pair], ColumnElement[bool]]] = {
    "t_after": lambda p: p.start > p.other_end,
    "t_before": lambda p: p.end < p.other_start,
    "t_contains": lambda p: and_(p.start < p.other_start, p.end > p.other_end),
    "t_disjoint": lambda p: or_(p.end < p.other_start, p.start > p.other_end),
    "t_during": lambda p: and_(p.start > p.other_start, p.end < p.other_end),
    "t_equals": lambda p: and_(p.start == p.other_start, p.end == p.other_end),
    "t_finishedby": lambda p: and_(p.start < p.other_start, p.end == p.other_end),
    "t_finishes": lambda p: and_(p.start > p.other_start, p.end == p.other_end),
    "t_intersects": lambda p: and_(p.start <= p.other_end, p.end >= p.other_start),
    "t_meets": lambda p: p.end == p.other_start,
    "t_metby": lambda p: p.start == p.other_end,
    "t_overlappedby": lambda p: and_(
        p.start > p.other_start, p.start < p.other_end, p.end > p.other_end
    ),
    "t_overlaps": lambda p: and_(
        p.start < p.other_start, p.end > p.other_start, p.end < p.other_end
    ),
    "t_startedby": lambda p: and_(p.start == p.other_start, p.end > p.other_end),
    "t_starts": lambda p: and_(p.start == p.other_start, p.end < p.other_end),
}
OPERATORS = tuple(_RELATIONS)


def related(op: str, scope: Scope, left: Node, right: Node) -> ColumnElement[bool]:
    """Whether two stretches of time stand in a relation.

    Raises
    ------
    InvalidQuery
        A side is no date, moment or interval, or an interval ends before it starts.
    """
    sides = _stretch(scope, left), _stretch(scope, right)
    if op in ("t_intersects", "t_disjoint"):
        found = _indexed(scope, left, right)
        if found is not None:
            return found if op == "t_intersects" else not_(found)
    daily = all(side.daily for side in sides)
    first, second = sides
    return _RELATIONS[op](_Pair(*_bounds(first, daily), *_bounds(second, daily)))


def _indexed(scope: Scope, left: Node, right: Node) -> ColumnElement[bool] | None:
    """The layer's own interval against a written one: the range of its rows has an index."""
    period = scope.rows.period
    if period is None:
        return None
    for side, other in ((left, right), (right, left)):
        stated = _stated(other)
        if _is_period(scope, side) and stated is not None:
            return meets_interval(period, stated)
    return None


def _is_period(scope: Scope, node: Node) -> bool:
    if not isinstance(node, Span):
        return False
    ends = (node.start, node.end)
    fields = [scope.layer.field(end.name) for end in ends if isinstance(end, Property)]
    return [field and field.role for field in fields] == [Role.START, Role.END]


def _stated(node: Node) -> Interval | None:
    """The interval that is written out in a filter, if it is."""
    start, end = (node.start, node.end) if isinstance(node, Span) else (node, node)
    if not isinstance(start, Day | Moment | Open) or not isinstance(end, Day | Moment | Open):
        return None
    try:
        return Interval(_first(start), _after(end))
    except OverflowError:  # the last day of the calendar
        return Interval(_first(start), None)


def _first(end: Day | Moment | Open) -> datetime | None:
    match end:
        case Open():
            return None
        case Moment(value=moment):
            return moment
    return _midnight(end.value)


def _after(end: Day | Moment | Open) -> datetime | None:
    match end:
        case Open():
            return None
        case Moment(value=moment):
            return moment + TICK
    return _midnight(end.value) + _DAY


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _stretch(scope: Scope, node: Node) -> _Stretch:
    if not isinstance(node, Span):
        end = _end(scope, node)
        return _Stretch(end, end)
    _check_order(node)
    ends = (node.start, node.end)
    start, end = (
        _End(None, True) if isinstance(each, Open) else _end(scope, each) for each in ends
    )
    columns = [
        each.sql
        for each, node in zip((start, end), ends, strict=True)
        if isinstance(node, Property)
    ]
    if not columns:
        return _Stretch(start, end)
    period = scope.rows.period
    if period is not None and _is_period(scope, node):
        return _Stretch(start, end, period.is_not(None))
    return _Stretch(start, end, func.num_nonnulls(*columns) > 0)


def _check_order(node: Span) -> None:
    match node:
        case Span(start=Day() | Moment() as start, end=Day() | Moment() as end):
            last = end.value if isinstance(end, Moment) else datetime.combine(end.value, time.max)
            first = start.value if isinstance(start, Moment) else _midnight(start.value)
            if first > last:
                rule = "an interval does not end before it starts"
                raise refused(f"{start.value}/{end.value}", rule)


def _end(scope: Scope, node: Node) -> _End:
    match node:
        case Day():
            return _End(constant_term(node).sql, True)
        case Moment(value=moment):
            whole = Moment(moment.replace(microsecond=0))
            return _End(constant_term(whole).sql, False)
        case Property(name=name):
            term = scope.column(name)
            if term.sort is Sort.DAY:
                return _End(term.sql, True)
            if term.sort is Sort.MOMENT:
                return _End(func.date_trunc("second", term.sql), False)
            raise refused(name, f"this is {term.sort}, where a date or a moment is wanted")
    raise refused(written(node), "this is no date, moment or interval")


def _bounds(stretch: _Stretch, daily: bool) -> tuple[Sql, Sql]:
    start = _as(stretch.start, "-infinity", daily, timedelta())
    end = _as(stretch.end, "infinity", daily, _DAY - _SECOND)
    if stretch.known is None:
        return start, end
    return case((stretch.known, _open(start, "-infinity", daily))), case(
        (stretch.known, _open(end, "infinity", daily))
    )


def _as(end: _End, endless: str, daily: bool, rest: timedelta) -> Sql:
    kind = Date if daily else TIMESTAMP
    if end.sql is None:
        return sql_cast(sql_cast(literal(endless), TIMESTAMP), kind)
    moment = sql_cast(end.sql, kind)
    return moment + literal(rest) if end.daily and not daily and rest else moment


def _open(end: Sql, endless: str, daily: bool) -> Sql:
    return func.coalesce(end, _as(_End(None, True), endless, daily, timedelta()))
