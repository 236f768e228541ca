"""Check of a direction that a source names, "west of X", against the geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from gis.crs import SEMI_MAJOR_M, geodesic_m, initial_azimuth_deg
from gis.errors import InvalidGeometry

#: How far from the named direction the azimuth may lie.
BEARING_TOLERANCE_DEG = 45.0


class Direction(StrEnum):
    """The eight directions that sources name, clockwise from north."""

    NORTH = "north"
    NORTH_EAST = "north_east"
    EAST = "east"
    SOUTH_EAST = "south_east"
    SOUTH = "south"
    SOUTH_WEST = "south_west"
    WEST = "west"
    NORTH_WEST = "north_west"

    @property
    def azimuth_deg(self) -> float:
        """Degrees clockwise from north."""
        return 45.0 * list(Direction).index(self)


@dataclass(frozen=True, slots=True)
class BearingCheck:
    """The verdict on a stated direction.

    ``holds`` is ``None`` where the direction cannot be told; ``azimuth_deg`` in [0, 360) is that of
    the geodesic at the named place, ``off_deg`` in [0, 180] how far it lies from the direction.
    """

    holds: bool | None
    azimuth_deg: float | None
    off_deg: float | None


def check_bearing(
    direction: Direction,
    named: tuple[float, float],
    place: tuple[float, float],
    radius_m: float | None,
) -> BearingCheck:
    """Set "west of X" against the azimuth of the geodesic from X.

    Parameters
    ----------
    direction : Direction
    named, place : (lon, lat), WGS 84 degrees
        X, and where the incident is stored. NaN for unknown.
    radius_m : float or None, metres
        Radius of the place. The direction holds if it holds for any point of the disc, and cannot
        be told where the radius is unknown or the disc reaches X.

    Raises
    ------
    InvalidGeometry
        If the radius is negative.
    """
    if radius_m is not None and radius_m < 0:
        raise InvalidGeometry(radius_m, "a radius is >= 0 m")
    metres = float(geodesic_m(*named, *place))
    azimuth = float(initial_azimuth_deg(*named, *place))
    if math.isnan(azimuth):
        return BearingCheck(None, None, None)
    off = abs((azimuth - direction.azimuth_deg + 180.0) % 360.0 - 180.0)
    # Comparisons with NaN are false: an unknown radius ends here as well.
    if radius_m is None or not radius_m < metres <= math.pi / 2 * SEMI_MAJOR_M:
        return BearingCheck(None, azimuth, off)
    # The disc as seen from X, on a sphere: the ellipsoid changes it by less than 1 %.
    sine = math.sin(radius_m / SEMI_MAJOR_M) / math.sin(metres / SEMI_MAJOR_M)
    return BearingCheck(off - math.degrees(math.asin(sine)) <= BEARING_TOLERANCE_DEG, azimuth, off)
