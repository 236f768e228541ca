from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from gis.crs import geodesic_m
from gis.errors import InvalidSetting
from gis.hotspots import (
    Spot,
    distance_band,
    false_discovery,
    gi_star,
    local_moran,
    moran,
    row_standardised,
    spots,
    two_sided,
)

RNG = np.random.default_rng(5)


def example(weights: str, table: str, column: str) -> tuple[Any, csr_array]:
    """Values and weights of an example that libpysal ships, by Anselin and Rey."""
    from libpysal.examples import get_path
    from libpysal.io import open as opened

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        w = opened(get_path(weights)).read()
        values = np.array(opened(get_path(table)).by_col(column), dtype=np.float64)
    return values, csr_array(w.sparse)


@pytest.mark.parametrize(
    "weights, table, column, expected",
    [
        ("columbus.gal", "columbus.dbf", "CRIME", 0.500189),
        ("sids2.gal", "sids2.dbf", "SIDR79", 0.166557),
        ("stl.gal", "stl_hom.dbf", "HR8893", 0.243656),
    ],
)
def test_morans_i_of_data_in_textbooks_is_that_of_spdep(
    weights: str, table: str, column: str, expected: float
) -> None:
    values, w = example(weights, table, column)
    found = moran(values, row_standardised(w))
    assert found.i == pytest.approx(expected, abs=1e-6)
    assert found.expected == pytest.approx(-1 / (values.size - 1))


def test_z_of_morans_i_is_that_of_esda_under_randomisation() -> None:
    from esda import Moran
    from libpysal.weights import WSP, WSP2W

    values, w = example("columbus.gal", "columbus.dbf", "CRIME")
    theirs = Moran(values, WSP2W(WSP(w.tocsr())), permutations=0)
    ours = moran(values, row_standardised(w))
    assert (ours.z, ours.p) == pytest.approx((theirs.z_rand, theirs.p_rand))


def test_gi_star_is_that_of_esda() -> None:
    from esda import G_Local
    from libpysal.weights import WSP, WSP2W

    values, w = example("stl.gal", "stl_hom.dbf", "HR8893")
    theirs = G_Local(values, WSP2W(WSP(w)), transform="B", star=True, permutations=0, n_jobs=1)
    assert gi_star(values, w) == pytest.approx(theirs.Zs, abs=1e-9)


def test_gi_star_by_its_formula_in_loops() -> None:
    near = np.triu(RNG.random((9, 9)) < 0.3, 1)
    near = near | near.T
    x = RNG.poisson(2.0, 9).astype(float)
    around = near + np.eye(9)
    expected = []
    for i in range(9):
        w = around[i]
        top = sum(w[j] * x[j] for j in range(9)) - x.mean() * w.sum()
        expected.append(top / (x.std() * np.sqrt((9 * (w**2).sum() - w.sum() ** 2) / 8)))
    assert gi_star(x, csr_array(near.astype(float))) == pytest.approx(expected)


def test_several_sets_of_values_at_once_are_each_by_itself() -> None:
    w = csr_array((RNG.random((20, 20)) < 0.2).astype(float) * (1 - np.eye(20)))
    x = RNG.poisson(1.0, (20, 3)).astype(float)
    each = np.column_stack([gi_star(x[:, k], w) for k in range(3)])
    np.testing.assert_allclose(gi_star(x, w), each)


def test_values_that_are_all_the_same_have_no_hot_spot() -> None:
    w = csr_array(np.ones((5, 5)) - np.eye(5))
    assert np.isnan(gi_star([0.1] * 5, csr_array((5, 5)))).all()
    assert np.isnan(gi_star(np.arange(5.0), w)).all()
    assert np.isnan(moran([2.0] * 5, w).i)
    found = local_moran([2.0] * 5, w)
    assert np.isnan(found.i).all()
    assert set(found.quadrant) == {"none"}
    nothing = np.full(3, np.nan)
    assert np.isnan(false_discovery(two_sided(nothing))).all()
    assert spots(nothing, nothing, 0.05).tolist() == ["none"] * 3


def test_a_false_discovery_rate_by_hand_and_without_what_is_missing() -> None:
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.5])
    np.testing.assert_allclose(false_discovery(p), [0.04, np.nan, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])


def test_a_level_makes_hot_and_cold() -> None:
    found = spots(np.array([3.0, -3.0, 1.0]), np.array([0.01, 0.01, 0.3]), 0.05)
    assert found.tolist() == [Spot.HOT, Spot.COLD, Spot.NONE]


def test_local_moran_finds_a_block_and_an_island_has_none() -> None:
    side = 15
    row, column = np.divmod(np.arange(side * side), side)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    near = (apart == 1).astype(float)
    near[0] = near[:, 0] = 0
    x = RNG.poisson(1.0, side * side) + 20.0 * ((row > 5) & (row < 9) & (column > 5) & (column < 9))
    found = local_moran(x, csr_array(near), seed=7)
    middle = 7 * side + 7
    assert found.quadrant[middle] == "high-high"
    assert found.p[middle] == pytest.approx(2 / 1000)
    assert np.isnan(found.i[0])
    assert np.isnan(found.p[0])
    again = local_moran(x, csr_array(near), seed=7)
    np.testing.assert_array_equal(found.p, again.p)
    unshuffled = local_moran(x, csr_array(near), permutations=0)
    np.testing.assert_allclose(unshuffled.i, found.i)
    assert np.isnan(unshuffled.p).all()


def test_p_of_local_moran_is_uniform_when_nothing_is_clustered() -> None:
    side = 25
    row, column = np.divmod(np.arange(side * side), side)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    found = local_moran(RNG.normal(size=side * side), csr_array((apart == 1).astype(float)))
    assert 0.02 < (found.p <= 0.05).mean() < 0.09
    assert (found.p_fdr <= 0.05).sum() <= 3


def test_a_distance_band_is_that_of_all_pairs() -> None:
    lon, lat = RNG.uniform(-1, 1, 60), RNG.uniform(13, 15, 60)
    band = distance_band(lon, lat, 60.0).toarray()
    all_pairs = geodesic_m(lon[:, None], lat[:, None], lon, lat) <= 60_000
    np.testing.assert_array_equal(band, all_pairs & ~np.eye(60, dtype=bool))
    with pytest.raises(InvalidSetting, match="greater than 0"):
        distance_band(lon, lat, 0.0)


def test_rows_are_standardised_but_for_those_without_neighbours() -> None:
    w = row_standardised(csr_array(np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0]], dtype=float)))
    assert w.sum(axis=1).tolist() == [1.0, 1.0, 0.0]
