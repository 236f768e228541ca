"""Chances of distances, against the closed form for a straight border and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.optimize import brentq

from gis.area_cells import area_cells
from gis.border_index import border_index
from gis.borders import nearest_border
from gis.crs import FloatArray, wgs84
from gis.discs import disc_nodes
from gis.errors import InvalidGeometry
from gis.place_chances import QUANTILES, area_chances, chances, disc_chances

# The equator is a geodesic; a disc of some kilometres beside it is as good as plane.
EQUATOR = border_index([shapely.LineString([(-5, 0), (5, 0)])])
SQUARE = shapely.box(1, 1, 2, 3)


def share_below(offset: float) -> float:
    """Share of a disc of radius 1 that lies below a straight line, ``offset`` from the centre."""
    held = min(max(offset, -1.0), 1.0)
    return float(1 - (np.arccos(held) - held * np.sqrt(1 - held * held)) / np.pi)


def within(away: float, limit: float) -> float:
    """P(d <= limit) of a disc of radius 1 whose centre is ``away`` from a straight border."""
    return share_below(limit - away) - share_below(-limit - away)


@pytest.fixture(scope="module")
def discs() -> tuple[FloatArray, FloatArray]:
    """Sixty radii, and distances of their centres from the border in radii."""
    draws = np.random.default_rng(60)
    return draws.choice([1_000.0, 5_000.0, 10_000.0, 25_000.0], 60), draws.uniform(0, 2, 60)


def test_probabilities_are_those_of_a_straight_border(
    discs: tuple[FloatArray, FloatArray],
) -> None:
    radius, away = discs
    lat = wgs84().fwd(np.zeros(60), np.zeros(60), np.zeros(60), radius * away)[1]
    limits = (2_000.0, 10_000.0, 20_000.0)
    found = disc_chances(np.zeros(60), lat, radius, EQUATOR, limits).within
    expected = [[within(d, t / r) for t in limits] for d, r in zip(away, radius, strict=True)]
    errors = found - np.array(expected)
    assert np.sqrt(np.mean(errors**2)) < 0.012
    assert np.abs(errors).max() < 0.05


def test_quantiles_are_those_of_a_straight_border(discs: tuple[FloatArray, FloatArray]) -> None:
    radius, away = discs
    lat = wgs84().fwd(np.zeros(60), np.zeros(60), np.zeros(60), radius * away)[1]
    found = disc_chances(np.zeros(60), lat, radius, EQUATOR, [1.0]).quantiles_m
    expected = np.array(
        [
            [r * brentq(lambda t, d=d, q=q: within(d, t) - q, 0, 4) for q in QUANTILES]
            for d, r in zip(away, radius, strict=True)
        ]
    )
    assert (np.abs(found - expected) / radius[:, None]).max() < 0.06


def test_a_disc_in_blocks_is_the_disc_alone() -> None:
    count = 5000
    lon, lat = np.linspace(-4, 4, count), np.full(count, 0.05)
    together = disc_chances(lon, lat, 5_000.0, EQUATOR, [5_000.0, 9_000.0], nodes=4)
    alone = disc_chances(lon[-1:], lat[-1:], 5_000.0, EQUATOR, [5_000.0, 9_000.0], nodes=4)
    np.testing.assert_array_equal(together.quantiles_m[-1:], alone.quantiles_m)
    np.testing.assert_array_equal(together.within[-1:], alone.within)
    assert together.within.shape == (count, 2)


def test_the_nearest_line_has_the_share_of_the_nodes_that_are_nearest_to_it() -> None:
    lines = [shapely.LineString([(-1, y), (1, y)]) for y in (-0.5, 0.5)]
    found = disc_chances([0.0, 0.0], [0.0, 0.4], 20_000.0, border_index(lines), [1.0])
    np.testing.assert_allclose(found.by_line, [[0.5, 0.5], [0.0, 1.0]], atol=0.02)


def test_missing_places_and_radii_have_no_chances() -> None:
    found = disc_chances([np.nan, 1.0], [0.0, 1.0], [1.0, np.nan], EQUATOR, [1.0])
    for part in (found.quantiles_m, found.within, found.by_line):
        assert np.isnan(part).all()
    nobody = disc_chances([], [], 1.0, EQUATOR, [1.0, 2.0])
    assert nobody.within.shape == (0, 2)
    assert nobody.by_line.shape == (0, 1)


def test_a_limit_belongs_to_what_lies_within_it() -> None:
    found = chances(np.array([[1.0, 2.0]]), np.array([[0, 0]]), [1.0, 2.0], 1)
    np.testing.assert_array_equal(found.within, [[0.5, 1.0]])


def test_bounds_of_an_area_hold_for_every_point_of_it() -> None:
    found, bounds = area_chances([area_cells(SQUARE, cells=64)], EQUATOR, [150_000.0])
    draws = np.random.default_rng(7)
    metres = nearest_border(draws.uniform(1, 2, 500), draws.uniform(1, 3, 500), EQUATOR).metres
    assert bounds.low_m[0] <= metres.min()
    assert bounds.high_m[0] >= metres.max()
    # One to three degrees from the equator: 110.57 to 331.73 km on the meridian.
    assert bounds.low_m[0] == pytest.approx(110_574, abs=20_000)
    assert bounds.high_m[0] == pytest.approx(331_727, abs=20_000)
    assert found.within[0, 0] == pytest.approx((metres <= 150_000).mean(), abs=0.07)
    assert found.quantiles_m[0, 1] == pytest.approx(221_150, abs=8_000)


def test_an_area_and_a_disc_of_the_same_shape_have_the_same_chances() -> None:
    rim = disc_nodes([0.0], [0.1], 20_000.0, nodes=20_000)
    outline = shapely.convex_hull(shapely.multipoints(np.stack((rim.lon[0], rim.lat[0]), axis=1)))
    of_area, _ = area_chances([area_cells(outline)], EQUATOR, [5_000.0, 15_000.0])
    of_disc = disc_chances([0.0], [0.1], 20_000.0, EQUATOR, [5_000.0, 15_000.0], nodes=1000)
    np.testing.assert_allclose(of_area.within, of_disc.within, atol=0.02)
    # Rows of cells run along the border, about 1,100 m apart: half of that is open.
    np.testing.assert_allclose(of_area.quantiles_m, of_disc.quantiles_m, atol=600)


def test_no_area_has_no_chances() -> None:
    found, bounds = area_chances([], EQUATOR, [1.0])
    assert found.quantiles_m.shape == (0, 3)
    assert found.by_line.shape == (0, 1)
    assert bounds.low_m.size == 0


@pytest.mark.parametrize(
    "index, limits, said", [(border_index([]), [1.0], "line"), (EQUATOR, [], "limit")]
)
def test_chances_need_a_line_and_a_limit(index: object, limits: list[float], said: str) -> None:
    with pytest.raises(InvalidGeometry, match=said):
        disc_chances([0.0], [0.0], 1.0, index, limits)  # type: ignore[arg-type]
