"""The fifteen temporal functions against a table of signs, on every dated row that is shipped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.cql2.temporal import OPERATORS
from tests.db.cql2.asking import rows

if TYPE_CHECKING:
    from tests.db.cql2.asking import Asking, Row

End = date | datetime | None
"""A day, a moment, or an open end."""

# How the ends of two intervals compare (-1, 0, 1; None: in any way): start with start, start with
# end, end with start, end with end. One line of signs is enough to hold.
SIGNS: dict[str, list[tuple[int | None, int | None, int | None, int | None]]] = {
    "t_after": [(None, 1, None, None)],
    "t_before": [(None, None, -1, None)],
    "t_contains": [(-1, None, None, 1)],
    "t_disjoint": [(None, 1, None, None), (None, None, -1, None)],
    "t_during": [(1, None, None, -1)],
    "t_equals": [(0, None, None, 0)],
    "t_finishedby": [(-1, None, None, 0)],
    "t_finishes": [(1, None, None, 0)],
    "t_intersects": [(None, -1, 1, None), (None, 0, None, None), (None, None, 0, None)],
    "t_meets": [(None, None, 0, None)],
    "t_metby": [(None, 0, None, None)],
    "t_overlappedby": [(1, -1, None, 1)],
    "t_overlaps": [(-1, None, 1, -1)],
    "t_startedby": [(0, None, None, 1)],
    "t_starts": [(0, None, None, -1)],
}


@dataclass(frozen=True)
class Stretch:
    """An interval, or an instant as one, and how a filter writes it."""

    start: End
    end: End
    text: str


@dataclass(frozen=True)
class Named:
    """Fields of a layer that make an interval or an instant."""

    layer: str
    start: str
    end: str

    @property
    def text(self) -> str:
        return self.start if self.start == self.end else f"INTERVAL({self.start}, {self.end})"

    def of(self, row: Row) -> Stretch | None:
        """The row's own; none where it knows neither end."""
        start, end = row[self.start], row[self.end]
        return None if start is None and end is None else Stretch(start, end, self.text)


NAMED = [
    Named("incidents", "event_start", "event_end"),
    Named("incidents", "event_end", "event_end"),
    Named("reports", "published_start", "published_end"),
    Named("reports", "published_start", "published_start"),
    Named("admin-units", "valid_from", "valid_until"),
]


def holds(op: str, one: Stretch, other: Stretch) -> bool:
    daily = all(not isinstance(e, datetime) for s in (one, other) for e in (s.start, s.end))
    first, second = (
        (moment(s.start, time(), daily, -1), moment(s.end, time(23, 59, 59), daily, 1))
        for s in (one, other)
    )
    found = tuple(sign(a, b) for a in first for b in second)
    return any(
        all(wanted in (None, got) for wanted, got in zip(signs, found, strict=True))
        for signs in SIGNS[op]
    )


def moment(end: End, clock: time, daily: bool, endless: int) -> tuple[int, datetime]:
    """Something that sorts: open ends before and after all others."""
    if end is None:
        return endless, datetime.min
    if isinstance(end, datetime):
        return 0, end
    return 0, datetime.combine(end, time() if daily else clock)


def sign(a: tuple[int, datetime], b: tuple[int, datetime]) -> int:
    return (a > b) - (a < b)


def written(end: End) -> str:
    if end is None:
        return ".."
    return f"{end.isoformat()}Z" if isinstance(end, datetime) else end.isoformat()


@st.composite
def stretches(draw: st.DrawFn, known: list[datetime]) -> Stretch:
    """An interval or instant whose ends are at, or right beside, those of rows."""

    def end() -> End:
        near = draw(st.sampled_from(known)) + draw(
            st.sampled_from([timedelta(), timedelta(seconds=1), timedelta(seconds=-1)])
            | st.integers(-40, 40).map(lambda days: timedelta(days=days))
        )
        return near.date() if draw(st.booleans()) else near

    first, second = sorted((end(), end()), key=lambda e: moment(e, time(), False, 0))
    form = draw(st.sampled_from(["instant", "interval", "interval", "from", "until", "always"]))
    if form == "instant":
        name = "TIMESTAMP" if isinstance(first, datetime) else "DATE"
        return Stretch(first, first, f"{name}('{written(first)}')")
    start = None if form in ("until", "always") else first
    last = None if form in ("from", "always") else second
    return Stretch(start, last, f"INTERVAL('{written(start)}', '{written(last)}')")


def test_the_table_is_of_all_functions() -> None:
    assert set(SIGNS) == set(OPERATORS)


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("named", NAMED, ids=lambda each: f"{each.layer} {each.text}")
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_function_of_time_holds_of_the_rows_that_the_signs_say(
    asking: Asking, named: Named, op: str, data: st.DataObject
) -> None:
    own = {row["key"]: named.of(row) for row in rows(asking.connection, named.layer)}
    ends = [e for s in own.values() if s is not None for e in (s.start, s.end) if e is not None]
    known = sorted({e if isinstance(e, datetime) else datetime.combine(e, time()) for e in ends})
    other = data.draw(stretches(known))
    there = {key for key, s in own.items() if s is not None and holds(op, s, other)}
    asked = f"{op}({named.text}, {other.text})"
    assert asking.matched(named.layer, asked) == there, asked
    dated = {key for key, s in own.items() if s is not None}
    assert asking.matched(named.layer, f"NOT {asked}") == dated - there
    back = {key for key, s in own.items() if s is not None and holds(op, other, s)}
    asked = f"{op}({other.text}, {named.text})"
    assert asking.matched(named.layer, asked) == back, asked


@pytest.mark.parametrize("op", OPERATORS)
def test_two_written_stretches_are_compared_by_the_same_signs(asking: Asking, op: str) -> None:
    days = [date(2019, 1, 1), date(2019, 1, 5), date(2019, 1, 9)]
    moments = [datetime(2019, 1, 1), datetime(2019, 1, 5, 12), datetime(2019, 1, 9, 23, 59, 59)]
    spans = [
        Stretch(a, b, f"INTERVAL('{written(a)}', '{written(b)}')")
        for ends in (days, moments)
        for n, a in enumerate([None, *ends])
        for b in [*ends[max(n - 1, 0) :], None]
    ]
    whole = asking.matched("reports", "TRUE")
    for one in spans:
        for other in spans[::3]:
            found = asking.matched("reports", f"{op}({one.text}, {other.text})")
            assert found == (whole if holds(op, one, other) else set()), (one.text, other.text)
