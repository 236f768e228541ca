"""Shuffles by a seed, and p-values."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import InvalidSetting
from gis.permutations import Alternative, checked_permutations, generator, permutation_p


@pytest.mark.parametrize(
    "alternative, p",
    [(Alternative.GREATER, 0.6), (Alternative.LESS, 0.7), (Alternative.TWO_SIDED, 1.0)],
)
def test_p_counts_the_observed_arrangement_and_ties(alternative: Alternative, p: float) -> None:
    simulated = [1, 2, 3, 4, 5, 5, 6, 7, 8]
    assert permutation_p(5, simulated, alternative) == pytest.approx(p)


def test_p_is_never_zero_and_two_sided_doubles_the_smaller() -> None:
    simulated = np.arange(99)
    assert permutation_p(1000, simulated) == pytest.approx(0.01)
    assert permutation_p(-1, simulated, Alternative.LESS) == pytest.approx(0.01)
    assert permutation_p(-1, simulated, Alternative.TWO_SIDED) == pytest.approx(0.02)


def test_p_of_nothing_is_unknown() -> None:
    assert np.isnan(permutation_p([1.0, 2.0], np.empty((0, 2)))).all()
    assert np.isnan(permutation_p(np.nan, [1.0, 2.0]))


def test_each_step_has_its_own_generator_and_always_the_same() -> None:
    assert generator(1, 2).random() == generator(1, 2).random()
    assert generator(1, 2).random() != generator(1, 3).random()


def test_negative_settings_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="seed"):
        generator(-1)
    with pytest.raises(InvalidSetting, match="permutations"):
        checked_permutations(-1)
