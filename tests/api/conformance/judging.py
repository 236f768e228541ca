"""Which features meet a box, by the judgement of shapely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from tests.api.conformance.conftest import Geometries


def expected_in(
    stored: Geometries, west: float, south: float, east: float, north: float
) -> set[int]:
    """Keys of the features that meet a box by the judgement of shapely, or have no geometry."""
    ids, shapes = stored
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    found = shapely.is_missing(shapes)
    for span in spans:
        found |= shapely.intersects(shapes, _drawn(span[0], south, span[1], north))
    return set(map(int, ids[found]))


def _drawn(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """A box as what it is: an area, a line or a point."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if (west, south) == (east, north):
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])
