from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from gis.emerging import emerging_hot_spots, patterns
from gis.errors import InvalidSetting
from gis.trend import mann_kendall

FLAT = [1.0, 2.0] * 5
UP, DOWN = list(range(10)), list(range(10, 0, -1))


def word(history: str, series: list[float] | list[int]) -> str:
    """The pattern of ten steps, each h(ot), c(old) or a dot."""
    hot = np.array([[letter == "h" for letter in history]])
    cold = np.array([[letter == "c" for letter in history]])
    mirrored = patterns(cold, hot, mann_kendall([[-x for x in series]]), 0.05)[0]
    found = str(patterns(hot, cold, mann_kendall([series]), 0.05)[0])
    swapped = found.replace("hot", "?").replace("cold", "hot").replace("?", "cold")
    assert str(mirrored) == swapped
    return found


@pytest.mark.parametrize(
    "history, series, expected",
    [
        (".........h", UP, "new hot spot"),
        ("........hh", UP, "consecutive hot spot"),
        ("..hhhhhhhh", FLAT, "consecutive hot spot"),
        ("hhhhhhhhhh", UP, "intensifying hot spot"),
        (".hhhhhhhhh", UP, "intensifying hot spot"),
        ("hhhhhhhhhh", FLAT, "persistent hot spot"),
        ("hhhhhhhhhh", DOWN, "diminishing hot spot"),
        ("hhhhhhhhh.", DOWN, "historical hot spot"),
        ("h.........", FLAT, "sporadic hot spot"),
        ("h........h", FLAT, "sporadic hot spot"),
        ("c........h", FLAT, "oscillating hot spot"),
        ("c.......hh", FLAT, "oscillating hot spot"),
        ("chhhhhhhhh", FLAT, "persistent hot spot"),
        ("h..c......", FLAT, "no pattern"),
        ("..........", UP, "no pattern"),
    ],
)
def test_the_words_for_histories(history: str, series: list[float], expected: str) -> None:
    assert word(history, series) == expected


def test_gi_star_in_space_and_time_by_its_formula_in_loops() -> None:
    rng = np.random.default_rng(3)
    near = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=float)
    cube = rng.poisson(2.0, (4, 6)).astype(float)
    found = emerging_hot_spots(cube, csr_array(near), steps_back=2)
    n = cube.size
    for cell in range(4):
        for step in range(6):
            w = np.zeros_like(cube)
            w[np.flatnonzero(near[cell] + np.eye(4)[cell]), max(step - 2, 0) : step + 1] = 1.0
            top = (w * cube).sum() - cube.mean() * w.sum()
            under = cube.std() * np.sqrt((n * (w**2).sum() - w.sum() ** 2) / (n - 1))
            assert found.z[cell, step] == pytest.approx(top / under)


def test_a_place_that_grows_is_an_intensifying_hot_spot() -> None:
    side = 12
    row, column = np.divmod(np.arange(side * side), side)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    cube = np.random.default_rng(1).poisson(1.0, (side * side, 12)).astype(float)
    middle = (abs(row - 6) < 2) & (abs(column - 6) < 2)
    cube[middle] += np.arange(10, 34, 2)
    found = emerging_hot_spots(cube, csr_array((apart == 1).astype(float)))
    assert found.pattern[6 * side + 6] == "intensifying hot spot"
    assert found.pattern[0] == "no pattern"


def test_a_cube_without_differences_has_no_pattern() -> None:
    found = emerging_hot_spots(np.ones((3, 4)), csr_array((3, 3)))
    assert np.isnan(found.z).all()
    assert found.pattern.tolist() == ["no pattern"] * 3
    assert emerging_hot_spots(np.zeros((0, 4)), csr_array((0, 0))).pattern.size == 0


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="row a cell"):
        emerging_hot_spots([1.0], csr_array((1, 1)))
    with pytest.raises(InvalidSetting, match="0 or more"):
        emerging_hot_spots(np.ones((1, 2)), csr_array((1, 1)), steps_back=-1)
