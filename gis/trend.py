"""Trends of series: the Mann-Kendall test, and the median slope of Sen.

Neither needs the values to be normal or the trend to be straight. Both take the values of a series
as independent of one another: a series that remembers its last step finds trends too easily.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from gis.errors import InvalidSetting

if TYPE_CHECKING:
    from gis.crs import FloatArray

#: Slopes held at once in search of their median (8 bytes each).
_SLOPES_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """Of m series: S, Kendall's tau-b, z, two-sided p, and Sen's slope a step; all (m,).

    NaN for series with a missing value; z and p are also NaN where all values are the same.
    """

    s: FloatArray
    tau: FloatArray
    z: FloatArray
    p: FloatArray
    slope: FloatArray


def mann_kendall(series: npt.ArrayLike) -> Trend:
    """Test series for a monotonic trend.

    ``S`` is the number of pairs that rise less the number that fall. Its variance is corrected for
    ties, and z for continuity (1 nearer to 0); p is by the normal approximation, which is fair from
    about ten steps on.

    Parameters
    ----------
    series : (m, t) array_like
        Values at t equal steps.

    Raises
    ------
    InvalidSetting
        The array has not two dimensions.

    References
    ----------
    Mann (1945), Econometrica 13(3). Kendall (1975), Rank Correlation Methods, for ties. Sen (1968),
    J. American Statistical Association 63(324), for the slope.
    """
    x = np.asarray(series, dtype=np.float64)
    if x.ndim != 2:
        raise InvalidSetting(x.shape, "series are rows of a table")
    size, steps = x.shape
    missing = np.asarray(np.isnan(x).any(axis=1))
    s = np.zeros(size)
    for lag in range(1, steps):
        s += np.sign(x[:, lag:] - x[:, :-lag]).sum(axis=1)
    tied, tied_pairs = _ties(x)
    variance = (steps * (steps - 1) * (2 * steps + 5) - tied) / 18.0
    pairs = steps * (steps - 1) / 2.0
    varied = (variance > 0) & ~missing
    z = np.full(size, np.nan)
    z[varied] = (s - np.sign(s))[varied] / np.sqrt(variance[varied])
    tau = np.full(size, np.nan)
    tau[varied] = s[varied] / np.sqrt((pairs - tied_pairs[varied]) * pairs)
    s[missing] = np.nan
    return Trend(s, tau, z, np.asarray(2.0 * norm.sf(np.abs(z))), _slope(x, missing))


def _ties(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sums over groups of t equal values of ``t (t - 1) (2 t + 5)`` and ``t (t - 1) / 2``."""
    size, steps = x.shape
    ranked = np.sort(x, axis=1)
    first = np.ones((size, steps), dtype=np.bool_)
    first[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    starts = np.flatnonzero(first.ravel())
    length = np.diff(np.append(starts, size * steps)).astype(np.float64)
    row = starts // max(steps, 1)
    cubic = length * (length - 1) * (2 * length + 5)
    return (
        np.bincount(row, weights=cubic, minlength=size).astype(np.float64),
        np.bincount(row, weights=length * (length - 1) / 2.0, minlength=size).astype(np.float64),
    )


def _slope(x: FloatArray, missing: npt.NDArray[np.bool_]) -> FloatArray:
    size, steps = x.shape
    slope = np.full(size, np.nan)
    if steps < 2:
        return slope
    before, after = np.triu_indices(steps, 1)
    rows = np.flatnonzero(~missing)
    block = max(_SLOPES_AT_ONCE // before.size, 1)
    for start in range(0, rows.size, block):
        part = rows[start : start + block]
        slopes = (x[part][:, after] - x[part][:, before]) / (after - before)
        slope[part] = np.median(slopes, axis=1)
    return slope
