"""The area in which imprecise points lie: the convex hull of their discs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs import checked_lonlat, wgs84
from gis.errors import InvalidGeometry

RING = 32
"""Points on the rim of a disc: the polygon falls short of the circle by half a percent."""


def hull_of_discs(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike
) -> shapely.Polygon:
    """Convex hull, in a plane of longitude and latitude, of geodesic discs around points.

    It is a polygon also for points that are all one, or in line, as incidents coded to towns are.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees, n >= 1
        None missing; a group across the antimeridian has no hull here that means anything.
    radius_m : (n,) array_like, metres, > 0

    Raises
    ------
    InvalidGeometry
        There is no point, one is missing or out of range, or a radius is not positive.

    Examples
    --------
    >>> around = hull_of_discs([2.0], [14.0], [5_000.0])
    >>> [round(edge, 2) for edge in around.bounds]
    [1.95, 13.95, 2.05, 14.05]
    """
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    if not x.size or np.isnan(x).any():
        raise InvalidGeometry(x.tolist(), "a hull has points, and all of them are known")
    if not (radius > 0).all():
        raise InvalidGeometry(radius.tolist(), "the radius of a disc is greater than 0 m")
    azimuth = np.arange(RING) * (360.0 / RING)
    every, around = np.repeat(np.arange(x.size), RING), np.tile(azimuth, x.size)
    rim_lon, rim_lat, _ = wgs84().fwd(x[every], y[every], around, radius[every])
    hull = shapely.convex_hull(shapely.multipoints(np.column_stack((rim_lon, rim_lat))))
    assert isinstance(hull, shapely.Polygon)
    return hull
