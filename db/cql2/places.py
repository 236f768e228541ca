"""Functions on places: distances on the ellipsoid, and places that are known to a radius only."""

from __future__ import annotations

from math import cos, radians
from typing import TYPE_CHECKING

import numpy as np
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import and_, false, func, not_, or_

from db.cql2.function import Argument, Function
from db.cql2.nodes import Constant, Shape
from db.cql2.spatial import drawn, placed, shape_sql
from db.cql2.terms import Scope, Sort, Sql, Term, refused, written
from db.models.base import SRID
from gis.bbox import BBox

if TYPE_CHECKING:
    from db.cql2.nodes import Node
    from gis.crs import FloatArray

RADIUS = "radius_m"
"""Field with the distance from a point within which the true place lies."""

_FARTHEST_M = 20_100_000.0
"""No two places on Earth are farther apart."""

_LEAST_DEGREE_M = 110_000.0
"""No degree of latitude is shorter than 110,574 m, none of longitude than 111,319 m x cos(lat)."""

_MARGIN_DEG = 0.02

_WIDE_DEG = 10.0
_BULGE_DEG = 0.12
"""Degrees by which a geometry that is no wider than that may leave its box on the ellipsoid, to the
north or south. Between two places at one latitude and a difference of longitude d, the great circle
rises by no more than atan((1 - cos(d / 2)) / (2 sqrt(cos(d / 2)))), 0.109 degrees for 10."""


def _within_distance(scope: Scope, args: tuple[Node, ...]) -> Term:
    geometry, there, distance = args
    point = there.geometry if isinstance(there, Shape) else None
    if not isinstance(point, shapely.Point):
        raise refused("within_distance", "its second argument is a point, POINT(lon lat)")
    metres = _metres(distance)
    if isinstance(geometry, Shape):
        _check_edges("within_distance", drawn(geometry))
    column = placed(scope, geometry)
    near = func.ST_DWithin(func.geography(column), func.geography(shape_sql(point)), metres)
    if isinstance(geometry, Shape):  # computed once, and not for every row
        return Term(Sort.TRUTH, near)
    if scope.layer.geometry == "Point":
        meets = column.op("&&", is_comparison=True)
        return Term(Sort.TRUTH, and_(meets(_envelope(_around(point, metres))), near))
    box = func.box2d(column)
    is_wide = func.ST_XMax(box) - func.ST_XMin(box) > _WIDE_DEG
    meets = column.op("&&", is_comparison=True)
    around = _envelope(_around(point, metres, _BULGE_DEG))
    return Term(Sort.TRUTH, and_(or_(meets(around), is_wide), near))


def _check_edges(name: str, geometry: shapely.Geometry) -> None:
    """Refuse an edge that reaches half round the earth: of it there is no one geodesic."""
    parts = shapely.get_parts(geometry)
    for part in (*shapely.get_rings(parts), *parts[shapely.get_type_id(parts) == 1]):
        if (np.abs(np.diff(shapely.get_coordinates(part), axis=0)) >= 180.0).any():
            raise refused(name, "no edge reaches half round the earth; set a corner between")


def _metres(node: Node) -> float:
    value = node.value if isinstance(node, Constant) else None
    if not isinstance(value, float) or not 0 <= value <= _FARTHEST_M:
        raise refused(written(node), f"a distance is a number of metres up to {_FARTHEST_M:.0f}")
    return value


def _around(point: shapely.Point, metres: float, bulge: float = 0.0) -> BBox:
    """A box that holds all within a distance of a point, and a bulge to the north and south.

    Where a pole or 180 degrees are near, it goes round the earth.
    """
    high = metres / _LEAST_DEGREE_M
    south, north = point.y - high, point.y + high
    edge = max(abs(south), abs(north))
    wide = metres / (_LEAST_DEGREE_M * cos(radians(edge))) if edge < 89 else 360.0
    west, east = point.x - wide, point.x + wide
    if west <= -180.0 or east >= 180.0:
        west, east = -180.0, 180.0
    return BBox(west, max(south - bulge, -90.0), east, min(north + bulge, 90.0))


def _certainly_within(scope: Scope, args: tuple[Node, ...]) -> Term:
    polygon, place, radius = _disc(scope, "certainly_within", args)
    inside = func.ST_Covers(func.geography(shape_sql(polygon)), func.geography(place))
    edge = func.geography(shape_sql(polygon.boundary))
    off_edge = not_(func.ST_DWithin(edge, func.geography(place), radius))
    certain = func.coalesce(and_(inside, off_edge), false())
    box = _box_of(polygon)
    if box is None:
        return Term(Sort.TRUTH, certain)
    # The index finds what the box holds. Of no place the first is missing and the second false.
    return Term(Sort.TRUTH, and_(place.op("&&")(_envelope(box)), certain))


