"""A box stated in another coordinate reference system than the one coordinates are stored in.

Its edges are straight lines of that system and bent lines of longitude and latitude, so it is kept
as it was stated: features are compared with it in its own system. The box of longitudes and
latitudes around it serves to find candidates by the index, never as an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer

from gis.bbox import BBox, parse_edges
from gis.errors import InvalidBBox
from gis.reference_systems import WGS84_SRID, WORLD

if TYPE_CHECKING:
    from gis.crs import BoolArray
    from gis.reference_systems import ReferenceSystem

SAMPLES = 41
"""Places along each side of a box at which it is laid on the earth."""
MARGIN = 0.02
"""By which the box around is widened, as a share of its own width: between two samples, an edge
bends less than that."""
LEAST_MARGIN_DEG = 1e-5
RETURN_TOLERANCE = 1e-6
"""How far from where it began a coordinate may come back, as a share of the greatest one."""


@dataclass(frozen=True, slots=True)
class ForeignBox:
    """A box in a system of its own.

    Parameters
    ----------
    srid : int
        Of the system.
    west, south, east, north : float
        Its edges, in units of the system; they belong to it.
    reach : BBox
        Degrees, WGS 84: where the system has coordinates.
    around : BBox
        Degrees, WGS 84: holds every place that the box holds. Not shown, for it follows from the
        rest and may differ by a hair with another release of PROJ.
    """

    srid: int
    west: float
    south: float
    east: float
    north: float
    reach: BBox = field(repr=False)
    around: BBox = field(repr=False)


def parse_box(text: str, system: ReferenceSystem) -> BBox | ForeignBox:
    """Read a box of four or six numbers in the order of a system's axes.

    Parameters
    ----------
    text : str
        Of a system that puts north first: south, west, north, east.
    system : ReferenceSystem

    Returns
    -------
    BBox or ForeignBox
        A box of degrees for WGS 84, in either order of axes.

    Raises
    ------
    InvalidBBox
        For anything but four or six numbers, edges in the wrong order, and a box that lies where
        the system has no coordinates.

    Examples
    --------
    >>> from gis.reference_systems import epsg
    >>> str(parse_box("14,0,16,4", epsg(4326)))
    '0,14,4,16'
    """
    first, second, third, fourth = parse_edges(text)
    edges = (second, first, fourth, third) if system.north_first else (first, second, third, fourth)
    return BBox(*edges) if system.is_wgs84 else foreign_box(system, *edges)


def foreign_box(
    system: ReferenceSystem, west: float, south: float, east: float, north: float
) -> ForeignBox:
    """A box in a system other than WGS 84, and the degrees around it.

    Raises
    ------
    InvalidBBox
        An edge is not finite, two are in the wrong order, or the whole box lies where the system
        has no coordinates. A box that reaches there in part holds what the rest of it holds.
    """
    edges = (west, south, east, north)
    if not all(isfinite(edge) for edge in edges):
        raise InvalidBBox(edges, "every edge is a finite number")
    if west > east or south > north:
        raise InvalidBBox(edges, "on either axis, the first number is not above the second")
    return ForeignBox(system.srid, *edges, system.reach, _around(system, edges))


def _around(system: ReferenceSystem, edges: tuple[float, float, float, float]) -> BBox:
    to_degrees = _to_degrees(system.srid)
    placed = _is_placed(to_degrees, *edges)
    if not placed.any():
        area = system.area
        rule = (
            f"no place of the earth lies in it: {system.title} is made for longitudes "
            f"{area.west:g} to {area.east:g} and latitudes {area.south:g} to {area.north:g}"
        )
        raise InvalidBBox(edges, rule)
    if not placed.all():
        return WORLD
    west, south, east, north = to_degrees.transform_bounds(*edges, densify_pts=SAMPLES)
    return _widened(west, south, east, north)


def _is_placed(
    to_degrees: Transformer, west: float, south: float, east: float, north: float
) -> BoolArray:
    """Whether each of a grid of places in a box has a place on the earth that leads back to it."""
    # Numbers near the greatest there are overflow: they end as no place, which they are.
    with np.errstate(over="ignore", invalid="ignore"):
        x, y = np.meshgrid(np.linspace(west, east, SAMPLES), np.linspace(south, north, SAMPLES))
        lon, lat = to_degrees.transform(x, y)
        back_x, back_y = to_degrees.transform(lon, lat, direction="INVERSE")
        off = np.hypot(back_x - x, back_y - y)
    allowed = RETURN_TOLERANCE * max(1.0, abs(west), abs(south), abs(east), abs(north))
    return np.asarray(np.isfinite(off) & (off <= allowed))


def _widened(west: float, south: float, east: float, north: float) -> BBox:
    """The box with its margin; all longitudes where it touches a pole or leaves +/-180."""
    across = (east - west) % 360.0
    beside = max(MARGIN * across, LEAST_MARGIN_DEG)
    above = max(MARGIN * (north - south), LEAST_MARGIN_DEG)
    low, high = max(south - above, -90.0), min(north + above, 90.0)
    left, right = west - beside, east + beside
    is_whole = across + 2 * beside >= 360.0 or left < -180.0 or right > 180.0
    if is_whole or low == -90.0 or high == 90.0:
        return BBox(-180.0, low, 180.0, high)
    return BBox(left, low, right, high)


@cache
def _to_degrees(srid: int) -> Transformer:
    return Transformer.from_crs(srid, WGS84_SRID, always_xy=True)
