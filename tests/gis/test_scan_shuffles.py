"""Scores of shuffles from their incidents, against the search of every window."""

from __future__ import annotations

import numpy as np
import pytest

from gis.circles import circles
from gis.positions import Positions
from gis.scan_models import PermutationModel
from gis.scan_search import Search, stretches
from gis.scan_shuffles import ShuffledSearch

STEPS = 40


def made(seed: int, *, incidents: int = 50, silent: int = 5) -> PermutationModel:
    """Incidents at 15 places, five of them silent, in 40 steps, most of which nothing is known."""
    rng = np.random.default_rng(seed)
    location = rng.integers(0, 15 - silent, incidents)
    step = rng.choice(rng.integers(0, STEPS, 20), incidents)
    return PermutationModel(location, step, (15, STEPS))


def searches(
    model: PermutationModel, *, most: int, least_incidents: int, share: float = 0.5
) -> tuple[Search, ShuffledSearch]:
    rng = np.random.default_rng(3)
    places = Positions(1 + 0.1 * rng.random(15), 15 + 0.1 * rng.random(15)).checked()
    at_risk = model.expected.sum(axis=1)
    around = tuple(circles(places, at_risk, share=share, radius_m=6_000))
    every = Search(
        around, stretches(STEPS, least=1, most=most, alive=False), model, least_incidents
    )
    quick = ShuffledSearch(around, model, steps=STEPS, most=most, least_incidents=least_incidents)
    return every, quick


@pytest.mark.parametrize("most, least_incidents", [(1, 2), (5, 2), (20, 4), (40, 1)])
def test_the_greatest_score_is_that_of_the_search_of_every_window(
    most: int, least_incidents: int
) -> None:
    for seed in range(6):
        model = made(seed)
        every, quick = searches(model, most=most, least_incidents=least_incidents)
        shuffles = np.stack([model.shuffle(seed, step) for step in range(5)])
        expected = [
            max((one.score for one in every.best(model.replicate(seed, step))), default=0.0)
            for step in range(5)
        ]
        assert max(expected) > 0
        np.testing.assert_allclose(quick.greatest(shuffles), expected, atol=1e-9)


def test_the_search_takes_the_quick_way_and_finds_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every, quick = searches(made(1), most=10, least_incidents=2)
    found = every.greatest(7, 1, 9)
    monkeypatch.setattr("gis.scan_search.NUMBERS_AT_ONCE", 1)
    np.testing.assert_array_equal(every.greatest(7, 1, 9), found)
    monkeypatch.setattr("gis.scan_search.Search._shuffled", lambda _: None)
    np.testing.assert_allclose(every.greatest(7, 1, 9), found, atol=1e-9)
    assert 0 < quick.work < sum(one.near.size for one in every.circles) * every.stretches.first.size


def test_without_a_circle_that_holds_enough_every_score_is_zero() -> None:
    model = made(1, incidents=3)
    _, quick = searches(model, most=10, least_incidents=4, share=1.0)
    assert quick.greatest(np.stack([model.shuffle(1, 1)])).tolist() == [0.0]


def test_a_best_window_begins_and_ends_with_an_incident() -> None:
    model = made(2)
    every, _ = searches(model, most=10, least_incidents=2)
    counts = model.replicate(0, 0)
    found = every.best(counts)
    assert found
    for one in found:
        within = counts[one.circles.near[: one.last + 1], one.first_step : one.after_step]
        assert within.sum() == one.observed
        assert within[:, 0].any()
        assert within[:, -1].any()
