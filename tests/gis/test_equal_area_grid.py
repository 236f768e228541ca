"""The grid: cells of equal area that are the same whatever is covered."""

from __future__ import annotations

import numpy as np
import pytest

from gis.crs import wgs84
from gis.equal_area_grid import GREATEST_GRID, grid_around
from gis.errors import InvalidSetting


def test_cells_are_of_equal_area_on_the_ellipsoid() -> None:
    grid = grid_around(-1.0, 18.0, 10_000.0, (-1_000_000, -900_000, 1_200_000, 800_000))
    from pyproj import Transformer

    back = Transformer.from_crs(grid.system, "EPSG:4326", always_xy=True)
    for column, row in ((0, 0), (grid.columns - 1, 0), (grid.columns // 2, grid.rows - 1)):
        x, y = grid.x[column], grid.y[row]
        # Edges of cells are not geodesics: follow them closely.
        along = np.linspace(-5_000, 5_000, 20)
        east = np.concatenate((along, np.full(20, 5_000), along[::-1], np.full(20, -5_000)))
        north = np.concatenate((np.full(20, -5_000), along, np.full(20, 5_000), along[::-1]))
        area, _ = wgs84().polygon_area_perimeter(*back.transform(x + east, y + north))
        assert area / 1e6 == pytest.approx(grid.cell_km2, rel=1e-5)


def test_a_place_is_in_the_cell_whose_middle_is_nearest() -> None:
    grid = grid_around(2.0, 14.0, 5_000.0, (-60_000, -40_000, 60_000, 50_000))
    lon, lat = grid.middles()
    assert lon.shape == (grid.rows, grid.columns) == (18, 24)
    row, column = grid.cell_of(*grid.project(lon.ravel(), lat.ravel()))
    expected_row, expected_column = np.indices(lon.shape)
    np.testing.assert_array_equal(row, expected_row.ravel())
    np.testing.assert_array_equal(column, expected_column.ravel())


def test_grids_of_one_centre_fit_each_other() -> None:
    small = grid_around(2.0, 14.0, 5_000.0, (1_234, 777, 60_000, 50_000))
    large = grid_around(2.0, 14.0, 5_000.0, (-60_000, -40_001, 61_000, 50_001))
    assert set(small.x) <= set(large.x)
    assert set(small.y) <= set(large.y)


def test_a_box_of_no_size_is_one_cell() -> None:
    grid = grid_around(0.0, 0.0, 5_000.0, (0.0, 0.0, 0.0, 0.0))
    assert (grid.rows, grid.columns) == (1, 1)


def test_corners_that_are_nowhere_on_earth_have_no_place() -> None:
    grid = grid_around(0.0, 0.0, 200_000.0, (-12.7e6, -12.7e6, 12.7e6, 12.7e6))
    lon, lat = grid.middles()
    assert np.isnan(lon[0, 0])
    assert np.isnan(lat[0, 0])
    assert np.isfinite(lon[grid.rows // 2]).any()


def test_too_many_cells_are_refused() -> None:
    edge = 1_000.0 * (GREATEST_GRID**0.5) / 2
    assert grid_around(0.0, 0.0, 1_000.0, (-edge, -edge, edge, edge)).rows == 2_000
    with pytest.raises(InvalidSetting):
        grid_around(0.0, 0.0, 1_000.0, (-edge, -edge, edge, edge + 1))
