"""The k nearest rows of each row, where rows that are equally near share the last places.

A village with two hundred incidents has no three nearest ones. Choosing three by the order of the
rows would make the answer depend on that order; here each of m rows that compete for the last q
places is a neighbour by ``q / m``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gis.close_pairs import PLANAR_MARGIN
from gis.crs import FloatArray, IntArray, ecef_m, rival_chord_m
from gis.neighbours import Nearness, sites
from gis.positions import Coordinates, Metric

#: Distances that follow one another by no more are equal.
TIE_M = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class NearestShares:
    """Sites, and by how much a row of one is among the nearest of a row of another.

    ``row`` (n,) is the site of each row. ``share`` (s, s) sparse: element (a, b) in [0, 1] holds
    for each row at a and each *other* row at b; absent elements are 0.
    """

    row: IntArray
    share: csr_array


def nearest_shares(places: Coordinates, k: int) -> NearestShares:
    """Find the k nearest rows of each row.

    Parameters
    ----------
    places : Coordinates
        More than k, none of them missing.
    k : int, >= 1

    Notes
    -----
    Candidates are taken from a tree by chord with the margin that no nearer geodesic can escape
    (:func:`gis.crs.rival_chord_m`), then measured.
    """
    nothing = np.zeros_like(places.x)
    at = sites(places.x, places.y, nothing, nothing, Nearness(0.0))
    here = Coordinates(at.lon, at.lat, places.metric)
    site, other = _candidates(here, k)
    metres = here.distance_m(site, other)
    rows = at.weight[other] - (site == other)
    order = np.lexsort((metres, site))
    site, other, metres, rows = site[order], other[order], metres[order], rows[order]
    # Candidates of one site at one distance are a group: its rows are as near as one another.
    first = np.ones(site.size, dtype=np.bool_)
    first[1:] = (site[1:] != site[:-1]) | (np.diff(metres) > TIE_M)
    group = np.cumsum(first) - 1
    size = np.bincount(group, weights=rows).astype(np.int64)
    of_site = site[first]
    before = np.cumsum(size) - size
    start = np.searchsorted(of_site, np.arange(at.lon.size))
    places_left = k - (before - before[start][of_site])
    share = np.clip(places_left / np.maximum(size, 1), 0.0, 1.0)[group]
    kept = (share > 0) & (rows > 0)
    shape = (at.lon.size, at.lon.size)
    return NearestShares(at.row, csr_array((share[kept], (site[kept], other[kept])), shape=shape))


def _candidates(here: Coordinates, k: int) -> tuple[IntArray, IntArray]:
    """Pairs of sites that hold the k nearest rows of each site, itself included."""
    geodesic = here.metric is Metric.GEODESIC
    points: FloatArray = ecef_m(here.x, here.y) if geodesic else np.column_stack((here.x, here.y))
    p = 1.0 if here.metric is Metric.MANHATTAN else 2.0
    tree = cKDTree(points)
    reach, _ = tree.query(points, k=[min(k + 1, here.x.size)], p=p)
    upto = rival_chord_m(reach[:, 0]) if geodesic else reach[:, 0] * (1 + PLANAR_MARGIN)
    # Rows a tie further away compete for the same places.
    found = tree.query_ball_point(points, upto + 2 * TIE_M, p=p)
    site = np.repeat(np.arange(here.x.size), [len(near) for near in found])
    return site, np.concatenate(found).astype(np.int64)
