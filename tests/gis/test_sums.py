"""Sums of ranges: bounds hold, intervals are those of the models, unknown is counted."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, uniform

from gis.errors import InvalidInterval
from gis.range_tables import GREATEST_TABLE, Shape, sum_quantiles
from gis.sums import RangeModel, sum_of_ranges, widened

SAMPLE = Path(__file__).parents[2] / "seeds/data/ucdp/ucdp-ged-23.1-sample1000-global.csv"

ranges = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).map(sorted)


@pytest.fixture(scope="module")
def events() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Low, best and high of the 998 of 1,000 published events whose best figure is at most 500."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = [(r["low"], r["best"], r["high"]) for r in csv.DictReader(file)]
    figures = np.array(rows, dtype=np.float64)
    low, best, high = figures[figures[:, 1] <= 500].T
    return low, best, high


def test_the_published_sample_is_as_it_was_when_its_sums_were_worked_out(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    low, best, high = events
    assert low.size == 998
    assert (low.sum(), best.sum(), high.sum()) == (5_224, 5_861, 15_317)


@pytest.mark.parametrize(
    "model, independent, dependent",
    [
        (RangeModel.UNIFORM, (6_687, 13_851), (5_721, 14_817)),
        (RangeModel.PERT, (6_081, 9_594), (5_630, 10_155)),
    ],
)
def test_sums_of_the_sample(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
    model: RangeModel,
    independent: tuple[int, int],
    dependent: tuple[int, int],
) -> None:
    low, best, high = events
    found = sum_of_ranges(np.minimum(low, best), best, np.maximum(high, best), model=model)
    assert found.independent == independent
    assert found.dependent == pytest.approx(dependent, abs=0.5)
    assert (found.closed, found.open, found.unknown) == (998, 0, 0)


def test_the_independent_interval_of_the_sample_is_what_draws_say(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    low, best, high = widened(*events)
    share = np.round(np.linspace(0, 1, low.size), 2)
    found = sum_of_ranges(low, best, high, share=share)
    rng = np.random.default_rng(20200101)
    draws = np.zeros(20_000)
    for a, c, p in zip(low, high, share, strict=True):
        draws += (rng.random(draws.size) < p) * rng.uniform(a, c, draws.size)
    assert found.independent is not None
    for edge, probability in zip(found.independent, (0.05, 0.95), strict=True):
        assert (draws <= edge).mean() == pytest.approx(probability, abs=0.006)


def test_two_uniform_ranges_make_a_triangle() -> None:
    found = sum_of_ranges([0, 0], [0, 0], [1_000, 1_000])
    edge = np.sqrt(2 * 0.05) * 1_000
    assert found.independent == pytest.approx((edge, 2_000 - edge), abs=1)
    assert found.dependent == pytest.approx((100.0, 1_900.0))


def test_one_range_has_the_quantiles_of_its_model() -> None:
    uniform_one = sum_of_ranges([100], [400], [1_100])
    assert uniform_one.dependent == pytest.approx(uniform(100, 1_000).ppf([0.05, 0.95]))
    assert uniform_one.independent == pytest.approx(uniform_one.dependent, abs=1)
    pert = sum_of_ranges([100], [400], [1_100], model=RangeModel.PERT)
    exact = beta(1 + 4 * 0.3, 1 + 4 * 0.7, 100, 1_000).ppf([0.05, 0.95])
    assert pert.dependent == pytest.approx(exact)
    assert pert.independent == pytest.approx(exact, abs=1)


def test_pert_without_a_best_figure_takes_all_numbers_as_equally_likely() -> None:
    without = sum_of_ranges([100], [np.nan], [1_100], model=RangeModel.PERT)
    assert without.dependent == sum_of_ranges([100], [np.nan], [1_100]).dependent
    assert without.best is None


def test_incidents_that_are_there_with_a_probability_are_binomial() -> None:
    found = sum_of_ranges(np.ones(200), np.ones(200), np.ones(200), share=0.3)
    assert found.independent == tuple(binom(200, 0.3).ppf([0.05, 0.95]))
    assert found.dependent == (0.0, 200.0)
    assert (found.low, found.high) == (0.0, 200.0)
    assert found.best == pytest.approx(60.0)


@given(st.lists(ranges, min_size=1, max_size=30), st.sampled_from(list(RangeModel)))
def test_intervals_lie_in_one_another_and_in_the_bounds(
    given_ranges: list[list[int]], model: RangeModel
) -> None:
    low, best, high = np.array(given_ranges, dtype=np.float64).T
    found = sum_of_ranges(low, best, high, model=model)
    assert found.independent is not None
    assert found.dependent is not None
    assert found.low is not None
    assert found.high is not None
    edges = [
        found.low,
        found.dependent[0],
        found.dependent[1],
        found.high,
    ]
    assert all(one <= other + 1e-9 for one, other in pairwise(edges))
    assert found.low <= found.independent[0] <= found.independent[1] <= found.high


@given(st.lists(ranges, min_size=1, max_size=12), st.integers(0, 2**32))
def test_the_order_of_the_rows_does_not_matter(given_ranges: list[list[int]], seed: int) -> None:
    low, best, high = np.array(given_ranges, dtype=np.float64).T
    order = np.random.default_rng(seed).permutation(low.size)
    one = sum_of_ranges(low, best, high)
    other = sum_of_ranges(low[order], best[order], high[order])
    assert one.independent == other.independent
    assert (one.low, one.high) == (other.low, other.high)


def test_an_open_end_opens_the_bound_and_is_left_out_of_the_intervals() -> None:
    unknown = np.nan
    found = sum_of_ranges(
        [25, 1, unknown, unknown], [unknown, 2, 100, unknown], [unknown, 3, unknown, unknown]
    )
    assert (found.low, found.high) == (26.0, None)
    assert found.best == 102.0
    assert found.dependent == pytest.approx((1.1, 2.9))
    assert (found.closed, found.open, found.unknown) == (1, 2, 1)


def test_nothing_known_is_not_zero_and_no_incident_is() -> None:
    unknown = sum_of_ranges([np.nan], [np.nan], [np.nan])
    assert (unknown.low, unknown.best, unknown.high) == (None, None, None)
    assert (unknown.independent, unknown.dependent) == (None, None)
    assert unknown.unknown == 1
    nothing = sum_of_ranges([], [], [])
    assert (nothing.low, nothing.best, nothing.high) == (0.0, 0.0, 0.0)
    assert (nothing.independent, nothing.dependent) == ((0.0, 0.0), (0.0, 0.0))


def test_figures_that_are_exact_have_no_spread() -> None:
    found = sum_of_ranges([3, 4], [3, 4], [3, 4], model=RangeModel.PERT)
    assert found.independent == found.dependent == (7.0, 7.0)


def test_who_may_belong_counts_above_and_who_must_below() -> None:
    found = sum_of_ranges([2, 3], [2, 3], [2, 3], share=[1.0, 1.0], certain=[True, False])
    assert (found.low, found.high) == (2.0, 5.0)


def test_figures_out_of_order_are_widened_or_refused() -> None:
    low, _, high = widened([7, np.nan, 5], [3, 9, 6], [1, 4, np.nan])
    np.testing.assert_array_equal(low, [1, np.nan, 5])
    np.testing.assert_array_equal(high, [7, 9, np.nan])
    with pytest.raises(InvalidInterval):
        sum_of_ranges([7], [3], [1])
    with pytest.raises(InvalidInterval):
        sum_of_ranges([-1], [3], [5])


@pytest.mark.parametrize("wrong", [{"share": 1.5}, {"share": np.nan}, {"coverage": 1.0}])
def test_a_probability_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInterval):
        sum_of_ranges([1], [2], [3], **wrong)  # type: ignore[arg-type]  # share or coverage


def test_a_sum_of_millions_is_computed_on_a_coarser_grid() -> None:
    n = 40
    width = np.full(n, 1_000_000.0)
    shape = Shape(np.zeros(n), width, np.ones(n), np.ones(n), np.ones(n))
    assert width.sum() > GREATEST_TABLE
    low, high = sum_quantiles(shape, (0.05, 0.95))
    spread = 1.6448536 * np.sqrt(n / 12) * 1_000_000
    assert (low, high) == pytest.approx((n / 2 * 1e6 - spread, n / 2 * 1e6 + spread), rel=0.002)
