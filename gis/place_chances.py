"""How far from a border an imprecise place is, as quantiles and probabilities.

A place is a disc or a polygon of which every part is taken to be equally likely: that is the model
of each number here but the bounds, which hold wherever in it the place is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.borders import nearest_border
from gis.crs import FloatArray, IntArray, checked_lonlat
from gis.discs import NODES, Bounds, disc_nodes
from gis.errors import InvalidGeometry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.area_cells import AreaCells
    from gis.border_index import BorderIndex

QUANTILES = (0.05, 0.5, 0.95)

#: Discs whose nodes are measured at once, so that memory does not grow with the number of places.
DISCS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """What is likely of the distance of n places to the nearest of m lines.

    ``quantiles_m`` (n, 3) are those of :data:`QUANTILES`, in metres; ``within`` (n, t) is the
    probability of each limit in [0, 1], the limit itself included; ``by_line`` (n, m) is that of
    each line being the nearest. NaN for a missing place or radius, and where there is no line.
    """

    quantiles_m: FloatArray
    within: FloatArray
    by_line: FloatArray


def chances(
    node_metres: FloatArray, node_line: IntArray, limits_m: npt.ArrayLike, lines: int
) -> Chances:
    """Sum up the nodes of places.

    A quantile is interpolated between nodes, the k-th of which stands at ``(k - 1/2) / nodes``
    (Hazen), because each node is the middle of its share of the area.

    Parameters
    ----------
    node_metres : (n, nodes) float64, metres
        A place with a NaN among its nodes has no chances.
    node_line : (n, nodes) int64
        Which line was the nearest.
    limits_m : (t,) array_like, metres
    lines : int

    Examples
    --------
    >>> found = chances(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[0, 0, 0, 1]]), [2.0, 9.0], 2)
    >>> found.quantiles_m, found.within, found.by_line
    (array([[1. , 2.5, 4. ]]), array([[0.5, 1. ]]), array([[0.75, 0.25]]))
    """
    limits = np.asarray(limits_m, dtype=np.float64)
    unknown = np.asarray(np.isnan(node_metres).any(axis=1))
    known = np.where(unknown[:, None], 0.0, node_metres)
    quantiles = np.quantile(known, QUANTILES, axis=1, method="hazen").T
    # One after the other: a temporary of nodes times limits times lines would be the largest.
    within = np.stack([(known <= limit).mean(axis=1) for limit in limits], axis=1)
    by_line = np.stack([(node_line == k).mean(axis=1) for k in range(lines)], axis=1)
    for part in (quantiles, within, by_line):
        part[unknown] = np.nan
    return Chances(quantiles, within, by_line)


def disc_chances(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    borders: BorderIndex,
    limits_m: Sequence[float],
    *,
    nodes: int = NODES,
) -> Chances:
    """Chances of places known to a radius, from the nodes of their discs.

    Parameters
    ----------
    lon, lat : (n,) array_like, degrees
    radius_m : () or (n,) array_like, metres, >= 0
    borders : BorderIndex
        With at least one line.
    limits_m : sequence of float, metres
        At least one.

    Raises
    ------
    InvalidGeometry
        If a coordinate or a radius is out of range, or there is no line or no limit.
    """
    _check(borders, limits_m)
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    starts = range(0, max(x.size, 1), DISCS_AT_ONCE)
    parts = []
    for rows in (slice(start, start + DISCS_AT_ONCE) for start in starts):
        spread = disc_nodes(x[rows], y[rows], radius[rows], nodes=nodes)
        found = nearest_border(spread.lon.ravel(), spread.lat.ravel(), borders)
        metres, line = found.metres.reshape(-1, nodes), found.line.reshape(-1, nodes)
        parts.append(chances(metres, line, limits_m, borders.lines))
    return Chances(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("quantiles_m", "within", "by_line")
        )
    )


def area_chances(
    areas: Sequence[AreaCells], borders: BorderIndex, limits_m: Sequence[float]
) -> tuple[Chances, Bounds]:
    """Chances of places known to a polygon, and bounds that hold anywhere in it.

    The distance changes no faster than the place: in a cell it is that of the centre, give or take
    how far the cell reaches. So the bounds are certain, and wider than need be by at most twice
    that.

    Raises
    ------
    InvalidGeometry
        If there is no line or no limit.
    """
    _check(borders, limits_m)
    parts, low, high = [], np.empty(len(areas)), np.empty(len(areas))
    for number, area in enumerate(areas):
        found = nearest_border(area.lon, area.lat, borders)
        low[number] = max(float(found.metres.min()) - area.reach_m, 0.0)
        high[number] = float(found.metres.max()) + area.reach_m
        metres, line = found.metres[area.inside], found.line[area.inside]
        parts.append(chances(metres[None, :], line[None, :], limits_m, borders.lines))
    shapes = {"quantiles_m": len(QUANTILES), "within": len(limits_m), "by_line": borders.lines}
    joined = Chances(
        *(
            np.concatenate([np.empty((0, size)), *(getattr(part, name) for part in parts)])
            for name, size in shapes.items()
        )
    )
    return joined, Bounds(low, high)


def _check(borders: BorderIndex, limits_m: Sequence[float]) -> None:
    if not borders.line.size:
        raise InvalidGeometry(0, "chances need at least one line")
    if not len(limits_m):
        raise InvalidGeometry(0, "chances need at least one limit")
