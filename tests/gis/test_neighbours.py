"""Sites and the search for their neighbours, below the clusters."""

from __future__ import annotations

import numpy as np
import pytest

from gis.neighbours import Gap, Nearness, Neighbourhoods, gap_days, sites


def test_rows_of_one_place_and_time_are_one_site_in_canonical_order() -> None:
    lon, lat = np.array([3.0, 1.0, np.nan, 1.0]), np.array([0.0, 2.0, 0.0, 2.0])
    at = sites(lon, lat, np.zeros(4), np.zeros(4), Nearness(1.0))
    assert at.lon.tolist() == [1.0, 3.0]
    assert at.weight.tolist() == [2, 1]
    assert at.row.tolist() == [1, 0, -1, 0]


@pytest.mark.parametrize("gap, count", [(Gap.MAY, 1), (Gap.MUST, 2)])
def test_incidents_of_one_month_are_one_site_only_if_they_are_neighbours(
    gap: Gap, count: int
) -> None:
    zeros, month = np.zeros(2), np.full(2, 30.0)
    at = sites(zeros, zeros, zeros, month, Nearness(1.0, 10.0, gap))
    assert at.weight.size == count


def test_gaps_between_intervals() -> None:
    start, end = np.array([0.0, 2.0, 10.0]), np.array([3.0, 5.0, 10.0])
    at = sites(np.arange(3.0), np.zeros(3), start, end, Nearness(1.0, 1.0))
    i, j = np.array([0, 0, 1, 2]), np.array([1, 2, 2, 1])
    assert gap_days(at, i, j, Gap.MAY).tolist() == [0.0, 7.0, 5.0, 5.0]
    assert gap_days(at, i, j, Gap.MUST).tolist() == [5.0, 10.0, 8.0, 8.0]


def test_blocks_hold_both_directions_once_and_all_neighbours_of_those_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gis.neighbours.PAIRS_AT_ONCE", 3)
    lon, nothing = np.linspace(0.0, 0.05, 6), np.zeros(6)
    nearness = Nearness(1_200.0)
    around = Neighbourhoods(sites(lon, nothing, nothing, nothing, nearness), nearness)
    blocks = list(around.blocks(np.array([True] * 3 + [False] * 3)))
    assert len(blocks) > 1
    pairs = [(int(a), int(b)) for block in blocks for a, b in zip(block.i, block.j, strict=True)]
    assert sorted(pairs) == [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3)]
    assert around.least.tolist() == [2, 3, 3, 3, 3, 2]
