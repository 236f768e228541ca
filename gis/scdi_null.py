"""How often the Spatial Conflict Dynamics indicator says "clustered" where nothing is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from gis.errors import InvalidSetting
from gis.permutations import SEED, generator

if TYPE_CHECKING:
    from gis.crs import FloatArray

TOWNS = 5
"""Towns of the null model in which incidents are coded to towns."""

_SIMULATED = (*range(2, 21), 30, 50, 100)
"""Numbers of incidents for which rates are simulated; in between, those of the number below hold.

Rates change by less than 0.01 from 20 on: bias and spread of the index shrink alike.
"""


@cache
def null_rates(incidents: int, *, towns: int = TOWNS, seed: int = SEED) -> tuple[float, float]:
    """How often the rule says "clustered" where nothing is: at random, and coded to towns.

    Simulated in a square, 8,000 patterns up to 20 incidents and 2,000 above (standard error up to
    0.006 and 0.011).

    Parameters
    ----------
    incidents : int, >= 2
    towns : int
        Random places to which all incidents are coded in the second case.

    Raises
    ------
    InvalidSetting
        There are fewer than two incidents, or no town.
    """
    if incidents < 2 or towns < 1:
        raise InvalidSetting((incidents, towns), "there are two incidents and a town")
    number = max(size for size in _SIMULATED if size <= incidents)
    draws = 8_000 if number <= 20 else 2_000
    random = generator(seed, number, towns)
    anywhere = random.random((draws, number, 2))
    sites = random.random((draws, towns, 2))
    coded = np.take_along_axis(
        sites, random.integers(towns, size=(draws, number))[:, :, None], axis=1
    )
    return _clustered(anywhere), _clustered(coded)


def _clustered(patterns: FloatArray) -> float:
    """Share of patterns in the unit square, (draws, n, 2), that the rule calls clustered."""
    draws, number, _ = patterns.shape
    group = np.repeat(np.arange(draws), number)
    flat = np.column_stack((patterns.reshape(-1, 2), group * 10.0))
    nearest = cKDTree(flat).query(flat, k=2)[0][:, 1].reshape(draws, number)
    return float((nearest.mean(axis=1) / (0.5 * np.sqrt(1.0 / number)) < 1.0).mean())
