"""The clusters of a scan: searched for in the data, and weighed against chance.

Which null hypothesis is meant, and what breaks it, is said in :mod:`gis.scan`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gis.circles import circles
from gis.errors import InvalidSetting
from gis.permutations import PERMUTATIONS, SEED, checked_permutations
from gis.scan_search import DECIMALS, Best, Search, stretches

if TYPE_CHECKING:
    from gis.crs import FloatArray, IntArray
    from gis.scan_input import Dated
    from gis.scan_models import Model


@dataclass(frozen=True, slots=True)
class ScanWindow:
    """Which windows are scored.

    ``share`` is the greatest share of those at risk within a circle, above 0 and at most 1, and
    ``radius_m`` the greatest radius, if any. A window lasts ``least_steps`` to ``most_steps`` (half
    of all steps unless given), and to the last step if ``alive``: a prospective scan, that looks
    for what still goes on. It holds at least ``least_incidents``.
    """

    share: float = 0.5
    radius_m: float | None = None
    least_steps: int = 1
    most_steps: int | None = None
    alive: bool = False
    least_incidents: int = 2


@dataclass(frozen=True, slots=True)
class Chance:
    """Replications: how many, by which seed, and when to stop early.

    With ``stop_after`` h, replications end as soon as h of them reached the best score, and p is h
    over their number (Besag and Clifford 1991, Biometrika
    78(2), 301-304): what is far from unusual need not be known well.
    """

    replications: int = PERMUTATIONS
    seed: int = SEED
    stop_after: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ScanCluster:
    """A circle and a stretch of time with more incidents than expected.

    ``centre`` and ``locations`` (k,), by distance from the centre, are positions among the
    locations of the result. The stretch is from ``first_step`` up to, not including,
    ``after_step``. ``relative_risk`` is ``(c / mu) / ((C - c) / (C - mu))``, infinite if there is
    no incident elsewhere. ``p`` is the share of replications whose best window anywhere scores as
    high or higher: for clusters after the first it errs on the safe side. NaN without replications.
    """

    centre: int
    locations: IntArray
    radius_m: float
    first_step: int
    after_step: int
    observed: int
    expected: float
    relative_risk: float
    score: float
    p: float

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected

    def recurrence_days(self, step_days: float) -> float:
        """Days between scans that find as much by chance, if one is made each step: step / p."""
        return step_days / self.p


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What a scan found.

    ``clusters`` come by score, none sharing a location with one before it ("no geographical
    overlap"); those that chance explains are among them, with their p. ``x``, ``y`` (m,) are the
    locations; ``location`` (n,) is that of each row given, -1 for rows that took no part.
    ``incidents`` took part, ``excluded`` did not, for want of a place or of a date in the study.
    ``replications`` were made.
    """

    clusters: tuple[ScanCluster, ...]
    x: FloatArray
    y: FloatArray
    location: IntArray
    incidents: int
    excluded: int
    replications: int


def model_scan(
    found: Dated,
    model: Model,
    counts: IntArray,
    at_risk: FloatArray,
    window: ScanWindow,
    chance: Chance,
) -> Scan:
    """Search the data, then chance.

    ``counts`` (m, T) int64 are the incidents at the locations and steps of ``found``, ``at_risk``
    (m,) what ``window.share`` is a share of.

    Raises
    ------
    InvalidSetting
        If a setting is out of range.
    """
    steps = counts.shape[1]
    most = max(steps // 2, window.least_steps) if window.most_steps is None else window.most_steps
    search = Search(
        circles=tuple(circles(found.at, at_risk, share=window.share, radius_m=window.radius_m)),
        stretches=stretches(steps, least=window.least_steps, most=most, alive=window.alive),
        model=model,
        least_incidents=window.least_incidents,
    )
    best = _apart(search.best(counts))
    greatest = np.round(_by_chance(search, chance, best[0].score if best else np.inf), DECIMALS)
    stopped = greatest.size < chance.replications
    clusters = []
    for one in best:
        as_high = int((greatest >= round(one.score, DECIMALS)).sum())
        p = as_high / greatest.size if stopped else (1 + as_high) / (1 + greatest.size)
        clusters.append(_cluster(one, model, p if greatest.size else np.nan))
    return Scan(
        clusters=tuple(clusters),
        x=found.at.x,
        y=found.at.y,
        location=found.location,
        incidents=model.incidents,
        excluded=found.excluded,
        replications=greatest.size,
    )


def _apart(best: list[Best]) -> list[Best]:
    """By score, then by radius and centre; none that shares a location with one before it."""
    taken: set[int] = set()
    kept = []
    for one in sorted(
        best,
        key=lambda one: (
            -round(one.score, DECIMALS),
            one.circles.metres[one.last],
            one.circles.centre,
        ),
    ):
        within = set(one.circles.near[: one.last + 1].tolist())
        if not within & taken:
            taken |= within
            kept.append(one)
    return kept


def _by_chance(search: Search, chance: Chance, score: float) -> FloatArray:
    """Greatest scores of the replications, up to the one that ends them."""
    replications = checked_permutations(chance.replications)
    if chance.stop_after is not None and chance.stop_after < 1:
        raise InvalidSetting(chance.stop_after, "replications end after at least one as high")
    if np.isinf(score) or chance.stop_after is None:
        return search.greatest(chance.seed, 1, 0 if np.isinf(score) else replications)
    greatest = np.zeros(0)
    while greatest.size < replications:
        more = min(2 * chance.stop_after, replications - greatest.size)
        greatest = np.append(greatest, search.greatest(chance.seed, 1 + greatest.size, more))
        as_high = np.cumsum(np.round(greatest, DECIMALS) >= round(score, DECIMALS))
        if as_high[-1] >= chance.stop_after:
            return greatest[: int(np.argmax(as_high >= chance.stop_after)) + 1]
    return greatest


def _cluster(best: Best, model: Model, p: float) -> ScanCluster:
    rest, rest_expected = model.incidents - best.observed, model.incidents - best.expected
    risk = best.observed / best.expected
    return ScanCluster(
        centre=best.circles.centre,
        locations=best.circles.near[: best.last + 1],
        radius_m=float(best.circles.metres[best.last]),
        first_step=best.first_step,
        after_step=best.after_step,
        observed=best.observed,
        expected=best.expected,
        relative_risk=risk * rest_expected / rest if rest else np.inf,
        score=best.score,
        p=p,
    )
