"""The conditions of a statement, one by one: a box, an interval, what comes after a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSRANGE

from db.models.base import SRID
from gis.foreign_box import ForeignBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.layers.layer import Column
    from db.query import Value
    from gis.bbox import BBox
    from gis.interval import Interval


STRAIGHT_DEG = 0.05
"""Length up to which a line of longitude and latitude is taken as straight in any system: it bends
less than 0.2 m at 15 degrees of latitude, 1.1 m at 60 (length squared / 8 radii * tangent)."""


def shares_moment(period: Column, interval: Interval) -> ColumnElement[bool]:
    """Features whose period shares a moment with an interval, and those without a time."""
    return or_(meets_interval(period, interval), period.is_(None))


def meets_interval(period: Column, interval: Interval) -> ColumnElement[bool]:
    """Features whose period is known and shares a moment with an interval."""
    start, end = (cast(moment, TIMESTAMP) for moment in (interval.start, interval.end))
    return period.op("&&", is_comparison=True)(func.tsrange(start, end, type_=TSRANGE))


def meets_box(geometry: Column, box: BBox | ForeignBox, kind: str | None) -> ColumnElement[bool]:
    """Features that meet a box, and those without a place; ``kind`` is that of the geometries.

    With a box of another system, the coordinates are compared that the feature has in it. Between
    its vertices a feature runs straight in longitude and latitude (RFC 7946, 3.1.1), so a line is
    the same line in whatever system a box is stated.
    """
    if isinstance(box, ForeignBox):
        return or_(meets_foreign(geometry, box, kind), geometry.is_(None))
    parts = or_(*(meets_part(geometry, part, kind) for part in box.parts()))
    return or_(parts, geometry.is_(None))


def meets_foreign(geometry: Column, box: ForeignBox, kind: str | None) -> ColumnElement[bool]:
    """Features that meet a box of another system; neither true nor false of no place."""
    near = or_(*(geometry.op("&&")(_envelope(part, SRID)) for part in box.around.parts()))
    whole = geometry if kind == "Point" else func.ST_Segmentize(geometry, STRAIGHT_DEG)
    placed = func.ST_Transform(whole, box.srid, type_=Geometry)
    # PostgreSQL may look at conditions in any order, and a place far from the box may have no
    # coordinates in its system: only a CASE keeps it from being asked for them.
    may_meet = and_(near, is_within(geometry, box.reach))
    meets = case(
        (may_meet, _meets(placed, box, box.srid, kind)),
        (geometry.is_(None), null()),
        else_=false(),
    )
    return and_(near, meets)


def is_within(geometry: Column, box: BBox) -> ColumnElement[bool]:
    """Features of which no part lies outside a box, but for the rounding of an index."""
    return or_(
        *(geometry.op("@", is_comparison=True)(_envelope(part, SRID)) for part in box.parts())
    )


def meets_part(geometry: Column, box: BBox, kind: str | None) -> ColumnElement[bool]:
    """Features that meet a box that does not cross the antimeridian."""
    # The index alone is not exact: its boxes are rounded to 32-bit floats.
    found = _meets(geometry, box, SRID, kind)
    return and_(geometry.op("&&")(_envelope(box, SRID)), found) if kind == "Point" else found


def _envelope(box: BBox | ForeignBox, srid: int) -> Column:
    if box.west < box.east and box.south < box.north:
        return func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, srid, type_=Geometry)
    # A polygon without area meets nothing in PostGIS; the point or line that it is does.
    corner = func.ST_Point(box.west, box.south, srid, type_=Geometry)
    if (box.west, box.south) == (box.east, box.north):
        return corner
    opposite = func.ST_Point(box.east, box.north, srid, type_=Geometry)
    return func.ST_MakeLine(corner, opposite, type_=Geometry)


def _meets(
    geometry: Column, box: BBox | ForeignBox, srid: int, kind: str | None
) -> ColumnElement[bool]:
    if kind != "Point":
        return func.ST_Intersects(geometry, _envelope(box, srid))
    # For a point the comparison of its coordinates is exact, and less than half as dear as
    # ST_Intersects.
    return and_(
        func.ST_X(geometry).between(box.west, box.east),
        func.ST_Y(geometry).between(box.south, box.north),
    )


def beyond(keys: Sequence[tuple[Column, bool]], values: Sequence[Value]) -> ColumnElement[bool]:
    """Rows that come after one with these sort values (keyset paging: no row is counted past)."""
    columns = [column for column, _ in keys]
    if None not in values and not any(descending for _, descending in keys):
        # One row comparison can be answered from an index; a chain of ORs cannot. Ascending keys
        # other than a sorted-by field are never missing.
        later = tuple_(*columns) > tuple_(*_bound(columns, values))
        if len(keys) == 1 or not _may_be_missing(keys):
            return later
    result: ColumnElement[bool] = false()
    for (column, descending), value in reversed(list(zip(keys, values, strict=True))):
        if value is None:  # missing comes last, so nothing but the missing follows
            result = and_(column.is_(None), result)
            continue
        later = column < value if descending else column > value
        result = or_(later, column.is_(None), and_(column == value, result))
    return result


def _may_be_missing(keys: Sequence[tuple[Column, bool]]) -> bool:
    return any(getattr(column, "nullable", True) is not False for column, _ in keys)


def _bound(columns: Sequence[Column], values: Sequence[Value]) -> list[ColumnElement[Any]]:
    pairs = zip(columns, values, strict=True)
    return [literal(value, type_=column.type) for column, value in pairs]
