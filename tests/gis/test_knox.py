"""Knox tables against the definition, and against published counts."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.bands import Bands, Closed
from gis.errors import InvalidGeometry, InvalidInterval, InvalidSetting
from gis.gap_counts import whole_seconds
from gis.knox import knox_table, poisson_p, shuffled
from gis.permutations import Alternative, permutation_p
from gis.positions import Metric, Positions
from tests.gis.arrangements import all_distances_m, arrangements, burkitt

if TYPE_CHECKING:
    from gis.crs import FloatArray, IntArray

SPACES = [
    Bands((0, 1_000, 2_300)),
    Bands((0, 0, 2_300), Closed.RIGHT),
    Bands((1_000, 4_500), Closed.RIGHT),
    Bands((0, 2_000, np.inf)),
]
TIMES = [Bands((0, 2, 7)), Bands((0, 0, 5, np.inf), Closed.RIGHT), Bands((1, 3))]


def by_definition(places: Positions, day: FloatArray, space: Bands, time: Bands) -> IntArray:
    """Count all pairs, one by one."""
    table = np.zeros((space.count + 1, time.count + 1), dtype=np.int64)
    i, j = np.triu_indices(day.size, 1)
    gap = np.abs(day[:, None] - day)
    np.add.at(table, (space.of(all_distances_m(places)[i, j]), time.of(gap[i, j])), 1)
    return table[:-1, :-1]


@given(
    arrangements(),
    st.sampled_from(SPACES),
    st.sampled_from(TIMES),
    st.sampled_from([1, 4, 100_000]),
)
@settings(max_examples=80, deadline=None)
def test_tables_and_p_are_those_of_the_definition(
    rows: tuple[Positions, FloatArray, FloatArray], space: Bands, time: Bands, crowded: int
) -> None:
    places, day, _ = rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gis.close_pairs.CROWDED", crowded)
        found = knox_table(places, day, space=space, time=time, permutations=3, seed=7)
    at = places.checked()
    present = ~np.isnan(at.x) & ~np.isnan(day)
    dated, days = Positions(at.x[present], at.y[present], at.metric), day[present]
    assert (found.rows, found.excluded) == (present.sum(), (~present).sum())
    expected = by_definition(dated, days, space, time)
    assert found.observed.tolist() == expected.tolist()
    simulated = np.stack(
        [
            by_definition(dated, shuffled(whole_seconds(days), 7, 0, step) / 86_400, space, time)
            for step in (1, 2, 3)
        ]
    )
    np.testing.assert_array_equal(found.p, permutation_p(expected, simulated))
    middle = np.median(simulated, axis=0)
    np.testing.assert_allclose(
        found.median_ratio, expected / np.where(middle == 0, np.nan, middle), equal_nan=True
    )


def test_the_expectation_is_the_mean_over_all_shuffles() -> None:
    places = Positions([0.0, 0.0, 500.0, 900.0, 5_000.0], [0.0] * 5, Metric.EUCLIDEAN)
    day = np.array([0.0, 1.0, 1.0, 6.0, 20.0])
    space, time = Bands((0, 501, 1_000)), Bands((0, 2, 10))
    every = [
        by_definition(places, np.array(order), space, time) for order in itertools.permutations(day)
    ]
    found = knox_table(places, day, space=space, time=time, permutations=0)
    np.testing.assert_allclose(found.expected, np.mean(every, axis=0))
    np.testing.assert_allclose(found.ratio, found.observed / found.expected)
    assert np.isnan(found.p).all()
    assert np.isnan(found.median_ratio).all()


def test_burkitt_at_20_and_5_is_the_published_13() -> None:
    places, day = burkitt()
    closed = knox_table(
        places, day, space=Bands((0, 20), Closed.RIGHT), time=Bands((0, 5), Closed.RIGHT)
    )
    assert closed.observed.tolist() == [[13]]
    assert closed.expected[0, 0] == pytest.approx(10.144, abs=5e-4)
    # Twice the standard error of 999 shuffles about the 0.2032 of 99,999.
    assert closed.p[0, 0] == pytest.approx(0.203, abs=0.026)
    opened = knox_table(places, day, space=Bands((0, 20)), time=Bands((0, 5)), permutations=0)
    assert opened.observed.tolist() == [[12]]


def test_the_published_poisson_p_leaves_the_observed_number_out() -> None:
    # imdepi, type B, 30 days, 50 km: 204 pairs, 181.57 expected, printed p 0.0465.
    assert poisson_p(204 + 1, 181.57) == pytest.approx(0.0465, abs=5e-5)
    assert poisson_p(204, 181.57) == pytest.approx(0.0539, abs=5e-5)
    assert poisson_p(0, 0.0) == 1
    places, day = burkitt()
    bands = Bands((0, 20), Closed.RIGHT), Bands((0, 5), Closed.RIGHT)
    table = knox_table(places, day, space=bands[0], time=bands[1], permutations=0)
    assert table.poisson_p()[0, 0] == pytest.approx(0.2223, abs=5e-5)


def test_repeats_planted_among_random_incidents_are_found_and_nothing_else() -> None:
    rng = np.random.default_rng(4)
    lon, lat, day = rng.uniform(-1, 1, 400), rng.uniform(14, 16, 400), rng.uniform(0, 1_000, 400)
    lon[200:230], lat[200:230], day[200:230] = lon[:30] + 0.002, lat[:30], day[:30] + 3
    found = knox_table(
        Positions(lon, lat), day, space=Bands((0, 1_000, 20_000)), time=Bands((0, 7, 14))
    )
    assert found.observed[0, 0] >= 30
    assert found.p[0, 0] == 0.001
    assert found.ratio[0, 0] > 10
    assert (found.p.ravel()[1:] > 0.01).all()


def test_the_same_seed_gives_the_same_p_and_the_side_is_declared() -> None:
    places, day = burkitt()
    bands: dict[str, Any] = {"space": Bands((0, 20)), "time": Bands((0, 5))}
    one, again = (knox_table(places, day, seed=3, **bands) for _ in range(2))
    assert one.p.tolist() == again.p.tolist()
    less = knox_table(places, day, seed=3, alternative=Alternative.LESS, **bands)
    both = knox_table(places, day, seed=3, alternative=Alternative.TWO_SIDED, **bands)
    # Shuffles that equal the observed number are on both sides.
    assert one.p[0, 0] + less.p[0, 0] > 1
    assert both.p[0, 0] == pytest.approx(min(1, 2 * min(one.p[0, 0], less.p[0, 0])))


@pytest.mark.parametrize("rows", [0, 1])
def test_without_a_pair_there_is_nothing_to_tell(rows: int) -> None:
    found = knox_table(
        Positions([0.0] * rows, [0.0] * rows), [1.0] * rows, space=SPACES[3], time=TIMES[0]
    )
    assert found.observed.tolist() == [[0, 0], [0, 0]]
    assert found.expected.tolist() == [[0, 0], [0, 0]]
    assert np.isnan(found.ratio).all()
    assert (found.p == 1).all()


def test_when_all_are_stacked_every_shuffle_is_the_same() -> None:
    day = np.arange(400.0)
    found = knox_table(
        Positions(np.zeros(400), np.zeros(400)),
        day,
        space=Bands((0, 1)),
        time=Bands((0, 2)),
        permutations=9,
    )
    assert found.observed.tolist() == [[399]]
    assert found.ratio.tolist() == found.median_ratio.tolist() == found.p.tolist() == [[1.0]]


def test_pairs_across_the_antimeridian_and_the_pole() -> None:
    places = Positions([179.999, -179.999, 0.0, 180.0, 90.0], [0.0, 0.0, 89.999, 89.999, 90.0])
    found = knox_table(
        places, np.zeros(5), space=Bands((0, 1_000)), time=Bands((0, 1)), permutations=0
    )
    assert found.observed.tolist() == [[4]]


def test_rows_without_place_or_date_are_counted_and_left_out() -> None:
    places = Positions([0.0, 0.0, np.nan, 0.0], [0.0, 0.0, 0.0, 0.0])
    found = knox_table(
        places, [0.0, 1.0, 1.0, np.nan], space=Bands((0, 1)), time=Bands((0, 7)), permutations=9
    )
    assert (found.rows, found.excluded, found.observed.tolist()) == (2, 2, [[1]])


def test_settings_and_dates_out_of_range_are_refused() -> None:
    place = Positions([0.0], [0.0])
    bands: dict[str, Any] = {"space": Bands((0, 1)), "time": Bands((0, 1))}
    with pytest.raises(InvalidInterval, match="one date for each of 1 places"):
        knox_table(place, [1.0, 2.0], **bands)
    with pytest.raises(InvalidInterval, match="NaN"):
        knox_table(place, [np.inf], **bands)
    with pytest.raises(InvalidGeometry, match="latitude"):
        knox_table(Positions([0.0], [91.0]), [1.0], **bands)
    with pytest.raises(InvalidSetting, match="permutations"):
        knox_table(place, [1.0], permutations=-1, **bands)
    with pytest.raises(InvalidSetting, match="counted from 0"):
        knox_table(place, [1.0], space=Bands((5, np.inf)), time=Bands((0, 1)))
