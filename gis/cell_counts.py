"""Incidents by cell: counted at their points, or shared over the cells that a radius allows.

A place that is known to 25 km is in a cell of 50 km with some probability. Each disc has 64 nodes
of equal area (see :mod:`gis.discs`); the share of nodes in a cell is the probability that the
incident was there, if every part of the disc is equally likely. The number of incidents in a cell
is then a Poisson-binomial number: a mean, and an interval around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import convolve
from scipy.sparse import csr_array
from scipy.stats import binom

from gis.discs import NODES, disc_nodes

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.crs import FloatArray, IntArray
    from gis.grid import Grid

#: Incidents whose nodes are placed at once: 64 nodes of 16 bytes each.
_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Numbers of incidents in m cells: the mean, and an interval that holds 90 % or more."""

    expected: FloatArray
    low: IntArray
    high: IntArray


def row_of_cell(keys: IntArray, cells: IntArray) -> IntArray:
    """Row of each cell among ascending keys, of any shape; -1 where it is none of them."""
    if not keys.size:
        return np.full(cells.shape, -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, cells), keys.size - 1)
    return np.where(keys[at] == cells, at, -1)


def node_rows(
    grid: Grid,
    keys: IntArray,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    *,
    nodes: int = NODES,
) -> IntArray:
    """Row of the cell of every node of every disc, (n, nodes); -1 outside the cells of ``keys``.

    A place or radius that is missing has no nodes: its row is -1 throughout.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    rows = np.empty((x.size, nodes), dtype=np.int64)
    for start in range(0, x.size, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        disc = disc_nodes(x[part], y[part], radius[part], nodes=nodes)
        cells = grid.cells(disc.lon.ravel(), disc.lat.ravel())
        rows[part] = row_of_cell(keys, cells).reshape(-1, nodes)
    return rows


def shares(rows: IntArray, size: int) -> csr_array:
    """Share of each incident in each cell, (n, size): sums of a row are 1, less what is outside.

    Parameters
    ----------
    rows : (n, nodes) int64
        Of :func:`node_rows`, or (n, 1) for incidents at points.
    size : int
        Number of cells.
    """
    number, nodes = rows.shape
    incident = np.repeat(np.arange(number), nodes)
    inside = rows.ravel() >= 0
    weight = np.full(int(inside.sum()), 1.0 / nodes)
    at = (incident[inside], rows.ravel()[inside])
    return csr_array((weight, at), shape=(number, size))


def expected_counts(share: csr_array, *, covers: float = 0.9) -> Counts:
    """Numbers of incidents by cell, from the share of each incident in each cell.

    The interval is that of the exact Poisson-binomial distribution, its tails cut at
    ``(1 - covers) / 2`` each. Incidents with the same share make a binomial number, and there are
    no more than 64 different shares, so it is a convolution of at most 63 binomials a cell.
    Independence between incidents is assumed.

    Parameters
    ----------
    share : (n, m) sparse
    covers : float

    Returns
    -------
    Counts
        Arrays (m,); zeros for a cell that no incident can be in.
    """
    by_cell = share.tocsc()
    by_cell.sum_duplicates()
    size = by_cell.shape[1]
    low, high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for cell in np.flatnonzero(np.diff(by_cell.indptr)).tolist():
        within = by_cell.data[by_cell.indptr[cell] : by_cell.indptr[cell + 1]]
        low[cell], high[cell] = _interval(np.minimum(within, 1.0), (1.0 - covers) / 2.0)
    return Counts(np.asarray(by_cell.sum(axis=0)).ravel(), low, high)


def _interval(within: FloatArray, tail: float) -> tuple[int, int]:
    """Quantiles of the number of incidents in a cell."""
    chance, times = np.unique(np.round(within, 9), return_counts=True)
    certain = int(times[chance == 1.0].sum())
    mass = np.ones(1)
    for p, n in zip(chance[chance < 1.0], times[chance < 1.0], strict=True):
        mass = convolve(mass, binom.pmf(np.arange(n + 1), n, p))
    up_to = np.cumsum(np.maximum(mass, 0.0))
    # The last sum is 1 but for rounding, which must not push a quantile out of the range.
    ends = np.searchsorted(up_to[:-1], [tail - 1e-12, 1.0 - tail - 1e-12])
    return certain + int(ends[0]), certain + int(ends[1])
