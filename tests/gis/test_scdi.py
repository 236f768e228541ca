from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from gis.crs import geodesic_m
from gis.errors import InvalidSetting
from gis.scdi import (
    COLUMNS,
    PROJECTION,
    PUBLISHED_GRID,
    ROWS,
    Frame,
    ScdiClass,
    cell_years,
    cells,
    class_shares,
)

RNG = np.random.default_rng(11)


@pytest.mark.parametrize(
    "lon, lat, incidents, density, word",
    [
        (22.2, 15.2, 4, 0.002052755510529, "CH"),
        (22.6, 15.2, 3, 0.001539566634284, "CL"),
        (7.7, 36.8, 7, 0.002905922600666, "CH"),
        (9.7, 37.2, 2, 0.000825274223471, "CL"),
        (10.1, 36.8, 28, 0.011623690406652, "CH"),
        (10.1, 36.8, 4, 0.001660527200950, "CL"),
        (10.1, 36.8, 5, 0.002075659001188, "CH"),
    ],
)
def test_density_and_class_of_a_stack_are_as_published(
    lon: float, lat: float, incidents: int, density: float, word: str
) -> None:
    """Cells and counts of SCDiEnd2023_GEO.csv; a stack has an index of 0, as there."""
    stack = [lon] * incidents, [lat] * incidents, [2012] * incidents
    found = cell_years(Frame.PUBLISHED, *stack)
    assert found.density.tolist() == pytest.approx([density], rel=1e-8)
    assert (found.nni.tolist(), found.word.tolist()) == ([0.0], [word])


def test_the_published_grid_has_the_corners_of_its_file() -> None:
    keys = cells(Frame.PUBLISHED, [14.7, 10.9, -16.9], [1.8, 37.3, 15.6])
    south_west = PUBLISHED_GRID.corners(keys)[:, 0]
    published = [
        [14.5583332045628, 1.65000000073331],
        [10.8083332201001, 37.0666665259202],
        [-17.1083333345862, 15.3999999462677],
    ]
    np.testing.assert_allclose(south_west, published, atol=2e-9)
    assert PUBLISHED_GRID.block(COLUMNS, ROWS).size == 8_858


def test_the_index_is_that_of_the_formula_in_loops() -> None:
    lon, lat = RNG.uniform(0.05, 0.35, 7), RNG.uniform(14.2, 14.5, 7)
    found = cell_years(Frame.PUBLISHED, lon, lat, np.full(7, 2020))
    x, y = Transformer.from_crs("EPSG:4326", PROJECTION, always_xy=True).transform(lon, lat)
    apart = np.hypot(x[:, None] - x, y[:, None] - y) + np.diag([np.inf] * 7)
    (corners,) = PUBLISHED_GRID.corners(found.key)
    east, north = Transformer.from_crs("EPSG:4326", PROJECTION, always_xy=True).transform(
        corners[:, 0], corners[:, 1]
    )
    box = np.ptp(east) * np.ptp(north)
    assert found.nni[0] == pytest.approx(apart.min(axis=1).mean() / (0.5 * np.sqrt(box / 7)))
    area = shapely.Polygon(np.column_stack((east, north))).area / 1e6
    assert found.density[0] == pytest.approx(7 / area)


def test_on_equal_areas_distances_are_geodesic_and_the_area_is_2500() -> None:
    lon, lat = RNG.uniform(0.55, 1.0, 5), RNG.uniform(13.9, 14.2, 5)
    found = cell_years(Frame.EQUAL_AREA, lon, lat, np.full(5, 2020))
    assert found.key.size == 1
    apart = geodesic_m(lon[:, None], lat[:, None], lon, lat) + np.diag([np.inf] * 5)
    expected = apart.min(axis=1).mean() / (0.5 * np.sqrt(2.5e9 / 5))
    assert found.nni[0] == pytest.approx(expected)
    assert found.density[0] == 5 / 2500
    assert found.word[0] in ("CH", "DH")


