"""Lines from place to place, cut at the antimeridian."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs import FloatArray, checked_lonlat

HALF_TURN_DEG = 180.0


def joining_lines(
    lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: npt.ArrayLike, to_lat: npt.ArrayLike
) -> npt.NDArray[np.object_]:
    """Draw a line between each two places, the shorter way round.

    Straight on a map of longitude and latitude: for the eye, not to be measured.

    Parameters
    ----------
    lon, lat, to_lon, to_lat : (n,) array_like, WGS 84 degrees
        None missing, longitudes in [-180, 180].

    Returns
    -------
    (n,) array of MultiLineString
        With two parts where it crosses the antimeridian. Between two places that are the same it
        is a line of no length at that place, so that it is found there. No places give no lines.

    Raises
    ------
    InvalidGeometry
        If a coordinate is out of range.
    """
    (x, y), (to_x, to_y) = checked_lonlat(lon, lat), checked_lonlat(to_lon, to_lat)
    ends = np.stack((np.column_stack((x, y)), np.column_stack((to_x, to_y))), axis=1)
    lines = np.empty(x.size, dtype=object)
    whole = np.abs(to_x - x) <= HALF_TURN_DEG
    if whole.any():
        single = shapely.linestrings(ends[whole])
        lines[whole] = shapely.multilinestrings(
            single, indices=np.arange(single.size), out=np.empty(single.size, dtype=object)
        )
    for row in np.flatnonzero(~whole).tolist():
        lines[row] = _cut(ends[row])
    return lines


def _cut(ends: FloatArray) -> shapely.MultiLineString:
    """A line that crosses the antimeridian, in two parts."""
    (x, y), (to_x, to_y) = ends
    edge = np.copysign(HALF_TURN_DEG, x)
    on_the_way = (edge - x) / (to_x + 2 * edge - x) if to_x + 2 * edge != x else 0.0
    middle = y + on_the_way * (to_y - y)
    return shapely.MultiLineString([[(x, y), (edge, middle)], [(-edge, middle), (to_x, to_y)]])
