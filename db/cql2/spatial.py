"""Spatial functions on the geometry of a layer and on geometries of the filter.

They are planar in longitude and latitude, as the standard wants it for CRS84. Distances are
another matter: see :mod:`db.cql2.functions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import shapely
from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, LargeBinary, case, false, func, literal, not_, null, or_, true

from db.cql2.nodes import Property, Shape
from db.cql2.terms import GEOMETRY, Scope, Sql, refused, written
from db.models.base import SRID
from db.predicates import meets_foreign, meets_part
from gis.foreign_box import ForeignBox

if TYPE_CHECKING:
    from db.cql2.nodes import Node
    from gis.bbox import BBox

_FUNCTIONS = {
    "s_intersects": "ST_Intersects",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_crosses": "ST_Crosses",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_overlaps": "ST_Overlaps",
}
OPERATORS = tuple(_FUNCTIONS)

_OF_ITSELF = ("s_intersects", "s_equals", "s_within", "s_contains")
"""Relations in which every geometry stands to itself; it stands in none of the others."""

_OF_COLLECTIONS = ("s_intersects", "s_disjoint")
"""What PostGIS can tell of a collection of geometries."""


def related(op: str, scope: Scope, left: Node, right: Node) -> ColumnElement[bool]:
    """Whether two geometries stand in a relation.

    Raises
    ------
    InvalidQuery
        A side is no geometry, or a collection where none can be; or the layer has no geometry.
    """
    if op in _OF_COLLECTIONS:
        for side, other in ((left, right), (right, left)):
            if isinstance(other, Shape) and other.box is not None and isinstance(side, Property):
                found = _meets_box(placed(scope, side), other.box, scope.layer.geometry)
                return found if op == "s_intersects" else not_(found)
    if left == right == Property(GEOMETRY):
        return _of_itself(op, scope.geometry())
    for side in (left, right):
        if _is_collection(side) and op not in _OF_COLLECTIONS:
            raise refused(op, "a collection of geometries can only intersect or be disjoint")
    test = getattr(func, _FUNCTIONS[op])
    return cast("ColumnElement[bool]", test(placed(scope, left), placed(scope, right)))


def _of_itself(op: str, geometry: Sql) -> ColumnElement[bool]:
    """What every geometry is to itself, known without looking at its corners."""
    return case((geometry.is_(None), null()), else_=true() if op in _OF_ITSELF else false())


def placed(scope: Scope, node: Node) -> Sql:
    """A geometry in SQL.

    Raises
    ------
    InvalidQuery
        It is none, or the layer has none.
    """
    if isinstance(node, Property) and node.name == GEOMETRY:
        return scope.geometry()
    if isinstance(node, Shape):
        return shape_sql(drawn(node))
    if isinstance(node, Property):
        scope.column(node.name)
    raise refused(written(node), "this is no geometry")


def drawn(shape: Shape) -> shapely.Geometry:
    """The geometry of a shape.

    Raises
    ------
    InvalidQuery
        It is a box of which only a part has coordinates.
    """
    if shape.geometry is None:
        rule = "a box that reaches where its system has no coordinates can only be intersected"
        raise refused("bbox", rule)
    return shape.geometry


def shape_sql(geometry: shapely.Geometry) -> Sql:
    """A geometry of the filter as a bound value."""
    wkb = literal(shapely.to_wkb(geometry), LargeBinary)
    return func.ST_GeomFromWKB(wkb, SRID, type_=Geometry)


def _is_collection(node: Node) -> bool:
    if not isinstance(node, Shape) or node.geometry is None:
        return False
    return isinstance(node.geometry, shapely.GeometryCollection)


def _meets_box(geometry: Sql, box: BBox | ForeignBox, kind: str | None) -> ColumnElement[bool]:
    if isinstance(box, ForeignBox):
        return meets_foreign(geometry, box, kind)
    return or_(*(meets_part(geometry, part, kind) for part in box.parts()))
