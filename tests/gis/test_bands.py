"""Bands and the ends that belong to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.bands import Bands, Closed
from gis.errors import InvalidSetting


@pytest.mark.parametrize(
    "edges, closed, labels",
    [
        ((0, 100, np.inf), Closed.LEFT, ("[0, 100)", "[100, inf)")),
        ((5, 100, 200), Closed.RIGHT, ("(5, 100]", "(100, 200]")),
        ((0, 100, 200), Closed.RIGHT, ("[0, 100]", "(100, 200]")),
        ((0, 0, 100), Closed.RIGHT, ("[0, 0]", "(0, 100]")),
    ],
)
def test_bands_say_which_end_is_theirs(
    edges: tuple[float, ...], closed: Closed, labels: tuple[str, ...]
) -> None:
    assert Bands(edges, closed).labels() == labels


@pytest.mark.parametrize(
    "closed, bands",
    [(Closed.LEFT, [0, 0, 1, 1, 2, 2, 2]), (Closed.RIGHT, [0, 0, 0, 1, 1, 2, 2])],
)
def test_a_value_at_an_edge_is_in_one_band(closed: Closed, bands: list[int]) -> None:
    values = [0.0, 99.9, 100.0, 100.1, 200.0, 200.1, np.nan]
    assert Bands((0, 100, 200), closed).of(values).tolist() == bands


def test_values_below_the_first_edge_and_infinite_ones() -> None:
    assert Bands((5, 9), Closed.LEFT).of([4.9, 5.0, 9.0]).tolist() == [1, 0, 1]
    assert Bands((5, 9), Closed.RIGHT).of([4.9, 5.0, 9.0]).tolist() == [1, 1, 0]
    assert Bands((0, 0, 9), Closed.RIGHT).of([0.0, 0.1, 9.0]).tolist() == [0, 1, 1]
    assert Bands((0, np.inf)).of([np.inf, -1.0]).tolist() == [0, 1]
    assert Bands((0, 3)).of([]).shape == (0,)


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=6, unique=True).map(sorted),
    st.sampled_from(list(Closed)),
    st.integers(0, 60),
)
def test_a_value_is_in_the_band_whose_label_holds_it(
    edges: list[int], closed: Closed, value: int
) -> None:
    bands = Bands(tuple(float(edge) for edge in edges), closed)
    holding = []
    for band, label in enumerate(bands.labels()):
        low, high = (float(part) for part in label[1:-1].split(", "))
        above = value >= low if label[0] == "[" else value > low
        below = value <= high if label[-1] == "]" else value < high
        holding += [band] if above and below else []
    assert bands.of(float(value)) == (holding[0] if holding else bands.count)
    assert len(holding) <= 1


def test_the_reach_is_the_last_finite_edge() -> None:
    assert Bands((0, 5, np.inf)).reach == 5
    assert Bands((0, 5, np.inf)).unbounded
    assert Bands((0, 5)).reach == 5


@pytest.mark.parametrize(
    "edges, closed",
    [
        ((1,), Closed.LEFT),
        ((0, 0, 1), Closed.LEFT),
        ((0, 0, 0), Closed.RIGHT),
        ((1, 1, 2), Closed.RIGHT),
        ((0, 2, 1), Closed.LEFT),
        ((-1, 1), Closed.LEFT),
        ((0, np.nan), Closed.LEFT),
        ((np.inf, np.inf), Closed.RIGHT),
    ],
)
def test_edges_that_make_no_bands_are_refused(edges: tuple[float, ...], closed: Closed) -> None:
    with pytest.raises(InvalidSetting):
        Bands(edges, closed)
