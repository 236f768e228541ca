"""Knox over places with a radius and dates that are intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings

from gis.bands import Bands, Closed
from gis.crs import geodesic_m
from gis.errors import InvalidGeometry, InvalidSetting
from gis.knox import knox_table
from gis.knox_dates import drawn_day, knox_over_dates
from gis.knox_precision import drawn_place, knox_over_precision
from gis.positions import Metric, Positions
from tests.gis.arrangements import arrangements

if TYPE_CHECKING:
    from gis.crs import FloatArray

    Rows = tuple[Positions, FloatArray, FloatArray]

SPACE, TIME = Bands((0, 1_000, 2_300)), Bands((0, 0, 5, np.inf), Closed.RIGHT)


@pytest.mark.parametrize("lon, lat", [(1.3, 15.2), (180.0, -70.0), (20.0, 90.0)])
def test_every_part_of_a_disc_is_drawn_equally_often(lon: float, lat: float) -> None:
    n = 40_000
    drawn = drawn_place(np.full(n, lon), np.full(n, lat), np.full(n, 5_000.0), seed=3).checked()
    metres = geodesic_m(np.full(n, lon), np.full(n, lat), drawn.x, drawn.y)
    assert metres.max() <= 5_000.001
    # Rings of equal area hold equally many.
    share = np.histogram((metres / 5_000.0) ** 2, bins=5, range=(0, 1.000001))[0] / n
    assert share == pytest.approx(np.full(5, 0.2), abs=0.01)


def test_no_side_of_a_disc_is_preferred() -> None:
    n = 40_000
    drawn = drawn_place(np.zeros(n), np.zeros(n), np.full(n, 5_000.0)).checked()
    corners = [(a * drawn.x > 0) & (b * drawn.y > 0) for a in (1, -1) for b in (1, -1)]
    assert [corner.mean() for corner in corners] == pytest.approx([0.25] * 4, abs=0.01)


def test_places_repeat_by_seed_and_number_and_an_unknown_radius_gives_none() -> None:
    given_places = ([1.0, 1.0, np.nan, 1.0], [15.0, 15.0, 15.0, 15.0], [500.0, np.nan, 5.0, 0.0])
    one, again, other = (drawn_place(*given_places, seed=1, draw=k).checked() for k in (4, 4, 5))
    np.testing.assert_array_equal(one.x, again.x)
    assert one.x[0] != other.x[0]
    assert np.isnan(one.x[1:3]).all()
    assert (one.x[3], one.y[3]) == (1.0, 15.0)


@pytest.mark.parametrize("radius_m", [-1.0, np.inf])
def test_a_radius_that_is_none_is_refused(radius_m: float) -> None:
    with pytest.raises(InvalidGeometry, match="0 m or more"):
        drawn_place([1.0], [15.0], [radius_m])


@given(arrangements())
@settings(max_examples=40, deadline=None)
def test_without_radii_it_is_the_table_over_dates(rows: Rows) -> None:
    places, start, end = rows
    assume(places.metric is Metric.GEODESIC)
    at = places.checked()
    by_dates = knox_over_dates(
        places, start, end, space=SPACE, time=TIME, draws=3, permutations=4, seed=5
    )
    drawn = knox_over_precision(
        at.x,
        at.y,
        np.zeros(at.x.size),
        start,
        end,
        space=SPACE,
        time=TIME,
        draws=3,
        permutations=4,
        seed=5,
    )
    np.testing.assert_array_equal(drawn.observed, by_dates.observed)
    np.testing.assert_array_equal(drawn.expected, by_dates.expected)
    np.testing.assert_array_equal(drawn.p, by_dates.p)
    assert (drawn.rows, drawn.uncertain) == (by_dates.rows, by_dates.uncertain)
    assert drawn.excluded == by_dates.excluded


def test_each_draw_is_the_table_of_its_places_and_days() -> None:
    rng = np.random.default_rng(2)
    lon, lat = 1 + 0.02 * rng.random(40), 15 + 0.02 * rng.random(40)
    radius, start = np.full(40, 800.0), rng.integers(0, 20, 40).astype(float)
    radius[3] = np.nan
    heard: list[int] = []
    drawn = knox_over_precision(
        lon,
        lat,
        radius,
        start,
        start + 2,
        space=SPACE,
        time=TIME,
        draws=3,
        permutations=9,
        heard=heard.append,
    )
    assert heard == [0, 1, 2]
    assert (drawn.rows, drawn.excluded, drawn.uncertain) == (39, 1, 39)
    assert len({table.tobytes() for table in drawn.observed}) == 3
    here = ~np.isnan(radius)
    for draw in range(3):
        table = knox_table(
            drawn_place(lon[here], lat[here], radius[here], draw=draw),
            drawn_day(start[here], start[here] + 2, draw=draw),
            space=SPACE,
            time=TIME,
            permutations=0,
        )
        np.testing.assert_array_equal(drawn.observed[draw], table.observed)
        np.testing.assert_array_equal(drawn.ratio[draw], table.ratio)


def test_radii_pull_a_stack_on_one_village_apart() -> None:
    n = 30
    at, day = (np.full(n, 1.0), np.full(n, 15.0)), np.arange(n, dtype=float)
    near = Bands((0, 1_000))
    stacked = knox_table(Positions(*at), day, space=near, time=TIME, permutations=0)
    drawn = knox_over_precision(
        *at, np.full(n, 5_000.0), day, day, space=near, time=TIME, draws=5, permutations=0
    )
    assert drawn.observed.sum(axis=(1, 2)).max() < 0.1 * stacked.observed.sum()


def test_nothing_gives_a_table_of_zeros_and_no_draw_is_refused() -> None:
    nothing: list[float] = []
    every = (nothing, nothing, nothing, nothing, nothing)
    found = knox_over_precision(*every, space=SPACE, time=TIME, draws=2, permutations=1)
    assert found.observed.sum() == 0
    assert np.isnan(found.ratio).all()
    with pytest.raises(InvalidSetting, match="at least once"):
        knox_over_precision(*every, space=SPACE, time=TIME, draws=0)
