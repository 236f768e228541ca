"""A polygon as small cells of equal area: where a place is known to a unit and no better.

"Somewhere in the region of Gao" has no centre and no radius. The cells whose centre is within the
polygon stand for it, each as likely as any other; all cells that touch it, and how far a cell
reaches from its centre, bound whatever does not change faster than the place itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from pyproj import Transformer

from gis.crs import FLATTENING, SEMI_MAJOR_M, BoolArray, FloatArray, geodesic_m
from gis.errors import InvalidGeometry

CELLS = 1024
"""About so many cells have their centre within the polygon."""

MOST_CELLS = 250_000
"""In the box around a polygon that fills little of it."""


@dataclass(frozen=True, slots=True, eq=False)
class AreaCells:
    """The cells that touch a polygon, (m,), in rows from south-west to north-east.

    ``lon`` and ``lat`` are their centres in degrees, ``inside`` tells which centres are within the
    polygon, and no point of a cell is further than ``reach_m`` metres from its centre.
    """

    lon: FloatArray
    lat: FloatArray
    inside: BoolArray
    reach_m: float


def area_cells(shape: shapely.Geometry, *, cells: int = CELLS) -> AreaCells:
    """Cut the box of a polygon into cells of equal area on the ellipsoid.

    The cells are equal rectangles of the cylindrical equal-area projection, and so rectangles of
    longitude and latitude (Snyder 1987, Map Projections, section 10).

    Parameters
    ----------
    shape : Polygon or MultiPolygon, WGS 84 lon/lat
        One that crosses the antimeridian is cut there (RFC 7946, section 3.1.9).
    cells : int, >= 1

    Raises
    ------
    InvalidGeometry
        If the shape has no area, or is too thin for any centre to be within.

    Examples
    --------
    >>> square = area_cells(shapely.box(0, 14, 1, 15), cells=4)
    >>> square.lon, square.lat.round(3)
    (array([0.25, 0.75, 0.25, 0.75]), array([14.25, 14.25, 14.75, 14.75]))
    """
    if cells < 1:
        raise InvalidGeometry(cells, "a polygon has at least one cell")
    if shape is None or shapely.area(shape) == 0:
        raise InvalidGeometry(str(shape)[:80], "somewhere within needs a polygon with an area")
    west, south, east, north = shapely.bounds(shape)
    (low, high) = _height([south, north])
    columns, rows = _sizes(shape, cells, high - low)
    lon = np.linspace(west, east, 2 * columns + 1)
    lat = _latitude(np.linspace(low, high, 2 * rows + 1))
    column, row = (part.ravel() for part in np.meshgrid(np.arange(columns), np.arange(rows)))
    shapely.prepare(shape)
    boxes = shapely.box(lon[2 * column], lat[2 * row], lon[2 * column + 2], lat[2 * row + 2])
    touching = shapely.intersects(shape, boxes)
    column, row = column[touching], row[touching]
    at_lon, at_lat = lon[2 * column + 1], lat[2 * row + 1]
    inside = np.asarray(shapely.intersects_xy(shape, at_lon, at_lat))
    if not inside.any():
        raise InvalidGeometry(str(shape)[:80], "the polygon is too thin for its box")
    # Along a parallel and along a meridian the distance grows away from the centre: a corner is
    # the furthest point of a cell.
    corners = [geodesic_m(at_lon, at_lat, lon[0::2][column], lat[2 * row + k]) for k in (0, 2)]
    return AreaCells(at_lon, at_lat, inside, float(np.max(corners)))


def _sizes(shape: shapely.Geometry, cells: int, height: float) -> tuple[int, int]:
    """Columns and rows of the box, for cells that are about as wide as they are high."""
    west, south, east, north = shapely.bounds(shape)

    def flattened(lonlat: FloatArray) -> FloatArray:
        return np.column_stack((lonlat[:, 0], _height(lonlat[:, 1])))

    filled = float(shapely.area(shapely.transform(shape, flattened)) / ((east - west) * height))
    every = min(cells / filled, MOST_CELLS)
    middle = (south + north) / 2
    wide = float(geodesic_m(west, middle, min(east, west + 179), middle))
    high = float(geodesic_m(west, south, west, north))
    columns = max(1, round(float(np.sqrt(every * wide / high))))
    return columns, max(1, round(every / columns))


@cache
def _equal_area() -> Transformer:
    ellipsoid = f"+a={SEMI_MAJOR_M} +rf={1 / FLATTENING} +type=crs"
    return Transformer.from_crs(f"+proj=longlat {ellipsoid}", f"+proj=cea {ellipsoid}")


def _height(lat: object) -> FloatArray:
    """Height above the equator in the projection, metres."""
    y = _equal_area().transform(np.zeros_like(np.asarray(lat, dtype=np.float64)), lat)[1]
    return np.asarray(y, dtype=np.float64)


def _latitude(height: FloatArray) -> FloatArray:
    y = _equal_area().transform(np.zeros_like(height), height, direction="INVERSE")[1]
    return np.asarray(y, dtype=np.float64)
