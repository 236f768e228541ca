"""Hot spots: Getis-Ord Gi* and Moran's I, global and local, of a value by cell.

Gi* asks whether a cell and its neighbours together have more than their share of the total; local
Moran whether a cell is like its neighbours. Both are asked of every cell at once, so p-values are
given as they are and as adjusted for the false discovery rate.

Weights are sparse (m, m) matrices; nothing here makes a dense one.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array
from scipy.spatial import cKDTree
from scipy.stats import false_discovery_control, norm

from gis.crs import FloatArray, checked_lonlat, ecef_m, geodesic_m, longest_chord_m
from gis.errors import InvalidSetting
from gis.permutations import PERMUTATIONS, SEED, checked_permutations


class Spot(StrEnum):
    """What a cell is, at a level of significance."""

    HOT = "hot"
    COLD = "cold"
    NONE = "none"


class Quadrant(StrEnum):
    """A cell and its neighbours, each above or below the mean, where that is significant."""

    HIGH_HIGH = "high-high"
    LOW_LOW = "low-low"
    HIGH_LOW = "high-low"
    """High among low ones: an outlier."""
    LOW_HIGH = "low-high"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Moran:
    """Moran's I of all cells, its expectation, z-score and two-sided p if values were shuffled."""

    i: float
    expected: float
    z: float
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class LocalMoran:
    """Local I of each cell (m,), two-sided p of conditional permutations, and its quadrant.

    NaN for a cell without neighbours, and throughout where all values are the same.
    """

    i: FloatArray
    p: FloatArray
    p_fdr: FloatArray
    quadrant: npt.NDArray[np.object_]


def distance_band(lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: float) -> csr_array:
    """Weights of 1 between places at most so far apart, (m, m), without the diagonal.

    Raises
    ------
    InvalidSetting
        The radius is not a positive number.
    """
    if not 0.0 < radius_km < np.inf:
        raise InvalidSetting(radius_km, "a radius is greater than 0 km")
    x, y = checked_lonlat(lon, lat)
    tree = cKDTree(ecef_m(x, y))
    reach = float(longest_chord_m(radius_km * 1000.0)) + 1e-6
    pairs = tree.query_pairs(reach, output_type="ndarray")
    i, j = pairs[:, 0], pairs[:, 1]
    near = geodesic_m(x[i], y[i], x[j], y[j]) <= radius_km * 1000.0
    i, j = np.concatenate((i[near], j[near])), np.concatenate((j[near], i[near]))
    return csr_array((np.ones(i.size), (i, j)), shape=(x.size, x.size))


