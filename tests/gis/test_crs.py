"""Geodesics against two references that share no code with PROJ: Karney's table, geographiclib."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import (
    LEAST_RADIUS_M,
    checked_lonlat,
    ecef_m,
    geodesic_m,
    initial_azimuth_deg,
    longest_chord_m,
    lonlat_deg,
    rival_chord_m,
    shortest_chord_m,
    to_wgs84,
    wgs84,
)
from gis.errors import CrsMismatch, InvalidGeometry

REFERENCE = Path(__file__).parent / "reference"
ROUNDING_M = 1e-7

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


def test_lengths_and_azimuths_are_those_of_karneys_table() -> None:
    table = np.loadtxt(REFERENCE / "GeodTest-100.dat")
    lat, lon, azimuth, other_lat, other_lon, _, metres, _, reduced_m, _ = table.T
    assert len(table) == 100
    np.testing.assert_allclose(
        geodesic_m(lon, lat, other_lon, other_lat), metres, rtol=0, atol=1e-6
    )
    off = initial_azimuth_deg(lon, lat, other_lon, other_lat) - azimuth
    # Near the antipode the azimuth turns fast: what counts is how far it misses the other end.
    missed = np.radians((off + 180) % 360 - 180) * reduced_m
    np.testing.assert_allclose(missed, 0, atol=1e-6)


@given(longitudes, latitudes, longitudes, latitudes)
def test_length_is_that_of_geographiclib_and_the_same_both_ways(
    lon: float, lat: float, other_lon: float, other_lat: float
) -> None:
    expected = Geodesic.WGS84.Inverse(lat, lon, other_lat, other_lon)["s12"]
    assert geodesic_m(lon, lat, other_lon, other_lat) == pytest.approx(expected, abs=1e-6)
    assert geodesic_m(other_lon, other_lat, lon, lat) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.tuples(longitudes, latitudes), min_size=3, max_size=3))
def test_no_way_round_is_shorter(places: list[tuple[float, float]]) -> None:
    (a, b), (c, d), (e, f) = places
    direct, first, second = geodesic_m([a, a, c], [b, b, d], [e, c, e], [f, d, f])
    assert direct <= first + second + 1e-6


@given(longitudes, latitudes, longitudes, latitudes)
def test_chords_keep_the_bounds_that_the_search_rests_on(
    lon: float, lat: float, other_lon: float, other_lat: float
) -> None:
    metres = geodesic_m(lon, lat, other_lon, other_lat)
    ends = ecef_m(np.array([lon, other_lon]), np.array([lat, other_lat]))
    chord = np.linalg.norm(ends[0] - ends[1])
    assert chord <= longest_chord_m(metres) + ROUNDING_M
    if metres <= np.pi * LEAST_RADIUS_M:
        assert chord >= shortest_chord_m(metres) - ROUNDING_M


@given(st.tuples(longitudes, latitudes), st.lists(st.tuples(longitudes, latitudes), min_size=2))
def test_the_nearest_place_is_a_rival_of_the_place_with_the_shortest_chord(
    here: tuple[float, float], places: list[tuple[float, float]]
) -> None:
    lon, lat = np.array(places).T
    chords = np.linalg.norm(ecef_m(lon, lat) - ecef_m(*np.array([here]).T), axis=1)
    nearest = np.argmin(geodesic_m(*here, lon, lat))
    assert chords[nearest] <= rival_chord_m(chords.min()) + ROUNDING_M


def test_a_rival_is_centimetres_away_at_a_hundred_kilometres_and_anywhere_at_the_antipode() -> None:
    excess = rival_chord_m([0.0, 1e5, 1e6]) - np.array([0.0, 1e5, 1e6])
    np.testing.assert_allclose(excess, [0.0, 0.0207, 20.8], atol=0.05)
    assert rival_chord_m(12_700_000.0) > 2 * 6_378_137.0


@given(longitudes, latitudes)
def test_earth_centred_coordinates_lead_back(lon: float, lat: float) -> None:
    back_lon, back_lat = lonlat_deg(ecef_m(np.array([lon]), np.array([lat])))
    assert geodesic_m(lon, lat, back_lon, back_lat)[0] < ROUNDING_M


def test_earth_centred_coordinates_of_the_axes() -> None:
    xyz = ecef_m(np.array([0.0, 90.0, 0.0]), np.array([0.0, 0.0, 90.0]))
    expected = np.diag([6_378_137.0, 6_378_137.0, 6_356_752.314245])
    np.testing.assert_allclose(xyz, expected, atol=1e-6)


def test_azimuths_run_clockwise_from_north_below_360() -> None:
    found = initial_azimuth_deg(0, 0, [0, 1, 0, -1, -1e-18], [1, 0, -1, 0, 1])
    np.testing.assert_allclose(found, [0, 90, 180, 270, 0], atol=1e-9)
    assert (found < 360).all()


def test_a_place_has_no_direction_to_itself() -> None:
    assert np.isnan(initial_azimuth_deg(1.0, 2.0, 1.0, 2.0))


def test_missing_and_no_places() -> None:
    assert np.isnan(geodesic_m(np.nan, 0.0, 1.0, 1.0))
    assert geodesic_m([], [], [], []).shape == (0,)
    assert geodesic_m(np.zeros((2, 1)), 0.0, np.ones(3), 0.0).shape == (2, 3)
    lon, lat = checked_lonlat([np.nan, 1.0, 2.0], [0.0, np.nan, 3.0])
    np.testing.assert_array_equal(lon, [np.nan, np.nan, 2.0])
    np.testing.assert_array_equal(lat, [np.nan, np.nan, 3.0])
    assert checked_lonlat([], [])[0].shape == (0,)


def test_coordinates_are_copied_and_have_no_negative_zero() -> None:
    given_lon = np.array([-0.0])
    lon, _ = checked_lonlat(given_lon, given_lon)
    lon[0] = 5.0
    assert given_lon[0] == 0.0
    assert not np.signbit(checked_lonlat([-0.0], [-0.0])[1][0])


@pytest.mark.parametrize(
    "lon, lat, value",
    [
        ([0.0], [90.5], 90.5),
        ([361.0], [0.0], 361.0),
        ([np.inf], [0.0], np.inf),
        ([0.0, 1.0], [0.0], ((2,), (1,))),
        ([[0.0]], [[0.0]], ((1, 1), (1, 1))),
    ],
)
def test_coordinates_out_of_range_are_refused_by_name(
    lon: list[float], lat: list[float], value: object
) -> None:
    with pytest.raises(InvalidGeometry) as refused:
        checked_lonlat(lon, lat)
    assert refused.value.value == value


def test_transformers_take_x_before_y_and_are_made_once() -> None:
    # The central meridian of zone 31 on the equator, and the same by latitude-first EPSG:4326.
    np.testing.assert_allclose(to_wgs84("EPSG:32631").transform(500_000, 0), (3, 0), atol=1e-9)
    assert to_wgs84("EPSG:4326").transform(3, 14) == (3, 14)
    assert to_wgs84("EPSG:32631") is to_wgs84("EPSG:32631")
    assert wgs84() is wgs84()


def test_an_unknown_reference_system_is_refused_by_name() -> None:
    with pytest.raises(CrsMismatch) as refused:
        to_wgs84("EPSG:0")
    assert refused.value.value == "EPSG:0"
