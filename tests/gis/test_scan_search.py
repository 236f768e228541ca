"""The search against a loop over every window."""

from __future__ import annotations

import numpy as np
import pytest

from gis.circles import circles
from gis.errors import InvalidSetting
from gis.positions import Metric, Positions
from gis.scan_models import PermutationModel, poisson_llr
from gis.scan_search import Search, stretches


def search(seed: int, *, alive: bool) -> tuple[Search, PermutationModel]:
    """Search over 60 incidents at 12 locations, some of them equally far apart, in 8 steps."""
    rng = np.random.default_rng(seed)
    x, y = np.divmod(np.arange(12), 4)
    places = Positions(x.astype(float), y.astype(float), Metric.MANHATTAN).checked()
    model = PermutationModel(rng.integers(0, 12, 60), rng.integers(0, 8, 60), (12, 8))
    at_risk = model.expected.sum(axis=1)
    around = tuple(circles(places, at_risk, share=0.5, radius_m=None))
    return Search(around, stretches(8, least=1, most=4, alive=alive), model, 3), model


@pytest.mark.parametrize("alive", [True, False])
def test_the_best_window_is_the_best_of_all(alive: bool) -> None:
    for seed in range(5):
        looking, model = search(seed, alive=alive)
        counts = model.replicate(0, 0)
        found = {one.circles.centre: one for one in looking.best(counts)}
        for around in looking.circles:
            scores = [0.0]
            for last in np.flatnonzero(around.ends):
                zone = around.near[: last + 1]
                for first in range(8):
                    for after in range(first + 1, min(first + 4, 8) + 1):
                        c = counts[zone, first:after].sum()
                        mu = counts[zone].sum() * counts[:, first:after].sum() / 60
                        if c >= 3 and (after == 8 or not alive):
                            scores.append(float(poisson_llr(c, mu, 60)))
            one = found.get(around.centre)
            assert (one.score if one else 0.0) == pytest.approx(max(scores), abs=1e-9)
            if one:
                zone = around.near[: one.last + 1]
                assert around.ends[one.last]
                assert one.observed == counts[zone, one.first_step : one.after_step].sum()


def test_replications_are_searched_as_the_data_are(monkeypatch: pytest.MonkeyPatch) -> None:
    looking, model = search(1, alive=False)
    greatest = looking.greatest(9, 1, 7)
    expected = [
        max(one.score for one in looking.best(model.replicate(9, step))) for step in range(1, 8)
    ]
    np.testing.assert_allclose(greatest, expected)
    monkeypatch.setattr("gis.scan_search.NUMBERS_AT_ONCE", 1)
    np.testing.assert_array_equal(looking.greatest(9, 1, 7), greatest)
    np.testing.assert_array_equal(looking.greatest(9, 3, 2), greatest[2:4])


def test_stretches_of_time() -> None:
    every = stretches(3, least=1, most=2, alive=False)
    assert sorted(zip(every.first.tolist(), every.after.tolist(), strict=True)) == [
        (0, 1),
        (0, 2),
        (1, 2),
        (1, 3),
        (2, 3),
    ]
    last = stretches(5, least=2, most=3, alive=True)
    assert sorted(last.first.tolist()) == [2, 3]
    assert every.sums(np.array([[1, 2, 4]])).tolist() == [[1, 3, 2, 6, 4]]
    for least, most in ((0, 2), (3, 2)):
        with pytest.raises(InvalidSetting, match="lasts from 1 step"):
            stretches(3, least=least, most=most, alive=False)
