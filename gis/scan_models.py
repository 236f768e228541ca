"""How much more likely a window makes the incidents: the likelihood ratios of scan statistics.

The window is scored by a log likelihood ratio of "more inside than outside" against "the same
everywhere". For given expectations it depends on the count alone, so its constants are computed
once and a replication costs a table look-up and a multiplication a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import xlogy

from gis.permutations import generator

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.crs import FloatArray, IntArray


def poisson_llr(
    observed: npt.ArrayLike, expected: npt.ArrayLike, incidents: npt.ArrayLike
) -> FloatArray:
    """Log likelihood ratio of a window with more incidents than expected.

    ``c ln(c / mu) + (C - c) ln((C - c) / (C - mu))`` if ``c > mu``, else 0: the same for the
    Poisson model and for the space-time permutation.

    Parameters
    ----------
    observed, expected : array_like
        c and mu: incidents within, and how many were expected.
    incidents : array_like
        C: all incidents, within and without.

    References
    ----------
    Kulldorff, M. (1997), A spatial scan statistic, Communications in Statistics: Theory and Methods
    26(6), 1481-1496. Kulldorff, M., et al. (2005), A space-time permutation scan statistic for
    disease outbreak detection, PLoS Medicine 2(3), e59.

    Examples
    --------
    >>> round(float(poisson_llr(236, 176.2233, 1175)), 4)
    10.9798
    """
    c, mu, total = (np.asarray(part, dtype=np.float64) for part in (observed, expected, incidents))
    rest, rest_mu = total - c, total - mu
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = xlogy(c, c) - xlogy(c, mu) + xlogy(rest, rest) - xlogy(rest, rest_mu)
    return np.asarray(np.where((c > mu) & (mu < total), np.maximum(ratio, 0.0), 0.0))


def bernoulli_llr(
    observed: npt.ArrayLike,
    at_risk: npt.ArrayLike,
    incidents: npt.ArrayLike,
    population: npt.ArrayLike,
) -> FloatArray:
    """Log likelihood ratio of a window where more of those at risk are cases than elsewhere.

    ``c ln(c/n) + (n-c) ln(1-c/n) + (C-c) ln((C-c)/(N-n)) + (N-n-C+c) ln(1-(C-c)/(N-n))
    - C ln(C/N) - (N-C) ln(1-C/N)`` if ``c/n > (C-c)/(N-n)``, else 0.

    Parameters
    ----------
    observed, at_risk : array_like
        c and n: cases, and cases with controls, within.
    incidents, population : array_like
        C and N: the same within and without.

    References
    ----------
    Kulldorff, M., Nagarwalla, N. (1995), Spatial disease clusters: detection and inference,
    Statistics in Medicine 14(8), 799-810.

    Examples
    --------
    >>> round(float(bernoulli_llr(4, 4, 62, 203)), 6)
    4.836516
    """
    c, n, total, people = (
        np.asarray(part, dtype=np.float64) for part in (observed, at_risk, incidents, population)
    )
    inside = xlogy(c, c) + xlogy(n - c, n - c) - xlogy(n, n)
    rest, others = total - c, people - n
    outside = xlogy(rest, rest) + xlogy(others - rest, others - rest) - xlogy(others, others)
    everywhere = xlogy(total, total) + xlogy(people - total, people - total) - xlogy(people, people)
    more = c * others > rest * n
    return np.asarray(np.where(more, np.maximum(inside + outside - everywhere, 0.0), 0.0))


class Scores(Protocol):
    """Scores windows whose expectations are fixed, by their counts."""

    def of(self, counts: IntArray) -> FloatArray:
        """Likelihood ratios of (..., windows) counts; 0 where there are too few."""
        ...


class Model(Protocol):
    """What is expected where, and how incidents would be spread by chance."""

    incidents: int
    expected: FloatArray
    """Expected incidents, (locations, steps)."""

    def scores(self, expected: FloatArray) -> Scores:
        """Prepare the scores of windows with these expectations."""
        ...

    def replicate(self, seed: int, step: int) -> IntArray:
        """Counts under the null hypothesis, (locations, steps)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _PoissonScores:
    table: FloatArray
    slope: FloatArray
    base: FloatArray
    expected: FloatArray

    def of(self, counts: IntArray) -> FloatArray:
        score = self.table[counts] - counts * self.slope + self.base
        return np.where((counts > self.expected) & (score > 0), score, 0.0)


