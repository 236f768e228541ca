"""Coordinate reference systems by reference: how a URI is written, and what follows from it.

OGC API - Features Part 2 names a system by URI, and the URI decides the order of the coordinates:
CRS84 is longitude before latitude, EPSG:4326 latitude before longitude, although both place them on
the same ellipsoid. What the authority says of a code (order of axes, unit, area) is read from the
EPSG dataset that comes with PROJ, and never typed in here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gis.bbox import BBox
from gis.crs import geodesic_m
from gis.errors import CrsMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

WGS84_SRID = 4326
"""Of WGS 84 longitude and latitude, whichever comes first."""

WORLD = BBox(-180.0, -90.0, 180.0, 90.0)

REGION_EPSG = (WGS84_SRID, 3857, 32630, 32631, 32632)
"""Codes that a layer offers besides CRS84: WGS 84 by EPSG's order of axes, Web Mercator, and the
UTM zones of Liptako-Gourma."""

BEYOND_DEG = (180.0, 72.0, 45.0, 20.0, 5.0)
"""How far beyond its area a system is tried, the farthest first."""
GRID = 37

DEGREE_DECIMALS = 7
"""Decimals of a longitude or latitude: 1 cm on the ground."""
METRE_DECIMALS = 3

_HTTP = re.compile(r"https?://www\.opengis\.net/def/crs/(ogc|epsg)/[0-9.]+/(\w+)", re.IGNORECASE)
_URN = re.compile(r"urn:ogc:def:crs:(ogc|epsg):[0-9.]*:(\w+)", re.IGNORECASE)
_CURIE = re.compile(r"(\[)?(ogc|epsg):(\w+)(?(1)\])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """A coordinate reference system, as the world outside names and writes it.

    Parameters
    ----------
    uri : str
        The one name by which answers call it.
    srid : int
        By which PostGIS knows it; coordinates there are east before north, always.
    title : str
    north_first : bool
        Whether latitude or northing comes before longitude or easting.
    decimals : int
        With which coordinates are written: 7 for degrees, 3 for metres.
    area : BBox
        Where the system is meant to be used, degrees.
    reach : BBox
        Where it gives coordinates that lead back to their place, degrees: wider than the area,
        but 75 degrees from the meridian of a UTM zone there is an end to it.
    """

    uri: str
    srid: int
    title: str
    north_first: bool
    decimals: int
    area: BBox
    reach: BBox

    @property
    def is_wgs84(self) -> bool:
        """Whether coordinates are those stored, but for their order."""
        return self.srid == WGS84_SRID


CRS84 = ReferenceSystem(
    uri="http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    srid=WGS84_SRID,
    title="WGS 84 longitude, latitude",
    north_first=False,
    decimals=DEGREE_DECIMALS,
    area=WORLD,
    reach=WORLD,
)
"""The system of every answer that is not asked for in another, and of what is stored."""


@cache
def epsg(code: int) -> ReferenceSystem:
    """The system of a code of EPSG: order of axes, unit and area as the authority has them.

    Raises
    ------
    CrsMismatch
        PROJ does not know the code, or it is no system of two axes with an area of use.
    """
    try:
        known = CRS.from_epsg(code)
    except CRSError as error:
        raise CrsMismatch(f"EPSG:{code}", "a code of EPSG that PROJ knows") from error
    axes, area = known.axis_info, known.area_of_use
    if len(axes) != 2 or area is None:
        raise CrsMismatch(f"EPSG:{code}", "a system of two axes with an area of use")
    return ReferenceSystem(
        uri=f"http://www.opengis.net/def/crs/EPSG/0/{code}",
        srid=code,
        title=known.name,
        north_first=axes[0].direction == "north",
        decimals=DEGREE_DECIMALS if axes[0].unit_name == "degree" else METRE_DECIMALS,
        area=BBox(*area.bounds),
        reach=_reach(code, BBox(*area.bounds)),
    )


def _reach(code: int, area: BBox) -> BBox:
    """The area, widened as far as every place of a grid in it is found again by its coordinates."""
    for degrees in BEYOND_DEG:
        wide = _widened(area, degrees)
        if _leads_back(code, wide):
            return wide
    return area


def _widened(box: BBox, degrees: float) -> BBox:
    south, north = max(box.south - degrees, -90.0), min(box.north + degrees, 90.0)
    if (box.east - box.west) % 360.0 + 2 * degrees >= 360.0:
        return BBox(-180.0, south, 180.0, north)
    west, east = box.west - degrees, box.east + degrees
    return BBox(west + 360.0 * (west < -180.0), south, east - 360.0 * (east > 180.0), north)


def _leads_back(code: int, box: BBox) -> bool:
    across = (box.east - box.west) % 360.0 or 360.0
    lon, lat = np.meshgrid(
        box.west + np.linspace(0.0, across, GRID), np.linspace(box.south, box.north, GRID)
    )
    to_system = Transformer.from_crs(WGS84_SRID, code, always_xy=True)
    x, y = to_system.transform(lon, lat)
    back_lon, back_lat = to_system.transform(x, y, direction="INVERSE")
    return bool((geodesic_m(*map(np.ravel, (lon, lat, back_lon, back_lat))) < 1.0).all())


@cache
def offered(codes: tuple[int, ...]) -> tuple[ReferenceSystem, ...]:
    """CRS84, and the systems of these codes of EPSG; CRS84 alone for none."""
    return (CRS84, *map(epsg, codes))


def parse_system(text: str, systems: Sequence[ReferenceSystem]) -> ReferenceSystem:
    """The system that a client names.

    Parameters
    ----------
    text : str
        An OGC URI or URN, or a CURIE with or without brackets. Whatever the form, the order of
        axes is the authority's: ``EPSG:4326`` is latitude before longitude.
    systems : sequence of ReferenceSystem
        Those that are offered.

    Raises
    ------
    CrsMismatch
        The text names no system, or none that is offered; the rule lists those that are.

    Examples
    --------
    >>> parse_system("urn:ogc:def:crs:EPSG::4326", offered((4326,))).uri
    'http://www.opengis.net/def/crs/EPSG/0/4326'
    >>> parse_system("[OGC:CRS84]", offered(())).uri
    'http://www.opengis.net/def/crs/OGC/1.3/CRS84'
    """
    named = _named(text)
    for system in systems:
        if named == _named(system.uri):
            return system
    raise CrsMismatch(text, f"it is one of {', '.join(system.uri for system in systems)}")


def _named(text: str) -> tuple[str, str] | None:
    """Authority and code of a system, in capitals; nothing for what is no name of one."""
    for form in (_HTTP, _URN, _CURIE):
        found = form.fullmatch(text.strip())
        if found is not None:
            authority, code = found.groups()[-2:]
            return authority.upper(), code.upper()
    return None
