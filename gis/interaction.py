"""Tests of space-time interaction beside Knox' table: Mantel, Jacquez, and the modified Knox.

All three ask whether what is close in space is close in time, by one number and shuffled dates:
Mantel without any threshold, Jacquez by nearest neighbours instead of metres and days, the modified
Knox with each incident's own expectation. As in :mod:`gis.knox`, p is about *reports*: where the
reporting, or the population that could be attacked, changed in one part of the region and not in
another, the null hypothesis is broken and a small p says just that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from gis.close_pairs import CrowdedPairs
from gis.errors import InvalidSetting
from gis.gap_counts import SECONDS_A_DAY, whole_seconds
from gis.knox import KnoxWork, dated_rows, shuffled
from gis.nearest_shares import nearest_shares
from gis.permutations import (
    PERMUTATIONS,
    SEED,
    Alternative,
    checked_permutations,
    permutation_p,
)
from gis.positions import Coordinates, Metric

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.bands import Bands
    from gis.crs import FloatArray, IntArray
    from gis.positions import Positions

#: Elements of the matrix of distances held at once.
ELEMENTS_AT_ONCE = 1_000_000

#: Decimals to which statistics are compared: sums in another order differ beyond.
DECIMALS = 12


@dataclass(frozen=True, slots=True)
class Interaction:
    """One number for space-time interaction.

    ``statistic`` is NaN where it is not defined; ``mean`` is that of the shuffles and ``p`` is by
    permutation, both NaN without shuffles. ``rows`` took part, ``excluded`` had no place or date.
    """

    statistic: float
    mean: float
    p: float
    rows: int
    excluded: int
    permutations: int
    seed: int
    alternative: Alternative


def mantel(
    places: Positions,
    day: npt.ArrayLike,
    *,
    metres: float = 1.0,
    days: float = 1.0,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    alternative: Alternative = Alternative.GREATER,
) -> Interaction:
    """Correlation of closeness in space with closeness in time, over all pairs.

    Pearson's r of ``1 / (distance + metres)`` and ``1 / (gap + days)``.

    Parameters
    ----------
    places : Positions
        n places.
    day : (n,) array_like
        Days from any common origin; NaN if unknown.
    metres, days : float, > 0
        Below about these, pairs are just "close". With 1 metre all that counts is being at one
        place: choose what is close in the question at hand.
    permutations, seed, alternative
        As of :func:`gis.knox.knox_table`.

    Returns
    -------
    Interaction
        NaN with fewer than three rows, or if all are at one place or on one day.

    Notes
    -----
    Time grows with n squared times ``permutations``, memory does not: fit for some thousand rows.

    References
    ----------
    Mantel, N. (1967), The detection of disease clustering and a generalized regression approach,
    Cancer Research 27(2), 209-220.
    """
    for offset, unit in ((metres, "metres"), (days, "days")):
        if not 0 < offset < np.inf:
            raise InvalidSetting(offset, f"the {unit} added to a distance are more than 0")
    at, seconds, excluded = _dated(places, day)
    steps = 1 + checked_permutations(permutations)
    n = seconds.size
    sums = np.zeros((steps, 3))
    of_space = np.zeros(2)
    height = max(ELEMENTS_AT_ONCE // max(n, 1), 1)
    for low in range(0, n, height):
        i, j = np.arange(low, min(low + height, n)), np.arange(low, n)
        i, j = i[:, None], j[None, :]
        near = np.where(i < j, 1 / (at.distance_m(i, j) + metres), 0.0)
        of_space += near.sum(), (near**2).sum()
        for step in range(steps):
            time = shuffled(seconds, seed, 0, step) / SECONDS_A_DAY
            soon = np.where(i < j, 1 / (np.abs(time[i] - time[j]) + days), 0.0)
            sums[step] += (near * soon).sum(), soon.sum(), (soon**2).sum()
    pairs = n * (n - 1) / 2
    return _interaction(
        _pearson(pairs, of_space, sums), n, excluded, permutations, seed, alternative
    )


def _pearson(pairs: float, of_space: FloatArray, sums: FloatArray) -> FloatArray:
    """Correlations from sums; NaN where one side doesn't vary."""
    if pairs < 2:
        return np.full(sums.shape[0], np.nan)
    product, time, time_sq = sums.T
    spread = of_space[1] - of_space[0] ** 2 / pairs
    time_spread = time_sq - time**2 / pairs
    both = np.sqrt(np.maximum(spread, 0) * np.maximum(time_spread, 0))
    varies = both > 1e-12 * np.sqrt(of_space[1] * time_sq)
    return np.asarray((product - of_space[0] * time / pairs) / np.where(varies, both, np.nan))


