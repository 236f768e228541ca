from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array

from gis.cell_counts import expected_counts, node_rows, row_of_cell, shares
from gis.grid import equal_area_grid

GRID = equal_area_grid(50)


def test_an_incident_at_a_point_counts_once_and_one_in_a_disc_counts_once_in_all() -> None:
    lon, lat = [1.0, 1.0, 0.05], [14.0, 14.0, 13.0]
    keys = GRID.covering(shapely.box(-2, 11, 4, 16))
    point = shares(row_of_cell(keys, GRID.cells(lon, lat))[:, None], keys.size)
    disc = shares(node_rows(GRID, keys, lon, lat, [0.0, 5_000.0, 60_000.0]), keys.size)
    assert point.sum() == 3
    assert disc.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    assert (disc[[2]].toarray() > 0).sum() > 4


def test_what_lies_outside_the_cells_is_not_moved_inside() -> None:
    keys = GRID.cells([1.0], [14.0])
    rows = node_rows(GRID, keys, [1.0, np.nan], [14.0, 14.0], [80_000.0, 1.0])
    assert 0 < shares(rows, 1).toarray()[0, 0] < 0.5
    assert (rows[1] == -1).all()


def test_row_of_cell_without_cells() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert row_of_cell(none, np.array([5, -1])).tolist() == [-1, -1]


def test_the_interval_is_that_of_all_outcomes_one_by_one() -> None:
    chances = np.array([[0.25], [0.25], [0.5], [0.75], [1.0]])
    counts = expected_counts(csr_array(chances))
    mass = np.zeros(6)
    for outcome in np.ndindex(2, 2, 2, 2, 2):
        happened = np.array(outcome)
        mass[happened.sum()] += np.prod(np.where(happened, chances[:, 0], 1 - chances[:, 0]))
    up_to = np.cumsum(mass)
    assert counts.expected[0] == pytest.approx(2.75)
    assert counts.low[0] == np.searchsorted(up_to, 0.05)
    assert counts.high[0] == np.searchsorted(up_to, 0.95)


def test_what_is_certain_has_no_width_and_an_empty_cell_has_nothing() -> None:
    counts = expected_counts(csr_array(np.array([[1.0, 0.0], [1.0, 0.0]])))
    assert (counts.low.tolist(), counts.high.tolist()) == ([2, 0], [2, 0])


def test_many_incidents_of_one_town_are_a_binomial_number() -> None:
    from scipy.stats import binom

    counts = expected_counts(csr_array(np.full((4000, 1), 0.25)))
    assert counts.low[0] == binom.ppf(0.05, 4000, 0.25)
    assert counts.high[0] == binom.ppf(0.95, 4000, 0.25)
