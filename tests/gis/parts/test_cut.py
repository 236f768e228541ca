from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import ecef_m
from gis.errors import InvalidSetting
from gis.parts.cut import cut

places = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.sampled_from([1.0, 179.99, -179.99])),
    max_size=40,
)


@given(places, st.integers(1, 9), st.sampled_from([0.0, 2_000.0, 50_000.0]), st.integers(0, 2))
def test_each_place_is_one_parts_own_and_all_near_it_are_known(
    steps: list[tuple[int, int, float]], parts: int, reach_m: float, rings: int
) -> None:
    lon = np.array([centre + 0.02 * east for east, _, centre in steps])
    lat = np.array([0.02 * north for _, north, _ in steps])
    xyz = ecef_m(lon, lat)
    found = list(cut(xyz, parts, reach_m=reach_m, rings=rings))
    assert len(found) <= parts
    own = np.concatenate([part.row[part.ring == 0] for part in found] or [np.empty(0)])
    assert sorted(own.tolist()) == list(range(lon.size))
    for part in found:
        assert (np.diff(part.row) > 0).all()
        mine = part.row[part.ring == 0]
        least = np.hypot.reduce(xyz[:, None] - xyz[mine], axis=2).min(axis=1)
        for ring in range(1, rings + 1):
            near = np.flatnonzero(least <= ring * reach_m)
            assert set(near.tolist()) <= set(part.row[part.ring <= ring].tolist())


def test_parts_are_of_about_one_size_also_where_places_are_stacked() -> None:
    lon = np.concatenate((np.full(500, 2.0), np.linspace(-5, 5, 500)))
    sizes = [part.row.size for part in cut(ecef_m(lon, np.full(1_000, 15.0)), 7)]
    assert len(sizes) == 7 or sum(sizes) == 1_000
    assert max(sizes) <= 500


def test_what_lies_at_one_place_is_not_cut() -> None:
    assert len(list(cut(ecef_m(np.full(9, 2.0), np.full(9, 15.0)), 4))) == 1


def test_no_part_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="at least one part"):
        list(cut(np.empty((0, 3)), 0))
