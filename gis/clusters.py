"""Density clusters of incidents in space, or in space and time.

DBSCAN (Ester et al. 1996) on geodesic distances, and ST-DBSCAN (Birant and Kut 2007) on intervals
of time. The answer is exact and does not depend on the order of the rows: where the published
algorithms leave a choice (the number of a cluster, the cluster of a border point) a rule is stated.

A cluster is a statement about reported places. Where incidents stand on the same few towns, the
stacking makes clusters of its own; publish the radius, ``min_points`` and ``days`` with the labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.crs import BoolArray, FloatArray, IntArray, checked_lonlat, rival_chord_m
from gis.errors import InvalidGeometry, InvalidInterval
from gis.neighbours import (
    ROUNDING_M,
    Gap,
    Nearness,
    Neighbourhoods,
    Pairs,
    Sites,
    gap_days,
    site_distance_m,
    sites,
)

NOISE = -1
MISSING = -2

#: Above this the bounds between chord and geodesic, on which the search rests, wear thin.
GREATEST_RADIUS_KM = 5_000.0

#: Core points whose distances from a border point differ by less are equally near.
TIE_M = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Labels of n rows.

    ``labels`` (n,) int64 counts clusters from 0, in the order of their first core point by lon,
    lat, start and end; ``NOISE`` (-1) is in no cluster, ``MISSING`` (-2) has no place or time.
    ``core`` (n,) is true for rows with enough neighbours.
    """

    labels: IntArray
    core: BoolArray


def density_clusters(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    radius_km: float,
    min_points: int,
    period: Period | None = None,
) -> Clusters:
    """Find dense groups of incidents.

    A row is core if at least ``min_points`` rows, itself included, lie within ``radius_km`` (and
    within ``days``). Core rows that are neighbours share a cluster. A row that is not core belongs
    to the cluster of its nearest core neighbour: the nearest in space, then in time, then the first
    by lon, lat, start and end. All limits are inclusive.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees
        NaN for a missing place. No rows give no labels.
    radius_km : float
        0 to 5,000. With 0, only rows at the same place are neighbours.
    min_points : int, >= 1
    period : Period, optional
        When the incidents happened, and how many days make neighbours in time.

    Raises
    ------
    InvalidGeometry
        If a coordinate, the radius or ``min_points`` is out of range.
    InvalidInterval
        If the times do not fit the places, or an interval ends before it starts.

    References
    ----------
    Ester, M., Kriegel, H.-P., Sander, J., Xu, X. (1996), A density-based algorithm for discovering
    clusters in large spatial databases with noise, KDD-96, definitions 1-6.
    Birant, D., Kut, A. (2007), ST-DBSCAN, Data & Knowledge Engineering 60(1), 208-221.

    Examples
    --------
    >>> found = density_clusters([0, 0, 0, 5], [0, 0, 0.01, 5], radius_km=2, min_points=3)
    >>> found.labels
    array([ 0,  0,  0, -1])
    >>> density_clusters([], [], radius_km=2, min_points=3).labels
    array([], dtype=int64)
    """
    at, nearness = searched(lon, lat, radius_km, min_points, period)
    everything = np.ones(at.lon.size, dtype=np.bool_)
    around = Neighbourhoods(at, nearness)
    core = core_sites(at, around, min_points, everything)
    return numbered(at, core, *linked_sites(at, around, core, everything))


@dataclass(frozen=True, slots=True, eq=False)
class Period:
    """When incidents happened, and what makes them neighbours in time.

    ``start`` and ``end`` (n,) are in days from any common origin, ``start <= end``, NaN for an
    unknown time: such a row is missing, since nothing can be said of its neighbours. ``days`` is
    the largest gap between neighbours, and ``gap`` says which gap of two uncertain intervals is
    meant: labels by ``MAY`` and by ``MUST`` are two answers, and it is honest to give both.
    """

    start: npt.ArrayLike
    end: npt.ArrayLike
    days: float
    gap: Gap = Gap.MAY

    def checked(self, rows: int) -> tuple[FloatArray, FloatArray]:
        """Return start and end as float arrays of ``rows`` numbers."""
        if not 0 <= self.days < np.inf:
            raise InvalidInterval(self.days, "neighbours in time are 0 or more days apart")
        start, end = (
            np.atleast_1d(np.array(part, dtype=np.float64)) for part in (self.start, self.end)
        )
        if not start.shape == end.shape == (rows,):
            raise InvalidInterval(
                (start.shape, end.shape), f"there is one interval for each of {rows} places"
            )
        if np.isinf(start).any() or np.isinf(end).any():
            raise InvalidInterval(
                "infinite", "an open end is given as NaN: its neighbours are unknown"
            )
        wrong = np.flatnonzero(end < start)
        if wrong.size:
            raise InvalidInterval(
                (start[wrong[0]], end[wrong[0]]), "an interval does not end before it starts"
            )
        return start + 0.0, end + 0.0


