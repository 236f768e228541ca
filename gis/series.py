"""Periods of the calendar, and how much of each incident's interval lies in which.

An incident that happened once, on an unknown day between the 21st of March and the 10th of April,
is neither of March nor of April. Its aoristic share of a period is the part of its interval that
lies in the period: 11 of 21 days, 10 of 21. Shares of an incident add up to 1, so a series of them
adds up to the incidents. They take every moment of the interval to be equally likely; which periods
an incident *may* lie in, and in which it *must*, needs no such assumption.

References
----------
Ratcliffe, J. H. (2002), Aoristic signatures and the spatio-temporal analysis of high volume crime
patterns, Journal of Quantitative Criminology 18(1):23-43.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.errors import InvalidInterval

if TYPE_CHECKING:
    from gis.crs import BoolArray, FloatArray, IntArray

#: 1970-01-01 was a Thursday; weeks begin on Monday (ISO 8601).
FIRST_MONDAY = 4

_MONTHS = {"month": 1, "quarter": 3, "year": 12}

#: What rounding may leave of a difference between remainders that are equal.
ROUNDING = 1e-9


class PeriodLength(StrEnum):
    """How long the periods of a series are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"
    """One period, of all time that is asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class AoristicShares:
    """Which row may lie in which period, by row and period; all arrays have the same length.

    Parameters
    ----------
    row, period : int64
        Position in the input, and of the period.
    share : float64
        Of the row's interval that lies in the period, in (0, 1].
    certain : bool
        Whether all of it does.
    undated : (n,) bool
        Rows of the input whose start or end is open or not known: they have no shares.
    """

    row: IntArray
    period: IntArray
    share: FloatArray
    certain: BoolArray
    undated: BoolArray


def period_edges(first: float, last: float, length: PeriodLength) -> FloatArray:
    """Where the periods that cover a stretch of time begin and end.

    Parameters
    ----------
    first, last : float
        Days since 1970-01-01 of civil time; the stretch is half-open, ``first < last``.
    length : PeriodLength
        Days, Monday weeks, months, quarters, years of the calendar; or the stretch itself.

    Returns
    -------
    (periods + 1,) float64
        Rising days; period k is ``[edges[k], edges[k + 1])``. The first period holds ``first``, the
        last one the moments before ``last``.

    Raises
    ------
    InvalidInterval
        The stretch is empty, or has no end.

    Examples
    --------
    >>> period_edges(0.0, 60.0, PeriodLength.MONTH)
    array([ 0., 31., 59., 90.])
    """
    if not (np.isfinite(first) and np.isfinite(last) and first < last):
        raise InvalidInterval((first, last), "a series has a first day, and ends after it")
    if length is PeriodLength.ALL:
        return np.array([first, last])
    if length in _MONTHS:
        step = _MONTHS[length]
        months = _months_since_1970(np.array([first, last]))
        begin = months[0] // step * step
        past = months[1] // step * step
        edges = _day_of_month(np.arange(begin, past + 2 * step, step))
    else:
        step, shift = (7, FIRST_MONDAY) if length is PeriodLength.WEEK else (1, 0)
        begin, past = (np.floor((day - shift) / step) * step + shift for day in (first, last))
        edges = np.arange(begin, past + 1.5 * step, step, dtype=np.float64)
    return edges[:-1] if edges[-2] >= last else edges


def aoristic_shares(
    start: npt.ArrayLike, end: npt.ArrayLike, edges: npt.ArrayLike
) -> AoristicShares:
    """Share out intervals over periods.

    ``share = (days of the interval in the period) / (days of the interval)``; a moment, an interval
    of no length, lies in one period altogether. What lies before the first period or after the last
    is in none, so shares of an interval that reaches out add up to less than 1.

    Parameters
    ----------
    start, end : (n,) array_like, days
        Half-open intervals; NaN where open or not known, and then without shares.
    edges : (periods + 1,) array_like, days
        Rising, as of :func:`period_edges`.

    Raises
    ------
    InvalidInterval
        An interval ends before it starts, or the edges do not rise.

    Examples
    --------
    >>> shares = aoristic_shares([79.0], [100.0], [59.0, 90.0, 120.0])
    >>> shares.period, shares.share.round(3)
    (array([0, 1]), array([0.524, 0.476]))
    """
    a, b = (np.atleast_1d(np.asarray(days, dtype=np.float64)) for days in (start, end))
    at = np.asarray(edges, dtype=np.float64)
    if at.size < 2 or not (np.diff(at) > 0).all():
        raise InvalidInterval(at.tolist(), "edges of periods rise")
    if (b < a).any():
        wrong = int(np.flatnonzero(b < a)[0])
        raise InvalidInterval((a[wrong], b[wrong]), "it ends after it starts")
    undated = ~(np.isfinite(a) & np.isfinite(b))
    dated = np.flatnonzero(~undated)
    begin, finish = a[dated], b[dated]
    first = np.searchsorted(at, begin, side="right") - 1
    # The last period is the one that holds the last moment, and a moment is its own last one.
    last = np.maximum(np.searchsorted(at, finish, side="left") - 1, first)
    first, last = np.maximum(first, 0), np.minimum(last, at.size - 2)
    times = np.maximum(last - first + 1, 0)
    entry = np.repeat(np.arange(dated.size), times)
    period = np.arange(entry.size) - np.repeat(np.cumsum(times) - times, times) + first[entry]
    low, high = at[period], at[period + 1]
    length = (finish - begin)[entry]
    inside = np.minimum(finish[entry], high) - np.maximum(begin[entry], low)
    certain = (begin[entry] >= low) & (finish[entry] <= high)
    share = np.where(certain, 1.0, inside / np.where(length > 0, length, 1.0))
    # Before the first period and after the last one there is nothing to have a share in.
    kept = share > 0
    return AoristicShares(
        row=dated[entry][kept],
        period=period[kept],
        share=share[kept],
        certain=certain[kept],
        undated=undated,
    )


def whole_shares(unit: npt.ArrayLike, share: npt.ArrayLike, amount: npt.ArrayLike = 1) -> IntArray:
    """Share out whole amounts in whole numbers, by the largest remainder.

    Every share is rounded down, and what is left of the unit's amount goes, one by one, to the
    largest remainders, the first of equal ones: each amount is kept. It is the way in which
    PRIO-GRID splits the deaths of an event over its days.

    Parameters
    ----------
    unit : (m,) array_like of int
        To which amount each share belongs: an incident's position, for instance.
    share : (m,) array_like
        In [0, 1]. Where those of a unit add up to less than 1, as much of its amount is shared out
        as they do, rounded to the nearest.
    amount : () or (m,) array_like of whole numbers >= 0
        The same for all shares of a unit.

    Returns
    -------
    (m,) int64

    Examples
    --------
    >>> whole_shares([0, 0, 0, 1, 1], [0.5, 0.25, 0.25, 0.5, 0.5], [7, 7, 7, 1, 1])
    array([3, 2, 2, 1, 0])
    """
    of = np.asarray(unit, dtype=np.int64)
    part = np.asarray(share, dtype=np.float64) * np.asarray(amount, dtype=np.float64)
    if not of.size:
        return np.zeros(0, dtype=np.int64)
    floor = np.floor(part + ROUNDING)
    _, group = np.unique(of, return_inverse=True)
    total = np.floor(np.bincount(group, part) + 0.5 + ROUNDING)
    left = (total - np.bincount(group, floor)).astype(np.int64)
    remainder = np.round((part - floor) / ROUNDING)
    order = np.lexsort((np.arange(of.size), -remainder, group))
    counts = np.bincount(group)
    rank = np.empty(of.size, dtype=np.int64)
    rank[order] = np.arange(of.size) - np.repeat(np.cumsum(counts) - counts, counts)
    whole: IntArray = floor.astype(np.int64) + (rank < left[group])
    return whole


def _months_since_1970(days: FloatArray) -> IntArray:
    dates = np.floor(days).astype(np.int64).astype("datetime64[D]")
    months: IntArray = dates.astype("datetime64[M]").astype(np.int64)
    return months


def _day_of_month(months: IntArray) -> FloatArray:
    dates = months.astype("datetime64[M]").astype("datetime64[D]")
    days: FloatArray = dates.astype(np.int64).astype(np.float64)
    return days
