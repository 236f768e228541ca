"""Small maps of every kind of shape, also at the edges of the earth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.maps import WIDTH, map_of, map_of_all
from db.engine import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture(scope="module")
def connection(world_url: str) -> Iterator[Connection]:
    with connect(world_url) as opened:
        yield opened


def geojson(kind: str, coordinates: Any) -> str:
    return json.dumps({"type": kind, "coordinates": coordinates})


POINT = geojson("Point", [1.3135, 15.2275])
LINE = geojson("LineString", [[0, 14], [2, 15]])
SQUARE = geojson("Polygon", [[[0, 14], [2, 14], [2, 16], [0, 16], [0, 14]]])


def test_a_point_is_in_the_middle_with_its_radius_to_scale(connection: Connection) -> None:
    drawn = map_of(connection, POINT, 5000)
    assert drawn is not None
    ((x, y),) = drawn.points
    assert (x, y) == pytest.approx((drawn.width / 2, drawn.height / 2), abs=0.2)
    length, km = drawn.scale
    assert drawn.radius == pytest.approx(length / km * 5, rel=0.02)
    assert drawn.borders, "the border of the small world runs through the view"
    assert not drawn.areas
    assert not drawn.lines


def test_a_large_radius_fits_into_the_map(connection: Connection) -> None:
    drawn = map_of(connection, POINT, 400_000)
    assert drawn is not None
    assert drawn.radius is not None
    assert 2 * drawn.radius <= min(drawn.width, drawn.height)


def test_a_point_without_radius_has_no_disc(connection: Connection) -> None:
    drawn = map_of(connection, POINT, None)
    assert drawn is not None
    assert drawn.radius is None


AREAS = [SQUARE, geojson("MultiPolygon", [[[[0, 14], [2, 14], [2, 16], [0, 14]]]])]


@pytest.mark.parametrize("shape", [LINE, *AREAS])
def test_lines_and_outlines_are_paths_within_the_map(connection: Connection, shape: str) -> None:
    drawn = map_of(connection, shape, None)
    assert drawn is not None
    # A line that is filled would be an area that does not exist.
    assert (bool(drawn.areas), bool(drawn.lines)) == (shape in AREAS, shape not in AREAS)
    assert not drawn.points
    for path in (*drawn.areas, *drawn.lines):
        assert path.startswith("M")
        numbers = [float(word.strip("MLZ")) for word in path.split() if word.strip("MLZ")]
        assert all(0 <= x <= drawn.width for x in numbers[::2])
        assert all(0 <= y <= drawn.height for y in numbers[1::2])


def test_features_together_are_seen_together(connection: Connection) -> None:
    drawn = map_of_all(connection, [POINT, None, LINE, SQUARE, POINT])
    assert drawn is not None
    assert len(drawn.points) == 1, "what is stacked is drawn once"
    assert (len(drawn.lines), len(drawn.areas), drawn.radius) == (1, 1, None)
    assert map_of_all(connection, [None]) is None


@pytest.mark.parametrize("shape", [None, geojson("Polygon", []), geojson("LineString", [])])
def test_nothing_makes_no_map(connection: Connection, shape: str | None) -> None:
    assert map_of(connection, shape, 5000) is None


def test_any_point_on_earth_can_be_drawn(connection: Connection) -> None:
    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.floats(-180, 180), st.floats(-90, 90), st.none() | st.floats(1, 1e7))
    def check(lon: float, lat: float, radius_m: float | None) -> None:
        text = shapely.to_geojson(shapely.Point(lon, lat))
        drawn = map_of(connection, text, radius_m)
        assert drawn is not None
        assert drawn.width == WIDTH
        assert 0 < drawn.height <= 10 * WIDTH
        ((x, y),) = drawn.points
        assert -0.2 <= x <= drawn.width + 0.2
        assert -0.2 <= y <= drawn.height + 0.2

    check()