def searched(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_km: float,
    min_points: int,
    period: Period | None,
) -> tuple[Sites, Nearness]:
    """Sites of the rows given to :func:`density_clusters`, and what makes them neighbours.

    Raises
    ------
    InvalidGeometry, InvalidInterval
        As there.
    """
    x, y = checked_lonlat(lon, lat)
    if not 0 <= radius_km <= GREATEST_RADIUS_KM:
        raise InvalidGeometry(radius_km, f"a radius lies in 0 to {GREATEST_RADIUS_KM:g} km")
    if min_points < 1:
        raise InvalidGeometry(min_points, "a core point has at least 1 point: itself")
    start, end = (np.zeros_like(x), np.zeros_like(x)) if period is None else period.checked(x.size)
    nearness = Nearness(
        radius_m=radius_km * 1000.0,
        days=None if period is None else period.days,
        gap=Gap.MAY if period is None else period.gap,
    )
    return sites(x, y, start, end, nearness), nearness


def core_sites(at: Sites, around: Neighbourhoods, min_points: int, asking: BoolArray) -> BoolArray:
    """Which of the sites that are asked about (s,) have enough rows around them."""
    core = at.weight + around.least - 1 >= min_points
    count = at.weight.astype(np.float64)
    for pairs in around.blocks(asking & ~core):
        count += np.bincount(pairs.i, weights=at.weight[pairs.j], minlength=count.size)
    return np.asarray(asking & (core | (count >= min_points)))


def linked_sites(
    at: Sites, around: Neighbourhoods, core: BoolArray, asking: BoolArray
) -> tuple[IntArray, IntArray]:
    """What the neighbours of the sites that are asked about (s,) make of them.

    Returns
    -------
    component : (s,) int64
        The same number for core sites that hang together by the core sites asked about.
    nearest : (s,) int64
        The core site to which one that is not core belongs; -1 for none.
    """
    component = np.arange(core.size)
    nearest = np.full(core.size, -1, dtype=np.int64)
    for pairs in around.blocks(asking & core):
        linked = (component[pairs.i] != component[pairs.j]) & core[pairs.j]
        component = _join(component, pairs.i[linked], pairs.j[linked])
    for pairs in around.blocks(asking & ~core):
        site, found = _nearest(pairs.of(core[pairs.j]), at)
        nearest[site] = found
    return component, nearest


def numbered(at: Sites, core: BoolArray, component: IntArray, nearest: IntArray) -> Clusters:
    """Clusters of the rows: numbered by their first core site, others with the nearest one."""
    label = np.full(core.size, NOISE, dtype=np.int64)
    _, first, member = np.unique(component[core], return_index=True, return_inverse=True)
    # The rank of the first member, whatever numbers the components were given.
    label[core] = np.argsort(np.argsort(first))[member]
    label[nearest >= 0] = label[nearest[nearest >= 0]]
    # The last element is what row -1, a missing one, finds.
    return Clusters(np.append(label, MISSING)[at.row], np.append(core, False)[at.row])


def _join(component: IntArray, i: IntArray, j: IntArray) -> IntArray:
    """Merge the components of linked sites; the links themselves need not be kept."""
    one, other = component[i], component[j]
    links = coo_array((np.ones(one.size, np.bool_), (one, other)), shape=(component.size,) * 2)
    merged: IntArray = connected_components(links, directed=False)[1].astype(np.int64)
    return merged[component]


def _nearest(pairs: Pairs, at: Sites) -> tuple[IntArray, IntArray]:
    """Return each site ``i`` once, with the nearest ``j``."""
    least = np.full(at.lon.size, np.inf)
    np.minimum.at(least, pairs.i, pairs.chord_m)
    rival = pairs.chord_m <= rival_chord_m(least[pairs.i]) + ROUNDING_M
    i, j = pairs.i[rival], pairs.j[rival]
    steps = np.rint(site_distance_m(at, i, j) / TIE_M)
    order = np.lexsort((j, gap_days(at, i, j, Gap.MAY), steps, i))
    site, first = np.unique(i[order], return_index=True)
    return site, j[order][first]
