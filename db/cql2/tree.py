"""A filter in either language -> nodes, within limits of size.

A text becomes the same tree that CQL2 JSON writes, so there is one reading of meaning for both.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec
import shapely

from db.cql2.filter import PARAMETER, Language
from db.cql2.nodes import Call, Constant, Day, Items, Moment, Node, Open, Property, Shape, Span
from db.cql2.text import tree_of
from db.cql2.words import DEEPEST
from db.errors import InvalidQuery
from gis.bbox import BBox
from gis.errors import GisError
from gis.foreign_box import foreign_box
from gis.interval import parse_interval
from gis.placing import placed

if TYPE_CHECKING:
    from db.cql2.filter import Filter
    from gis.foreign_box import ForeignBox
    from gis.reference_systems import ReferenceSystem

LONGEST = 16_384
"""Most bytes of a filter; with limits of nodes and depth this bounds what one can cost."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

MOST_NODES = 1_000
"""Most operators, names and values of a filter; a geometry is one, whatever it has of corners."""


@lru_cache(maxsize=64)
def nodes_of(filter: Filter) -> Node:
    """The nodes of a filter, made once.

    Raises
    ------
    InvalidQuery
        The filter is empty, too long, too deep or too large; breaks the grammar; or holds a date,
        a number or a geometry that is none.
    """
    try:
        length = len(filter.text.encode())
    except UnicodeEncodeError:
        raise InvalidQuery(PARAMETER, ascii(filter.text), "it is Unicode text") from None
    if length > LONGEST:
        rule = f"it has at most {LONGEST} bytes, and this one has {length}"
        raise InvalidQuery(PARAMETER, shown(filter.text), rule)
    if not filter.text.strip() or "\0" in filter.text:
        raise InvalidQuery(PARAMETER, filter.text, "it is an expression, without NUL characters")
    written = _decoded(filter.text) if filter.language is Language.JSON else tree_of(filter.text)
    return _Builder(filter.system).node(written, 0)


def shown(part: object) -> str:
    """A part of a filter, short enough for a message."""
    try:
        text = part if isinstance(part, str) else json.dumps(part)
    except RecursionError:
        return "..."
    return text if len(text) <= 80 else f"{text[:77]}..."


def instant_of(text: str) -> Day | Moment:
    """The date or moment that a text states.

    Raises
    ------
    InvalidQuery
        It states none.
    """
    return _day(text) if _DATE.fullmatch(text) else _moment(text)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise InvalidQuery(PARAMETER, shown(text), f"it is JSON ({fault})") from None


class _Builder:
    """Makes nodes and counts them."""

    def __init__(self, system: ReferenceSystem) -> None:
        self.made = 0
        self.system = system

    def node(self, part: Any, depth: int) -> Node:
        self.made += 1
        if self.made > MOST_NODES:
            rule = f"it has at most {MOST_NODES} operators, names and values"
            raise InvalidQuery(PARAMETER, shown(part), rule)
        if depth > DEEPEST:
            raise _refused(part, f"it is nested at most {DEEPEST} deep")
        if isinstance(part, list):
            return Items(self._nodes(part, depth))
        if isinstance(part, dict):
            return self._object(part, depth)
        return _constant(part)

    def _nodes(self, parts: list[Any], depth: int) -> tuple[Node, ...]:
        return tuple(self.node(part, depth + 1) for part in parts)

    def _object(self, part: dict[str, Any], depth: int) -> Node:
        match part:
            case {"op": str(op), "args": list(args), **rest} if not rest:
                return Call(op.lower(), self._nodes(args, depth))
            case {"interval": [start, end], **rest} if not rest:
                return Span(self._end(start, depth + 1), self._end(end, depth + 1))
            case {"property": str(name), **rest} if not rest:
                return Property(name)
            case {"date": str(text), **rest} if not rest:
                return _day(text)
            case {"timestamp": str(text), **rest} if not rest:
                return _moment(text)
            case {"bbox": list(edges), **rest} if not rest:
                return _box(edges, self.system)
            case {"type": str()}:
                return _shape(part, self.system)
        raise _refused(part, "this is no expression of CQL2 JSON")

    def _end(self, part: Any, depth: int) -> Node:
        if not isinstance(part, str):
            return self.node(part, depth)
        if part in ("", ".."):
            return Open()
        return instant_of(part)


