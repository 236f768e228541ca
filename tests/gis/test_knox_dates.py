"""Knox over dates that are intervals: draws, and hard bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.bands import Bands, Closed
from gis.crs import FloatArray
from gis.errors import InvalidInterval, InvalidSetting
from gis.knox import knox_table
from gis.knox_dates import drawn_day, knox_bounds, knox_over_dates
from gis.positions import Metric, Positions
from tests.gis.arrangements import all_distances_m, arrangements

SPACES = [Bands((0, 1_000, 2_300)), Bands((0, 0, 2_300), Closed.RIGHT)]
TIMES = [Bands((0, 2, 7)), Bands((0, 0, 5, np.inf), Closed.RIGHT), Bands((1, 3))]

Rows = tuple[Positions, FloatArray, FloatArray]


def test_each_day_of_an_interval_is_drawn_equally_often() -> None:
    days = drawn_day(np.zeros(60_000), np.full(60_000, 5.0))
    share = np.bincount(days.astype(int)) / days.size
    assert share.size == 6
    assert share == pytest.approx(np.full(6, 1 / 6), abs=0.006)


def test_draws_repeat_by_seed_and_number_and_keep_what_is_known() -> None:
    start, end = np.array([3.5, 0.0, np.nan]), np.array([3.5, 1_000.0, 1.0])
    one, again, other = (drawn_day(start, end, seed=1, draw=draw) for draw in (4, 4, 5))
    np.testing.assert_array_equal(one, again)
    assert one[1] != other[1]
    assert one[0] == other[0] == 3.5
    assert np.isnan(one[2])


@given(arrangements(), st.sampled_from(SPACES), st.sampled_from(TIMES))
@settings(max_examples=40, deadline=None)
def test_each_draw_is_a_table_of_its_days_within_the_bounds(
    rows: Rows, space: Bands, time: Bands
) -> None:
    places, start, end = rows
    drawn = knox_over_dates(
        places, start, end, space=space, time=time, draws=4, permutations=2, seed=5
    )
    bounds = knox_bounds(places, start, end, space=space, time=time)
    assert (drawn.rows, drawn.excluded) == (bounds.rows, bounds.excluded)
    known = ~np.isnan(places.checked().x) & ~np.isnan(start)
    for draw in range(4):
        days = np.full(start.size, np.nan)
        days[known] = drawn_day(start[known], end[known], seed=5, draw=draw)
        table = knox_table(places, days, space=space, time=time, permutations=0)
        np.testing.assert_array_equal(drawn.observed[draw], table.observed)
        np.testing.assert_array_equal(drawn.expected[draw], table.expected)
        np.testing.assert_array_equal(drawn.ratio[draw], table.ratio)
        assert (bounds.must <= table.observed).all()
        assert (table.observed <= bounds.may).all()


@given(arrangements(), st.sampled_from(TIMES), st.sampled_from([1, 100_000]))
@settings(max_examples=60, deadline=None)
def test_bounds_are_those_of_the_definition(rows: Rows, time: Bands, crowded: int) -> None:
    places, start, end = rows
    space = SPACES[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gis.close_pairs.CROWDED", crowded)
        patch.setattr("gis.knox_dates.PAIRS_AT_ONCE", 3)
        found = knox_bounds(places, start, end, space=space, time=time)
    must, may = (np.zeros((2, time.count), dtype=int) for _ in range(2))
    band = space.of(all_distances_m(places))
    # In half days, so that a band between two whole days is met too.
    for i, j in zip(*np.triu_indices(start.size, 1), strict=True):
        if band[i, j] == space.count or np.isnan(start[i] + start[j]):
            continue
        least = max(0.0, start[j] - end[i], start[i] - end[j])
        most = max(end[j] - start[i], end[i] - start[j])
        met = set(time.of(np.arange(least, most + 0.25, 0.5)).tolist())
        for column in met - {time.count}:
            may[band[i, j], column] += 1
            must[band[i, j], column] += len(met) == 1
    assert found.must.tolist() == must.tolist()
    assert found.may.tolist() == may.tolist()


def test_exact_dates_leave_no_spread() -> None:
    places = Positions([0.0, 1.0, 2.0], [0.0, 0.0, 0.0], Metric.EUCLIDEAN)
    day = np.array([0.0, 3.0, 9.0])
    bands: dict[str, Any] = {"space": Bands((0, 5)), "time": Bands((0, 7))}
    drawn = knox_over_dates(places, day, day, draws=3, permutations=0, **bands)
    bounds = knox_bounds(places, day, day, **bands)
    assert drawn.uncertain == 0
    assert drawn.observed[:, 0, 0].tolist() == [2, 2, 2]
    assert bounds.must.tolist() == bounds.may.tolist() == [[2]]
    assert drawn.ratio_quantiles()[:, 0, 0].tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(drawn.p_quantiles()).all()


def test_vague_dates_blur_repeats_and_the_spread_says_so() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 1e5, 200), rng.uniform(0, 1e5, 200)
    day = np.floor(rng.uniform(0, 400, 200))
    x[100:], y[100:], day[100:] = x[:100], y[:100], day[:100] + 1
    places = Positions(x, y, Metric.EUCLIDEAN)
    bands: dict[str, Any] = {"space": Bands((0, 10)), "time": Bands((0, 7))}
    exact = knox_over_dates(places, day, day, draws=20, **bands)
    vague = knox_over_dates(places, day - 10, day + 10, draws=20, **bands)
    assert vague.uncertain == 200
    assert (exact.p == 0.01).all()
    low, middle, high = vague.ratio_quantiles()[:, 0, 0]
    assert low < middle < high < exact.ratio[0, 0, 0]


def test_no_rows_and_refusals() -> None:
    nowhere = Positions([], [])
    bands: dict[str, Any] = {"space": Bands((0, 5)), "time": Bands((0, 7))}
    drawn = knox_over_dates(nowhere, [], [], draws=2, permutations=1, **bands)
    assert drawn.observed.tolist() == [[[0]], [[0]]]
    assert knox_bounds(nowhere, [], [], **bands).may.tolist() == [[0]]
    with pytest.raises(InvalidSetting, match="at least once"):
        knox_over_dates(nowhere, [], [], draws=0, **bands)
    with pytest.raises(InvalidSetting, match="last distance"):
        knox_bounds(nowhere, [], [], space=Bands((0, np.inf)), time=Bands((0, 7)))
    with pytest.raises(InvalidInterval, match="end before it starts"):
        knox_bounds(Positions([0.0], [0.0]), [2.0], [1.0], **bands)
