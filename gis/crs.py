"""WGS 84: distances, directions and Earth-centred coordinates of lon/lat arrays.

Every distance of the product is the length of the geodesic on the WGS 84 ellipsoid, in metres.
The straight line through the Earth (the chord between Earth-centred coordinates) serves to find
candidates in a tree, never as an answer; :func:`shortest_chord_m` and :func:`longest_chord_m` say
how far the two may differ, so that a search by chords cannot lose the nearest point.

Arrays of longitude and latitude are in degrees, longitude first. A missing place is NaN.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from pyproj import Geod, Transformer
from pyproj.exceptions import CRSError

from gis.errors import CrsMismatch, InvalidGeometry

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

WGS84 = "EPSG:4326"

#: Defining constants of the ellipsoid (NIMA TR8350.2, table 3.1) and what follows from them.
SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
ECCENTRICITY_SQ = FLATTENING * (2 - FLATTENING)

#: Smallest and largest radius of curvature anywhere: of the meridian at the equator, at a pole.
LEAST_RADIUS_M = SEMI_MINOR_M**2 / SEMI_MAJOR_M
GREATEST_RADIUS_M = SEMI_MAJOR_M**2 / SEMI_MINOR_M


@cache
def wgs84() -> Geod:
    """Return the one geodesic calculator (pyproj, the algorithms of Karney 2013)."""
    return Geod(a=SEMI_MAJOR_M, f=FLATTENING)


@cache
def to_wgs84(source: str) -> Transformer:
    """Return the cached transformer from ``source`` to lon/lat, x before y on both sides.

    Raises
    ------
    CrsMismatch
        If ``source`` is not a coordinate reference system that PROJ knows.
    """
    try:
        return Transformer.from_crs(source, WGS84, always_xy=True)
    except CRSError as error:
        raise CrsMismatch(source, "a coordinate reference system known to PROJ") from error


def checked_lonlat(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return longitudes and latitudes as float arrays of one length, missing places as NaN.

    Parameters
    ----------
    lon, lat : (n,) array_like, degrees
        Longitudes may run to +/-360, as in lines that were unwrapped at the antimeridian.

    Returns
    -------
    lon, lat : (n,) float64
        New arrays; both NaN wherever one of them was NaN; no negative zeros. Empty for no points.

    Raises
    ------
    InvalidGeometry
        If the shapes differ, or a number lies outside its range or is infinite.
    """
    x = np.atleast_1d(np.array(lon, dtype=np.float64)) + 0.0
    y = np.atleast_1d(np.array(lat, dtype=np.float64)) + 0.0
    if x.ndim != 1 or x.shape != y.shape:
        raise InvalidGeometry((x.shape, y.shape), "lon and lat are flat arrays of one length")
    for values, limit, name in ((x, 360.0, "longitude"), (y, 90.0, "latitude")):
        wrong = np.abs(values) > limit
        if wrong.any():
            raise InvalidGeometry(float(values[wrong][0]), f"a {name} lies within +/-{limit:g}")
    missing = np.isnan(x) | np.isnan(y)
    x[missing] = np.nan
    y[missing] = np.nan
    return x, y


