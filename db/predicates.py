"""The conditions of a statement, one by one: a box, an interval, what comes after a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSRANGE

from db.models.base import SRID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.layers.layer import Column
    from db.query import Value
    from gis.bbox import BBox
    from gis.interval import Interval


def shares_moment(period: Column, interval: Interval) -> ColumnElement[bool]:
    """Features whose period shares a moment with an interval, and those without a time."""
    start, end = (cast(moment, TIMESTAMP) for moment in (interval.start, interval.end))
    asked = func.tsrange(start, end, type_=TSRANGE)
    return or_(period.op("&&")(asked), period.is_(None))


def meets_box(geometry: Column, box: BBox, kind: str | None) -> ColumnElement[bool]:
    """Features that meet a box, and those without a place; ``kind`` is that of the geometries."""
    parts = or_(*(_meets_part(geometry, part, kind) for part in box.parts()))
    return or_(parts, geometry.is_(None))


def _meets_part(geometry: Column, box: BBox, kind: str | None) -> ColumnElement[bool]:
    envelope = func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, SRID, type_=Geometry)
    if kind != "Point":
        return func.ST_Intersects(geometry, envelope)
    # For a point the comparison of its coordinates is exact, and less than half as dear as
    # ST_Intersects. The index alone is not exact: its boxes are rounded to 32-bit floats.
    return and_(
        geometry.op("&&")(envelope),
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
