"""Functions on places: distances on the ellipsoid, and places that are known to a radius only."""

from __future__ import annotations

from math import cos, radians
from typing import TYPE_CHECKING

import shapely
from geoalchemy2 import Geometry
from sqlalchemy import and_, false, func, not_

from db.cql2.function import Argument, Function
from db.cql2.nodes import Constant, Shape
from db.cql2.spatial import drawn, placed, shape_sql
from db.cql2.terms import Scope, Sort, Sql, Term, refused, written
from db.models.base import SRID

if TYPE_CHECKING:
    from db.cql2.nodes import Node

RADIUS = "radius_m"
"""Field with the distance from a point within which the true place lies."""

_FARTHEST_M = 20_100_000.0
"""No two places on Earth are farther apart."""


def _within_distance(scope: Scope, args: tuple[Node, ...]) -> Term:
    geometry, there, distance = args
    point = there.geometry if isinstance(there, Shape) else None
    if not isinstance(point, shapely.Point):
        raise refused("within_distance", "its second argument is a point, POINT(lon lat)")
    metres = _metres(distance)
    column = placed(scope, geometry)
    near = func.ST_DWithin(func.geography(column), func.geography(shape_sql(point)), metres)
    box = _around(point, metres)
    # The index of a geometry column knows degrees only. Lines on the ellipsoid leave their box of
    # degrees, so the box is of use for points alone.
    if box is None or scope.layer.geometry != "Point":
        return Term(Sort.TRUTH, near)
    return Term(Sort.TRUTH, and_(column.op("&&")(box), near))


def _metres(node: Node) -> float:
    value = node.value if isinstance(node, Constant) else None
    if not isinstance(value, float) or not 0 <= value <= _FARTHEST_M:
        raise refused(written(node), f"a distance is a number of metres up to {_FARTHEST_M:.0f}")
    return value


def _around(point: shapely.Point, metres: float) -> Sql | None:
    """A box that holds all within a distance of a point; none where poles or 180 degrees are."""
    # No degree of latitude is shorter than 110,574 m, none of longitude than 111,319 m x cos(lat).
    high = metres / 110_000
    edge = abs(point.y) + high
    if edge >= 89:
        return None
    wide = metres / (110_000 * cos(radians(edge)))
    if abs(point.x) + wide >= 180:
        return None
    west, east, south, north = point.x - wide, point.x + wide, point.y - high, point.y + high
    return func.ST_MakeEnvelope(west, south, east, north, SRID, type_=Geometry)


def _certainly_within(scope: Scope, args: tuple[Node, ...]) -> Term:
    polygon, place, radius = _disc(scope, "certainly_within", args)
    inside = func.ST_Covers(func.geography(shape_sql(polygon)), place)
    edge = func.geography(shape_sql(polygon.boundary))
    certain = and_(inside, not_(func.ST_DWithin(edge, place, radius)))
    return Term(Sort.TRUTH, func.coalesce(certain, false()))


def _possibly_within(scope: Scope, args: tuple[Node, ...]) -> Term:
    polygon, place, radius = _disc(scope, "possibly_within", args)
    found = func.ST_DWithin(func.geography(shape_sql(polygon)), place, radius)
    return Term(Sort.TRUTH, found)


def _disc(scope: Scope, name: str, args: tuple[Node, ...]) -> tuple[shapely.Geometry, Sql, Sql]:
    """The polygon, and the centre and radius of a row's place."""
    (shape,) = args
    polygon = drawn(shape) if isinstance(shape, Shape) else None
    if not isinstance(polygon, shapely.Polygon | shapely.MultiPolygon):
        raise refused(name, "its argument is a polygon or a box")
    if scope.layer.geometry != "Point" or scope.layer.field(RADIUS) is None:
        raise refused(name, f"the layer {scope.layer.id!r} has no points with a {RADIUS!r}")
    return polygon, func.geography(scope.geometry()), scope.column(RADIUS).sql


_POLYGON = Argument(
    "polygon",
    "Where; between two corners its edge is the geodesic, whatever 'filter-crs' says.",
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