def _possibly_within(scope: Scope, args: tuple[Node, ...]) -> Term:
    polygon, place, radius = _disc(scope, "possibly_within", args)
    near: Sql = func.ST_DWithin(func.geography(shape_sql(polygon)), func.geography(place), radius)
    box = _box_of(polygon)
    if box is not None:
        near = and_(_may_reach(place, radius, box), near)
    return Term(Sort.TRUTH, near)


def _may_reach(place: Sql, radius: Sql, box: BBox) -> Sql:
    """Whether a place may reach a box; it costs a thirtieth of the true distance."""
    lon, lat = func.ST_X(place), func.ST_Y(place)
    high = radius / _LEAST_DEGREE_M
    edge = func.abs(lat) + high
    wide = high / func.cos(func.radians(func.least(edge, 89.0)))
    beside = and_(lon >= box.west - wide, lon <= box.east + wide)
    is_beyond = or_(edge >= 89.0, box.west - wide < -180.0, box.east + wide > 180.0)
    return and_(lat.between(box.south - high, box.north + high), or_(beside, is_beyond))


def _box_of(polygon: shapely.Geometry) -> BBox | None:
    """A box that holds a polygon with geodesic edges; none where there may be no such box.

    Between two places at the latitude phi and a difference of longitude d, the great circle rises
    to atan(tan(phi) / cos(d / 2)), and from lower ones to no more. It is widened for the flattening
    of the earth.
    """
    west, south, east, north = polygon.bounds
    for ring in shapely.get_rings(shapely.get_parts(polygon)):
        lon, lat = shapely.get_coordinates(ring).T
        across = np.abs(np.diff(lon))
        if across.max() > 90.0:
            return None
        rise = 1.0 / np.cos(np.radians(across) / 2)
        top, low = np.maximum(lat[1:], lat[:-1]), np.minimum(lat[1:], lat[:-1])
        north = max(north, _risen(top, rise))
        south = min(south, -_risen(-low, rise))
    north, south = north + _MARGIN_DEG, south - _MARGIN_DEG
    if north >= 89.0 or south <= -89.0:
        return None
    return BBox(max(west - _MARGIN_DEG, -180.0), south, min(east + _MARGIN_DEG, 180.0), north)


def _risen(lat: FloatArray, rise: FloatArray) -> float:
    steep = np.degrees(np.arctan(np.tan(np.radians(np.maximum(lat, 0.0))) * rise))
    return float(np.where(lat > 0, lat + 1.02 * (steep - lat), lat).max())


def _envelope(box: BBox) -> Sql:
    return func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, SRID, type_=Geometry)


def _disc(scope: Scope, name: str, args: tuple[Node, ...]) -> tuple[shapely.Geometry, Sql, Sql]:
    """The polygon, and the centre and radius of a row's place."""
    (shape,) = args
    polygon = drawn(shape) if isinstance(shape, Shape) else None
    if not isinstance(polygon, shapely.Polygon | shapely.MultiPolygon):
        raise refused(name, "its argument is a polygon or a box")
    _check_edges(name, polygon)
    if scope.layer.geometry != "Point" or scope.layer.field(RADIUS) is None:
        raise refused(name, f"the layer {scope.layer.id!r} has no points with a {RADIUS!r}")
    return polygon, scope.geometry(), scope.column(RADIUS).sql


_POLYGON = Argument(
    "polygon",
    "Where; between two corners its edge is the geodesic. Of a 'filter-crs' in metres, there is a "
    "corner every kilometre.",
    ("geometry",),
)

FUNCTIONS = (
    Function(
        "within_distance",
        "Whether a geometry lies within a distance of a point, on the WGS 84 ellipsoid.",
        (
            Argument("geometry", "The layer's geometry, or another.", ("geometry",)),
            Argument("point", "POINT(lon lat).", ("geometry",)),
            Argument("metres", "The distance; what lies at it is within.", ("number",)),
        ),
        "boolean",
        ("within_distance(geometry, POINT(2.1 13.5), 20000)",),
        _within_distance,
    ),
    Function(
        "certainly_within",
        "Whether a place lies in a polygon wherever within its radius it truly is. False of a "
        "place without a radius, and of no place: nothing is certain of those.",
        (_POLYGON,),
        "boolean",
        ("certainly_within(POLYGON((-1 14, 2 14, 2 16, -1 16, -1 14)))",),
        _certainly_within,
    ),
    Function(
        "possibly_within",
        "Whether a place may lie in a polygon: whether some point within its radius does. Missing "
        "for a place without a radius, and for no place: how far from its point it may be cannot "
        "be computed, so it is found neither by this nor by NOT, but by IS NULL.",
        (_POLYGON,),
        "boolean",
        (
            "possibly_within(BBOX(-1, 14, 2, 16)) AND NOT certainly_within(BBOX(-1, 14, 2, 16))",
            "possibly_within(BBOX(-1, 14, 2, 16)) IS NULL",
        ),
        _possibly_within,
    ),
)
