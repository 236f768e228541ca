"""Likelihood ratios by published totals, and replications that keep what they have to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gis.scan_models import (
    BernoulliModel,
    PermutationModel,
    PoissonModel,
    bernoulli_llr,
    poisson_llr,
)


def test_ratios_by_the_published_totals_of_lung_cancer_in_pennsylvania() -> None:
    # SpatialEpi::kulldorff, binomial, and Poisson with 16 strata; expectations to three decimals.
    assert bernoulli_llr(2359, 2399367, 10279, 12281054) == pytest.approx(36.57051, abs=5e-6)
    assert poisson_llr(1900, 1673.649, 10279) == pytest.approx(17.66288, abs=1e-4)
    assert poisson_llr(2359, 2200.961, 10279) == pytest.approx(7.098944, abs=1e-4)


def test_ratios_are_the_formulas() -> None:
    c, mu, total = 7, 2.5, 40
    rest = (total - c) * math.log((total - c) / (total - mu))
    assert poisson_llr(c, mu, total) == pytest.approx(c * math.log(c / mu) + rest)
    n, people = 9, 100
    inside = c * math.log(c / n) + (n - c) * math.log(1 - c / n)
    q = (total - c) / (people - n)
    outside = (total - c) * math.log(q) + (people - n - total + c) * math.log(1 - q)
    p = total / people
    null = total * math.log(p) + (people - total) * math.log(1 - p)
    assert bernoulli_llr(c, n, total, people) == pytest.approx(inside + outside - null)


def test_fewer_than_expected_and_windows_without_an_outside_score_nothing() -> None:
    assert poisson_llr([2, 3, 10, 0], [3.0, 3.0, 10.0, 0.0], 10).tolist() == [0, 0, 0, 0]
    assert bernoulli_llr([0, 5, 2, 10], [5, 5, 10, 20], 10, 20).tolist()[0] == 0
    assert bernoulli_llr(10, 20, 10, 20) == 0
    assert poisson_llr(10, 4.0, 10) == pytest.approx(10 * math.log(2.5))


@pytest.mark.parametrize("expected", [0.0, 0.4, 3.0, 9.99, 10.0])
def test_prepared_scores_are_the_ratios(expected: float) -> None:
    model = PoissonModel(np.array([[4.0], [6.0]]), 10)
    counts = np.arange(11)[:, None]
    found = model.scores(np.array([expected])).of(counts)[:, 0]
    ratio = poisson_llr(np.arange(11), expected, 10)
    np.testing.assert_allclose(found, 0.0 if expected == 0 else ratio, atol=1e-12)
    people = BernoulliModel(np.array([4, 16]), 10)
    scores = people.scores(people.expected[0]).of(np.arange(5)[:, None])[:, 0]
    np.testing.assert_allclose(scores, bernoulli_llr(np.arange(5), 4, 10, 20), atol=1e-12)


def test_shuffles_keep_the_counts_of_places_and_of_steps() -> None:
    location, step = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 3, 3, 1, 1, 0])
    model = PermutationModel(location, step, (4, 5))
    data = model.replicate(0, 0)
    assert data[2].tolist() == [1, 2, 0, 0, 0]
    seen = set()
    for replication in range(1, 20):
        shuffled = model.replicate(5, replication)
        assert shuffled.sum(axis=1).tolist() == [2, 1, 3, 0]
        assert shuffled.sum(axis=0).tolist() == [2, 2, 0, 2, 0]
        seen.add(shuffled.tobytes())
    assert len(seen) > 5
    np.testing.assert_array_equal(model.replicate(5, 3), model.replicate(5, 3))
    assert model.expected[2].tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]


def test_replications_of_both_models_have_their_expectation() -> None:
    poisson = PoissonModel(np.array([[1.0, 3.0], [4.0, 0.0]]), 80)
    assert poisson.expected.tolist() == [[10.0, 30.0], [40.0, 0.0]]
    drawn = np.stack([poisson.replicate(1, step) for step in range(2_000)])
    assert (drawn.sum(axis=(1, 2)) == 80).all()
    np.testing.assert_allclose(drawn.mean(axis=0), poisson.expected, atol=0.5)
    assert (drawn[:, 1, 1] == 0).all()
    cases = BernoulliModel(np.array([10, 30, 0]), 20)
    drawn = np.stack([cases.replicate(1, step) for step in range(2_000)])
    assert (drawn.sum(axis=1) == 20).all()
    assert (drawn[:, 0, 0] <= 10).all()
    np.testing.assert_allclose(drawn.mean(axis=0), cases.expected, atol=0.2)


def test_models_of_nothing() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    for model in (
        PermutationModel(nobody, nobody, (0, 3)),
        PoissonModel(np.zeros((0, 3)), 0),
        PoissonModel(np.ones((2, 3)), 0),
        BernoulliModel(nobody, 0),
    ):
        assert model.replicate(1, 1).sum() == 0
        assert (model.scores(np.ones(2)).of(np.zeros((1, 2), dtype=np.int64)) == 0).all()
