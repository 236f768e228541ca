"""Near repeats of incidents whose dates are known as intervals.

"Between Monday and Friday" is not Wednesday. Two honest answers: draw every date from its interval
many times and look at the spread of the results (:func:`knox_over_dates`), or count the pairs that
*must* and those that *may* lie in a band (:func:`knox_bounds`), which assumes nothing at all.

As in :mod:`gis.knox`, p speaks of reports: a change in reporting by place and time breaks its null
hypothesis. Intervals that a coder made by a rule (all of a month for "in March") pull draws apart,
so true repeats are seen less often than they happened: the ratio is biased towards 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gis.close_pairs import PAIRS_AT_ONCE, CrowdedPairs
from gis.errors import InvalidSetting
from gis.gap_counts import GapCounter, whole_seconds
from gis.knox import KnoxWork, quotient, shuffled
from gis.permutations import (
    SEED,
    Alternative,
    checked_permutations,
    generator,
    permutation_p,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from gis.bands import Bands
    from gis.crs import FloatArray, IntArray
    from gis.positions import Positions

#: Draws of dates, and shuffles of each, unless told otherwise: 10,000 tables.
DRAWS = 100
SHUFFLES_OF_A_DRAW = 99


@dataclass(frozen=True, slots=True, eq=False)
class DrawnKnox:
    """Knox tables of many draws of dates, each like a :class:`gis.knox.KnoxTable`: (d, s, t).

    The spread over draws is what the intervals leave open; ``p`` of each draw is what chance leaves
    open. ``uncertain`` of the ``rows`` have more than one possible day.
    """

    space: Bands
    time: Bands
    observed: IntArray
    expected: FloatArray
    ratio: FloatArray
    p: FloatArray
    rows: int
    uncertain: int
    excluded: int
    permutations: int
    seed: int
    alternative: Alternative

    def ratio_quantiles(self, shares: Sequence[float] = (0.05, 0.5, 0.95)) -> FloatArray:
        """Quantiles of the ratio over the draws, (shares, s, t); NaN where a draw has none."""
        return np.asarray(np.quantile(self.ratio, shares, axis=0))

    def p_quantiles(self, shares: Sequence[float] = (0.05, 0.5, 0.95)) -> FloatArray:
        """Quantiles of p over the draws, (shares, s, t); NaN without shuffles."""
        return np.asarray(np.quantile(self.p, shares, axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class KnoxBounds:
    """Pairs by band of distance and of days that ``must`` and that ``may`` be there, (s, t).

    Whatever the true dates are, each count lies between the two; not all bounds can be reached at
    once. ``rows`` took part, ``excluded`` had no place or no date.
    """

    space: Bands
    time: Bands
    must: IntArray
    may: IntArray
    rows: int
    excluded: int


def drawn_day(start: FloatArray, end: FloatArray, *, seed: int = SEED, draw: int = 0) -> FloatArray:
    """Draw one day of each interval, all its days being equally likely.

    The days of an interval are ``start``, ``start + 1``, ... up to ``end``, which belongs to it: an
    incident known to the day has ``start == end`` and is always drawn there.

    Parameters
    ----------
    start, end : (n,) float64, days
        ``start <= end``; NaN for unknown gives NaN.
    seed, draw : int, >= 0
        The same two numbers give the same days.

    References
    ----------
    Ratcliffe, J. H. (2002), Aoristic signatures and the spatio-temporal analysis of high volume
    crime patterns, J. Quant. Criminology 18(1), 23-43 (every moment of the interval is as likely).

    Examples
    --------
    >>> drawn_day(np.array([5.0, 5.0]), np.array([5.0, 7.0]), seed=1)
    array([5., 7.])
    """
    days = np.floor(end - start) + 1
    # The second minimum is for a product that rounds up to the number of days.
    step = np.minimum(np.floor(generator(seed, draw).random(start.size) * days), days - 1)
    return np.asarray(start + step)


def knox_over_dates(
    places: Positions,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    *,
    space: Bands,
    time: Bands,
    draws: int = DRAWS,
    permutations: int = SHUFFLES_OF_A_DRAW,
    seed: int = SEED,
    alternative: Alternative = Alternative.GREATER,
) -> DrawnKnox:
    """Knox tables over draws of dates from their intervals.

    Parameters
    ----------
    places, space, time, seed, alternative
        As of :func:`gis.knox.knox_table`.
    start, end : (n,) array_like, days
        First and last possible day, both included; NaN if unknown, which excludes the row.
    draws : int, >= 1
    permutations : int, >= 0
        Shuffles of each draw.

    Raises
    ------
    InvalidGeometry, InvalidInterval, InvalidSetting
        If a coordinate, a date or a setting is out of range.
    """
    if draws < 1:
        raise InvalidSetting(draws, "dates are drawn at least once")
    first, last = (np.atleast_1d(np.array(part, dtype=np.float64)) for part in (start, end))
    work = KnoxWork(places, first, last, space, time)
    each = 1 + checked_permutations(permutations)
    low, high = first[work.present], last[work.present]

    def drawn(draw: int) -> IntArray:
        return whole_seconds(drawn_day(low, high, seed=seed, draw=draw))

    def arranged(step: int) -> IntArray:
        draw, shuffle = divmod(step, each)
        return shuffled(drawn(draw), seed, draw, shuffle)

    found = work.counts(draws * each, arranged)
    tables = found.tables.reshape(draws, each, space.count, time.count)
    expected = np.stack([work.expected(found.by_space, drawn(draw)) for draw in range(draws)])
    return DrawnKnox(
        space=space,
        time=time,
        observed=tables[:, 0],
        expected=expected,
        ratio=quotient(tables[:, 0], expected),
        p=permutation_p(tables[:, 0], np.moveaxis(tables[:, 1:], 1, 0), alternative),
        rows=low.size,
        uncertain=int((high - low >= 1).sum()),
        excluded=first.size - low.size,
        permutations=permutations,
        seed=seed,
        alternative=alternative,
    )


def knox_bounds(
    places: Positions,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    *,
    space: Bands,
    time: Bands,
) -> KnoxBounds:
    """Count the pairs that must, and those that may, lie in each band of days.

    The gap of two intervals is at least ``max(0, start_j - end_i, start_i - end_j)`` and at most
    ``max(end_j - start_i, end_i - start_j)``. A pair *may* be in a band that this range meets, and
    *must* be in a band that holds all of it.

    Parameters
    ----------
    places, start, end, space, time
        As of :func:`knox_over_dates`; the last band of distance has an end.

    Raises
    ------
    InvalidGeometry, InvalidInterval, InvalidSetting
        If a coordinate, a date or a setting is out of range.
    """
    if space.unbounded:
        raise InvalidSetting(space.edges, "bounds are counted pair by pair, up to a last distance")
    first, last = (np.atleast_1d(np.array(part, dtype=np.float64)) for part in (start, end))
    work = KnoxWork(places, first, last, space, time)
    low, high = whole_seconds(first[work.present]), whole_seconds(last[work.present])
    must, may = (np.zeros((space.count, time.count), dtype=np.int64) for _ in range(2))
    for band, i, j in _spelt_out(work, space.count):
        least = np.maximum(np.maximum(low[j] - high[i], low[i] - high[j]), 0)
        most = np.maximum(high[j] - low[i], high[i] - low[j])
        must[band] += _inside(work.counter, least, most)
        may[band] += _met(work.counter, least, most)
    return KnoxBounds(space, time, must, may, low.size, first.size - low.size)


def _spelt_out(work: KnoxWork, bands: int) -> Iterator[tuple[int, IntArray, IntArray]]:
    """Yield pairs of rows by band of distance, those of crowded sites too."""
    for block in work.near.blocks():
        if not isinstance(block, CrowdedPairs):
            for band in range(bands):
                chosen = slice(block.start[band], block.start[band + 1])
                yield band, block.i[chosen].astype(np.int64), block.j[chosen].astype(np.int64)
            continue
        for a, b, band in zip(block.a.tolist(), block.b.tolist(), block.band.tolist(), strict=True):
            one, other = block.members(a), block.members(b)
            for part in np.array_split(one, 1 + one.size * other.size // PAIRS_AT_ONCE):
                i, j = np.repeat(part, other.size), np.tile(other, part.size)
                once = slice(None) if a != b else i < j
                yield band, i[once], j[once]


def _inside(counter: GapCounter, least: IntArray, most: IntArray) -> IntArray:
    """How many ranges lie in each band as a whole."""
    low, high = counter.at_most[:-1].tolist(), counter.at_most[1:].tolist()
    return np.array(
        [
            np.count_nonzero((least > below) & (most <= upto))
            for below, upto in zip(low, high, strict=True)
        ]
    )


def _met(counter: GapCounter, least: IntArray, most: IntArray) -> IntArray:
    """How many ranges meet each band."""
    low, high = counter.at_most[:-1].tolist(), counter.at_most[1:].tolist()
    return np.array(
        [
            np.count_nonzero((least <= upto) & (most > below))
            for below, upto in zip(low, high, strict=True)
        ]
    )
