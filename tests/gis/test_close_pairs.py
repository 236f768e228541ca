"""Pairs close in space against all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.bands import Bands, Closed
from gis.close_pairs import ClosePairs, CrowdedPairs
from gis.errors import InvalidSetting
from gis.positions import Metric, Positions
from tests.gis.arrangements import all_distances_m, arrangements

if TYPE_CHECKING:
    from gis.crs import FloatArray

BANDS = [
    Bands((0, 1_000, 2_300)),
    Bands((0, 0, 1_000, 2_300), Closed.RIGHT),
    Bands((1_000, 4_500), Closed.RIGHT),
    Bands((0, 2_000, np.inf)),
]

Pair = tuple[int, int, int]


def pairs_of(places: Positions, bands: Bands) -> list[Pair]:
    """Pairs and their band as the module finds them, crowds spelt out."""
    found: list[Pair] = []
    for block in ClosePairs(places.checked(), bands).blocks():
        if isinstance(block, CrowdedPairs):
            for a, b, band in zip(block.a, block.b, block.band, strict=True):
                rows, others = block.members(int(a)).tolist(), block.members(int(b)).tolist()
                found += [
                    (min(i, j), max(i, j), int(band))
                    for i in rows
                    for j in others
                    if a != b or i < j
                ]
            continue
        band = np.repeat(np.arange(bands.count), np.diff(block.start))
        for i, j, k in zip(block.i.tolist(), block.j.tolist(), band.tolist(), strict=True):
            found.append((min(i, j), max(i, j), k))
    return found


@given(arrangements(), st.sampled_from(BANDS), st.sampled_from([1, 4, 100_000]))
@settings(max_examples=150, deadline=None)
def test_pairs_are_those_of_the_whole_matrix(
    rows: tuple[Positions, FloatArray, FloatArray], bands: Bands, crowded: int
) -> None:
    at = rows[0].checked()
    present = ~np.isnan(at.x)
    places = Positions(at.x[present], at.y[present], at.metric)
    band = bands.of(all_distances_m(places))
    last = bands.count - int(bands.unbounded)
    expected = [
        (i, j, int(band[i, j]))
        for i in range(len(band))
        for j in range(i + 1, len(band))
        if band[i, j] < last
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gis.close_pairs.CROWDED", crowded)
        patch.setattr("gis.close_pairs.PAIRS_AT_ONCE", 7)
        assert sorted(pairs_of(places, bands)) == expected


def test_the_geodesic_decides_between_bands_where_the_chord_cannot() -> None:
    # A degree along a meridian near the pole, and one at the equator: chords alone mix them up.
    places = Positions([0, 0, 90, 90], [89, 88, 0, 1])
    metres = all_distances_m(places)
    polar, equatorial = metres[0, 1], metres[2, 3]
    bands = Bands((0, equatorial, polar, polar + 1), Closed.RIGHT)
    assert sorted(pairs_of(places, bands)) == [(0, 1, 1), (2, 3, 0)]


def test_a_geodesic_band_beyond_the_bounds_of_the_search_is_refused() -> None:
    far = Bands((0, 5_000_001))
    with pytest.raises(InvalidSetting, match="5000000 m"):
        ClosePairs(Positions([0.0], [0.0]).checked(), far)
    assert pairs_of(Positions([0, 5e6], [0, 0], Metric.EUCLIDEAN), far) == [(0, 1, 0)]
