"""Places on the ellipsoid and in a plane."""

from __future__ import annotations

import numpy as np
import pytest

from gis.crs import ecef_m, geodesic_m
from gis.errors import InvalidGeometry
from gis.positions import Metric, Positions, greatest_geodesic_m, least_geodesic_m


@pytest.mark.parametrize(
    "metric, metres",
    [(Metric.EUCLIDEAN, 5.0), (Metric.MANHATTAN, 7.0), (Metric.GEODESIC, 554_058.92)],
)
def test_distances_by_metric(metric: Metric, metres: float) -> None:
    at = Positions([0.0, 3.0], [0.0, 4.0], metric).checked()
    one, other = np.array([0, 1]), np.array([1, 0])
    assert at.distance_m(one, other) == pytest.approx([metres, metres], abs=0.01)


def test_a_place_missing_in_part_is_missing() -> None:
    for metric in Metric:
        at = Positions([np.nan, 1.0, 2.0], [0.0, np.nan, 3.0], metric).checked()
        assert np.isnan(at.x).tolist() == np.isnan(at.y).tolist() == [True, True, False]


def test_geodesics_lie_between_the_bounds_of_their_chords() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500)
    near_lon, near_lat = lon + rng.uniform(-40, 40, 500), np.clip(lat + 20, -90, 90)
    metres = geodesic_m(lon, lat, near_lon, near_lat)
    chord = np.linalg.norm(ecef_m(lon, lat) - ecef_m(near_lon, near_lat), axis=1)
    assert (least_geodesic_m(chord) <= metres).all()
    assert (greatest_geodesic_m(chord) >= metres).all()


@pytest.mark.parametrize("metric", [Metric.EUCLIDEAN, Metric.MANHATTAN])
def test_planar_places_are_finite_and_flat(metric: Metric) -> None:
    with pytest.raises(InvalidGeometry, match="flat arrays"):
        Positions([1.0, 2.0], [1.0], metric).checked()
    with pytest.raises(InvalidGeometry, match="finite"):
        Positions([np.inf], [1.0], metric).checked()
    # 500 is no longitude, but a good many metres.
    assert Positions([500.0], [500.0], metric).checked().x.tolist() == [500.0]
