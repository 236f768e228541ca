"""Stability against the same draws clustered and compared pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gis.cluster_stability import stability
from gis.clusters import NOISE, Clusters, density_clusters
from gis.disc_draws import drawn_places
from gis.errors import InvalidSetting

if TYPE_CHECKING:
    from gis.crs import FloatArray


def dense(lon: FloatArray, lat: FloatArray) -> Clusters:
    return density_clusters(lon, lat, radius_km=4, min_points=3)


def scattered(rows: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(11)
    return rng.normal(0, 0.08, rows), rng.normal(15, 0.08, rows), rng.choice([100.0, 3_000.0], rows)


def test_shares_are_those_of_draws_compared_pair_by_pair() -> None:
    lon, lat, radius_m = scattered(60)
    key, draws = np.arange(60) * 7, 12
    found = dense(lon, lat)
    sure = stability(key, lon, lat, radius_m, found, dense, draws=draws, seed=3, beside=4)
    again = [dense(*drawn_places(key, lon, lat, radius_m, draw=k, seed=3)) for k in range(draws)]
    same = np.mean(
        [(one.labels[:, None] == one.labels) & (one.labels[:, None] > NOISE) for one in again],
        axis=0,
    )
    np.testing.assert_allclose(sure.p_core, np.mean([one.core for one in again], axis=0))
    np.testing.assert_allclose(
        sure.p_clustered, np.mean([one.labels > NOISE for one in again], axis=0)
    )
    np.testing.assert_allclose(sure.p_with, same[4])
    assert sure.clusters.tolist() == [one.labels.max() + 1 for one in again]
    for row in range(60):
        companions = found.core & (found.labels == found.labels[row])
        companions[row] = False
        expected = np.nan
        if found.labels[row] > NOISE and companions.any():
            expected = same[row, companions].mean()
        assert sure.p_together[row] == pytest.approx(expected, nan_ok=True)
    assert 0 < np.nanmean(sure.p_together) < 1


def test_exact_places_are_certain() -> None:
    lon, lat, _ = scattered(60)
    found = dense(lon, lat)
    sure = stability(np.arange(60), lon, lat, 0.0, found, dense, draws=3)
    np.testing.assert_array_equal(sure.p_core, found.core)
    np.testing.assert_array_equal(np.unique(sure.p_together[found.labels >= 0]), [1.0, np.nan])
    np.testing.assert_array_equal(sure.p_clustered, found.labels >= 0)
    assert np.isnan(sure.p_together[found.labels < 0]).all()
    assert np.isnan(sure.p_with).all()


def test_the_order_of_rows_changes_nothing() -> None:
    lon, lat, radius_m = scattered(40)
    key, order = np.arange(40), np.random.default_rng(2).permutation(40)
    straight = stability(key, lon, lat, radius_m, dense(lon, lat), dense, draws=5)
    lon, lat, radius_m = lon[order], lat[order], radius_m[order]
    mixed = stability(key[order], lon, lat, radius_m, dense(lon, lat), dense, draws=5)
    np.testing.assert_array_equal(straight.p_core[order], mixed.p_core)
    np.testing.assert_array_equal(straight.p_together[order], mixed.p_together)


def test_a_missing_place_is_in_no_cluster_and_no_rows_have_no_shares() -> None:
    found = dense(np.array([np.nan, 0.0]), np.array([0.0, 0.0]))
    sure = stability([1, 2], [np.nan, 0.0], [0.0, 0.0], [5.0, 5.0], found, dense, draws=2, beside=0)
    assert sure.p_clustered.tolist() == [0, 0]
    assert sure.p_with.tolist() == [0, 0]
    assert np.isnan(sure.p_together).all()
    none = stability([], [], [], [], dense(np.array([]), np.array([])), dense, draws=2)
    assert none.p_core.shape == none.p_together.shape == (0,)
    assert none.clusters.tolist() == [0, 0]


def test_the_only_core_row_of_a_cluster_shares_it_with_nobody_else() -> None:
    alone = Clusters(np.array([0]), np.array([True]))
    sure = stability([1], [0.0], [0.0], [1.0], alone, lambda lon, lat: alone, draws=1)
    assert np.isnan(sure.p_together).all()


def test_who_waits_is_told_and_no_draw_is_refused() -> None:
    heard: list[float] = []
    lon, lat, radius_m = scattered(5)
    found = dense(lon, lat)
    stability(np.arange(5), lon, lat, radius_m, found, dense, draws=4, told=heard.append)
    assert heard == [0.25, 0.5, 0.75, 1.0]
    with pytest.raises(InvalidSetting, match="draw"):
        stability(np.arange(5), lon, lat, radius_m, found, dense, draws=0)
