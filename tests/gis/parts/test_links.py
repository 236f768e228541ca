"""Parts find the pairs that the whole has, each once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import InvalidSetting
from gis.links import RANKS, Closeness, Links, Times, links
from gis.parts.links import links_in_parts
from tests.gis.parts.here import Here
from tests.gis.test_links import rows


@given(
    rows(),
    st.sampled_from([0.0, 2.5, 4.5]),
    st.integers(0, 12),
    st.sampled_from(RANKS),
    st.integers(1, 6),
)
@settings(max_examples=200, deadline=None)
def test_the_pairs_are_those_of_the_whole(
    made: tuple[list[float], ...], within_km: float, days: int, closeness: Closeness, parts: int
) -> None:
    lon, lat, radius, start, end, lasted = made
    times = Times(start, end, np.array(lasted, dtype=bool))
    whole = links(lon, lat, radius, times, within_km=within_km, days=days, closeness=closeness)
    found = links_in_parts(
        Here(parts), lon, lat, radius, times, within_km=within_km, days=days, closeness=closeness
    )
    for name in Links.__slots__:
        assert getattr(found, name).tobytes() == getattr(whole, name).tobytes()


@pytest.mark.parametrize("most", [44, 5])
def test_too_many_pairs_are_counted_over_all_parts(most: int) -> None:
    lon = np.linspace(1.0, 1.009, 10)
    times = Times(np.zeros(10), np.zeros(10), np.zeros(10, dtype=bool))
    with pytest.raises(InvalidSetting) as refused:
        links_in_parts(
            Here(3), lon, np.full(10, 15.0), np.zeros(10), times, within_km=5, days=1, most=most
        )
    assert refused.value.value == 45
