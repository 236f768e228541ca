"""A box of longitudes and latitudes, as ``bbox=`` states it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from gis.errors import InvalidBBox

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class BBox:
    """West, south, east and north edges in degrees, WGS 84.

    ``west > east`` is a box that crosses the antimeridian (OGC API - Features 1.0, 7.15.3), not an
    error. Edges belong to the box.
    """

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        edges = (self.west, self.south, self.east, self.north)
        if not all(isfinite(edge) for edge in edges):
            raise InvalidBBox(edges, "every edge is a finite number")
        if not (-90 <= self.south <= 90 and -90 <= self.north <= 90):
            raise InvalidBBox(edges, "latitudes lie between -90 and 90 degrees")
        if not (-180 <= self.west <= 180 and -180 <= self.east <= 180):
            raise InvalidBBox(edges, "longitudes lie between -180 and 180 degrees")
        if self.south > self.north:
            raise InvalidBBox(edges, "the southern edge is not north of the northern one")

    def parts(self) -> tuple[BBox, ...]:
        """One box, or the two on either side of the antimeridian.

        Examples
        --------
        >>> BBox(177.0, 65.0, -177.0, 70.0).parts()
        (BBox(west=177.0, south=65.0, east=180.0, north=70.0), BBox(west=-180.0, south=65.0, east=-177.0, north=70.0))
        """  # noqa: E501 - the output of a doctest cannot be wrapped
        if self.west <= self.east:
            return (self,)
        return (
            BBox(self.west, self.south, 180.0, self.north),
            BBox(-180.0, self.south, self.east, self.north),
        )

    def holds(self, other: BBox) -> bool:
        """Whether no part of another box lies outside this one.

        Examples
        --------
        >>> BBox(-180.0, -90.0, 180.0, 90.0).holds(BBox(177.0, 65.0, -177.0, 70.0))
        True
        >>> BBox(-72.0, -72.0, 78.0, 90.0).holds(BBox(-5.0, 10.0, 93.0, 24.0))
        False
        """
        return all(
            any(
                own.west <= part.west
                and part.east <= own.east
                and own.south <= part.south
                and part.north <= own.north
                for own in self.parts()
            )
            for part in other.parts()
        )

    def __str__(self) -> str:
        edges = (self.west, self.south, self.east, self.north)
        return ",".join(repr(edge).removesuffix(".0") for edge in edges)


def parse_bbox(text: str) -> BBox:
    """Read ``west,south,east,north``, or the six-number form with heights.

    The heights of a six-number box are checked and then dropped: no incident has a height, and a
    feature without one is not excluded by it.

    Raises
    ------
    InvalidBBox
        For anything but four or six numbers in range.

    Examples
    --------
    >>> str(parse_bbox("0,14,4,16"))
    '0,14,4,16'
    >>> str(parse_bbox("0,14,-100,4,16,9000"))
    '0,14,4,16'
    """
    return BBox(*parse_edges(text))


def parse_edges(text: str) -> tuple[float, float, float, float]:
    """Read the four numbers of a box, or the six with heights, in whatever system they are.

    Raises
    ------
    InvalidBBox
        For anything but four or six numbers, and for heights in the wrong order.

    Examples
    --------
    >>> parse_edges("14,0,-100,16,4,9000")
    (14.0, 0.0, 16.0, 4.0)
    """
    edges = _numbers(text)
    if len(edges) == 6:
        if not (isfinite(edges[2]) and isfinite(edges[5])):
            raise InvalidBBox(text, "every height is a finite number")
        if edges[2] > edges[5]:
            raise InvalidBBox(text, "the lower height is not above the upper one")
        edges = [edges[0], edges[1], edges[3], edges[4]]
    if len(edges) != 4:
        raise InvalidBBox(text, "it has four numbers (west,south,east,north), or six with heights")
    return edges[0], edges[1], edges[2], edges[3]


def _numbers(text: str) -> Sequence[float]:
    try:
        if "_" not in text:  # float() would take 1_0 for ten
            return [float(part) for part in text.split(",")]
    except ValueError:
        pass  # refused below, as any other text
    raise InvalidBBox(text, "it is a list of numbers with commas between them")
