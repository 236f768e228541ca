"""Discs: bounds that always hold, and nodes that are spread evenly and always the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import geodesic_m, wgs84
from gis.discs import NODES, disc_nodes, distance_bounds, share_within
from gis.errors import InvalidGeometry


@given(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.floats(0, 1_000_000),
    st.floats(0, 360),
    st.floats(0, 1),
)
def test_bounds_hold_for_every_point_of_the_disc(
    centre: tuple[float, float],
    target: tuple[float, float],
    radius_m: float,
    azimuth: float,
    share: float,
) -> None:
    lon, lat, _ = wgs84().fwd(*centre, azimuth, radius_m * share)
    bounds = distance_bounds(geodesic_m(*centre, *target), radius_m)
    assert bounds.low_m - 1e-6 <= geodesic_m(lon, lat, *target) <= bounds.high_m + 1e-6


def test_bounds_do_not_fall_below_zero_and_are_unknown_with_the_radius() -> None:
    bounds = distance_bounds([3.0, 9.0, 9.0, np.nan], [5.0, 5.0, np.nan, 5.0])
    np.testing.assert_array_equal(bounds.low_m, [0.0, 4.0, np.nan, np.nan])
    np.testing.assert_array_equal(bounds.high_m, [8.0, 14.0, np.nan, np.nan])


@pytest.mark.parametrize("radius", [-1.0, np.inf])
def test_a_radius_that_is_none_is_refused(radius: float) -> None:
    with pytest.raises(InvalidGeometry, match="radius"):
        distance_bounds([1.0], radius)


@pytest.mark.parametrize("lat", [0.0, 15.2275, 89.99])
def test_nodes_lie_in_the_disc_at_radii_of_equal_area(lat: float) -> None:
    nodes = disc_nodes([1.3135], [lat], 25_000.0)
    away = geodesic_m(1.3135, lat, nodes.lon, nodes.lat)
    expected = 25_000.0 * np.sqrt((np.arange(NODES) + 0.5) / NODES)
    np.testing.assert_allclose(away, [expected], atol=1e-6)


def test_the_same_place_has_the_same_nodes_whatever_stands_beside_it() -> None:
    alone = disc_nodes([1.0], [14.0], 5_000.0)
    beside = disc_nodes([7.0, 1.0], [10.0, 14.0], [100.0, 5_000.0])
    np.testing.assert_array_equal(alone.lon[0], beside.lon[1])
    np.testing.assert_array_equal(alone.lat[0], beside.lat[1])


def test_no_radius_puts_all_nodes_on_the_place() -> None:
    nodes = disc_nodes([1.0], [14.0], 0.0)
    np.testing.assert_allclose(geodesic_m(1.0, 14.0, nodes.lon, nodes.lat), 0.0, atol=1e-6)


def test_missing_places_and_radii_have_no_nodes() -> None:
    nodes = disc_nodes([np.nan, 1.0], [0.0, 1.0], [1.0, np.nan])
    assert np.isnan(nodes.lon).all()
    assert np.isnan(nodes.lat).all()
    assert disc_nodes([], [], 1.0).lon.shape == (0, NODES)


def test_there_is_at_least_one_node() -> None:
    with pytest.raises(InvalidGeometry, match="node"):
        disc_nodes([0.0], [0.0], 1.0, nodes=0)


@pytest.mark.parametrize("offset", [-0.9, -0.5, 0.0, 0.3, 0.8])
def test_share_of_a_disc_is_that_of_a_circular_segment(offset: float) -> None:
    # A meridian cuts the disc `offset` radii east of its centre; the share west of it has a
    # closed form in the plane, from which a disc of 10 km at the equator hardly differs.
    radius = 10_000.0
    nodes = disc_nodes([0.0], [0.0], radius)
    edge_lon, _, _ = wgs84().fwd(0.0, 0.0, 90.0, offset * radius)
    expected = 1 - (np.arccos(offset) - offset * np.sqrt(1 - offset**2)) / np.pi
    assert (nodes.lon <= edge_lon).mean() == pytest.approx(expected, abs=0.04)


def test_share_counts_the_limit_in_and_is_unknown_where_a_node_is() -> None:
    metres = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, np.nan, 1.0, 1.0]])
    np.testing.assert_array_equal(share_within(metres, 2.0), [0.5, np.nan])
    np.testing.assert_array_equal(share_within(metres, [np.nan, 9.0]), [np.nan, np.nan])
    assert share_within(np.empty((0, NODES)), 1.0).shape == (0,)
