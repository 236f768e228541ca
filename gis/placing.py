"""Geometries stated in another coordinate reference system, laid on longitude and latitude.

An edge is a straight line of the system that it is stated in, and a bent one of longitude and
latitude. So corners are set along it before it is transformed, close enough that what lies between
two of them is straight to within centimetres.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import shapely
from pyproj import Transformer

from gis.errors import InvalidGeometry
from gis.reference_systems import WGS84_SRID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.crs import FloatArray
    from gis.reference_systems import ReferenceSystem

G = TypeVar("G", bound=shapely.Geometry)

STEP_M = 1_000.0
"""Most metres from corner to corner: an edge of that length bends less than 6 mm at 15 degrees of
latitude, 4 cm at 60 (length squared / 8 radii * tangent)."""

MOST_CORNERS = 20_000
"""About how many corners a geometry is given; one that is longer than so many steps has longer
ones."""

RETURN_TOLERANCE = 1e-6
"""How far from where it began a coordinate may come back, as a share of the greater one."""


def placed(geometry: G, system: ReferenceSystem) -> G:
    """A geometry in longitude and latitude.

    Parameters
    ----------
    geometry : shapely.Geometry
        Not empty, in coordinates of the system, east before north as everywhere here.
    system : ReferenceSystem

    Returns
    -------
    shapely.Geometry
        Of the same type, in degrees, WGS 84; with more corners for a system in metres.

    Raises
    ------
    InvalidGeometry
        A coordinate is no place on the earth in that system; or the geometry meets a pole or the
        antimeridian, on both sides of which longitude and latitude cannot have one shape.

    Examples
    --------
    >>> from gis.reference_systems import epsg
    >>> shapely.set_precision(placed(shapely.Point(500_000, 1_500_000), epsg(32631)), 0.001).wkt
    'POINT (3 13.568)'
    """
    found: shapely.Geometry = geometry
    if not system.is_wgs84:
        step = max(STEP_M, float(geometry.length) / MOST_CORNERS)
        close = shapely.segmentize(geometry, step)
        found = shapely.transform(close, partial(_degrees, system))
        _check_whole(found, system)
    corners = shapely.get_coordinates(found)
    # Written so that a coordinate that is not a number is refused, too.
    if not ((abs(corners[:, 0]) <= 180) & (abs(corners[:, 1]) <= 90)).all():
        rule = "longitudes lie within 180 and latitudes within 90 degrees"
        raise InvalidGeometry(geometry.geom_type, rule)
    return cast("G", found)


def _degrees(system: ReferenceSystem, pairs: FloatArray) -> FloatArray:
    to_degrees = _to_degrees(system.srid)
    # Numbers near the greatest there are overflow: they end as no place, which they are.
    with np.errstate(over="ignore", invalid="ignore"):
        lon, lat = to_degrees.transform(*pairs.T)
        off = np.hypot(*(np.array(to_degrees.transform(lon, lat, direction="INVERSE")) - pairs.T))
        near = off <= RETURN_TOLERANCE * np.maximum(1.0, np.abs(pairs).max(axis=1))
    reach = system.reach
    known = near & (lon >= reach.west) & (lon <= reach.east) & (lat >= reach.south)
    if not known.all():
        east, north = (float(number) for number in pairs[~known][0])
        area = system.area
        rule = (
            f"this is no place of {system.title}, which is made for longitudes {area.west:g} to "
            f"{area.east:g} and latitudes {area.south:g} to {area.north:g}"
        )
        raise InvalidGeometry((east, north), rule)
    return np.column_stack([lon, lat])


def _check_whole(geometry: shapely.Geometry, system: ReferenceSystem) -> None:
    for line in _lines(geometry):
        if (np.abs(np.diff(shapely.get_coordinates(line)[:, 0])) > 180).any():
            raise InvalidGeometry(system.title, "a geometry crosses no pole and no antimeridian")
    if not shapely.is_valid(geometry):
        raise InvalidGeometry(system.title, "a geometry is valid in longitude and latitude, too")


def _lines(geometry: shapely.Geometry) -> Iterator[shapely.Geometry]:
    if geometry.geom_type == "Polygon":
        yield from shapely.get_rings(geometry)
    elif geometry.geom_type == "LineString":
        yield geometry
    elif geometry.geom_type != "Point":
        for part in shapely.get_parts(geometry):
            yield from _lines(part)


@cache
def _to_degrees(srid: int) -> Transformer:
    return Transformer.from_crs(srid, WGS84_SRID, always_xy=True)