def _constant(part: Any) -> Constant:
    if isinstance(part, str) and "\0" in part:
        raise _refused(part, "a text has no NUL characters")
    if isinstance(part, str | bool):
        return Constant(part)
    if isinstance(part, int | float):
        return Constant(_real(part))
    raise _refused(part, "null is no value; a missing one is found with IS NULL")


def _real(part: Any) -> float:
    try:
        number = float(part)
    except (TypeError, ValueError, OverflowError):
        number = float("inf")
    if isinstance(part, bool | str) or not isfinite(number):
        raise _refused(part, "this is a finite number")
    return number


def _day(text: str) -> Day:
    if not _DATE.fullmatch(text):
        raise _refused(text, "this is written like 2019-12-10")
    try:
        return Day(date.fromisoformat(text))
    except ValueError as fault:
        raise _refused(text, f"it names a day of the calendar ({fault})") from None


def _moment(text: str) -> Moment:
    if _DATE.fullmatch(text):
        # QGIS writes what its user wrote, so a moment may be a day: it is its first moment.
        return Moment(datetime.combine(_day(text).value, time()))
    rule = "this is written like 2019-12-10T12:00:00Z"
    try:
        start = parse_interval(text).start
    except GisError as fault:
        raise _refused(text, rule) from fault
    if start is None or len(text) < len("2019-12-10T") or "/" in text:
        raise _refused(text, rule)
    return Moment(start)


def _box(edges: list[Any], system: ReferenceSystem) -> Shape:
    numbers = [_real(edge) for edge in edges]
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise _refused(edges, "a box has four numbers, or six with heights")
    first, second, third, fourth = numbers
    if system.north_first:
        first, second, third, fourth = second, first, fourth, third
    try:
        if not system.is_wgs84:
            return _foreign(foreign_box(system, first, second, third, fourth), system)
        box = BBox(first, second, third, fourth)
    except GisError as fault:
        raise _refused(edges, fault.rule) from fault
    parts = [_drawn(part) for part in box.parts()]
    return Shape(parts[0] if len(parts) == 1 else shapely.union_all(parts), box)


def _foreign(box: ForeignBox, system: ReferenceSystem) -> Shape:
    try:
        return Shape(placed(_drawn(box), system), box)
    except GisError:
        return Shape(None, box)


def _drawn(box: BBox | ForeignBox) -> shapely.Geometry:
    """A box; one without width or height is the line or point that it is."""
    corners = [(box.west, box.south), (box.east, box.north)]
    if corners[0] == corners[1]:
        return shapely.Point(corners[0])
    if box.west == box.east or box.south == box.north:
        return shapely.LineString(corners)
    return shapely.box(box.west, box.south, box.east, box.north)


def _shape(part: dict[str, Any], system: ReferenceSystem) -> Shape:
    try:
        geometry = shapely.force_2d(shapely.from_geojson(json.dumps(part)))
    except (shapely.errors.ShapelyError, ValueError, RecursionError) as fault:
        reason = str(fault).splitlines()[0]
        raise _refused(part, f"this is a GeoJSON geometry ({reason})") from None
    if geometry is None or geometry.is_empty:
        raise _refused(part, "a geometry is not empty")
    if system.north_first:
        geometry = shapely.transform(geometry, lambda pairs: pairs[:, ::-1])
    try:
        lonlat = placed(geometry, system)
    except GisError as fault:
        raise _refused(part, fault.rule) from fault
    if not shapely.is_valid(geometry):
        raise _refused(part, f"a geometry is valid ({shapely.is_valid_reason(geometry)})")
    return Shape(lonlat)


def _refused(part: object, rule: str) -> InvalidQuery:
    return InvalidQuery(PARAMETER, shown(part), rule)
