"""What lies nearest to imprecise places: the first few of many points or lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.border_index import PIECE_M
from gis.borders import nearest_border
from gis.crs import FloatArray, IntArray, checked_lonlat, ecef_m, geodesic_m, lonlat_deg
from gis.discs import NODES, disc_nodes
from gis.errors import InvalidGeometry

if TYPE_CHECKING:
    from gis.border_index import BorderIndex

#: Discs whose nodes are measured at once, so that memory does not grow with the number of places.
DISCS_AT_ONCE = 4096

#: Points beyond those asked for that are weighed by geodesic: chords err by centimetres at 100 km.
MORE = 8


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Targets near to places, (m,): in the order of the places, the nearest target first.

    ``place`` and ``line`` are positions among the places and the targets, ``rank`` counts from 1;
    ``metres`` is the geodesic from the centre, ``lon`` and ``lat`` the nearest point of the target;
    ``share`` in [0, 1] is how much of the disc has this target as its nearest.
    """

    place: IntArray
    rank: IntArray
    line: IntArray
    metres: FloatArray
    lon: FloatArray
    lat: FloatArray
    share: FloatArray


def nearest_of_discs(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    targets: BorderIndex,
    *,
    count: int = 1,
    within_m: float = np.inf,
    nodes: int = NODES,
) -> Nearest:
    """The nearest targets of each place, no further than a limit.

    Parameters
    ----------
    lon, lat : (n,) array_like, degrees
        NaN for a missing place, which is near to nothing.
    radius_m : () or (n,) array_like, metres, >= 0
        NaN for unknown, which gives shares of NaN.
    targets : BorderIndex
        Points or lines; without any, nothing is near.
    count : int, >= 1
        How many of each place. More than one can be told of points only.
    within_m : float, metres
        The limit belongs to what is near.

    Raises
    ------
    InvalidGeometry
        If a coordinate or a radius is out of range, or several nearest lines are asked for.

    Examples
    --------
    >>> from gis.border_index import border_index
    >>> import shapely
    >>> towns = border_index([shapely.Point(0, 0), shapely.Point(1, 0), shapely.Point(9, 0)])
    >>> found = nearest_of_discs([0.2], [0.0], 1_000.0, towns, count=2)
    >>> found.line, found.metres.round(), found.share
    (array([0, 1]), array([22264., 89056.]), array([1., 0.]))
    """
    if count < 1 or (count > 1 and targets.line.size != targets.lines):
        raise InvalidGeometry(count, "one nearest target, or several nearest points, can be told")
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    rows = _candidates(x, y, targets, within_m)
    parts = [_part(x, y, radius, block, targets, count, nodes) for block in _blocks(rows)]
    place, line, metres, to_lon, to_lat, share = (
        np.concatenate([part[column] for part in parts], axis=0) for column in range(6)
    )
    near = metres <= within_m
    rank = np.broadcast_to(np.arange(1, metres.shape[1] + 1), metres.shape)
    owner = np.broadcast_to(place[:, None], metres.shape)
    return Nearest(*(part[near] for part in (owner, rank, line, metres, to_lon, to_lat, share)))


def _candidates(x: FloatArray, y: FloatArray, targets: BorderIndex, within_m: float) -> IntArray:
    """Rows that may be near: the search among lines a continent away is slow, and for nothing.

    The nearest point of a line is at most half a piece from an end of its piece, and no chord is
    longer than the geodesic.
    """
    present = np.flatnonzero(~np.isnan(x))
    if not targets.line.size:
        return present[:0]
    chord, _ = targets.tree.query(ecef_m(x[present], y[present]))
    return np.asarray(present[chord <= within_m + PIECE_M])


def _blocks(rows: IntArray) -> list[IntArray]:
    return np.array_split(rows, 1 + rows.size // DISCS_AT_ONCE)


def _part(
    x: FloatArray,
    y: FloatArray,
    radius: FloatArray,
    rows: IntArray,
    targets: BorderIndex,
    count: int,
    nodes: int,
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Places, and (places, count) targets, distances, nearest points and shares of some rows."""
    if count == 1:
        one = nearest_border(x[rows], y[rows], targets)
        line, metres = one.line[:, None], one.metres[:, None]
        to_lon, to_lat = one.lon[:, None], one.lat[:, None]
    else:
        line, metres, to_lon, to_lat = _points(x[rows], y[rows], targets, count)
    spread = disc_nodes(x[rows], y[rows], radius[rows], nodes=nodes)
    at_nodes = nearest_border(spread.lon.ravel(), spread.lat.ravel(), targets)
    of_node = at_nodes.line.reshape(-1, nodes)
    share = (of_node[:, None, :] == line[:, :, None]).mean(axis=2)
    share[np.isnan(radius[rows])] = np.nan
    return rows, line, metres, to_lon, to_lat, share


def _points(
    x: FloatArray, y: FloatArray, targets: BorderIndex, count: int
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """The nearest points by geodesic, among some more by chord: the two orders hardly differ."""
    held = min(count, targets.lines)
    asked = np.arange(1, min(count + MORE, targets.lines) + 1)
    piece = targets.tree.query(ecef_m(x, y), k=asked)[1]
    to_lon, to_lat = lonlat_deg(targets.start[piece])
    metres = geodesic_m(x[:, None], y[:, None], to_lon, to_lat)
    # Equally near ones come in the order in which they were given.
    order = np.lexsort((targets.line[piece], metres), axis=1)[:, :held]
    line = np.take_along_axis(targets.line[piece], order, axis=1)
    metres, to_lon, to_lat = (
        np.take_along_axis(part, order, axis=1) for part in (metres, to_lon, to_lat)
    )
    return line, metres, to_lon, to_lat