def row_standardised(weights: csr_array) -> csr_array:
    """Weights of which each row sums to 1, or to 0 for a cell without neighbours."""
    total = np.asarray(weights.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return csr_array(weights.multiply(scale[:, None]))


def gi_star(values: npt.ArrayLike, weights: csr_array) -> FloatArray:
    """Getis-Ord Gi* as a z-score, (m,) or, for several sets of values, (m, k).

    ``(sum_j w_ij x_j - W_i mean) / (s sqrt((m sum_j w_ij^2 - W_i^2) / (m - 1)))``, the cell itself
    among its neighbours with weight 1, ``s`` the standard deviation with divisor m. Multiplying a
    row of weights by a number changes nothing, so rows need no standardising.

    Parameters
    ----------
    values : (m,) or (m, k) array_like
        None missing.
    weights : (m, m) sparse
        Without the diagonal, ones for neighbours.

    Returns
    -------
    float64
        NaN where all values are the same, and for a cell whose neighbours are all the cells:
        there is nothing to compare with.

    References
    ----------
    Ord and Getis (1995), Geographical Analysis 27(4), equation 14a.
    """
    x = np.asarray(values, dtype=np.float64)
    size = x.shape[0]
    if not size:
        return np.full(x.shape, np.nan)
    with_self = csr_array(weights + eye_array(size, format="csr"))
    total = np.asarray(with_self.sum(axis=1)).ravel()
    squares = np.asarray(with_self.multiply(with_self).sum(axis=1)).ravel()
    return gi_z(with_self @ x, x.mean(axis=0), x.std(axis=0), total, squares, size)


def gi_z(
    local: FloatArray,
    mean: npt.ArrayLike,
    deviation: npt.ArrayLike,
    total: FloatArray,
    squares: FloatArray,
    number: int,
) -> FloatArray:
    """Z-scores of local sums, from the mean and deviation of all ``number`` values.

    Parameters
    ----------
    local : (m,) or (m, k)
        Sums of values, each times its weight, the cell's own included.
    mean, deviation : float, or (k,)
    total, squares : broadcast with ``local``
        Sums of the weights, and of their squares.
    number : int
    """
    wide = local.ndim - total.ndim
    w, w2 = (part.reshape(part.shape + (1,) * wide) for part in (total, squares))
    spread = np.maximum(number * w2 - w**2, 0.0) / max(number - 1, 1)
    # Sums of equal values differ in their last digits: that is no deviation.
    flat = np.asarray(deviation) <= 1e-12 * np.maximum(np.abs(np.asarray(mean)), 1e-300)
    scale = np.where(flat, 0.0, deviation) * np.sqrt(np.where(spread > 1e-9, spread, 0.0))
    excess = local - w * np.asarray(mean)
    z = np.full(local.shape, np.nan)
    np.divide(excess, scale, out=z, where=scale > 0)
    return z


def two_sided(z: FloatArray) -> FloatArray:
    """Two-sided p of z-scores, NaN where there is none."""
    return np.asarray(2.0 * norm.sf(np.abs(z)))


def false_discovery(p: FloatArray) -> FloatArray:
    """p-values adjusted for the false discovery rate over all that are not NaN.

    Of those at or below a level, no more than that share are expected to be false (Benjamini and
    Hochberg 1995, J. Royal Statistical Society B 57; holds for positively dependent tests, as
    those of neighbouring cells are).
    """
    known = ~np.isnan(p)
    adjusted = np.full(p.shape, np.nan)
    if known.any():
        adjusted[known] = false_discovery_control(p[known], method="bh")
    return adjusted


def spots(z: FloatArray, p: FloatArray, level: float) -> npt.NDArray[np.object_]:
    """Which cells are hot, and which cold, at a level of significance."""
    found = np.full(z.shape, Spot.NONE.value, dtype=object)
    found[(p <= level) & (z > 0)] = Spot.HOT.value
    found[(p <= level) & (z < 0)] = Spot.COLD.value
    return found


def moran(values: npt.ArrayLike, weights: csr_array) -> Moran:
    """Moran's I of all cells, and how far it is from what shuffled values would give.

    Expectation and variance are those of randomisation; p is two-sided by the normal
    approximation. NaN with fewer than four cells, no neighbours, or values all the same.

    Parameters
    ----------
    values : (m,) array_like
    weights : (m, m) sparse
        Without the diagonal; used as they are, so standardise first if rows should count alike.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, section 2.3.
    """
    x = np.asarray(values, dtype=np.float64)
    n = x.size
    s0 = float(weights.sum())
    nothing = Moran(np.nan, np.nan, np.nan, np.nan)
    if n < 4 or s0 == 0 or np.ptp(x) == 0:
        return nothing
    z = x - x.mean()
    m2 = float((z**2).mean())
    i = n / s0 * float(z @ (weights @ z)) / float(z @ z)
    both = csr_array(weights + weights.T)
    s1 = 0.5 * float(both.multiply(both).sum())
    rows, columns = (np.asarray(weights.sum(axis=axis)).ravel() for axis in (1, 0))
    s2 = float(((rows + columns) ** 2).sum())
    b2 = float((z**4).mean()) / m2**2
    expected = -1.0 / (n - 1)
    square = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    square -= b2 * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    variance = square / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    if variance <= 0:
        return Moran(i, expected, np.nan, np.nan)
    score = (i - expected) / variance**0.5
    return Moran(i, expected, score, float(2 * norm.sf(abs(score))))


def local_moran(
    values: npt.ArrayLike,
    weights: csr_array,
    *,
    level: float = 0.05,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> LocalMoran:
    """Local Moran's I of each cell, with row-standardised weights, by esda.

    The p of esda is one-sided, folded to the nearer tail; it is doubled here, and held at 1.

    Parameters
    ----------
    values : (m,) array_like
    weights : (m, m) sparse
        Without the diagonal.
    level : float
        Up to which adjusted p a cell has a quadrant.
    permutations, seed : int
        Without permutations there is an I but no p.

    References
    ----------
    Anselin (1995), Geographical Analysis 27(2).
    """
    from esda import Moran_Local
    from libpysal.graph import Graph

    x = np.ascontiguousarray(values, dtype=np.float64)
    checked_permutations(permutations)
    lonely = np.diff(weights.indptr) == 0
    none = np.full(x.size, np.nan)
    names = np.full(x.size, Quadrant.NONE.value, dtype=object)
    if x.size < 3 or np.ptp(x) == 0 or lonely.all():
        return LocalMoran(none, none.copy(), none.copy(), names)
    with warnings.catch_warnings():
        # Cells without neighbours are what they are, and have no result here.
        warnings.simplefilter("ignore")
        graph = Graph.from_sparse(weights.tocoo())
        found = Moran_Local(
            x, graph, permutations=permutations, seed=seed % 2**32, keep_simulations=False
        )
    i = np.where(lonely, np.nan, found.Is)
    p = none
    if permutations:
        # A count of shuffles, which esda gives divided and rounded to single precision.
        beyond = np.rint(np.asarray(found.p_sim, dtype=np.float64) * (permutations + 1))
        p = np.where(lonely, np.nan, np.minimum(2.0 * beyond / (permutations + 1), 1.0))
    p_fdr = false_discovery(p)
    order = (Quadrant.HIGH_HIGH, Quadrant.LOW_HIGH, Quadrant.LOW_LOW, Quadrant.HIGH_LOW)
    for number, quadrant in enumerate(order, start=1):
        names[(p_fdr <= level) & (found.q == number)] = quadrant.value
    return LocalMoran(i, p, p_fdr, names)
