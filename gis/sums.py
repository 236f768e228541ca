"""Sums of ranges: what is certain, and two intervals that name their models.

"3 to 7 killed" and "about 20" do not add up to a number. Three answers, none instead of another:

- **hard bounds**: no fewer than the sum of what is known at least, no more than the sum of what is
  known at most. True whenever each range is. Missing above as soon as one upper end is.
- **independent**: the truths lie in their ranges by a named model, and have nothing to do with one
  another. High ones and low ones make up for each other: a narrow interval.
- **dependent**: all are low together or high together (comonotone: the sums of the quantiles), as
  they are where one ministry or one agency is behind them all: a wide interval.

The truth between the two cannot be known from the data, so print both. An incident that belongs to
the sum with a share (an aoristic one, or the probability of a place) is in it as a whole with that
probability, and out of it else.

A range without both ends has no distribution: it has its part in the bounds, and is counted beside
the intervals. A missing figure is counted, never 0.

References
----------
PERT: Malcolm et al. (1959), Operations Research 7(5):646-669: a beta distribution on [low, high]
with mode at the best figure and weight 4. Comonotone sums: Dhaene et al. (2002), Insurance:
Mathematics and Economics 31(1):3-33.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.errors import InvalidInterval
from gis.range_tables import Shape, sum_quantiles

if TYPE_CHECKING:
    from gis.crs import BoolArray, FloatArray

COVERAGE = 0.9
PERT_WEIGHT = 4.0


class RangeModel(StrEnum):
    """How likely the numbers within a range are."""

    UNIFORM = "uniform"
    """All of them equally."""
    PERT = "pert"
    """Those near the best figure more; without a best figure, all of them equally."""


@dataclass(frozen=True, slots=True)
class RangeSum:
    """A sum of ranges.

    Parameters
    ----------
    low, high : float or None
        Hard bounds. ``low`` is missing if nothing is known of any range, ``high`` as soon as one
        upper end is.
    best : float or None
        Expected sum of the best figures; missing if there is none.
    independent, dependent : (float, float) or None
        Equal-tailed intervals over the closed ranges; missing if there are ranges, none closed.
    closed, open, unknown : int
        Ranges with both ends, with one or a best figure only, and of which nothing is known.
    """

    low: float | None
    best: float | None
    high: float | None
    independent: tuple[float, float] | None
    dependent: tuple[float, float] | None
    closed: int
    open: int
    unknown: int


def widened(
    low: npt.ArrayLike, best: npt.ArrayLike, high: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ranges as they are, those that are out of order widened to hold all that is said of them.

    Datasets have rows whose best figure lies outside their range, or whose range is turned round.
    Which figure is the slip cannot be told, so the range holds all of them. A missing end stays so.

    Parameters
    ----------
    low, best, high : (n,) array_like
        NaN where missing.

    Examples
    --------
    >>> widened([5.0, 9.0], [3.0, 8.0], [7.0, 2.0])
    (array([3., 2.]), array([3., 8.]), array([7., 9.]))
    """
    a, b, c = (np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (low, best, high))
    least, most = np.fmin(np.fmin(a, b), c), np.fmax(np.fmax(a, b), c)
    return np.where(np.isnan(a), np.nan, least), b, np.where(np.isnan(c), np.nan, most)