def jacquez(
    places: Positions,
    day: npt.ArrayLike,
    *,
    k: int = 3,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    alternative: Alternative = Alternative.GREATER,
) -> Interaction:
    """Count the incidents that are among the k nearest of another in space and in time.

    ``J_k``, the sum over ordered pairs of ``s_ij t_ij``, where ``s_ij`` is 1 if j is one of the k
    nearest of i in space, and ``t_ij`` likewise in time. Rows that compete for the last places
    share them (:mod:`gis.nearest_shares`), so J need not be whole; without ties it is Jacquez'.

    Parameters
    ----------
    places : Positions
        n places.
    day : (n,) array_like
        Days from any common origin; NaN if unknown.
    k : int, >= 1
    permutations, seed, alternative
        As of :func:`gis.knox.knox_table`.

    Returns
    -------
    Interaction
        NaN with k rows or fewer.

    References
    ----------
    Jacquez, G. M. (1996), A k nearest neighbour test for space-time interaction, Statistics in
    Medicine 15(18), 1935-1949.
    """
    if k < 1:
        raise InvalidSetting(k, "there is at least one nearest neighbour")
    at, seconds, excluded = _dated(places, day)
    steps = 1 + checked_permutations(permutations)
    if seconds.size <= k:
        nothing = np.full(steps, np.nan)
        return _interaction(nothing, seconds.size, excluded, permutations, seed, alternative)
    space = nearest_shares(at, k)
    # Time is a line in a plane; in seconds, so that ties are ties.
    line = Coordinates(seconds.astype(np.float64), np.zeros(seconds.size), Metric.EUCLIDEAN)
    time = nearest_shares(line, k)
    own_space, own_time = space.share.diagonal(), time.share.diagonal()
    shape = (space.share.shape[0], time.share.shape[0])
    found = np.empty(steps)
    for step in range(steps):
        moment = shuffled(time.row, seed, 0, step)
        rows = csr_array((np.ones(moment.size), (space.row, moment)), shape=shape)
        every = (rows.T @ space.share @ rows).multiply(time.share).sum()
        # A row is no neighbour of itself, though it is at its own place and time.
        found[step] = every - (own_space[space.row] * own_time[moment]).sum()
    return _interaction(found, seconds.size, excluded, permutations, seed, alternative)


def modified_knox(
    places: Positions,
    day: npt.ArrayLike,
    *,
    space: Bands,
    time: Bands,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    alternative: Alternative = Alternative.GREATER,
) -> Interaction:
    """Knox' count less what each incident would have by the number of its own neighbours.

    ``sum over i of (x_i - s_i t_i / (n - 1)) / 2`` with ``x_i`` the neighbours of i in space and
    time, ``s_i`` those in space, ``t_i`` those in time. Knox' own expectation takes all incidents
    to have the same number of neighbours, which towns and lulls contradict.

    Parameters
    ----------
    places : Positions
        n places.
    day : (n,) array_like
        Days from any common origin; NaN if unknown.
    space, time : Bands
        One band each.
    permutations, seed, alternative
        As of :func:`gis.knox.knox_table`.

    Returns
    -------
    Interaction
        NaN with fewer than two rows.

    References
    ----------
    Baker, R. D. (2004), A modified Knox test of space-time clustering, J. Applied Statistics 31(4),
    457-463.
    """
    for bands in (space, time):
        if bands.count != 1 or bands.unbounded:
            raise InvalidSetting(bands.edges, "the modified Knox has one band, with two ends")
    date = np.atleast_1d(np.array(day, dtype=np.float64))
    work = KnoxWork(places, date, date, space, time)
    seconds = whole_seconds(date[work.present])
    steps = 1 + checked_permutations(permutations)
    nearby = _neighbours_in_space(work, seconds.size)
    counts = work.counts(steps, lambda step: shuffled(seconds, seed, 0, step)).tables[:, 0, 0]
    own = np.empty(steps)
    for step in range(steps):
        soon = work.counter.around(shuffled(seconds, seed, 0, step))[:, 0]
        own[step] = (nearby * soon).sum()
    n = seconds.size
    found = counts - own / (2 * (n - 1)) if n > 1 else np.full(steps, np.nan)
    return _interaction(found, n, date.size - n, permutations, seed, alternative)


def _neighbours_in_space(work: KnoxWork, rows: int) -> IntArray:
    """How many other rows lie in the one band of distance around each, (rows,)."""
    nearby = np.zeros(rows, dtype=np.int64)
    for block in work.near.blocks():
        if not isinstance(block, CrowdedPairs):
            nearby += np.bincount(block.i, minlength=rows) + np.bincount(block.j, minlength=rows)
            continue
        for a, b in zip(block.a.tolist(), block.b.tolist(), strict=True):
            one, other = block.members(a), block.members(b)
            if a == b:
                nearby[one] += one.size - 1
            else:
                nearby[one] += other.size
                nearby[other] += one.size
    return nearby


def _dated(places: Positions, day: npt.ArrayLike) -> tuple[Coordinates, IntArray, int]:
    """Rows with a place and a date, their times in seconds, and how many have not both."""
    date = np.atleast_1d(np.array(day, dtype=np.float64))
    at = places.checked()
    present = dated_rows(at, date, date)
    return at.of(present), whole_seconds(date[present]), int((~present).sum())


def _interaction(
    found: FloatArray,
    rows: int,
    excluded: int,
    permutations: int,
    seed: int,
    alternative: Alternative,
) -> Interaction:
    """Return the observed statistic (the first) against the shuffled ones."""
    statistic, by_chance = found[0], found[1:]
    p = permutation_p(np.round(statistic, DECIMALS), np.round(by_chance, DECIMALS), alternative)
    mean = by_chance.mean() if by_chance.size else np.nan
    return Interaction(
        float(statistic), float(mean), float(p), rows, excluded, permutations, seed, alternative
    )
