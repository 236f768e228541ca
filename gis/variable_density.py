"""Clusters of differing density: HDBSCAN, by scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.clusters import GREATEST_RADIUS_KM, MISSING, NOISE, Clusters, density_clusters
from gis.crs import checked_lonlat, ecef_m
from gis.errors import InvalidSetting

if TYPE_CHECKING:
    from gis.crs import FloatArray, IntArray

MOST_ROWS = 50_000
"""Its work grows with the square of the rows: 20,000 take a second, 50,000 take eight."""


@dataclass(frozen=True, slots=True, eq=False)
class VariableClusters:
    """Clusters of n rows; ``core`` is true of all that are in one.

    ``strength`` (n,) in [0, 1] is how near to the densest of its cluster a row lies; 0 in none, NaN
    for a missing place.
    """

    clusters: Clusters
    strength: FloatArray


def variable_clusters(
    lon: npt.ArrayLike, lat: npt.ArrayLike, *, min_points: int, least_km: float = 0.0
) -> VariableClusters:
    """Find groups that are dense for their surroundings, without one radius for all.

    Distances are straight lines through the Earth: shorter than geodesics by 0.001 % at 100 km and
    by 0.1 % at 1,000 km, which orders neighbours alike but for near ties.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees
        NaN for a missing place. No rows give no labels.
    min_points : int, >= 2
        Size of the smallest cluster, and the neighbours that make a density.
    least_km : float, >= 0
        Clusters whose nearest rows are no further apart are one. Each town on which incidents are
        stacked is infinitely dense and so a cluster of its own; this joins those that are near.

    Raises
    ------
    InvalidGeometry
        If a coordinate is out of range.
    InvalidSetting
        If ``min_points`` or ``least_km`` is out of range, or there are more than 50,000 rows.

    Notes
    -----
    Rows at one place get the label that most of them were given, noise last among equals, so the
    answer depends on places alone and not on the order of rows. Clusters are numbered by their
    first row by lon and lat. scikit-learn counts rows, not weights; its own way to set a least
    distance fails with the NumPy of today, and clusters are joined afterwards instead.

    References
    ----------
    Campello, R., Moulavi, D., Sander, J. (2013), Density-based clustering based on hierarchical
    density estimates, PAKDD.
    """
    x, y = checked_lonlat(lon, lat)
    if min_points < 2:
        raise InvalidSetting(min_points, "a cluster of differing density has 2 points or more")
    if not 0 <= least_km <= GREATEST_RADIUS_KM:
        raise InvalidSetting(least_km, f"a distance lies in 0 to {GREATEST_RADIUS_KM:g} km")
    present = np.flatnonzero(~np.isnan(x))
    if present.size > MOST_ROWS:
        raise InvalidSetting(
            present.size,
            f"clusters of differing density are found among {MOST_ROWS:,} rows at most",
        )
    labels = np.full(x.size, MISSING, dtype=np.int64)
    strength = np.full(x.size, np.nan)
    order = present[np.lexsort((y[present], x[present]))]
    given, strength[order] = _found(x[order], y[order], min_points)
    labels[order] = _numbered(_joined(x[order], y[order], given, least_km))
    return VariableClusters(Clusters(labels, labels > NOISE), strength)


def _found(lon: FloatArray, lat: FloatArray, min_points: int) -> tuple[IntArray, FloatArray]:
    """Labels and strengths of rows in order of longitude and latitude."""
    from sklearn.cluster import HDBSCAN

    if lon.size < min_points:
        return np.full(lon.size, NOISE, dtype=np.int64), np.zeros(lon.size)
    fitted = HDBSCAN(
        min_cluster_size=min_points, min_samples=min_points, algorithm="kd_tree", copy=True
    ).fit(ecef_m(lon, lat))
    _, place = np.unique(np.column_stack((lon, lat)), axis=0, return_inverse=True)
    # Noise is the last column: of equal votes the first column wins.
    votes = np.zeros((place.max() + 1, fitted.labels_.max() + 2), dtype=np.int64)
    np.add.at(votes, (place, fitted.labels_), 1)
    label = np.argmax(votes, axis=1)[place]
    label[label == votes.shape[1] - 1] = NOISE
    strongest = np.zeros(votes.shape[0])
    np.maximum.at(strongest, place, np.nan_to_num(fitted.probabilities_))
    return label, np.where(label > NOISE, strongest[place], 0.0)


def _joined(lon: FloatArray, lat: FloatArray, label: IntArray, least_km: float) -> IntArray:
    """Make clusters one whose nearest rows are at most so far apart."""
    inside = np.flatnonzero(label > NOISE)
    if least_km == 0 or not inside.size:
        return label
    near = density_clusters(lon[inside], lat[inside], radius_km=least_km, min_points=1).labels
    count = int(label.max()) + 1
    links = coo_array(
        (np.ones(inside.size, np.bool_), (label[inside], count + near)),
        shape=(count + near.max() + 1,) * 2,
    )
    joined = label.copy()
    joined[inside] = connected_components(links, directed=False)[1][label[inside]]
    return joined


def _numbered(label: IntArray) -> IntArray:
    """Number clusters from 0 by their first row."""
    inside = label > NOISE
    _, first, member = np.unique(label[inside], return_index=True, return_inverse=True)
    numbered = label.copy()
    numbered[inside] = np.argsort(np.argsort(first))[member]
    return numbered