def sum_of_ranges(
    low: npt.ArrayLike,
    best: npt.ArrayLike,
    high: npt.ArrayLike,
    *,
    share: npt.ArrayLike = 1.0,
    certain: npt.ArrayLike | None = None,
    model: RangeModel = RangeModel.UNIFORM,
    coverage: float = COVERAGE,
) -> RangeSum:
    """Add up ranges.

    Parameters
    ----------
    low, best, high : (n,) array_like
        ``0 <= low <= best <= high``, in order as by :func:`widened`; NaN where missing.
    share : () or (n,) array_like
        Probability with which each belongs to the sum, in [0, 1].
    certain : (n,) array_like of bool, optional
        Whether it certainly does; where missing, those with a share of 1. The lower bound counts
        only these, the upper bound all of them.
    model : RangeModel
        Of the closed ranges, continuous between its ends.
    coverage : float
        Of the intervals, in (0, 1); equal tails.

    Returns
    -------
    RangeSum
        All 0 for no ranges.

    Raises
    ------
    InvalidInterval
        A range is negative or out of order, or a share or the coverage is out of range.

    Examples
    --------
    >>> found = sum_of_ranges([0, 10], [5, 15], [10, 20])
    >>> found.low, found.high, found.dependent, found.independent
    (10.0, 30.0, (11.0, 29.0), (13.0, 27.0))
    """
    a, b, c = (np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (low, best, high))
    weight = np.broadcast_to(np.asarray(share, dtype=np.float64), a.shape)
    sure = weight >= 1 if certain is None else np.asarray(certain, dtype=np.bool_)
    _check(a, b, c, weight, coverage)
    closed = ~np.isnan(a) & ~np.isnan(c)
    unknown = np.isnan(a) & np.isnan(b) & np.isnan(c)
    tails = (1 - coverage) / 2, (1 + coverage) / 2
    inner = _shapes(a[closed], b[closed], c[closed], weight[closed], model)
    has_interval = bool(closed.any()) or not a.size
    return RangeSum(
        low=None if a.size and np.isnan(a).all() else float(np.nansum(a[sure])),
        best=_expected(b, weight) if a.size else 0.0,
        high=None if np.isnan(c).any() else float(c.sum()),
        independent=sum_quantiles(inner, tails) if has_interval else None,
        dependent=_comonotone(inner, tails) if has_interval else None,
        closed=int(closed.sum()),
        open=int((~closed & ~unknown).sum()),
        unknown=int(unknown.sum()),
    )


def _expected(best: FloatArray, weight: FloatArray) -> float | None:
    known = ~np.isnan(best)
    return float(best[known] @ weight[known]) if known.any() else None


def _shapes(
    low: FloatArray, best: FloatArray, high: FloatArray, share: FloatArray, model: RangeModel
) -> Shape:
    """The beta distribution of each range; that with both powers 1 is the uniform one."""
    width = high - low
    place = np.where(width > 0, (best - low) / np.where(width > 0, width, 1.0), 0.5)
    peaked = ~np.isnan(place) & (model is RangeModel.PERT)
    rising = np.where(peaked, 1.0 + PERT_WEIGHT * place, 1.0)
    falling = np.where(peaked, 1.0 + PERT_WEIGHT * (1.0 - place), 1.0)
    return Shape(low, width, rising, falling, share)


def _comonotone(shape: Shape, tails: tuple[float, float]) -> tuple[float, float]:
    """The sum of the quantiles: each is 0 up to the probability that it is not in the sum."""
    low, high = (float(_quantiles(shape, tail).sum()) for tail in tails)
    return low, high


def _quantiles(shape: Shape, at: float) -> FloatArray:
    # Imported here: parameters of methods name the models, and take no part in computing.
    from scipy.special import betaincinv

    present = shape.share > 1.0 - at
    inside = (at - (1.0 - shape.share)) / np.where(present, shape.share, 1.0)
    # A whole share leaves rounding behind: 0.05 - (1 - 1) is 0.05 and nothing else.
    place = betaincinv(shape.rising, shape.falling, np.clip(inside, 0.0, 1.0))
    quantiles: FloatArray = np.where(present, shape.low + shape.width * place, 0.0)
    return quantiles


def _check(
    low: FloatArray, best: FloatArray, high: FloatArray, share: FloatArray, coverage: float
) -> None:
    wrong: BoolArray = (low > high) | (low > best) | (best > high)
    for one in (low, best, high):
        wrong |= (one < 0) | np.isinf(one)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        figures = (float(low[row]), float(best[row]), float(high[row]))
        raise InvalidInterval(figures, "0 <= low <= best <= high, all of them finite")
    if not ((share >= 0) & (share <= 1)).all():
        raise InvalidInterval(share.tolist(), "a share lies in [0, 1]")
    if not 0 < coverage < 1:
        raise InvalidInterval(coverage, "a coverage lies between 0 and 1")