def _poisson_scores(expected: FloatArray, incidents: int) -> _PoissonScores:
    counts = np.arange(incidents + 1, dtype=np.float64)
    table = xlogy(counts, counts) + xlogy(incidents - counts, incidents - counts)
    # A window in which everything or nothing is expected has nothing to be compared with.
    told = (expected > 0) & (expected < incidents * (1 - 1e-12))
    mu = np.where(told, expected, incidents / 2)
    rest = np.log(incidents - mu) if incidents else np.zeros_like(mu)
    slope = np.log(mu) - rest if incidents else np.zeros_like(mu)
    return _PoissonScores(table, slope, -incidents * rest, np.where(told, expected, np.inf))


class PoissonModel:
    """Incidents fall by chance where and when they are expected.

    ``expected`` (m, T) is proportional to population, or standardised by the caller; it is scaled
    to the number of incidents. A window where nothing is expected is not scored.
    """

    def __init__(self, expected: FloatArray, incidents: int) -> None:
        total = expected.sum()
        self.incidents = incidents
        self.expected = expected * (incidents / total if total else 0.0)
        self._share = expected.ravel() / total if total else expected.ravel()

    def scores(self, expected: FloatArray) -> Scores:
        """Prepare scores by :func:`poisson_llr`."""
        return _poisson_scores(expected, self.incidents)

    def replicate(self, seed: int, step: int) -> IntArray:
        """Draw all incidents anew from the expectation."""
        if not self.incidents:
            return np.zeros(self.expected.shape, dtype=np.int64)
        drawn = generator(seed, step).multinomial(self.incidents, self._share)
        return drawn.reshape(self.expected.shape)


class PermutationModel:
    """The dates of the incidents are shuffled over their places.

    Each place keeps its number of incidents and each step its own, so nothing has to be known of
    the population. ``location`` and ``step`` (n,) are those of each incident.
    """

    def __init__(self, location: IntArray, step: IntArray, shape: tuple[int, int]) -> None:
        self.location, self._step, self._shape = location, step, shape
        self.incidents = int(location.size)
        by_place = np.bincount(location, minlength=shape[0])
        by_step = np.bincount(step, minlength=shape[1])
        self.expected = np.outer(by_place, by_step) / max(self.incidents, 1)

    def scores(self, expected: FloatArray) -> Scores:
        """Prepare scores by :func:`poisson_llr`."""
        return _poisson_scores(expected, self.incidents)

    def shuffle(self, seed: int, step: int) -> IntArray:
        """Steps of the incidents, shuffled (step 0: not), (n,)."""
        return generator(seed, step).permutation(self._step) if step else self._step

    def replicate(self, seed: int, step: int) -> IntArray:
        """Shuffle the dates (step 0: not)."""
        cell = self.location * self._shape[1] + self.shuffle(seed, step)
        return np.bincount(cell, minlength=self._shape[0] * self._shape[1]).reshape(self._shape)


@dataclass(frozen=True, slots=True, eq=False)
class _BernoulliScores:
    at_risk: FloatArray
    incidents: int
    population: float

    def of(self, counts: IntArray) -> FloatArray:
        return bernoulli_llr(counts, self.at_risk, self.incidents, self.population)


class BernoulliModel:
    """Cases are drawn by chance from cases and controls; one step of time.

    ``population`` (m,) int64 is cases and controls at each location.
    """

    def __init__(self, population: IntArray, incidents: int) -> None:
        self._population, self._total = population, int(population.sum())
        self.incidents = incidents
        share = incidents / max(self._total, 1)
        self.expected: FloatArray = population[:, None].astype(np.float64) * share

    def scores(self, expected: FloatArray) -> Scores:
        """Prepare scores by :func:`bernoulli_llr`."""
        at_risk = expected * (self._total / self.incidents if self.incidents else 0.0)
        return _BernoulliScores(np.rint(at_risk), self.incidents, float(self._total))

    def replicate(self, seed: int, step: int) -> IntArray:
        """Draw the cases anew, without replacement."""
        drawn = generator(seed, step).multivariate_hypergeometric(
            self._population, self.incidents, method="marginals"
        )
        return drawn[:, None]
