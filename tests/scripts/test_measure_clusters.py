"""What the bench of clusters reckons; nothing here measures."""

from __future__ import annotations

import numpy as np

from scripts.measure.clusters import differing, town_points


def test_points_stand_on_towns_and_are_the_same_again() -> None:
    lon, lat = town_points(5_000)
    again = town_points(5_000)
    np.testing.assert_array_equal(lon, again[0])
    places, size = np.unique(np.column_stack((lon, lat)), axis=0, return_counts=True)
    assert 0.45 < size[size > 1].sum() / 5_000 < 0.62
    assert len(places) > 1_900


def test_answers_that_differ_by_their_numbers_only_are_the_same() -> None:
    assert differing(np.array([5, 5, 2, -1]), np.array([0, 0, 1, -1])) == (0, 0)


def test_noise_and_clusters_that_differ_are_counted_apart() -> None:
    assert differing(np.array([0, 0, 0, -1, 1]), np.array([0, 0, 1, 1, -1])) == (2, 1)
    assert differing(np.array([-1, -1]), np.array([-1, -1])) == (0, 0)
