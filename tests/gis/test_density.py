"""Densities: they hold what they were given, spread by geodesic distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import ecef_m, geodesic_m, wgs84
from gis.density import adaptive_density
from gis.errors import InvalidGeometry, InvalidSetting

#: Around Liptako-Gourma.
places = st.tuples(st.floats(-5, 6), st.floats(10, 18))
radii = st.sampled_from([0.0, 500.0, 5_000.0, 25_000.0])


def town(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    lon, lat = rng.normal(1, 1, n).round(2), rng.normal(14, 1, n).round(2)
    return lon, lat, rng.choice([500.0, 5_000.0, 25_000.0], n)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(places, radii, st.integers(1, 40)), min_size=1, max_size=10), st.booleans()
)
def test_a_surface_holds_what_it_was_given(
    incidents: list[tuple[tuple[float, float], float, int]], adaptive: bool
) -> None:
    at, radius, weight = zip(*incidents, strict=True)
    lon, lat = zip(*at, strict=True)
    found = adaptive_density(
        lon, lat, radius, weight, bandwidth_km=60, cell_km=15, adaptive=adaptive
    )
    assert found.mass.sum() == pytest.approx(sum(weight))
    assert (found.per_km2 >= 0).all()


def test_one_incident_is_a_quartic_dome_around_it() -> None:
    found = adaptive_density([1.3], [15.2], [0.0], 3.0, bandwidth_km=50, cell_km=2.5)
    lon, lat = found.grid.middles()
    here = np.full(lon.size, 1.3), np.full(lon.size, 15.2)
    metres = geodesic_m(*here, lon.ravel(), lat.ravel()).reshape(lon.shape)
    dome = 3 / (np.pi * 50**2) * np.maximum(1 - (metres / 50_000) ** 2, 0) ** 2
    np.testing.assert_allclose(found.per_km2, 3.0 * dome, rtol=2e-3, atol=1e-12)
    assert found.bandwidth_m.tolist() == [50_000.0]


def test_one_incident_in_the_middle_is_symmetric() -> None:
    found = adaptive_density([2.0], [0.0], [0.0], bandwidth_km=40, cell_km=10, centre=(2.0, 0.0))
    np.testing.assert_allclose(found.per_km2, found.per_km2[::-1], rtol=1e-9)
    np.testing.assert_allclose(found.per_km2, found.per_km2[:, ::-1], rtol=1e-9)


def test_a_surface_is_the_sum_over_all_incidents_one_by_one() -> None:
    lon, lat, radius = town(1, 60)
    weight = np.arange(1.0, 61.0)
    found = adaptive_density(lon, lat, radius, weight, bandwidth_km=40, cell_km=10)
    cell_lon, cell_lat = found.grid.middles()
    mass = np.zeros(cell_lon.shape)
    for x, y, w, h in zip(lon, lat, weight, found.bandwidth_m, strict=True):
        metres = geodesic_m(
            np.full(mass.size, x), np.full(mass.size, y), cell_lon.ravel(), cell_lat.ravel()
        ).reshape(mass.shape)
        kernel = np.maximum(1 - (metres / h) ** 2, 0) ** 2
        mass += w * kernel / kernel.sum()
    np.testing.assert_allclose(found.mass, mass, atol=1e-4)


def test_bandwidths_follow_the_rule_of_abramson() -> None:
    lon, lat, radius = town(2, 80)
    pilot = adaptive_density(lon, lat, radius, bandwidth_km=60, cell_km=10, adaptive=False)
    found = adaptive_density(lon, lat, radius, bandwidth_km=60, cell_km=10)
    np.testing.assert_allclose(pilot.bandwidth_m, np.sqrt(60_000.0**2 + 2 * radius**2))
    row, column = pilot.grid.cell_of(*pilot.grid.project(lon, lat))
    there = pilot.per_km2[row, column]
    factor = np.sqrt(np.exp(np.log(there).mean()) / there)
    assert factor.min() < 1 < factor.max()
    narrow = np.maximum(60_000.0 * np.clip(factor, 0.25, 4), 20_000.0)
    np.testing.assert_allclose(found.bandwidth_m, np.sqrt(narrow**2 + 2 * radius**2))


def test_a_lone_incident_among_many_is_spread_more_widely() -> None:
    lon, lat = np.array([1.0] * 30 + [5.0]), np.array([14.0] * 30 + [14.0])
    found = adaptive_density(lon, lat, 0.0, bandwidth_km=50, cell_km=5)
    assert found.bandwidth_m[-1] > 50_000 > found.bandwidth_m[0]


def test_a_vague_place_has_the_variance_of_its_kernel_and_of_its_disc() -> None:
    radius, bandwidth = 30_000.0, 40.0
    found = adaptive_density([2.0], [0.0], [radius], bandwidth_km=bandwidth, cell_km=2)
    rng = np.random.default_rng(1)
    # The quartic kernel by rejection, and a place somewhere in the disc.
    kernel = rng.uniform(-1, 1, (200_000, 2))
    height = np.maximum(1 - (kernel**2).sum(axis=1), 0) ** 2
    kernel = kernel[rng.random(height.size) < height] * bandwidth * 1000
    turn, away = rng.uniform(0, 2 * np.pi, len(kernel)), np.sqrt(rng.random(len(kernel)))
    east = kernel[:, 0] + radius * away * np.cos(turn)
    x, _ = np.meshgrid(found.grid.x, found.grid.y)
    middle = (found.mass * x).sum()
    variance = (found.mass * (x - middle) ** 2).sum()
    assert variance == pytest.approx(east.var(), rel=0.02)


def test_the_order_of_the_rows_changes_nothing_at_all() -> None:
    lon, lat, radius = town(3, 50)
    turned = np.random.default_rng(5).permutation(50)
    one = adaptive_density(lon, lat, radius, bandwidth_km=50, cell_km=10)
    other = adaptive_density(lon[turned], lat[turned], radius[turned], bandwidth_km=50, cell_km=10)
    assert one.per_km2.tobytes() == other.per_km2.tobytes()
    np.testing.assert_array_equal(one.bandwidth_m[turned], other.bandwidth_m)


def test_a_stack_is_as_many_incidents_as_it_has() -> None:
    stack = adaptive_density([1.0] * 5, [14.0] * 5, 500.0, bandwidth_km=50, cell_km=10)
    heavy = adaptive_density([1.0], [14.0], 500.0, 5.0, bandwidth_km=50, cell_km=10)
    np.testing.assert_allclose(stack.per_km2, heavy.per_km2)


def test_both_sides_of_the_antimeridian_are_near() -> None:
    found = adaptive_density([179.9, -179.9], [0.0, 0.0], 0.0, bandwidth_km=50, cell_km=10)
    assert found.grid.columns < 20
    assert found.mass.sum() == pytest.approx(2.0)


def test_incidents_of_half_the_earth_have_a_surface_and_of_all_of_it_none() -> None:
    lon, lat = np.array([-60.0, 0.0, 60.0, 90.0]), np.array([0.0, 50.0, -50.0, 10.0])
    found = adaptive_density(lon, lat, 0.0, bandwidth_km=500, cell_km=100)
    assert found.mass.sum() == pytest.approx(4.0)
    with pytest.raises(InvalidGeometry):
        adaptive_density([0.0, 179.0], [0.0, 0.0], 0.0, bandwidth_km=50, cell_km=10, centre=(0, 0))


def test_the_arc_of_the_sphere_that_fits_best_errs_by_millionths() -> None:
    lat = np.repeat([0.0, 14.0, 45.0, 80.0], 36)
    lon, turn = np.zeros(lat.size), np.tile(np.arange(36) * 10.0, 4)
    metres = np.full(lat.size, 500_000.0)
    far = np.column_stack(wgs84().fwd(lon, lat, turn, metres)[:2])
    from gis.density import _curvature_m

    across = 2 * _curvature_m(lat)
    chord = np.linalg.norm(ecef_m(far[:, 0], far[:, 1]) - ecef_m(lon, lat), axis=1)
    np.testing.assert_allclose(across * np.arcsin(chord / across), metres, rtol=2e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lon": [], "lat": []},
        {"lon": [np.nan], "lat": [14.0]},
        {"radius_m": [np.nan]},
        {"radius_m": [-1.0]},
        {"weight": [0.0]},
        {"weight": [np.nan]},
    ],
)
def test_what_has_no_place_no_radius_or_no_weight_is_refused(wrong: dict[str, list[float]]) -> None:
    given_ones = {"lon": [1.0], "lat": [14.0], "radius_m": [0.0], "weight": [1.0], **wrong}
    if not given_ones["lon"]:
        given_ones |= {"radius_m": [], "weight": []}
    with pytest.raises(InvalidGeometry):
        adaptive_density(**given_ones, bandwidth_km=50, cell_km=5)  # type: ignore[arg-type]  # lists


def test_cells_too_large_for_the_bandwidth_are_refused() -> None:
    with pytest.raises(InvalidSetting):
        adaptive_density([1.0], [14.0], 0.0, bandwidth_km=9, cell_km=5)
    with pytest.raises(InvalidSetting):
        adaptive_density([1.0], [14.0], 0.0, bandwidth_km=np.nan, cell_km=5)
