"""Emerging hot spots: Gi* in space and time, its trend, and seventeen words for its history.

A cube has a row for each cell and a column for each step of time. Gi* of a cell at a step takes in
its neighbours at that step, and itself and them at the steps before; the Mann-Kendall test of the
z-scores of a cell says whether it grows hotter. The words are those of Esri's tool; the rules are
written out below because the tool's pages leave cases open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array

from gis.errors import InvalidSetting
from gis.hotspots import false_discovery, gi_z, two_sided
from gis.trend import Trend, mann_kendall

if TYPE_CHECKING:
    from gis.crs import BoolArray, FloatArray

#: Share of steps from which a cell counts as hot (or cold) nearly always.
NEARLY_ALWAYS = 0.9


class Pattern(StrEnum):
    """The history of a cell. ``hot`` here stands for significantly hot at a step."""

    NEW_HOT = "new hot spot"
    """Hot at the last step, never before."""
    CONSECUTIVE_HOT = "consecutive hot spot"
    """One run of two or more hot steps up to the last one, never before; below nine in ten."""
    INTENSIFYING_HOT = "intensifying hot spot"
    """Hot at nine in ten steps, the last one included, with z-scores that rise."""
    PERSISTENT_HOT = "persistent hot spot"
    """Hot at nine in ten steps, the last one included, without a trend."""
    DIMINISHING_HOT = "diminishing hot spot"
    """Hot at nine in ten steps, the last one included, with z-scores that fall."""
    SPORADIC_HOT = "sporadic hot spot"
    """Hot now and then, below nine in ten; never cold."""
    OSCILLATING_HOT = "oscillating hot spot"
    """Hot at the last step, cold before at some step; below nine in ten."""
    HISTORICAL_HOT = "historical hot spot"
    """Hot at nine in ten steps, but not at the last one."""
    NEW_COLD = "new cold spot"
    CONSECUTIVE_COLD = "consecutive cold spot"
    INTENSIFYING_COLD = "intensifying cold spot"
    PERSISTENT_COLD = "persistent cold spot"
    DIMINISHING_COLD = "diminishing cold spot"
    SPORADIC_COLD = "sporadic cold spot"
    OSCILLATING_COLD = "oscillating cold spot"
    HISTORICAL_COLD = "historical cold spot"
    NONE = "no pattern"


@dataclass(frozen=True, slots=True, eq=False)
class Emerging:
    """Of m cells at t steps.

    ``z``, ``p`` and ``p_fdr`` are (m, t), adjusted over the whole cube; ``trend`` is that of the
    z-scores; ``pattern`` (m,) is one word of :class:`Pattern` each.
    """

    z: FloatArray
    p: FloatArray
    p_fdr: FloatArray
    trend: Trend
    pattern: npt.NDArray[np.object_]


def emerging_hot_spots(
    cube: npt.ArrayLike,
    weights: csr_array,
    *,
    steps_back: int = 1,
    level: float = 0.05,
    trend_level: float = 0.05,
) -> Emerging:
    """Find what became of hot and cold spots.

    Mean and deviation are those of the whole cube. At the first steps there are fewer steps before,
    and so fewer neighbours.

    Parameters
    ----------
    cube : (m, t) array_like
        None missing.
    weights : (m, m) sparse
        Without the diagonal, ones for neighbours.
    steps_back : int
        Steps before that are neighbours in time, 0 for none.
    level : float
        Of adjusted p, up to which a cell is hot or cold at a step.
    trend_level : float
        Of the p of the trend.

    Raises
    ------
    InvalidSetting
        The cube is not a table, or a number of steps is negative.

    References
    ----------
    Esri, "How Emerging Hot Spot Analysis works" (ArcGIS Pro, space-time pattern mining).
    """
    x = np.asarray(cube, dtype=np.float64)
    if x.ndim != 2:
        raise InvalidSetting(x.shape, "a cube has a row a cell and a column a step")
    if steps_back < 0:
        raise InvalidSetting(steps_back, "the number of steps is 0 or more")
    size, steps = x.shape
    around = csr_array(weights + eye_array(size, format="csr"))
    near = around @ x
    local = near.copy()
    for back in range(1, min(steps_back, steps - 1) + 1):
        local[:, back:] += near[:, :-back]
    depth = np.minimum(np.arange(steps), steps_back) + 1.0
    total = np.asarray(around.sum(axis=1)).reshape(-1, 1) * depth
    squares = np.asarray(around.multiply(around).sum(axis=1)).reshape(-1, 1) * depth
    z = gi_z(local, x.mean() if x.size else 0.0, x.std() if x.size else 0.0, total, squares, x.size)
    p = two_sided(z)
    p_fdr = false_discovery(p)
    trend = mann_kendall(z)
    significant = p_fdr <= level
    pattern = patterns(significant & (z > 0), significant & (z < 0), trend, trend_level)
    return Emerging(z, p, p_fdr, trend, pattern)


def patterns(
    hot: BoolArray, cold: BoolArray, trend: Trend, trend_level: float
) -> npt.NDArray[np.object_]:
    """The word for the history of each cell, (m,), of when it was hot and when cold, (m, t).

    The first rule that holds gives the word, in the order of :class:`Pattern`, except that a cell
    that was also of the other kind before is neither new nor consecutive but oscillating, and that
    one which is nearly always hot is judged by that alone.
    """
    found = np.full(hot.shape[0], Pattern.NONE.value, dtype=object)
    if hot.shape[1] == 0:
        return found
    rises = (trend.p <= trend_level) & (trend.s > 0)
    falls = (trend.p <= trend_level) & (trend.s < 0)
    for mine, other, stronger, weaker, kind in (
        (hot, cold, rises, falls, "HOT"),
        (cold, hot, falls, rises, "COLD"),
    ):
        times, last = mine.sum(axis=1), mine[:, -1]
        always = times >= NEARLY_ALWAYS * mine.shape[1]
        run = np.cumprod(mine[:, ::-1], axis=1).sum(axis=1)
        once, mixed = (run == times) & last & ~always, other.any(axis=1)
        rules = {
            "NEW": once & (times == 1) & ~mixed,
            "CONSECUTIVE": once & (times > 1) & ~mixed,
            "INTENSIFYING": always & last & stronger,
            "PERSISTENT": always & last & ~stronger & ~weaker,
            "DIMINISHING": always & last & weaker,
            "SPORADIC": (times > 0) & ~always & ~mixed & ~once,
            "OSCILLATING": last & ~always & mixed,
            "HISTORICAL": always & ~last,
        }
        for name, holds in rules.items():
            found[holds] = Pattern[f"{name}_{kind}"].value
    return found
