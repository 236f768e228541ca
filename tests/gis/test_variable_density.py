from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN

from gis.clusters import MISSING, NOISE
from gis.crs import FloatArray, ecef_m, geodesic_m
from gis.errors import InvalidSetting
from gis.variable_density import variable_clusters


def dense_and_thin(seed: int = 5) -> tuple[FloatArray, FloatArray]:
    """A dense group of 40, a thin one of 40, and 10 rows in between."""
    rng = np.random.default_rng(seed)
    lon = np.concatenate((rng.normal(0, 0.01, 40), rng.normal(3, 0.3, 40), rng.uniform(0, 3, 10)))
    lat = np.concatenate(
        (rng.normal(14, 0.01, 40), rng.normal(14, 0.3, 40), rng.uniform(16, 19, 10))
    )
    return lon, lat


def test_a_dense_and_a_thin_group_are_two_clusters() -> None:
    found = variable_clusters(*dense_and_thin(), min_points=5)
    dense, thin, _ = np.split(found.clusters.labels, [40, 80])
    assert np.bincount(dense[dense >= 0]).argmax() == 0
    assert np.unique(thin[thin >= 0]).size == 1
    assert (thin >= 0).mean() > 0.8
    assert not set(dense.tolist()) & set(thin[thin >= 0].tolist())
    np.testing.assert_array_equal(found.clusters.core, found.clusters.labels > NOISE)
    assert ((found.strength > 0) == (found.clusters.labels > NOISE)).all()


@pytest.mark.parametrize("seed", range(4))
def test_places_of_their_own_have_the_labels_of_scikit_learn(seed: int) -> None:
    lon, lat = dense_and_thin(seed)
    order = np.lexsort((lat, lon))
    labels = HDBSCAN(min_cluster_size=6, min_samples=6, algorithm="brute", copy=True).fit(
        ecef_m(lon[order], lat[order])
    )
    found = variable_clusters(lon, lat, min_points=6)
    reference, ours = labels.labels_, found.clusters.labels[order]
    assert len(set(zip(reference.tolist(), ours.tolist(), strict=True))) == len(set(ours.tolist()))
    np.testing.assert_array_equal(reference == -1, ours == NOISE)
    np.testing.assert_allclose(found.strength[order], labels.probabilities_)


def test_the_order_of_rows_changes_nothing_and_one_place_has_one_label() -> None:
    lon, lat = (np.repeat(part, 3) for part in dense_and_thin())
    order = np.random.default_rng(1).permutation(lon.size)
    straight = variable_clusters(lon, lat, min_points=7)
    mixed = variable_clusters(lon[order], lat[order], min_points=7)
    np.testing.assert_array_equal(straight.clusters.labels[order], mixed.clusters.labels)
    np.testing.assert_array_equal(straight.strength[order], mixed.strength)
    assert (straight.clusters.labels.reshape(-1, 3).T == straight.clusters.labels[::3]).all()


def test_clusters_nearer_than_the_least_distance_are_one() -> None:
    lon = np.repeat([0.0, 0.05, 3.0], 10)
    apart = variable_clusters(lon, np.full(30, 14.0), min_points=3)
    assert apart.clusters.labels[::10].tolist() == [0, 1, 2]
    gap_km = float(geodesic_m(0.0, 14.0, 0.05, 14.0)) / 1000
    short = variable_clusters(lon, np.full(30, 14.0), min_points=3, least_km=gap_km - 1e-6)
    assert short.clusters.labels[::10].tolist() == [0, 1, 2]
    joined = variable_clusters(lon, np.full(30, 14.0), min_points=3, least_km=gap_km)
    assert joined.clusters.labels[::10].tolist() == [0, 0, 1]


def test_too_few_rows_and_missing_places_are_in_no_cluster() -> None:
    assert variable_clusters([], [], min_points=3).clusters.labels.shape == (0,)
    found = variable_clusters([0.0, np.nan, 0.0], [0.0, 0.0, 0.0], min_points=3)
    assert found.clusters.labels.tolist() == [NOISE, MISSING, NOISE]
    np.testing.assert_array_equal(found.strength, [0.0, np.nan, 0.0])
    # The one group there is stands out from nothing: a limit of the method, and said so.
    stacked = variable_clusters([1.0] * 9, [14.0] * 9, min_points=3)
    assert np.unique(stacked.clusters.labels).tolist() == [NOISE]


def test_a_cluster_crosses_the_antimeridian_and_the_pole() -> None:
    rng = np.random.default_rng(4)
    lon = np.concatenate((179.99 + rng.normal(0, 0.01, 20), rng.uniform(-180, 180, 20)))
    lat = np.concatenate((rng.normal(0, 0.01, 20), np.full(20, 89.9)))
    lon = np.where(lon > 180, lon - 360, lon)
    labels = variable_clusters(lon, lat, min_points=5).clusters.labels
    west, east = labels[:20][lon[:20] < 0], labels[:20][lon[:20] > 0]
    assert set(west[west >= 0].tolist()) == set(east[east >= 0].tolist()) != set()
    assert len(set(labels[20:].tolist())) == 1


def test_settings_out_of_range_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidSetting, match="2 points"):
        variable_clusters([0.0], [0.0], min_points=1)
    with pytest.raises(InvalidSetting, match="distance"):
        variable_clusters([0.0], [0.0], min_points=2, least_km=-1)
    monkeypatch.setattr("gis.variable_density.MOST_ROWS", 2)
    with pytest.raises(InvalidSetting, match="setting 3 is refused"):
        variable_clusters([0.0] * 3, [0.0] * 3, min_points=2)
