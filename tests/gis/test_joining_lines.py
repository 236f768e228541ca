from __future__ import annotations

import pytest
import shapely

from gis.errors import InvalidGeometry
from gis.joining_lines import joining_lines


def test_a_line_joins_two_places() -> None:
    line, other = joining_lines([1.0, 3.0], [15.0, 14.0], [2.0, 4.0], [16.0, 14.0])
    assert line.wkt == "MULTILINESTRING ((1 15, 2 16))"
    assert other.wkt == "MULTILINESTRING ((3 14, 4 14))"


def test_a_line_across_the_antimeridian_is_cut_there() -> None:
    east, west = joining_lines([179.0, -179.0], [10.0, 20.0], [-179.0, 179.0], [20.0, 10.0])
    assert east.wkt == "MULTILINESTRING ((179 10, 180 15), (-180 15, -179 20))"
    assert west.wkt == "MULTILINESTRING ((-179 20, -180 15), (180 15, 179 10))"


def test_the_same_meridian_by_two_names_is_joined() -> None:
    (line,) = joining_lines([180.0], [10.0], [-180.0], [11.0])
    assert line.length == pytest.approx(1.0)
    assert line.bounds == (-180, 10, 180, 11)


def test_a_place_joined_with_itself_is_found_there() -> None:
    (line,) = joining_lines([1.0], [15.0], [1.0], [15.0])
    assert line.length == 0
    assert line.intersects(shapely.box(0, 14, 2, 16))


def test_no_places_give_no_lines_and_wrong_ones_are_refused() -> None:
    assert joining_lines([], [], [], []).shape == (0,)
    with pytest.raises(InvalidGeometry):
        joining_lines([1.0], [95.0], [1.0], [15.0])
