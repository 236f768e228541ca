"""Permutation tests: shuffles that a seed repeats, and p-values that are never 0.

The same seed gives the same shuffles on every machine with the same generator (PCG64 of NumPy),
and shuffle r does not depend on how many are taken, nor on the block of work that asks for it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gis.errors import InvalidSetting

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.crs import FloatArray

#: Shuffles unless told otherwise: the smallest p is then 0.001.
PERMUTATIONS = 999

SEED = 20_150_110
"""The seed unless told otherwise; any number does, as long as it stands beside the result."""


class Alternative(StrEnum):
    """Which results speak against the null hypothesis."""

    GREATER = "greater"
    """As great as the observed one, or greater."""
    LESS = "less"
    """As small, or smaller."""
    TWO_SIDED = "two-sided"
    """As far out on either side: twice the smaller of the two p-values, at most 1."""


def generator(seed: int, *step: int) -> np.random.Generator:
    """Return the generator of one step of a computation.

    Raises
    ------
    InvalidSetting
        If the seed is negative.
    """
    if seed < 0:
        raise InvalidSetting(seed, "a seed is 0 or more")
    return np.random.default_rng([seed, *step])


def checked_permutations(permutations: int) -> int:
    """Return a number of permutations that is not negative."""
    if permutations < 0:
        raise InvalidSetting(permutations, "the number of permutations is 0 or more")
    return permutations


def permutation_p(
    observed: npt.ArrayLike,
    simulated: npt.ArrayLike,
    alternative: Alternative = Alternative.GREATER,
) -> FloatArray:
    """Probability of a result as extreme as the observed one if the null hypothesis holds.

    ``p = (1 + #{simulated >= observed}) / (1 + n)``: the observed arrangement is one of those that
    could have been, so p is never 0 and the test is exact whatever n is.

    Parameters
    ----------
    observed : (...) array_like
    simulated : (n, ...) array_like
        The statistic of n shuffles.
    alternative : Alternative

    Returns
    -------
    (...) float64
        In (0, 1]; NaN where the observed value is NaN, and everywhere without a shuffle.

    References
    ----------
    Phipson, B., Smyth, G. K. (2010), Permutation p-values should never be zero, Statistical
    Applications in Genetics and Molecular Biology 9(1), article 39.

    Examples
    --------
    >>> permutation_p(3.0, [1.0, 2.0, 3.0])
    array(0.5)
    """
    value = np.asarray(observed, dtype=np.float64)
    by_chance = np.asarray(simulated, dtype=np.float64)
    n = by_chance.shape[0]
    if n == 0:
        return np.full(value.shape, np.nan)
    greater = (1 + (by_chance >= value).sum(axis=0)) / (1 + n)
    less = (1 + (by_chance <= value).sum(axis=0)) / (1 + n)
    p = {
        Alternative.GREATER: greater,
        Alternative.LESS: less,
        Alternative.TWO_SIDED: np.minimum(2 * np.minimum(greater, less), 1.0),
    }[alternative]
    return np.asarray(np.where(np.isnan(value), np.nan, p))
