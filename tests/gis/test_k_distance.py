from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.clusters import density_clusters
from gis.crs import geodesic_m, wgs84
from gis.errors import InvalidSetting
from gis.k_distance import k_distances


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=25),
    st.sampled_from([(1.3, 15.2), (179.99, -70.0), (20.0, 89.97)]),
    st.integers(1, 8),
)
@settings(max_examples=120, deadline=None)
def test_distances_are_those_to_every_row_sorted(
    steps: list[tuple[int, int]], centre: tuple[float, float], min_points: int
) -> None:
    lon = np.array([centre[0] + 0.01 * east for east, _ in steps], dtype=float)
    lat = np.array([centre[1] + 0.01 * north for _, north in steps], dtype=float)
    found = k_distances(lon, lat, min_points=min_points)
    if lon.size < min_points:
        assert np.isnan(found).all()
        return
    every = geodesic_m(lon[:, None], lat[:, None], lon, lat)
    expected = np.sort(every, axis=1)[:, min_points - 1]
    np.testing.assert_allclose(found, expected, atol=1e-8, rtol=0)


def test_a_row_is_core_from_its_distance_on() -> None:
    rng = np.random.default_rng(9)
    lon, lat = rng.normal(0, 0.3, 300).round(1), rng.normal(15, 0.3, 300).round(2)
    radius_m = np.median(k_distances(lon, lat, min_points=6))
    found = density_clusters(lon, lat, radius_km=radius_m / 1000 + 1e-9, min_points=6)
    np.testing.assert_array_equal(
        found.core, k_distances(lon, lat, min_points=6) <= radius_m + 1e-6
    )


def test_the_geodesic_decides_where_chords_err() -> None:
    # Of 40 places 1,000 km and a metre or two away, chords alone would mix up the order.
    azimuth = np.arange(40) * 9.0
    reach = 1_000_000.0 + np.where(azimuth % 2 == 0, 2.0, 1.0)
    lon, lat, _ = wgs84().fwd(np.zeros(40), np.full(40, 30.0), azimuth, reach)
    found = k_distances(np.append(lon, 0.0), np.append(lat, 30.0), min_points=21)
    assert found[40] == pytest.approx(1_000_001.0, abs=1e-6)


def test_missing_places_and_none_at_all() -> None:
    found = k_distances([np.nan, 0.0, 0.0], [0.0, 0.0, 0.0], min_points=2)
    np.testing.assert_array_equal(found, [np.nan, 0.0, 0.0])
    assert k_distances([], [], min_points=2).shape == (0,)
    with pytest.raises(InvalidSetting, match="itself"):
        k_distances([0.0], [0.0], min_points=0)
