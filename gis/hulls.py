"""The area in which imprecise points lie: the hull of their discs, on the map."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import translate

from gis.crs import checked_lonlat, ecef_m, lonlat_deg, wgs84
from gis.errors import InvalidGeometry

if TYPE_CHECKING:
    from gis.crs import FloatArray

RING = 32
"""Points on the rim of a disc: the polygon falls short of the circle by half a percent."""

LONGEST_EDGE_M = 50_000.0
"""Longer edges get points between: they are straight in the plane of the hull, not on the map."""

HALF_TURN_DEG = 180.0


class Hull(StrEnum):
    """What outline is drawn around points."""

    CONVEX = "convex"
    """As by a string around them."""
    CONCAVE = "concave"
    """As by a string that is drawn into bays."""


def hull_of_discs(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    *,
    outline: Hull = Hull.CONVEX,
    ratio: float = 0.3,
) -> shapely.MultiPolygon:
    """Hull of geodesic discs around points, in the azimuthal equidistant plane of their middle.

    It has an area also for points that are all one, or in line, as incidents coded to towns are.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees, n >= 1
        None missing.
    radius_m : () or (n,) array_like, metres, > 0
    outline : Hull
        A concave hull is one area without holes; it holds all points and the rims of their discs.
    ratio : float, 0 to 1
        How straight a concave outline is: 1 is convex, 0 goes into the deepest bays (the longest
        edge of the triangulation that is kept, between the shortest and the longest: GEOS).

    Returns
    -------
    MultiPolygon
        Longitudes in [-180, 180]: two polygons where it crosses the antimeridian. A hull with a
        pole in it reaches up to the pole.

    Raises
    ------
    InvalidGeometry
        There is no point, one is missing or out of range, a radius is not positive, or the ratio
        is out of range.

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
    if not 0 <= ratio <= 1:
        raise InvalidGeometry(ratio, "the ratio of a concave hull lies in 0 to 1")
    azimuth = np.arange(RING) * (360.0 / RING)
    every, around = np.repeat(np.arange(x.size), RING), np.tile(azimuth, x.size)
    rim_lon, rim_lat, _ = wgs84().fwd(x[every], y[every], around, radius[every])
    middle_lon, middle_lat = _middle(x, y)
    plane = shapely.multipoints(
        np.unique(
            _plane(
                middle_lon, middle_lat, np.concatenate((rim_lon, x)), np.concatenate((rim_lat, y))
            ),
            axis=0,
        )
    )
    if outline is Hull.CONVEX:
        hull = shapely.convex_hull(plane)
    else:
        hull = shapely.concave_hull(plane, ratio=ratio, allow_holes=False)
    ring = shapely.get_coordinates(shapely.segmentize(hull, LONGEST_EDGE_M).exterior)
    return _on_the_map(middle_lon, middle_lat, ring)


def _middle(lon: FloatArray, lat: FloatArray) -> tuple[float, float]:
    """Place below the mean of points in space; the first of points that balance one another."""
    mean = ecef_m(lon, lat).mean(axis=0)
    if np.hypot.reduce(mean) < 1.0:
        return float(lon[0]), float(lat[0])
    middle_lon, middle_lat = lonlat_deg(mean)
    return float(middle_lon), float(middle_lat)


def _plane(lon: float, lat: float, of_lon: FloatArray, of_lat: FloatArray) -> FloatArray:
    """Metres east and north of a middle, by direction and length of the geodesic, (n, 2)."""
    middle_lon, middle_lat = np.full_like(of_lon, lon), np.full_like(of_lat, lat)
    azimuth, _, metres = wgs84().inv(middle_lon, middle_lat, of_lon, of_lat)
    turn = np.radians(azimuth)
    return np.column_stack((metres * np.sin(turn), metres * np.cos(turn)))


def _on_the_map(lon: float, lat: float, ring: FloatArray) -> shapely.MultiPolygon:
    """A closed ring of the plane as an area of longitudes and latitudes."""
    azimuth, metres = np.degrees(np.arctan2(*ring.T)), np.hypot(*ring.T)
    x, y, _ = wgs84().fwd(np.full_like(metres, lon), np.full_like(metres, lat), azimuth, metres)
    steps = np.mod(np.diff(x) + HALF_TURN_DEG, 360.0) - HALF_TURN_DEG
    unrolled = np.concatenate((x[:1], x[0] + np.cumsum(steps)))
    corners = np.column_stack((unrolled, y))
    if abs(unrolled[-1] - unrolled[0]) > HALF_TURN_DEG:
        pole = np.copysign(90.0, lat)
        over = np.array([(unrolled[-1], pole), (unrolled[0], pole)])
        corners = np.vstack((corners, over))
    area = shapely.Polygon(corners)
    if np.abs(unrolled).max() <= HALF_TURN_DEG and area.is_valid:
        return shapely.MultiPolygon([area])
    area = shapely.make_valid(area)
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        world = shapely.box(turn - HALF_TURN_DEG, -90.0, turn + HALF_TURN_DEG, 90.0)
        parts.append(translate(shapely.intersection(area, world), xoff=-turn))
    pieces = shapely.get_parts(shapely.union_all(parts))
    return shapely.MultiPolygon([piece for piece in pieces if piece.geom_type == "Polygon"])
