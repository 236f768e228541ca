"""Counting gaps pair by pair and from sorted lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.bands import Bands, Closed
from gis.errors import InvalidInterval
from gis.gap_counts import GapCounter, whole_seconds

BANDS = [
    Bands((0, 1, 3)),
    Bands((0, 0, 2, np.inf), Closed.RIGHT),
    Bands((1, 2.5), Closed.RIGHT),
    Bands((0.5, np.inf)),
]


@given(st.lists(st.integers(0, 12), max_size=20), st.sampled_from(BANDS))
def test_counts_among_one_list_are_those_of_its_pairs(halves: list[int], bands: Bands) -> None:
    days = np.array(halves, dtype=float) / 2
    gap = np.abs(days[:, None] - days)
    i, j = np.triu_indices(days.size, 1)
    expected = np.bincount(bands.of(gap[i, j]), minlength=bands.count + 1)[: bands.count]
    counter, seconds = GapCounter(bands), whole_seconds(days)
    assert np.diff(counter.among(np.sort(seconds))).tolist() == expected.tolist()
    np.fill_diagonal(gap, np.nan)
    around = [np.bincount(bands.of(row), minlength=bands.count + 1)[: bands.count] for row in gap]
    assert counter.around(seconds).tolist() == [row.tolist() for row in around]


def test_gaps_are_compared_to_the_second() -> None:
    seconds = whole_seconds(np.array([0.0, 7.0]))
    assert GapCounter(Bands((0, 7))).among(seconds).tolist() == [0, 0]
    assert GapCounter(Bands((0, 7), Closed.RIGHT)).among(seconds).tolist() == [0, 1]
    assert GapCounter(Bands((0, 7))).among(seconds - np.array([0, 1])).tolist() == [0, 1]


def test_days_beyond_all_times_are_refused() -> None:
    with pytest.raises(InvalidInterval, match="1e\\+09"):
        whole_seconds(np.array([1e10]))
