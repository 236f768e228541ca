"""Our own functions: distances on the ellipsoid, and places that are known to a radius only."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING, Any

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, and_, func, not_

from db.cql2.nodes import Constant, Shape
from db.cql2.spatial import placed, shape_sql
from db.cql2.terms import Scope, Sql, refused, written
from db.models.base import SRID

if TYPE_CHECKING:
    from collections.abc import Callable

    import shapely

    from db.cql2.nodes import Node

RADIUS = "radius_m"
"""Field with the distance from a point within which the true place lies."""

_FARTHEST_M = 20_100_000.0
"""No two places on Earth are farther apart."""

_POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class Argument:
    """What a function is given: its name, what it is, and its types in words of CQL2."""

    name: str
    meaning: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a filter may call; it tells true, false or (of what is missing) neither."""

    name: str
    meaning: str
    arguments: tuple[Argument, ...]
    compile: Callable[[Scope, tuple[Node, ...]], ColumnElement[bool]]


def called(function: Function, scope: Scope, args: tuple[Node, ...]) -> ColumnElement[bool]:
    """A function's condition.

    Raises
    ------
    InvalidQuery
        The number or kind of the arguments is wrong, or the layer lacks what it is about.
    """
    if len(args) != len(function.arguments):
        names = ", ".join(argument.name for argument in function.arguments)
        raise refused(function.name, f"it is called {function.name}({names})")
    return function.compile(scope, args)


def _within_distance(scope: Scope, args: tuple[Node, ...]) -> ColumnElement[bool]:
    geometry, point, distance = args
    if not isinstance(point, Shape) or point.geometry.geom_type != "Point":
        raise refused("within_distance", "its second argument is a point, POINT(lon lat)")
    metres = _metres(distance)
    column = placed(scope, geometry)
    near: ColumnElement[bool] = func.ST_DWithin(
        func.geography(column), func.geography(shape_sql(point.geometry)), metres
    )
    box = _around(point.geometry, metres)
    # The index of a geometry column knows degrees only. Lines on the ellipsoid leave their box of
    # degrees, so the box is of use for points alone.
    if box is None or scope.layer.geometry != "Point":
        return near
    return and_(column.op("&&")(box), near)


def _metres(node: Node) -> float:
    value = node.value if isinstance(node, Constant) else None
    if not isinstance(value, float) or not 0 <= value <= _FARTHEST_M:
        raise refused(written(node), f"a distance is a number of metres up to {_FARTHEST_M:.0f}")
    return value


def _around(point: Any, metres: float) -> Sql | None:
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


def _certainly_within(scope: Scope, args: tuple[Node, ...]) -> ColumnElement[bool]:
    polygon, place, radius = _disc(scope, "certainly_within", args)
    inside = func.ST_Covers(func.geography(shape_sql(polygon)), place)
    edge = func.geography(shape_sql(polygon.boundary))
    return and_(inside, not_(func.ST_DWithin(edge, place, radius)))


def _possibly_within(scope: Scope, args: tuple[Node, ...]) -> ColumnElement[bool]:
    polygon, place, radius = _disc(scope, "possibly_within", args)
    found: ColumnElement[bool] = func.ST_DWithin(func.geography(shape_sql(polygon)), place, radius)
    return found


def _disc(scope: Scope, name: str, args: tuple[Node, ...]) -> tuple[shapely.Geometry, Sql, Sql]:
    """The polygon, and the centre and radius of a row's place."""
    (polygon,) = args
    if not isinstance(polygon, Shape) or polygon.geometry.geom_type not in _POLYGONS:
        raise refused(name, "its argument is a polygon or a box")
    if scope.layer.geometry != "Point" or scope.layer.field(RADIUS) is None:
        raise refused(name, f"the layer {scope.layer.id!r} has no points with a {RADIUS!r}")
    return polygon.geometry, func.geography(scope.geometry()), scope.column(RADIUS).sql


_POLYGON = Argument("polygon", "Where; its edges are geodesics.", ("geometry",))

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function(
            "within_distance",
            "Whether a geometry lies within a distance of a point, on the WGS 84 ellipsoid.",
            (
                Argument("geometry", "The layer's geometry, or another.", ("geometry",)),
                Argument("point", "POINT(lon lat).", ("geometry",)),
                Argument("metres", "The distance; what lies at it is within.", ("number",)),
            ),
            _within_distance,
        ),
        Function(
            "certainly_within",
            "Whether a place lies in a polygon wherever within its radius it truly is. Of a place "
            "without a radius nothing is certain.",
            (_POLYGON,),
            _certainly_within,
        ),
        Function(
            "possibly_within",
            "Whether a place may lie in a polygon: whether some point within its radius does. "
            "Places without a radius are left out, for nothing is known of where else they may be.",
            (_POLYGON,),
            _possibly_within,
        ),
    )
}
