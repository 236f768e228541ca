"""Circles around locations against their definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.circles import circles
from gis.errors import InvalidSetting
from gis.neighbours import Nearness, sites
from gis.positions import Coordinates, Metric, Positions
from tests.gis.arrangements import all_distances_m, arrangements

if TYPE_CHECKING:
    from gis.crs import FloatArray


def zones(
    places: Coordinates, at_risk: FloatArray, share: float, radius_m: float | None
) -> list[list[frozenset[int]]]:
    """Sets of locations within the circles around each location."""
    found: list[list[frozenset[int]]] = [[] for _ in range(places.x.size)]
    for around in circles(places, at_risk, share=share, radius_m=radius_m):
        assert around.centre in around.near[around.metres <= 1e-6]
        assert around.ends[-1]
        found[around.centre] = [
            frozenset(around.near[: last + 1].tolist()) for last in np.flatnonzero(around.ends)
        ]
    return found


@given(
    arrangements(),
    st.sampled_from([0.2, 0.5, 1.0]),
    st.sampled_from([None, 0.0, 2_300.0, 5_000.0]),
)
@settings(max_examples=100, deadline=None)
def test_circles_are_those_of_the_definition(
    rows: tuple[Positions, FloatArray, FloatArray], share: float, radius_m: float | None
) -> None:
    given_at = rows[0].checked()
    nothing = np.zeros_like(given_at.x)
    at = sites(given_at.x, given_at.y, nothing, nothing, Nearness(0.0))
    places = Coordinates(at.lon, at.lat, given_at.metric)
    at_risk = at.weight.astype(float)
    metres = all_distances_m(Positions(at.lon, at.lat, given_at.metric))
    np.fill_diagonal(metres, 0.0)
    expected = []
    for row in metres:
        sets = []
        # Around the pole, distances to the north and to the south differ by hundredths of a
        # millimetre: they are two circles.
        for reach in [far for far in row if not ((row > far) & (row <= far + 1e-6)).any()]:
            within = np.flatnonzero(row <= reach)
            small = at_risk[within].sum() <= share * at_risk.sum() + 1e-9
            if small and (radius_m is None or (row[within] <= radius_m + 1e-6).all()):
                sets.append(frozenset(within.tolist()))
        expected.append(sorted(set(sets), key=len))
    assert zones(places, at_risk, share, radius_m) == expected


def test_a_radius_holds_what_is_exactly_at_it() -> None:
    places = Positions([0.0, 3.0, 7.0], [0.0, 0.0, 0.0], Metric.EUCLIDEAN).checked()
    assert zones(places, np.ones(3), 1.0, 3.0)[0] == [{0}, {0, 1}]
    assert zones(places, np.ones(3), 1.0, 2.9)[0] == [{0}]


def test_a_location_that_is_too_large_by_itself_has_no_circle() -> None:
    places = Positions([0.0, 1.0], [0.0, 0.0]).checked()
    assert zones(places, np.array([9.0, 1.0]), 0.5, None) == [[], [{1}]]


def test_no_locations_and_settings_out_of_range() -> None:
    nowhere = Positions([], []).checked()
    assert list(circles(nowhere, np.zeros(0), share=0.5, radius_m=10.0)) == []
    with pytest.raises(InvalidSetting, match="share"):
        list(circles(nowhere, np.zeros(0), share=0.0, radius_m=None))
    with pytest.raises(InvalidSetting, match="radius"):
        list(circles(nowhere, np.zeros(0), share=0.5, radius_m=np.nan))
