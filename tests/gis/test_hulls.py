from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gis.crs import geodesic_m
from gis.errors import InvalidGeometry
from gis.hulls import Hull, hull_of_discs

EVERY = pytest.mark.parametrize("outline", list(Hull))


def test_the_hull_holds_every_point_and_its_rim_lies_a_radius_away() -> None:
    hull = hull_of_discs([1.0, 2.0], [14.0, 14.5], [5_000.0, 8_000.0])
    assert shapely.contains_xy(hull, [1.0, 2.0], [14.0, 14.5]).all()
    west = hull.bounds[0]
    assert geodesic_m(1.0, 14.0, west, 14.0) == pytest.approx(5_000.0, rel=1e-3)


@EVERY
def test_a_stack_of_points_has_an_area(outline: Hull) -> None:
    assert hull_of_discs([1.0] * 5, [14.0] * 5, 5_000.0, outline=outline).area > 0


def test_a_concave_hull_goes_into_the_bay_of_a_horseshoe() -> None:
    turn = np.radians(np.linspace(30, 330, 60))
    lon, lat = np.sin(turn), 14 + np.cos(turn)
    convex = hull_of_discs(lon, lat, 3_000.0)
    concave = hull_of_discs(lon, lat, 3_000.0, outline=Hull.CONCAVE, ratio=0.1)
    assert concave.area < 0.5 * convex.area
    assert shapely.contains_xy(concave, lon, lat).all()
    assert len(concave.geoms[0].interiors) == 0
    assert hull_of_discs(lon, lat, 3_000.0, outline=Hull.CONCAVE, ratio=1).area == pytest.approx(
        convex.area, rel=1e-6
    )


def test_a_hull_across_the_antimeridian_is_cut_there() -> None:
    hull = hull_of_discs([179.9, -179.9], [10.0, 10.0], 2_000.0)
    assert [part.bounds[0] < -179 or part.bounds[2] > 179 for part in hull.geoms] == [True, True]
    assert hull.area < 0.02
    assert shapely.contains_xy(hull, [179.9, -179.9], [10.0, 10.0]).all()


@pytest.mark.parametrize("pole", [-90.0, 90.0])
def test_a_hull_with_a_pole_in_it_reaches_the_pole_on_all_sides(pole: float) -> None:
    lat = np.copysign(89.9, pole)
    hull = hull_of_discs([0.0, 120.0, -120.0], [lat] * 3, 1_000.0)
    assert hull.bounds[0] == -180
    assert hull.bounds[2] == 180
    inside = shapely.contains_xy(hull, [0.0, 90.0, -90.0], [np.copysign(89.99, pole)] * 3)
    assert inside.all()
    assert not shapely.contains_xy(hull, 60.0, np.copysign(89.8, pole))


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=1, max_size=12),
    st.sampled_from([(1.3, 15.2), (179.95, -16.0), (-180.0, 60.0), (20.0, 89.9)]),
    st.sampled_from(list(Hull)),
    st.floats(0, 1),
)
@example([(0, 0), (0, 10), (1, 0)], (20.0, 89.9), Hull.CONCAVE, 0.0)
@settings(max_examples=80, deadline=None)
def test_a_hull_is_valid_and_holds_its_points_wherever_they_are(
    steps: list[tuple[int, int]], centre: tuple[float, float], outline: Hull, ratio: float
) -> None:
    lon = np.array([centre[0] + 0.01 * east for east, _ in steps])
    lat = np.minimum([centre[1] + 0.01 * north for _, north in steps], 90.0)
    hull = hull_of_discs(lon, lat, 500.0, outline=outline, ratio=ratio)
    assert hull.is_valid
    west, south, east, north = hull.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    on_map = np.mod(lon + 180.0, 360.0) - 180.0
    # A point on the cut lies on the edge of the parts. So does one at the pole, which has every
    # longitude: where an outline turns there, it is met within a decimetre.
    assert all(hull.distance(shapely.points(x, y)) < 1e-6 for x, y in zip(on_map, lat, strict=True))


@pytest.mark.parametrize(
    "lon, radius_m", [([], []), ([float("nan")], [5.0]), ([721.0], [5.0]), ([1.0], [0.0])]
)
def test_what_has_no_disc_is_refused(lon: list[float], radius_m: list[float]) -> None:
    with pytest.raises(InvalidGeometry):
        hull_of_discs(lon, [14.0] * len(lon), radius_m)


def test_a_ratio_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidGeometry, match="ratio"):
        hull_of_discs([0.0], [0.0], 1.0, outline=Hull.CONCAVE, ratio=1.1)
