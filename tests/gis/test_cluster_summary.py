"""Size, period and hull of clusters."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.cluster_summary import summarise_clusters
from gis.clusters import MISSING, NOISE
from gis.errors import InvalidInterval


def test_members_are_counted_dated_and_enclosed() -> None:
    labels = np.array([1, 0, NOISE, 1, 1, MISSING, 1, 0])
    lon = [0.0, 9.0, 5.0, 1.0, 1.0, np.nan, 0.0, 9.0]
    lat = [0.0, 9.0, 5.0, 0.0, 1.0, 0.0, 0.0, 9.0]
    start = [5.0, 1.0, 0.0, 4.0, 6.0, 0.0, 5.0, 3.0]
    summary = summarise_clusters(labels, lon, lat, start, np.array(start) + 2)
    assert summary.label.tolist() == [0, 1]
    assert summary.rows.tolist() == [2, 4]
    assert summary.places.tolist() == [1, 3]
    assert summary.start.tolist() == [1.0, 4.0]
    assert summary.end.tolist() == [5.0, 8.0]
    assert summary.hull[0].equals(shapely.Point(9, 9))
    assert summary.hull[1].equals(shapely.Polygon([(0, 0), (1, 0), (1, 1)]))


def test_the_hull_of_all_members_holds_every_one_of_them() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.normal(1, 0.1, 50), rng.normal(15, 0.1, 50)
    (hull,) = summarise_clusters(np.zeros(50, dtype=np.int64), lon, lat, lon, lon).hull
    assert shapely.covers(hull.buffer(1e-12), shapely.points(lon, lat)).all()


@pytest.mark.parametrize("lon", [[179.5, -179.5, 179.5], [-179.5, 179.5, 179.5]])
def test_a_hull_across_the_antimeridian_is_small(lon: list[float]) -> None:
    zeros = np.zeros(3)
    (hull,) = summarise_clusters(zeros.astype(np.int64), lon, [0, 0, 1], zeros, zeros).hull
    assert hull.bounds == (179.5, 0.0, 180.5, 1.0)


def test_an_unknown_time_leaves_the_period_unknown() -> None:
    zeros = np.zeros(2)
    summary = summarise_clusters(zeros.astype(np.int64), zeros, zeros, [1, np.nan], [2, np.nan])
    assert np.isnan(summary.start[0])
    assert np.isnan(summary.end[0])


@pytest.mark.parametrize("labels", [[], [NOISE, MISSING]])
def test_without_clusters_there_are_no_rows(labels: list[int]) -> None:
    zeros = np.zeros(len(labels))
    summary = summarise_clusters(np.array(labels, dtype=np.int64), zeros, zeros, zeros, zeros)
    for part in (summary.label, summary.rows, summary.places, summary.start, summary.hull):
        assert part.shape == (0,)


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(InvalidInterval, match="one length"):
        summarise_clusters(np.zeros(2, dtype=np.int64), [0, 0], [0, 0], [0], [0])
