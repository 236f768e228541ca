"""Parts find what the whole finds, however the rows are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.clusters import Period, density_clusters
from gis.errors import InvalidGeometry
from gis.neighbours import Gap
from gis.parts.clusters import clusters_in_parts
from tests.gis.arrangements import CENTRES
from tests.gis.parts.here import Here


@given(
    st.sampled_from(CENTRES),
    st.lists(
        st.tuples(
            st.integers(-6, 6),
            st.integers(-6, 6),
            st.integers(0, 20),
            st.sampled_from([0, 0, 1, 30]),
        ),
        max_size=40,
    ),
    st.sampled_from([0.0, 1.0, 2.3, 4.5]),
    st.integers(1, 5),
    st.one_of(st.none(), st.tuples(st.integers(0, 10), st.sampled_from(list(Gap)))),
    st.integers(1, 8),
)
@settings(max_examples=200, deadline=None)
def test_the_clusters_are_those_of_the_whole(
    centre: tuple[float, float],
    rows: list[tuple[int, int, int, int]],
    radius_km: float,
    min_points: int,
    time: tuple[int, Gap] | None,
    parts: int,
) -> None:
    east, north, start, length = (
        np.array([row[column] for row in rows], dtype=np.float64) for column in range(4)
    )
    lon, lat = centre[0] + 0.02 * east, np.minimum(centre[1] + 0.02 * north, 90.0)
    lon = np.where(lon > 180, lon - 360, lon)
    period = None if time is None else Period(start, start + length, float(time[0]), time[1])
    whole = density_clusters(lon, lat, radius_km=radius_km, min_points=min_points, period=period)
    found = clusters_in_parts(
        Here(parts), lon, lat, radius_km=radius_km, min_points=min_points, period=period
    )
    np.testing.assert_array_equal(found.labels, whole.labels)
    np.testing.assert_array_equal(found.core, whole.core)


@pytest.mark.parametrize("parts", [2, 7, 30])
def test_a_cluster_that_runs_through_all_parts_is_one(parts: int) -> None:
    lon = np.linspace(-5, 5, 600)
    found = clusters_in_parts(Here(parts), lon, np.full(600, 15.0), radius_km=2.0, min_points=2)
    assert set(found.labels.tolist()) == {0}


def test_places_that_are_missing_are_in_no_part() -> None:
    lon = np.array([1.0, np.nan, 1.0, 1.001, 9.0])
    found = clusters_in_parts(Here(2), lon, np.full(5, 15.0), radius_km=1.0, min_points=3)
    assert found.labels.tolist() == [0, -2, 0, 0, -1]


def test_a_radius_out_of_range_is_refused_before_anything_is_cut() -> None:
    with pytest.raises(InvalidGeometry, match="radius"):
        clusters_in_parts(Here(2), [1.0], [15.0], radius_km=-1, min_points=3)
