"""What a filter is made of, whichever language it was written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import date, datetime

    from shapely import Geometry

    from gis.bbox import BBox
    from gis.foreign_box import ForeignBox


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function, in small letters, and what it is applied to."""

    op: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A field of the layer, or its geometry."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, a number or a truth value."""

    value: str | float | bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    value: date


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of civil time."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """The open end of an interval."""


@dataclass(frozen=True, slots=True)
class Span:
    """An interval; both ends belong to it."""

    start: Node
    end: Node


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry in WGS 84 longitude and latitude, with the box that it was written as.

    A box of another system may reach where that system has no coordinates: it is kept as a box
    only, for it can still be intersected.
    """

    geometry: Geometry | None
    box: BBox | ForeignBox | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list of values."""

    values: tuple[Node, ...]


Node: TypeAlias = Call | Property | Constant | Day | Moment | Open | Span | Shape | Items
