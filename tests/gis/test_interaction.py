"""Mantel, Jacquez and the modified Knox against published values and their definitions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from gis.bands import Bands, Closed
from gis.crs import FloatArray
from gis.errors import InvalidInterval, InvalidSetting
from gis.interaction import Interaction, jacquez, mantel, modified_knox
from gis.permutations import Alternative
from gis.positions import Metric, Positions
from tests.gis.arrangements import all_distances_m, arrangements, burkitt

NEAR, SOON = Bands((0, 20), Closed.RIGHT), Bands((0, 5), Closed.RIGHT)

Rows = tuple[Positions, FloatArray, FloatArray]


def test_burkitt_has_the_published_statistics() -> None:
    places, day = burkitt()
    knox = modified_knox(places, day, space=NEAR, time=SOON, permutations=99)
    assert knox.statistic == pytest.approx(2.81016, abs=5e-6)
    found = mantel(places, day, permutations=99)
    assert found.statistic == pytest.approx(0.048368, abs=5e-7)
    assert found.p < 0.05
    assert knox.p > 0.05


@pytest.mark.parametrize("later", [1e-3, -1e-3])
def test_burkitt_has_the_published_jacquez_once_ties_are_broken_by_the_order(later: float) -> None:
    places, day = burkitt()
    order = np.arange(day.size)
    x = np.asarray(places.x) + np.sign(later) * 1e-4 * order
    broken = jacquez(Positions(x, places.y, Metric.EUCLIDEAN), day + later * order)
    assert broken.statistic == pytest.approx(12.0, abs=1e-9)
    # As they are, 27 cases have ties in space and 5 in time, and share their last places.
    assert jacquez(places, day, permutations=9).statistic == pytest.approx(12 + 1 / 3)


def dated(rows: Rows) -> tuple[Positions, FloatArray]:
    """Rows with place and date."""
    at = rows[0].checked()
    present = ~np.isnan(at.x) & ~np.isnan(rows[1])
    return Positions(at.x[present], at.y[present], at.metric), rows[1][present]


@given(arrangements())
@settings(max_examples=60, deadline=None)
def test_statistics_are_those_of_their_definitions(rows: Rows) -> None:
    places, day = dated(rows)
    n = day.size
    metres, gap = all_distances_m(places), np.abs(day[:, None] - day)
    i, j = np.triu_indices(n, 1)
    found = mantel(rows[0], rows[1], metres=500.0, days=2.0, permutations=0)
    near, soon = 1 / (metres[i, j] + 500), 1 / (gap[i, j] + 2)
    if n > 2 and np.ptp(near) > 1e-9 and np.ptp(soon) > 1e-9:
        assert found.statistic == pytest.approx(np.corrcoef(near, soon)[0, 1], abs=1e-9)
    space, time = Bands((0, 2_300)), Bands((0, 4))
    knox = modified_knox(rows[0], rows[1], space=space, time=time, permutations=0)
    assert (knox.rows, knox.excluded) == (n, rows[1].size - n)
    close_by, close_in_time = metres < 2_300, gap < 4
    np.fill_diagonal(close_in_time, False)
    own = close_by.sum(axis=1) * close_in_time.sum(axis=1)
    if n > 1:
        both = (close_by & close_in_time).sum()
        assert knox.statistic == pytest.approx((both - own.sum() / (n - 1)) / 2)


def test_a_crowd_is_counted_as_its_rows_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    places = Positions(rng.integers(0, 3, 60), rng.integers(0, 2, 60), Metric.MANHATTAN)
    day = rng.integers(0, 50, 60).astype(float)
    bands: dict[str, Any] = {"space": Bands((0, 1.5)), "time": Bands((0, 7))}
    spelt_out = modified_knox(places, day, permutations=19, **bands)
    monkeypatch.setattr("gis.close_pairs.CROWDED", 4)
    assert modified_knox(places, day, permutations=19, **bands) == spelt_out


def test_the_mean_of_the_modified_knox_over_all_shuffles() -> None:
    # Baker's own expectation is that of a shuffle of the days among the other rows: near the mean.
    places = Positions([0.0, 0.0, 1.0, 9.0, 9.5], [0.0] * 5, Metric.EUCLIDEAN)
    bands: dict[str, Any] = {"space": Bands((0, 2)), "time": Bands((0, 3))}
    every = [
        modified_knox(places, order, permutations=0, **bands).statistic
        for order in itertools.permutations([0.0, 1.0, 2.0, 9.0, 20.0])
    ]
    assert abs(np.mean(every)) < 0.5


def test_jacquez_counts_stacked_rows_without_choosing_among_them() -> None:
    # Four rows of one place and day: each of three others is one of the two nearest by 2/3.
    found = jacquez(Positions([0.0] * 4, [0.0] * 4), [1.0] * 4, k=2, permutations=9)
    assert found.statistic == pytest.approx(4 * 3 * (2 / 3) ** 2)
    assert found.p == 1.0


def test_planted_repeats_are_found_by_all_three() -> None:
    rng = np.random.default_rng(4)
    lon, lat, day = rng.uniform(-1, 1, 200), rng.uniform(14, 16, 200), rng.uniform(0, 900, 200)
    lon[100:], lat[100:], day[100:] = lon[:100] + 0.001, lat[:100], day[:100] + 1
    places = Positions(lon, lat)
    often: dict[str, Any] = {"permutations": 99}
    assert mantel(places, day, metres=1_000.0, **often).p == 0.01
    assert jacquez(places, day, **often).p == 0.01
    knox = modified_knox(places, day, space=Bands((0, 1_000)), time=Bands((0, 7)), **often)
    assert knox.p == 0.01


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_too_few_rows_have_no_statistic(rows: int) -> None:
    places, day = Positions([0.0] * rows, [0.0] * rows), np.arange(rows)
    none: list[Interaction] = [mantel(places, day), jacquez(places, day)]
    if rows < 2:
        none.append(modified_knox(places, day, space=NEAR, time=SOON))
    for found in none:
        assert np.isnan(found.statistic)
        assert np.isnan(found.p)
        assert found.rows == rows


def test_mantel_has_no_value_where_nothing_varies() -> None:
    stacked = mantel(Positions([3.0] * 5, [4.0] * 5), np.arange(5.0), permutations=9)
    one_day = mantel(Positions(np.arange(5.0), np.zeros(5)), [7.0] * 5, permutations=9)
    assert np.isnan([stacked.statistic, one_day.statistic, stacked.p, one_day.p]).all()


def test_rows_are_excluded_and_settings_refused() -> None:
    places = Positions([0, 1, 2, 3, np.nan, 4], [0, 0, 0, 0, 0, 0])
    day = np.array([0, 3, 1, 9, 4, np.nan])
    for found in (
        mantel(places, day, permutations=9),
        jacquez(places, day, k=1, permutations=9, alternative=Alternative.LESS),
        modified_knox(places, day, space=NEAR, time=SOON, permutations=9),
    ):
        assert (found.rows, found.excluded) == (4, 2)
    with pytest.raises(InvalidSetting, match="nearest"):
        jacquez(places, day, k=0)
    with pytest.raises(InvalidSetting, match="metres"):
        mantel(places, day, metres=0)
    with pytest.raises(InvalidSetting, match="days"):
        mantel(places, day, days=np.inf)
    with pytest.raises(InvalidSetting, match="one band"):
        modified_knox(places, day, space=Bands((0, 1, 2)), time=SOON)
    with pytest.raises(InvalidInterval, match="one date"):
        mantel(places, day[:2])
