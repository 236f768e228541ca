from __future__ import annotations

import numpy as np
import pytest

from gis.crs import geodesic_m
from gis.disc_draws import drawn_places, mixed, uniform
from gis.errors import InvalidGeometry


def test_the_mixer_is_that_of_splitmix64() -> None:
    step, state = np.uint64(0x9E3779B97F4A7C15), np.full(1, 1234567, dtype=np.uint64)
    given = [int(mixed(state + np.full(1, k, np.uint64) * step)[0]) for k in range(3)]
    # Printed for the seed 1234567 by its reference implementation.
    assert given == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_numbers_are_spread_evenly_over_keys_draws_and_parts() -> None:
    keys = np.arange(20_000)
    for numbers in (
        uniform(keys, draw=0, part=0, seed=0),
        uniform(keys, draw=7, part=1, seed=3),
        np.concatenate([uniform([5], draw=k, part=0, seed=0) for k in range(20_000)]),
    ):
        counts = np.histogram(numbers, bins=50, range=(0, 1))[0]
        chi_square = ((counts - 400.0) ** 2 / 400.0).sum()
        # The 0.1 % and 99.9 % points with 49 degrees of freedom.
        assert 23.98 < chi_square < 85.35


def test_neighbouring_keys_draws_and_parts_have_nothing_to_do_with_one_another() -> None:
    keys = np.arange(20_000)
    one = uniform(keys, draw=0, part=0, seed=0)
    for other in (
        uniform(keys + 1, draw=0, part=0, seed=0),
        uniform(keys, draw=1, part=0, seed=0),
        uniform(keys, draw=0, part=1, seed=0),
        uniform(keys, draw=0, part=0, seed=1),
    ):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.03


def test_places_lie_in_their_discs_every_part_of_which_is_equally_likely() -> None:
    keys = np.arange(4_000)
    lon, lat = drawn_places(keys, np.full(4_000, 2.0), np.full(4_000, 14.0), 5_000.0, draw=0)
    away = geodesic_m(2.0, 14.0, lon, lat)
    assert away.max() <= 5_000.0 + 1e-6
    # Half of a disc's area lies within 1 / sqrt(2) of its radius; four standard errors.
    assert (away <= 5_000.0 / 2**0.5).mean() == pytest.approx(0.5, abs=0.032)
    assert (lon > 2.0).mean() == pytest.approx(0.5, abs=0.032)


def test_a_row_is_drawn_alike_whatever_stands_beside_it() -> None:
    lon, lat = drawn_places([8, 3, 5], [1.0, 2.0, 3.0], [14.0, 15.0, 16.0], 900.0, draw=4, seed=2)
    alone = drawn_places([3], [2.0], [15.0], [900.0], draw=4, seed=2)
    assert (lon[1], lat[1]) == (alone[0][0], alone[1][0])


def test_a_radius_of_nothing_stays_and_what_is_unknown_stays_unknown() -> None:
    lon, lat = drawn_places(
        [1, 2, 3], [1.0, 2.0, np.nan], [90.0, 14.0, 3.0], [0.0, np.nan, 5.0], draw=0
    )
    np.testing.assert_array_equal(lon, [1.0, np.nan, np.nan])
    np.testing.assert_array_equal(lat, [90.0, np.nan, np.nan])
    none = drawn_places([], [], [], [], draw=0)
    assert none[0].shape == none[1].shape == (0,)


def test_a_radius_below_nothing_is_refused() -> None:
    with pytest.raises(InvalidGeometry, match="radius"):
        drawn_places([1], [0.0], [0.0], [-1.0], draw=0)
