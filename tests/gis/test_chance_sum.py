"""Sums of amounts with probabilities, against every outcome one by one and against scipy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson_binom

from gis.chance_sum import ChanceSum, chance_sum
from gis.errors import InvalidInterval

terms = st.lists(
    st.tuples(st.sampled_from([0.0, 0.125, 0.3, 0.5, 0.97, 1.0]), st.integers(0, 9)), max_size=7
)


def enumerated(chosen: list[tuple[float, int]], share: float) -> int:
    """The least sum whose cumulative probability reaches a share, over all outcomes."""
    table: dict[int, float] = {}
    for outcome in product((0, 1), repeat=len(chosen)):
        chance = 1.0
        for took, (p, _) in zip(outcome, chosen, strict=True):
            chance *= p if took else 1 - p
        total = sum(k for took, (_, k) in zip(outcome, chosen, strict=True) if took)
        table[total] = table.get(total, 0.0) + chance
    reached = 0.0
    for total in sorted(table):
        reached += table[total]
        if reached >= share - 1e-9:
            return total
    return 0


@settings(deadline=None)
@given(terms)
def test_a_sum_is_that_of_all_outcomes(chosen: list[tuple[float, int]]) -> None:
    found = chance_sum([p for p, _ in chosen], [k for _, k in chosen], coverage=0.87)
    assert found.mean == pytest.approx(sum(p * k for p, k in chosen))
    # At a tail that no outcome of these probabilities reaches exactly.
    assert (found.low, found.high) == (enumerated(chosen, 0.065), enumerated(chosen, 0.935))


@pytest.mark.parametrize("count", [1, 40, 3000])
def test_amounts_of_one_are_poisson_binomial(count: int) -> None:
    p = np.random.default_rng(count).uniform(0, 1, count)
    found = chance_sum(p)
    reached = poisson_binom(p).cdf
    for end, share in ((found.low, 0.05), (found.high, 0.95)):
        assert reached(end - 1) < share <= reached(end)
    assert found.mean == pytest.approx(p.sum())


def test_large_sums_are_near_to_normal() -> None:
    draws = np.random.default_rng(2)
    p, amount = draws.integers(1, 64, 20_000) / 64, draws.integers(0, 60, 20_000)
    found = chance_sum(p, amount)
    deviation = np.sqrt((p * (1 - p) * amount**2).sum())
    assert found.low == pytest.approx(found.mean - 1.644854 * deviation, abs=0.02 * deviation)
    assert found.high == pytest.approx(found.mean + 1.644854 * deviation, abs=0.02 * deviation)


def test_what_is_certain_has_no_interval() -> None:
    assert chance_sum([1.0, 1.0, 0.0], [3, 4, 100]) == ChanceSum(7.0, 7, 7)
    assert chance_sum([]) == ChanceSum(0.0, 0, 0)


@pytest.mark.parametrize(
    "p, amount, coverage",
    [
        ([1.1], 1, 0.9),
        ([-0.1], 1, 0.9),
        ([np.nan], 1, 0.9),
        ([0.5], -1, 0.9),
        ([0.5], 1.5, 0.9),
        ([0.5], np.nan, 0.9),
        ([0.5], np.inf, 0.9),
        ([0.5], 1, 0.0),
        ([0.5], 1, 1.0),
    ],
)
def test_what_is_no_probability_or_amount_is_refused(
    p: list[float], amount: float, coverage: float
) -> None:
    with pytest.raises(InvalidInterval):
        chance_sum(p, amount, coverage=coverage)
