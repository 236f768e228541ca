"""The nearest points and lines of discs, against all distances one by one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.border_index import border_index
from gis.crs import geodesic_m
from gis.errors import InvalidGeometry
from gis.nearest_of_discs import nearest_of_discs

DRAWS = np.random.default_rng(11)
TOWNS_LON, TOWNS_LAT = DRAWS.uniform(-5, 6, 300), DRAWS.uniform(10, 18, 300)
TOWNS = border_index(list(shapely.points(TOWNS_LON, TOWNS_LAT)))


def test_the_nearest_points_are_those_of_all_distances() -> None:
    lon, lat = DRAWS.uniform(-5, 6, 50), DRAWS.uniform(10, 18, 50)
    every = geodesic_m(lon[:, None], lat[:, None], TOWNS_LON, TOWNS_LAT)
    found = nearest_of_discs(lon, lat, 5_000.0, TOWNS, count=4, nodes=4)
    order = np.argsort(every, axis=1)[:, :4]
    np.testing.assert_array_equal(found.place, np.repeat(np.arange(50), 4))
    np.testing.assert_array_equal(found.rank, np.tile([1, 2, 3, 4], 50))
    np.testing.assert_array_equal(found.line, order.ravel())
    np.testing.assert_allclose(
        found.metres, np.take_along_axis(every, order, axis=1).ravel(), atol=0.01
    )
    np.testing.assert_allclose(found.lon, TOWNS_LON[found.line], atol=1e-7)


def test_what_is_beyond_the_limit_is_not_near() -> None:
    found = nearest_of_discs([0.0, 90.0], [14.0, 14.0], 1.0, TOWNS, count=3, within_m=50_000.0)
    every = np.sort(geodesic_m(0.0, 14.0, TOWNS_LON, TOWNS_LAT))[:3]
    assert set(found.place.tolist()) <= {0}
    assert found.place.size == (every <= 50_000.0).sum()
    assert (found.metres <= 50_000.0).all()


def test_a_disc_half_way_is_shared() -> None:
    two = border_index([shapely.Point(0, 0), shapely.Point(1, 0)])
    found = nearest_of_discs([0.5, 0.1], [0.0, 0.0], 10_000.0, two, count=2)
    np.testing.assert_allclose(found.share, [0.5, 0.5, 1.0, 0.0], atol=0.03)


def test_a_road_is_as_near_as_its_nearest_point() -> None:
    roads = border_index([shapely.LineString([(-1, 0), (1, 0)]), shapely.Point(0, 5)])
    found = nearest_of_discs([0.3], [1.0], 1_000.0, roads)
    assert (found.line.tolist(), found.rank.tolist(), found.share.tolist()) == ([0], [1], [1.0])
    assert found.metres[0] == pytest.approx(110_574.4, abs=0.1)
    assert (found.lon[0], found.lat[0]) == pytest.approx((0.3, 0.0), abs=1e-6)


def test_missing_places_and_no_targets_have_nothing_near() -> None:
    assert nearest_of_discs([np.nan], [1.0], 1.0, TOWNS).place.size == 0
    assert nearest_of_discs([], [], 1.0, TOWNS, count=2).metres.size == 0
    assert nearest_of_discs([0.0], [0.0], 1.0, border_index([])).metres.size == 0
    unknown = nearest_of_discs([0.0], [14.0], np.nan, TOWNS)
    assert np.isnan(unknown.share).all()
    assert unknown.metres.size == 1


def test_fewer_points_than_asked_for_are_all_there_are() -> None:
    two = border_index([shapely.Point(0, 0), shapely.Point(1, 0)])
    assert nearest_of_discs([0.0], [0.0], 1.0, two, count=9).line.tolist() == [0, 1]


@pytest.mark.parametrize("count", [0, 2])
def test_several_nearest_lines_are_refused(count: int) -> None:
    roads = border_index([shapely.LineString([(-1, 0), (1, 0)])])
    with pytest.raises(InvalidGeometry, match="several nearest points"):
        nearest_of_discs([0.0], [0.0], 1.0, roads, count=count)
