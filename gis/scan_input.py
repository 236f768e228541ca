"""What a scan starts from: incidents by location and step, or counts and expectations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.errors import InvalidGeometry, InvalidInterval, InvalidSetting
from gis.neighbours import Nearness, sites
from gis.positions import Coordinates, Positions

if TYPE_CHECKING:
    from gis.crs import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Study:
    """The days that are looked at, ``first_day`` to ``last_day``, both whole and both included.

    Time is cut into steps of ``step_days`` counted back from the last day, so that the last step
    is whole and the first may be short.

    Raises
    ------
    InvalidInterval
        If it ends before it starts, or a step is not of whole days.

    Examples
    --------
    >>> Study(first_day=1, last_day=10, step_days=7).steps
    2
    """

    first_day: int
    last_day: int
    step_days: int = 1

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise InvalidInterval(
                (self.first_day, self.last_day), "a study does not end before it starts"
            )
        if self.step_days < 1:
            raise InvalidInterval(self.step_days, "a step has 1 day or more")

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return -(-(self.last_day - self.first_day + 1) // self.step_days)

    def days_of(self, first_step: int, after_step: int) -> tuple[int, int]:
        """First and last day, both included, of steps from one up to, not including, another."""
        end = self.last_day + 1
        first = end - (self.steps - first_step) * self.step_days
        return max(first, self.first_day), end - (self.steps - after_step) * self.step_days - 1

    def step_of(self, day: FloatArray) -> IntArray:
        """Step of each day, -1 for a day outside or NaN."""
        known = np.where(np.isnan(day), -np.inf, day)
        within = (known >= self.first_day) & (known < self.last_day + 1)
        back = np.floor((self.last_day - np.floor(np.where(within, day, 0.0))) / self.step_days)
        return np.where(within, self.steps - 1 - back, -1).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Dated:
    """Rows sorted into locations: ``at`` m locations, ``location`` (n,) of each row or -1.

    ``of_row`` and ``step`` (k,) are those of the rows that take part; ``excluded`` incidents don't.
    """

    at: Coordinates
    location: IntArray
    of_row: IntArray
    step: IntArray
    excluded: int


def dated(
    places: Positions, day: npt.ArrayLike, study: Study, silent: Positions | None = None
) -> Dated:
    """Sort incidents into locations (rows with the same coordinates) and steps of a study.

    ``silent`` are further locations, without incidents unless they coincide with one that has.

    Raises
    ------
    InvalidGeometry, InvalidInterval
        If a coordinate is out of range, the days do not fit the places, or the metrics differ.
    """
    at = places.checked()
    date = np.atleast_1d(np.array(day, dtype=np.float64))
    if date.shape != at.x.shape:
        raise InvalidInterval(date.shape, f"there is one date for each of {at.x.size} places")
    step = study.step_of(date)
    taking_part = ~np.isnan(at.x) & (step >= 0)
    here = at.of(taking_part)
    x, y = here.x, here.y
    if silent is not None:
        more = silent.checked()
        if more.metric is not places.metric:
            raise InvalidGeometry(more.metric.value, "all places have one metric")
        x, y = np.append(x, more.x), np.append(y, more.y)
    found = sites(x, y, np.zeros_like(x), np.zeros_like(x), Nearness(0.0))
    of_row = found.row[: here.x.size]
    location = np.full(date.size, -1, dtype=np.int64)
    location[taking_part] = of_row
    return Dated(
        at=Coordinates(found.lon, found.lat, places.metric),
        location=location,
        of_row=of_row,
        step=step[taking_part],
        excluded=int((~taking_part).sum()),
    )


def checked_counts(
    places: Positions, cases: npt.ArrayLike, other: npt.ArrayLike
) -> tuple[IntArray, FloatArray, Dated]:
    """Return cases and what stands beside them as (m, T) arrays, for locations with a place.

    Raises
    ------
    InvalidGeometry
        If a coordinate is out of range, or two locations have the same.
    InvalidSetting
        If the shapes differ, a number is negative or unknown, or cases are not whole.
    """
    at = places.checked()
    counts, beside = np.asarray(cases, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if counts.shape != beside.shape or counts.ndim not in (1, 2) or len(counts) != at.x.size:
        raise InvalidSetting(
            (counts.shape, beside.shape), f"both have a row for each of {at.x.size} locations"
        )
    if not ((counts >= 0).all() and (beside >= 0).all() and np.isfinite(beside).all()):
        raise InvalidSetting("negative or unknown", "counts and expectations are 0 or more")
    if (counts != np.rint(counts)).any() or np.isinf(counts).any():
        raise InvalidSetting("a fraction", "cases are whole numbers")
    present = ~np.isnan(at.x)
    here = at.of(present)
    if np.unique(np.stack((here.x, here.y)), axis=1).shape[1] < here.x.size:
        raise InvalidGeometry("the same place twice", "locations are given once, with all cases")
    by_step = counts if counts.ndim == 2 else counts[:, None]
    whole = by_step.astype(np.int64)
    location = np.full(at.x.size, -1, dtype=np.int64)
    location[present] = np.arange(here.x.size)
    nobody = np.zeros(0, dtype=np.int64)
    excluded = int(whole[~present].sum())
    found = Dated(here, location, nobody, nobody, excluded)
    return whole[present], beside.reshape(whole.shape)[present], found


def standardised(cases: npt.ArrayLike, population: npt.ArrayLike) -> FloatArray:
    """Expected cases if every stratum had the same risk everywhere: indirect standardisation.

    Parameters
    ----------
    cases : (..., s) array_like
        Cases by place (and step) and stratum, such as sex and age.
    population : (..., s) array_like
        People (or person-days) likewise.

    Returns
    -------
    (...) float64
        ``sum over s of population * (all cases of s / all population of s)``; their sum is that of
        the cases. A stratum without population expects nothing.

    Raises
    ------
    InvalidSetting
        If the shapes differ, or a stratum without population has cases.

    Examples
    --------
    >>> standardised([[3, 0], [1, 4]], [[100, 100], [100, 300]])
    array([3., 5.])
    """
    counts, people = np.asarray(cases, dtype=np.float64), np.asarray(population, dtype=np.float64)
    if counts.shape != people.shape or counts.ndim < 2:
        raise InvalidSetting((counts.shape, people.shape), "both have places and strata")
    of_stratum = counts.reshape(-1, counts.shape[-1]).sum(axis=0)
    at_risk = people.reshape(-1, people.shape[-1]).sum(axis=0)
    if ((at_risk == 0) & (of_stratum > 0)).any():
        raise InvalidSetting("a stratum without population", "where cases are, people are")
    return np.asarray((people * (of_stratum / np.where(at_risk == 0, 1.0, at_risk))).sum(axis=-1))


def person_days(population: npt.ArrayLike, day: npt.ArrayLike, edges: npt.ArrayLike) -> FloatArray:
    """Person-days in each step, of a population known on some days.

    It changes in a straight line between those days, and is constant before and after them.

    Parameters
    ----------
    population : (k, ...) array_like
        On each of k days.
    day : (k,) array_like, rising
    edges : (T + 1,) array_like, rising
        Step t is from ``edges[t]`` to ``edges[t + 1]``.

    Returns
    -------
    (T, ...) float64

    Examples
    --------
    >>> person_days([100, 200], [0, 10], [0, 10, 12])
    array([1500.,  400.])
    """
    known, cut = np.asarray(day, dtype=np.float64), np.asarray(edges, dtype=np.float64)
    for rising, name in ((known, "days"), (cut, "edges")):
        if rising.ndim != 1 or not rising.size or (np.diff(rising) <= 0).any():
            raise InvalidSetting(name, "they rise, one by one")
    knots = np.union1d(known, cut)
    # Share of each known day in the population of a moment, (k, knots), and its integral.
    share = np.stack([np.interp(knots, known, row) for row in np.eye(known.size)])
    pieces = (share[:, 1:] + share[:, :-1]) / 2 * np.diff(knots)
    upto = np.concatenate((np.zeros((known.size, 1)), np.cumsum(pieces, axis=1)), axis=1)
    weight = np.diff(upto[:, np.searchsorted(knots, cut)], axis=1)
    return np.asarray(np.tensordot(weight.T, np.asarray(population, dtype=np.float64), axes=1))