@pytest.mark.parametrize("frame", list(Frame))
def test_cells_and_years_are_each_by_themselves(frame: Frame) -> None:
    lon, lat = RNG.uniform(-2, 2, 300), RNG.uniform(12, 16, 300)
    year = RNG.integers(2010, 2013, 300)
    every = cell_years(frame, lon, lat, year)
    assert every.incidents.sum() == 300
    for at in range(0, every.key.size, 17):
        mine = every.row == at
        alone = cell_years(frame, lon[mine], lat[mine], year[mine])
        np.testing.assert_allclose(alone.nni, every.nni[[at]])
        assert alone.word.tolist() == every.word[[at]].tolist()


def test_a_single_incident_has_no_class_and_a_stack_is_clustered() -> None:
    for frame in Frame:
        found = cell_years(frame, [1.0, 1.0, 1.0, 0.1], [14.0] * 4, [2019, 2020, 2020, 2019])
        assert found.word.tolist().count(None) == 2
        assert sorted(found.incidents.tolist()) == [1, 1, 2]
        (stacked,) = np.flatnonzero(found.incidents == 2)
        assert (found.nni[stacked], found.word[stacked]) == (0.0, "CL")
        single = cell_years(frame, [1.0], [14.0], [2019])
        assert np.isnan(single.nni).all()
        assert single.word.tolist() == [None]


def test_three_on_one_point_and_one_apart() -> None:
    found = cell_years(Frame.EQUAL_AREA, [0.6, 0.6, 0.6, 0.8], [14.2] * 4, [2020] * 4)
    far = geodesic_m(0.6, 14.2, 0.8, 14.2)
    assert found.nni[0] == pytest.approx(float(far) / 4 / (0.5 * np.sqrt(2.5e9 / 4)))


def test_places_that_are_missing_or_outside_the_published_grid_are_in_no_cell() -> None:
    outside = cells(Frame.PUBLISHED, [np.nan, 96.0, 1.0, -99.0], [14.0, 20.0, -80.0, 89.9])
    assert outside.tolist() == [-1] * 4
    assert cells(Frame.EQUAL_AREA, [np.nan], [14.0]).tolist() == [-1]
    for frame in Frame:
        found = cell_years(frame, [], [], [])
        assert found.key.size == 0
        shares = class_shares(frame, [], [], [], [])
        assert [share.size for share in shares.values()] == [0] * 4


def test_every_place_of_the_grid_is_in_one_cell_near_the_one_of_its_degrees() -> None:
    lon, lat = RNG.uniform(-17.4, 25.2, 2_000), RNG.uniform(1.8, 37.3, 2_000)
    found = cells(Frame.PUBLISHED, lon, lat)
    assert (found >= 0).all()
    assert (found == PUBLISHED_GRID.cells(lon, lat)).mean() > 0.99


def test_without_radii_a_class_is_certain_and_with_them_it_is_not() -> None:
    lon, lat, year = [0.6, 0.6, 0.65], [14.2, 14.2, 14.22], [2020] * 3
    for frame in Frame:
        sure = class_shares(frame, lon, lat, [0.0] * 3, year, draws=10)
        assert {word: share.tolist() for word, share in sure.items()} == {
            ScdiClass.CH: [0.0],
            ScdiClass.CL: [1.0],
            ScdiClass.DH: [0.0],
            ScdiClass.DL: [0.0],
        }
        vague = class_shares(frame, lon, lat, [25_000.0] * 3, year, draws=100)
        assert 0 < vague[ScdiClass.CL][0] < 1
        assert vague[ScdiClass.DL][0] > 0
        assert sum(share[0] for share in vague.values()) <= 1
        again = class_shares(frame, lon, lat, [25_000.0] * 3, year, draws=100)
        assert all((vague[word] == again[word]).all() for word in ScdiClass)


def test_a_radius_that_is_not_known_gives_no_share_for_its_cell_only() -> None:
    shares = class_shares(
        Frame.EQUAL_AREA, [1.0, 1.0, 3.0, 3.0], [14.0] * 4, [np.nan, 9.0, 9.0, 9.0], [2020] * 4
    )
    assert np.isnan(shares[ScdiClass.CL]).tolist() == [True, False]
    undrawn = class_shares(Frame.EQUAL_AREA, [1.0, 1.0], [14.0] * 2, 9.0, [2020] * 2, draws=0)
    assert np.isnan(undrawn[ScdiClass.CL]).all()


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="greater than 0"):
        cell_years(Frame.PUBLISHED, [1.0], [14.0], [2020], cutoff=0.0)
