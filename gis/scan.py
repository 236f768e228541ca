"""Scan statistics: where, and when, there were more incidents than the rest would lead to expect.

Circles of every size around every location, and stretches of time of every length, are scored by a
likelihood ratio (Kulldorff); the best is compared with the best of as many random replications, so
the p-value pays for all the looking.

Three null hypotheses: dates shuffled over places (:func:`scan_permutation`, which needs nothing but
incidents), incidents in proportion to a population (:func:`scan_poisson`), cases among controls
(:func:`scan_bernoulli`). A small p says that *reports* were more numerous there and then than the
null hypothesis allows. Reporting that changed in one place and not in another (a correspondent who
came, a blackout that ended) breaks the null hypothesis and makes clusters of its own; the Poisson
model is broken by any lasting difference in reporting too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.errors import InvalidSetting
from gis.scan_clusters import Chance, Scan, ScanWindow, model_scan
from gis.scan_input import Study, checked_counts, dated
from gis.scan_models import BernoulliModel, PermutationModel, PoissonModel

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.positions import Positions

#: As many are drawn from at most (NumPy's limit for the hypergeometric distribution).
MOST_AT_RISK = 1_000_000_000


def scan_permutation(
    places: Positions,
    day: npt.ArrayLike,
    study: Study,
    *,
    silent: Positions | None = None,
    window: ScanWindow | None = None,
    chance: Chance | None = None,
) -> Scan:
    """Scan for space-time clusters by shuffling dates: Kulldorff's space-time permutation.

    In a window with ``C_z`` incidents at its places and ``C_d`` on its days, of C in all, ``mu =
    C_z C_d / C`` are expected. Whatever is always frequent in a place, or everywhere at a time, is
    no cluster.

    Parameters
    ----------
    places : Positions
        Of n incidents. Those with the same coordinates are one location.
    day : (n,) array_like
        Days from any common origin; NaN if unknown. An interval has to be drawn or left out before:
        see :func:`gis.knox_dates.drawn_day`.
    study : Study
        First and last day, and the length of a step. Incidents outside are excluded.
    silent : Positions, optional
        Further locations, that reported nothing: circles are centred on them too. They are part of
        the question (which places were watched?), and change p.
    window : ScanWindow
        ``share`` is of the incidents.
    chance : Chance

    Returns
    -------
    Scan
        Without clusters if there is nothing to compare: fewer than two incidents, one location, or
        one step with incidents.

    Raises
    ------
    InvalidGeometry, InvalidInterval, InvalidSetting
        If a coordinate, a date or a setting is out of range.

    References
    ----------
    Kulldorff, M., Heffernan, R., Hartman, J., Assunção, R., Mostashari, F. (2005), A space-time
    permutation scan statistic for disease outbreak detection, PLoS Medicine 2(3), e59.
    """
    found = dated(places, day, study, silent)
    at_risk = np.bincount(found.of_row, minlength=found.at.x.size).astype(np.float64)
    model = PermutationModel(found.of_row, found.step, (found.at.x.size, study.steps))
    counts = model.replicate(0, 0)
    return model_scan(found, model, counts, at_risk, window or ScanWindow(), chance or Chance())


def scan_poisson(
    places: Positions,
    cases: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    window: ScanWindow | None = None,
    chance: Chance | None = None,
) -> Scan:
    """Scan for clusters beyond what a population leads to expect: Kulldorff's Poisson model.

    Parameters
    ----------
    places : Positions
        Of m locations, each given once. One without coordinates is excluded with its cases.
    cases : (m,) or (m, T) array_like of whole numbers
        Incidents at each location, in space alone or in each of T steps.
    expected : array_like of the same shape, >= 0
        Proportional to what is expected: a population, or from
        :func:`gis.scan_input.standardised`. It is scaled to the number of cases.
    window : ScanWindow
        ``share`` is of ``expected``.
    chance : Chance

    Returns
    -------
    Scan
        ``incidents`` and ``excluded`` count cases. Without clusters for no or one location.

    Raises
    ------
    InvalidGeometry, InvalidSetting
        If a number or a setting is out of range, or cases happened where none can be expected.

    References
    ----------
    Kulldorff, M. (1997), A spatial scan statistic, Communications in Statistics: Theory and Methods
    26(6), 1481-1496. Kulldorff, M., et al. (1998), Evaluating cluster alarms: a space-time scan
    statistic and brain cancer in Los Alamos, American J. Public Health 88(9), 1377-1380.
    """
    counts, hoped, found = checked_counts(places, cases, expected)
    model = PoissonModel(hoped, int(counts.sum()))
    if (counts[hoped == 0] > 0).any():
        raise InvalidSetting(0.0, "where cases happened, more than 0 are expected")
    at_risk = hoped.sum(axis=1)
    return model_scan(found, model, counts, at_risk, window or ScanWindow(), chance or Chance())


def scan_bernoulli(
    places: Positions,
    cases: npt.ArrayLike,
    controls: npt.ArrayLike,
    *,
    window: ScanWindow | None = None,
    chance: Chance | None = None,
) -> Scan:
    """Scan in space for clusters of cases among controls: Kulldorff's Bernoulli model.

    Parameters
    ----------
    places : Positions
        Of m locations, each given once.
    cases, controls : (m,) array_like of whole numbers
        For instance incidents of one kind, and all others.
    window : ScanWindow
        ``share`` is of cases and controls.
    chance : Chance

    Returns
    -------
    Scan
        ``incidents`` and ``excluded`` count cases.

    Raises
    ------
    InvalidGeometry, InvalidSetting
        If a number or a setting is out of range.

    References
    ----------
    Kulldorff, M., Nagarwalla, N. (1995), Spatial disease clusters: detection and inference,
    Statistics in Medicine 14(8), 799-810.
    """
    counts, others, found = checked_counts(places, cases, controls)
    if counts.shape[1] != 1 or (others != np.rint(others)).any():
        raise InvalidSetting(others.shape, "cases and controls are whole numbers, without steps")
    population = counts[:, 0] + others[:, 0].astype(np.int64)
    if population.sum() >= MOST_AT_RISK:
        raise InvalidSetting(int(population.sum()), f"cases and controls are below {MOST_AT_RISK}")
    model = BernoulliModel(population, int(counts.sum()))
    at_risk = population.astype(np.float64)
    return model_scan(found, model, counts, at_risk, window or ScanWindow(), chance or Chance())
