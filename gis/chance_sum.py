"""The sum of amounts each of which counts with a probability: expected value and interval.

How many of so many incidents lie within 20 km of a border, each with a probability of its own; how
many people were killed in them. The amounts count independently of one another: that is the model
of the interval, not of the expected value.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlog1py, xlogy

from gis.errors import InvalidInterval

if TYPE_CHECKING:
    from gis.crs import FloatArray

COVERAGE = 0.9

#: Shorter tables are convolved term by term, which is exact to rounding and quicker.
DIRECT = 256

#: What rounding may leave of a probability that is none.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class ChanceSum:
    """The mean of a sum, and the interval that has 5 % below and 5 % above it."""

    mean: float
    low: int
    high: int


def chance_sum(
    probability: npt.ArrayLike, amount: npt.ArrayLike = 1, *, coverage: float = COVERAGE
) -> ChanceSum:
    """Sum amounts that count independently, each with its own probability.

    With amounts of 1 the sum has a Poisson-binomial distribution; the general one is the
    convolution of all its terms, which is computed, not approximated.

    Parameters
    ----------
    probability : (n,) array_like
        In [0, 1].
    amount : () or (n,) array_like of whole numbers >= 0
    coverage : float
        Of the interval, in (0, 1); equal tails.

    Returns
    -------
    ChanceSum
        ``low`` is the least sum whose cumulative probability reaches the lower tail, ``high`` the
        least that reaches the upper. All 0 for no terms.

    Raises
    ------
    InvalidInterval
        If a probability, an amount or the coverage is out of range, NaN included.

    Examples
    --------
    >>> chance_sum([1.0, 0.5, 0.5, 0.0])
    ChanceSum(mean=2.0, low=1, high=3)
    >>> chance_sum([0.5, 0.25], [3, 70])
    ChanceSum(mean=19.0, low=0, high=73)
    """
    p = np.atleast_1d(np.asarray(probability, dtype=np.float64))
    many = np.broadcast_to(np.asarray(amount, dtype=np.float64), p.shape)
    if not ((p >= 0) & (p <= 1)).all():
        raise InvalidInterval(p[~((p >= 0) & (p <= 1))][0], "a probability lies in [0, 1]")
    if not ((many >= 0) & (many == np.floor(many)) & np.isfinite(many)).all():
        raise InvalidInterval(float(many.min()), "an amount is a whole number >= 0")
    if not 0 < coverage < 1:
        raise InvalidInterval(coverage, "a coverage lies between 0 and 1")
    certain = int(many[p == 1].sum())
    open_terms = (p > 0) & (p < 1) & (many > 0)
    table = _table(p[open_terms], many[open_terms])
    reached = np.cumsum(table)
    tail = (1 - coverage) / 2
    low, high = (int(np.searchsorted(reached, share - ROUNDING)) for share in (tail, 1 - tail))
    last = table.size - 1
    return ChanceSum(float(p @ many), certain + min(low, last), certain + min(high, last))


def _table(p: FloatArray, many: FloatArray) -> FloatArray:
    """Probability of each sum from 0 on; like terms first, then the two shortest tables."""
    pairs, count = np.unique(np.stack((p, many)), axis=1, return_counts=True)
    tables = [
        _repeated(float(one), int(size), int(times))
        for one, size, times in zip(*pairs, count, strict=True)
    ]
    heap = [(table.size, number, table) for number, table in enumerate(tables)]
    heapq.heapify(heap)
    number = len(heap)
    while len(heap) > 1:
        _, _, one = heapq.heappop(heap)
        _, _, other = heapq.heappop(heap)
        joined = _joined(one, other)
        heapq.heappush(heap, (joined.size, number, joined))
        number += 1
    return heap[0][2] if heap else np.ones(1)


def _joined(one: FloatArray, other: FloatArray) -> FloatArray:
    """Table of the sum of two independent sums, the first not the longer one."""
    if one.size <= DIRECT:
        return np.convolve(one, other)
    from scipy.signal import fftconvolve

    # A transform leaves rounding of either sign where there is nothing.
    return np.asarray(np.maximum(fftconvolve(one, other), 0.0))


def _repeated(p: float, many: int, times: int) -> FloatArray:
    """Table of the sum of ``times`` like terms: a binomial one, ``many`` steps apart."""
    k = np.arange(times + 1)
    ways = gammaln(times + 1) - gammaln(k + 1) - gammaln(times - k + 1)
    table = np.zeros(times * many + 1)
    table[::many] = np.exp(ways + xlogy(k, p) + xlog1py(times - k, -p))
    return table
