from __future__ import annotations

import pytest
import shapely

from gis.crs import geodesic_m
from gis.errors import InvalidGeometry
from gis.hulls import hull_of_discs


def test_the_hull_holds_every_point_and_its_rim_lies_a_radius_away() -> None:
    hull = hull_of_discs([1.0, 2.0], [14.0, 14.5], [5_000.0, 8_000.0])
    assert shapely.contains_xy(hull, [1.0, 2.0], [14.0, 14.5]).all()
    west = hull.bounds[0]
    assert geodesic_m(1.0, 14.0, west, 14.0) == pytest.approx(5_000.0, rel=1e-3)


def test_a_stack_of_points_has_an_area() -> None:
    assert hull_of_discs([1.0] * 5, [14.0] * 5, 5_000.0).area > 0


@pytest.mark.parametrize(
    "lon, radius_m", [([], []), ([float("nan")], [5.0]), ([721.0], [5.0]), ([1.0], [0.0])]
)
def test_what_has_no_disc_is_refused(lon: list[float], radius_m: list[float]) -> None:
    with pytest.raises(InvalidGeometry):
        hull_of_discs(lon, [14.0] * len(lon), radius_m)
