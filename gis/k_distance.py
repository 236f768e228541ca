"""How far the k-th nearest row is: the radius from which a row is core, and a plot of all of them.

Sorted, these distances show at which radius most rows become core and from where on only lone ones
are added: where the curve bends is a candidate for the radius of DBSCAN (Ester et al. 1996, 4.2).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from gis.crs import FloatArray, IntArray, checked_lonlat, ecef_m, longest_chord_m
from gis.errors import InvalidSetting
from gis.neighbours import ROUNDING_M, Nearness, Sites, site_distance_m, sites

SPARE = 4
"""More neighbours are asked for than are needed, because chords order them nearly right only."""

SITES_AT_ONCE = 100_000


def k_distances(lon: npt.ArrayLike, lat: npt.ArrayLike, *, min_points: int) -> FloatArray:
    """Smallest radius with which each row would be core, on the ellipsoid.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees
    min_points : int, >= 1
        Rows that make a neighbourhood dense; the row itself is one of them, as everywhere here.

    Returns
    -------
    (n,) float64, metres
        0 where so many rows stand on one place. NaN for a missing place, and for all where there
        are fewer rows than ``min_points``.

    Raises
    ------
    InvalidGeometry
        If a coordinate is out of range.
    InvalidSetting
        If ``min_points`` is less than 1.

    Examples
    --------
    >>> k_distances([0, 0, 0, 0], [0, 0, 1, 2], min_points=2).round()
    array([     0.,      0., 110574., 110576.])
    """
    if min_points < 1:
        raise InvalidSetting(min_points, "a core point has at least 1 point: itself")
    x, y = checked_lonlat(lon, lat)
    nothing = np.zeros_like(x)
    at = sites(x, y, nothing, nothing, Nearness(0.0))
    metres = np.full(at.lon.size, np.nan)
    if at.weight.sum() >= min_points:
        _fill(metres, at, min_points)
    return np.append(metres, np.nan)[at.row]


def _fill(metres: FloatArray, at: Sites, min_points: int) -> None:
    """Set the distance of every site, asking for more neighbours where so many are not enough."""
    xyz = ecef_m(at.lon, at.lat)
    tree = cKDTree(xyz)
    open_sites, asked = np.arange(at.lon.size), min_points + SPARE
    while open_sites.size:
        asked = min(asked, at.lon.size)
        left: list[IntArray] = []
        for block in np.array_split(open_sites, open_sites.size // SITES_AT_ONCE + 1):
            chord, near = (part.reshape(block.size, -1) for part in tree.query(xyz[block], k=asked))
            metres[block] = _enough(block, near, at, min_points)
            # Whatever was not asked for has a longer chord than the last one.
            reach = longest_chord_m(metres[block]) + ROUNDING_M
            sure = (reach < chord[:, -1]) | (asked == at.lon.size)
            left.append(block[~sure])
        open_sites, asked = np.concatenate(left), asked * 2


def _enough(block: IntArray, near: IntArray, at: Sites, min_points: int) -> FloatArray:
    """Distance within which there are enough rows, among neighbours (b, k)."""
    here = np.repeat(block, near.shape[1])
    away = site_distance_m(at, here, near.ravel()).reshape(near.shape)
    order = np.argsort(away, axis=1)
    rows = np.cumsum(np.take_along_axis(at.weight[near], order, axis=1), axis=1)
    last = np.argmax(rows >= min_points, axis=1)[:, None]
    return np.take_along_axis(np.take_along_axis(away, order, axis=1), last, axis=1)[:, 0]
