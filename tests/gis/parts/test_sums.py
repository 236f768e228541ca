"""Sums of a stretch of cells are those of the cells."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.parts.sums import cell_sums, sums_in_parts
from gis.sums import RangeModel
from tests.gis.parts.here import Here

figures = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).map(sorted)
ranges = st.tuples(
    figures, st.tuples(*[st.booleans()] * 3), st.sampled_from([0.25, 0.6, 1.0]), st.booleans()
)


@given(
    st.lists(st.lists(ranges, max_size=4), min_size=1, max_size=12),
    st.sampled_from(list(RangeModel)),
    st.integers(1, 6),
)
@settings(max_examples=60, deadline=None)
def test_the_sums_are_those_of_the_whole(
    cells: list[list[tuple[list[int], tuple[bool, ...], float, bool]]],
    model: RangeModel,
    parts: int,
) -> None:
    every = [one for cell in cells for one in cell]
    known = np.array([one[1] for one in every], dtype=bool).reshape(-1, 3)
    figures = np.where(known, np.array([one[0] for one in every]).reshape(-1, 3), np.nan)
    low, best, high = figures.T
    arrays = {
        "low": low,
        "best": best,
        "high": high,
        "share": np.array([one[2] for one in every]),
        "certain": np.array([one[3] for one in every], dtype=bool),
    }
    first = np.concatenate(([0], np.cumsum([len(cell) for cell in cells])))
    whole = cell_sums(arrays, first, model)
    assert len(whole) == len(cells)
    assert sums_in_parts(Here(parts), arrays, first, model) == whole
