"""Border lines, cut into straight pieces and put into a tree, ready to be asked for distances.

A piece is a straight line in space between two places at most ``PIECE_M`` apart: its ends are on
the ellipsoid, its middle up to 3 mm below. Nothing is cut in a projected plane, so the poles and
the antimeridian are places like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from gis.border_edges import EdgeMeaning
from gis.crs import (
    GREATEST_RADIUS_M,
    LEAST_RADIUS_M,
    FloatArray,
    IntArray,
    checked_lonlat,
    ecef_m,
    wgs84,
)
from gis.errors import InvalidGeometry

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Longest piece. Short pieces make many tree nodes, long ones many candidates.
PIECE_M = 400.0

#: How far a piece may run beside the curved line that it stands for.
BEND_M = 0.002

#: How far below the surface the middle of a piece may lie: the sagitta of its chord.
DEPTH_M = PIECE_M**2 / (8 * LEAST_RADIUS_M)

#: Ends in a leaf of the tree: for millions of questions, 64 took 5/6 of the time that 16 took.
LEAF_ENDS = 64

_LINEAR = {
    shapely.GeometryType.POINT,
    shapely.GeometryType.MULTIPOINT,
    shapely.GeometryType.LINESTRING,
    shapely.GeometryType.LINEARRING,
    shapely.GeometryType.MULTILINESTRING,
}


@dataclass(frozen=True, slots=True, eq=False)
class BorderIndex:
    """Border lines, cut into straight pieces and ready to be asked.

    Piece ``i`` runs from ``start[i]`` to ``start[i] + step[i]``; the end of a line is a piece of
    no length. ``line`` holds the position of the geometry each piece was cut from.
    """

    start: FloatArray
    step: FloatArray
    line: IntArray
    lines: int
    tree: cKDTree


def border_index(
    lines: Sequence[shapely.Geometry | None] | npt.NDArray[np.object_],
    *,
    edges: EdgeMeaning = EdgeMeaning.LONLAT,
) -> BorderIndex:
    """Cut border lines into pieces and put them into a tree.

    Parameters
    ----------
    lines : (m,) sequence of LineString, MultiLineString, LinearRing, Point or MultiPoint
        WGS 84 lon/lat in degrees; heights are ignored. Points serve for tripoints and markers.
        ``None`` and empty geometries keep their position and are never the nearest. An edge takes
        the shorter way round: from 179 to -179 degrees it crosses the antimeridian.
    edges : EdgeMeaning
        What runs between two vertices.

    Raises
    ------
    InvalidGeometry
        If a geometry has an area (take its boundary: within, its distance would be 0), or a
        coordinate is out of range or not a number.
    """
    shapes = np.asarray(lines, dtype=np.object_).reshape(len(lines))
    for kind in shapely.get_type_id(shapes):
        if kind != -1 and shapely.GeometryType(kind) not in _LINEAR:
            raise InvalidGeometry(shapely.GeometryType(kind).name, "a border is a line or a point")
    parts, line_of_part = shapely.get_parts(shapes, return_index=True)
    coordinates, part = shapely.get_coordinates(parts, return_index=True)
    if np.isnan(coordinates).any():
        raise InvalidGeometry("NaN", "every vertex of a border has a longitude and a latitude")
    lon, lat = checked_lonlat(coordinates[:, 0], coordinates[:, 1])
    vertex, start = _densify(lon, lat, part, edges)
    step = np.zeros_like(start)
    joined = part[vertex][1:] == part[vertex][:-1]
    step[:-1][joined] = np.diff(start, axis=0)[joined]
    return BorderIndex(
        start, step, line_of_part[part[vertex]], len(shapes), cKDTree(start, leafsize=LEAF_ENDS)
    )


def _densify(
    lon: FloatArray, lat: FloatArray, part: IntArray, edges: EdgeMeaning
) -> tuple[IntArray, FloatArray]:
    """Return the vertex that each piece belongs to, and the Earth-centred start of each piece."""
    d_lon, d_lat = np.zeros_like(lon), np.zeros_like(lat)
    follows = np.flatnonzero(part[1:] == part[:-1])
    d_lon[follows] = np.diff(lon)[follows]
    d_lon -= 360.0 * np.rint(d_lon / 360.0)  # the shorter way round; half a turn stays as drawn
    d_lat[follows] = np.diff(lat)[follows]
    pieces = _pieces(lat, d_lon, d_lat)
    vertex = np.repeat(np.arange(lon.size), pieces)
    rank = np.arange(vertex.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = rank / pieces[vertex]
    if edges is EdgeMeaning.LONLAT:
        return vertex, ecef_m(
            lon[vertex] + share * d_lon[vertex], lat[vertex] + share * d_lat[vertex]
        )
    azimuth, _, metres = wgs84().inv(lon, lat, lon + d_lon, lat + d_lat)
    on_lon, on_lat, _ = wgs84().fwd(
        lon[vertex], lat[vertex], azimuth[vertex], share * metres[vertex]
    )
    return vertex, ecef_m(on_lon, on_lat)


def _pieces(lat: FloatArray, d_lon: FloatArray, d_lat: FloatArray) -> IntArray:
    """Into how many pieces the edge after each vertex is cut, at least 1.

    An edge is no longer than the greatest radius R times its run in a plane of degrees, longitude
    shrunk by the cosine of the latitude nearest to the equator. A line straight in lon/lat leaves
    the geodesic, by the geodesic equations lat'' = -sin(lat) cos(lat) lon'^2 and
    lon'' = 2 tan(lat) lat' lon', by at most R |lon'| |sin(lat)| hypot(cos(lat) lon', 2 lat') / 8
    at its middle, which falls with the square of the number of pieces.
    """
    last, turn, rise = lat + d_lat, np.abs(np.radians(d_lon)), np.abs(np.radians(d_lat))
    least_lat = np.where(lat * last < 0, 0.0, np.minimum(np.abs(lat), np.abs(last)))
    widest = np.cos(np.radians(least_lat)) * turn
    steepest = np.sin(np.radians(np.maximum(np.abs(lat), np.abs(last))))
    by_length = np.hypot(rise, widest) * GREATEST_RADIUS_M / PIECE_M
    bend = GREATEST_RADIUS_M * turn * steepest * np.hypot(widest, 2 * rise) / 8
    pieces: IntArray = np.ceil(np.maximum(by_length, np.sqrt(bend / BEND_M))).astype(np.int64)
    return np.maximum(pieces, 1)
