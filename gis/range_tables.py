"""The distribution of a sum of independent ranges, by convolution.

Each range becomes a table of probabilities on a grid of whole numbers; like ranges are raised to a
power, and the two shortest tables joined until one is left. Nothing is drawn by chance: the same
ranges give the same table.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gis.crs import FloatArray

#: Sums wider than this are computed on a grid of more than one person: 8 MB for a table.
GREATEST_TABLE = 2**20

#: Shorter tables are joined term by term, which is exact to rounding and quicker.
DIRECT = 256

#: What rounding may leave of a probability that is none.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Ranges as beta distributions on ``[low, low + width]``, all (n,) float64.

    ``share`` is the probability with which a range is in the sum at all; else it is 0.
    """

    low: FloatArray
    width: FloatArray
    rising: FloatArray
    falling: FloatArray
    share: FloatArray


def sum_quantiles(ranges: Shape, at: tuple[float, float]) -> tuple[float, float]:
    """Quantiles of the sum of independent ranges.

    A range is spread over the two nearest points of the grid so that its mean is kept (the mass of
    point k is the second difference of the integral of the distribution function). The grid is of
    whole numbers unless the sum spans more than 2^20 of them.

    Parameters
    ----------
    ranges : Shape
    at : (float, float)
        Cumulative probabilities.

    Returns
    -------
    (float, float)
        The least points of the grid whose cumulative probability reaches them; 0 for no ranges.
    """
    # A range that is in the sum for certain starts from its low end, another one from 0.
    sure = ranges.share >= 1.0
    offset = float(ranges.low[sure].sum())
    rest = np.where(sure, 0.0, ranges.low)
    open_ones = (ranges.share > 0) & ((ranges.width > 0) | (~sure & (rest > 0)))
    columns = (rest, ranges.width, ranges.rising, ranges.falling, ranges.share)
    kinds, count = np.unique(
        np.stack([one[open_ones] for one in columns]), axis=1, return_counts=True
    )
    span = float(((kinds[0] + kinds[1]) * count).sum())
    step = 2.0 ** max(0, int(np.ceil(np.log2(max(span, 1.0) / GREATEST_TABLE))))
    tables = [
        _power(_table(kind, step), times)
        for kind, times in zip(kinds.T, count.tolist(), strict=True)
    ]
    reached = np.cumsum(_joined(tables))
    low, high = (min(int(np.searchsorted(reached, p - ROUNDING)), reached.size - 1) for p in at)
    return offset + low * step, offset + high * step


def _table(kind: FloatArray, step: float) -> FloatArray:
    """Probabilities of 0, step, 2 step ... of a range; what is not in the sum is at 0."""
    low, width, rising, falling, share = kind.tolist()
    points = np.arange(-1, int(np.ceil((low + width) / step)) + 2, dtype=np.float64)
    integral = _integral(points * step, low, width, rising, falling) / step
    table: FloatArray = share * np.maximum(np.diff(integral, 2), 0.0)
    table[0] += 1.0 - share
    return table


def _integral(x: FloatArray, low: float, width: float, rising: float, falling: float) -> FloatArray:
    """Integral of a beta distribution function from minus infinity to x.

    On the unit interval, ``z I_z(a, b) - a / (a + b) I_z(a + 1, b)``, by parts.
    """
    from scipy.special import betainc

    beyond = np.maximum(x - (low + width), 0.0)
    if width == 0:
        return beyond
    z = np.clip((x - low) / width, 0.0, 1.0)
    mean = rising / (rising + falling)
    inside = z * betainc(rising, falling, z) - mean * betainc(rising + 1.0, falling, z)
    integral: FloatArray = width * inside + beyond
    return integral


def _power(table: FloatArray, times: int) -> FloatArray:
    """Table of the sum of so many like ranges."""
    if times == 1:
        return table
    return _transformed((table,), times, times * (table.size - 1) + 1)


def _joined(tables: list[FloatArray]) -> FloatArray:
    heap = [(table.size, number, table) for number, table in enumerate(tables)]
    heapq.heapify(heap)
    number = len(heap)
    while len(heap) > 1:
        _, _, one = heapq.heappop(heap)
        _, _, other = heapq.heappop(heap)
        if one.size <= DIRECT:
            joined = np.convolve(one, other)
        else:
            joined = _transformed((one, other), 1, one.size + other.size - 1)
        heapq.heappush(heap, (joined.size, number, joined))
        number += 1
    return heap[0][2] if heap else np.ones(1)


def _transformed(tables: tuple[FloatArray, ...], times: int, size: int) -> FloatArray:
    """Tables joined by way of their Fourier transforms, each so many times."""
    from scipy.fft import irfft, next_fast_len, rfft

    length = next_fast_len(size, real=True)
    product = np.prod([rfft(table, length) for table in tables], axis=0) ** times
    # A transform leaves rounding of either sign where there is nothing.
    positive: FloatArray = np.maximum(irfft(product, length)[:size], 0.0)
    positive /= positive.sum()
    return positive