def geodesic_m(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> FloatArray:
    """Length of the geodesic between places, in metres; the four arrays broadcast.

    Accurate to 15 nm; NaN where a coordinate is NaN; empty for empty arrays. Ranges are not
    checked: :func:`checked_lonlat` does that where coordinates come in.

    References
    ----------
    Karney, C. F. F. (2013), Algorithms for geodesics, J. Geodesy 87, 43-55, section 4.

    Examples
    --------
    >>> geodesic_m([0.0], [0.0], [0.0], [1.0]).round(3)
    array([110574.389])
    """
    return _inverse(lon, lat, other_lon, other_lat)[1]


def initial_azimuth_deg(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> FloatArray:
    """Direction in which the geodesic leaves the first place, degrees clockwise from north.

    In [0, 360). NaN where a coordinate is NaN, and where the two places are the same: a point has
    no direction to itself.
    """
    azimuth, metres = _inverse(lon, lat, other_lon, other_lat)
    # The second remainder is for tiny negative azimuths, of which the first one makes 360.0.
    return np.where(metres > 0, np.mod(np.mod(azimuth, 360.0), 360.0), np.nan)


def _inverse(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Initial azimuth (degrees) and length (metres) of the geodesics."""
    one, two, three, four = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (lon, lat, other_lon, other_lat))
    )
    azimuth, _, metres = wgs84().inv(one, two, three, four)
    return np.asarray(azimuth), np.asarray(metres)


def ecef_m(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Earth-centred coordinates of places on the ellipsoid, (n, 3) in metres.

    Rows are NaN where a coordinate is NaN. Rounding stays below 5 nm.
    """
    phi, lam = np.radians(lat), np.radians(lon)
    sin_phi, cos_phi = np.sin(phi), np.cos(phi)
    normal = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_SQ * sin_phi**2)
    return np.stack(
        (
            normal * cos_phi * np.cos(lam),
            normal * cos_phi * np.sin(lam),
            normal * (1 - ECCENTRICITY_SQ) * sin_phi,
        ),
        axis=-1,
    )


def lonlat_deg(xyz: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Longitude in [-180, 180] and latitude below (n, 3) Earth-centred points on the surface.

    Exact on the ellipsoid. For a point at depth h it errs sideways by less than 0.0034 h, so it is
    meant for points within centimetres of the surface.
    """
    x, y, z = xyz[..., 0], xyz[..., 1], xyz[..., 2]
    lon = np.degrees(np.arctan2(y, x))
    lat = np.degrees(np.arctan2(z, (1 - ECCENTRICITY_SQ) * np.hypot(x, y)))
    return lon, lat


def shortest_chord_m(geodesic: npt.ArrayLike) -> FloatArray:
    """Length below which no chord between places ``geodesic`` metres apart can fall.

    A geodesic, seen as a curve in space, is nowhere more curved than a circle of
    ``LEAST_RADIUS_M``, so its chord is no shorter than that of an arc of this circle of the same
    length (Schur's comparison theorem: do Carmo, Differential Geometry of Curves and Surfaces,
    section 5-7). Holds up to pi * LEAST_RADIUS_M = 19,903 km.
    """
    return _chord_m(geodesic, LEAST_RADIUS_M)


def longest_chord_m(geodesic: npt.ArrayLike) -> FloatArray:
    """Length above which no chord between places ``geodesic`` metres apart can rise.

    The ellipsoid is nowhere less curved than a ball of ``GREATEST_RADIUS_M``, so it rolls freely in
    that ball (Blaschke) and contains, with any two points, the spindle of all short arcs of that
    radius between them. A path on the surface stays outside the spindle; projected on it (which
    lengthens nothing) it runs from tip to tip, and no such way is shorter than one of the arcs.
    """
    return _chord_m(geodesic, GREATEST_RADIUS_M)


def _chord_m(geodesic: npt.ArrayLike, radius: float) -> FloatArray:
    """Chord of an arc on a circle, held at the diameter from half a turn on."""
    half_angle = np.minimum(np.asarray(geodesic, dtype=np.float64) / (2 * radius), np.pi / 2)
    return np.asarray(2 * radius * np.sin(half_angle))


def rival_chord_m(chord: npt.ArrayLike) -> FloatArray:
    """Chord up to which a place may still be nearer, by geodesic, than one at ``chord`` metres.

    A place at chord c is at most ``2 r asin(c / 2r)`` away with r the least radius; a place that
    is nearer than that has a chord of at most :func:`longest_chord_m` of it. The excess over
    ``chord`` is 2 cm at 100 km and 21 m at 1,000 km. Chords above 2 * LEAST_RADIUS_M exclude
    nothing: the answer then exceeds the diameter of the Earth.
    """
    half = np.minimum(np.asarray(chord, dtype=np.float64) / (2 * LEAST_RADIUS_M), 1.0)
    return longest_chord_m(2 * LEAST_RADIUS_M * np.arcsin(half))
