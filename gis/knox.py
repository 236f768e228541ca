"""Near repeats: whether incidents close in space are close in time more often than by chance.

Knox (1964) counts pairs of incidents by bands of distance and bands of days. If place and time have
nothing to do with one another, each cell holds about its share of all pairs, and shuffling the
dates over the places shows how far chance alone strays from that.

A small p says that *reports* close in space tend to be close in time. Attacks that repeat do that;
so does a change over time in who reports from where, a front that moves, or a wave of violence in
one part of the region (population at risk that shifts: Knox' test knows nothing of it). The shuffle
takes reporting to be the same everywhere at all times; where that changed, p is no longer a
probability under "no contagion". Stacked places (a village for its surroundings) move pairs to the
first band of distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import poisson

from gis.close_pairs import ClosePairs, CrowdedPairs
from gis.errors import InvalidInterval, InvalidSetting
from gis.gap_counts import GapCounter, whole_seconds
from gis.permutations import (
    PERMUTATIONS,
    SEED,
    Alternative,
    checked_permutations,
    generator,
    permutation_p,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gis.bands import Bands
    from gis.crs import BoolArray, FloatArray, IntArray
    from gis.positions import Coordinates, Positions


@dataclass(frozen=True, slots=True, eq=False)
class KnoxTable:
    """Pairs of incidents by band of distance (rows) and band of days (columns).

    ``observed`` (s, t) int64 counts unordered pairs. ``expected`` (s, t) is ``N_s N_t / N``: pairs
    in the band of distance, times pairs in the band of days, over all pairs; this is the exact mean
    over all shuffles. ``ratio`` is observed / expected, ``median_ratio`` observed / the median of
    the shuffles; both NaN where the divisor is 0. ``p`` (s, t) is by permutation, for each cell by
    itself (a table of twenty cells has one below 0.05 by chance); NaN without shuffles. ``rows``
    took part, ``excluded`` had no place or no date.
    """

    space: Bands
    time: Bands
    observed: IntArray
    expected: FloatArray
    ratio: FloatArray
    median_ratio: FloatArray
    p: FloatArray
    rows: int
    excluded: int
    permutations: int
    seed: int
    alternative: Alternative

    def poisson_p(self) -> FloatArray:
        """``P(X >= observed)`` for X ~ Poisson(expected), (s, t): see :func:`poisson_p`."""
        return poisson_p(self.observed, self.expected)


def poisson_p(observed: npt.ArrayLike, expected: npt.ArrayLike) -> FloatArray:
    """Probability of at least so many pairs, if they were independent: fast, and approximate.

    Pairs share incidents, so this is trustworthy only where close pairs are rare. The observed
    number is counted in; R's ``surveillance::knox`` (1.20.3) prints ``P(X > observed)``, which is
    smaller.

    Parameters
    ----------
    observed, expected : array_like of one shape

    Returns
    -------
    float64 array
        1 where nothing was expected or observed.

    References
    ----------
    Knox, E. G. (1964), The detection of space-time interactions, Applied Statistics 13(1), 25-30.
    """
    return np.asarray(poisson.sf(np.asarray(observed) - 1, np.asarray(expected)))


def knox_table(
    places: Positions,
    day: npt.ArrayLike,
    *,
    space: Bands,
    time: Bands,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    alternative: Alternative = Alternative.GREATER,
) -> KnoxTable:
    """Count pairs of incidents by distance and days, and compare with shuffled dates.

    Parameters
    ----------
    places : Positions
        n places; distances are geodesic on WGS 84 in metres unless the metric says otherwise.
    day : (n,) array_like
        Days from any common origin, taken to the whole second; NaN if unknown.
    space, time : Bands
        Of metres and of days. Their closed ends are part of the result.
    permutations : int, >= 0
        Shuffles of the dates; 0 gives no p and no median.
    seed : int, >= 0
    alternative : Alternative

    Returns
    -------
    KnoxTable
        Of zeros and NaN with fewer than two dated places.

    Raises
    ------
    InvalidGeometry, InvalidInterval, InvalidSetting
        If a coordinate, a date or a setting is out of range.

    Notes
    -----
    Only pairs within the last finite edge of ``space`` are looked at, in blocks; work grows with
    their number times ``permutations``. An unbounded last band of distance is what remains.

    References
    ----------
    Knox, E. G. (1964), The detection of space-time interactions, Applied Statistics 13(1), 25-30.
    Johnson, S. D., et al. (2007), Space-time patterns of risk: a cross national assessment of
    residential burglary victimization, J. Quant. Criminology 23(3), 201-219 (ratios by shuffles).

    Examples
    --------
    >>> from gis.bands import Bands
    >>> from gis.positions import Positions
    >>> found = knox_table(
    ...     Positions([0, 0, 1, 1], [0, 0, 0, 0]), [0, 1, 50, 51],
    ...     space=Bands((0, 1_000)), time=Bands((0, 7)), permutations=0)
    >>> found.observed, found.expected.round(3), found.ratio.round(3)
    (array([[2]]), array([[0.667]]), array([[3.]]))
    """
    date = np.atleast_1d(np.array(day, dtype=np.float64))
    work = KnoxWork(places, date, date, space, time)
    shuffles = checked_permutations(permutations)
    seconds = whole_seconds(date[work.present])
    found = work.counts(1 + shuffles, lambda step: shuffled(seconds, seed, 0, step))
    counts, expected = found.tables, work.expected(found.by_space, seconds)
    return KnoxTable(
        space=space,
        time=time,
        observed=counts[0],
        expected=expected,
        ratio=quotient(counts[0], expected),
        median_ratio=quotient(
            counts[0], np.median(counts[1:], axis=0) if shuffles else np.zeros_like(expected)
        ),
        p=permutation_p(counts[0], counts[1:], alternative),
        rows=seconds.size,
        excluded=date.size - seconds.size,
        permutations=shuffles,
        seed=seed,
        alternative=alternative,
    )


def shuffled(seconds: IntArray, seed: int, draw: int, step: int) -> IntArray:
    """Times as they are (step 0), or shuffled."""
    return generator(seed, draw, step).permutation(seconds) if step else seconds


def quotient(dividend: npt.ArrayLike, divisor: npt.ArrayLike) -> FloatArray:
    """Quotient, NaN where the divisor is 0."""
    below = np.asarray(divisor, dtype=np.float64)
    return np.asarray(np.asarray(dividend) / np.where(below == 0, np.nan, below))


def dated_rows(at: Coordinates, start: FloatArray, end: FloatArray) -> BoolArray:
    """Which rows have a place and both ends of a date, (n,).

    Raises
    ------
    InvalidInterval
        If the dates do not fit the places, are infinite, or end before they start.
    """
    if not start.shape == end.shape == at.x.shape:
        raise InvalidInterval(
            (start.shape, end.shape), f"there is one date for each of {at.x.size} places"
        )
    if np.isinf(start).any() or np.isinf(end).any():
        raise InvalidInterval("infinite", "an unknown date is given as NaN")
    wrong = np.flatnonzero(end < start)
    if wrong.size:
        raise InvalidInterval(
            (start[wrong[0]], end[wrong[0]]), "an interval does not end before it starts"
        )
    return ~np.isnan(at.x) & ~np.isnan(start) & ~np.isnan(end)


@dataclass(frozen=True, slots=True, eq=False)
class KnoxCounts:
    """Pairs: ``tables`` (steps, s, t), one for each arrangement of dates; ``by_space`` (s,)."""

    tables: IntArray
    by_space: IntArray


class KnoxWork:
    """The part of a Knox table that does not depend on which date stands where.

    ``present`` (n,) is true for rows with a place and both ends of a date; ``pairs`` is the number
    of all pairs of them.

    Raises
    ------
    InvalidInterval
        If the dates do not fit the places, are infinite, or end before they start.
    InvalidSetting
        If the last band of distance is unbounded and the first does not start at 0.
    """

    def __init__(
        self, places: Positions, start: FloatArray, end: FloatArray, space: Bands, time: Bands
    ) -> None:
        at = places.checked()
        if space.unbounded and space.edges[0] > 0:
            raise InvalidSetting(
                space.edges, "what remains for an unbounded band is counted from 0"
            )
        self.present = dated_rows(at, start, end)
        self.near = ClosePairs(at.of(self.present), space)
        self._space, self.counter = space, GapCounter(time)
        rows = int(self.present.sum())
        self.pairs = rows * (rows - 1) // 2

    def counts(self, steps: int, seconds: Callable[[int], IntArray]) -> KnoxCounts:
        """Tables for many arrangements of dates.

        ``seconds(step)`` gives the times of the present rows; it is asked for anew for each block
        of pairs, so that neither pairs nor shuffles are ever held all at once.
        """
        bands = self._space.count
        upto = np.zeros((steps, bands, self.counter.edges), dtype=np.int64)
        by_space = np.zeros(bands, dtype=np.int64)
        for block in self.near.blocks():
            by_space += block.by_band(bands)
            for step in range(steps) if block.by_band(bands).any() else ():
                if isinstance(block, CrowdedPairs):
                    upto[step] += self.counter.in_crowds(seconds(step), block, bands)
                else:
                    upto[step] += self.counter.in_pairs(seconds(step), block)
        tables = np.diff(upto, axis=2)
        if self._space.unbounded:
            by_space[-1] = self.pairs - by_space.sum()
            for step in range(steps):
                tables[step, -1] = self.by_time(seconds(step)) - tables[step].sum(axis=0)
        return KnoxCounts(tables, by_space)

    def by_time(self, seconds: IntArray) -> IntArray:
        """Pairs by band of days, however far apart, (t,)."""
        return np.diff(self.counter.among(np.sort(seconds)))

    def expected(self, by_space: IntArray, seconds: IntArray) -> FloatArray:
        """Mean over all shuffles, (s, t); 0 without a pair."""
        product = np.outer(by_space, self.by_time(seconds)).astype(np.float64)
        return product / max(self.pairs, 1)
