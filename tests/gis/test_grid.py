from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import InvalidSetting
from gis.grid import RectangularGrid, areas_km2, equal_area_grid
from gis.hexagons import HexagonGrid

DEGREES = RectangularGrid("deg", "EPSG:4326", 0.0, 0.0, 1.0)
LON = st.floats(-180, 180, allow_nan=False)
LAT = st.floats(-85, 85, allow_nan=False)


def test_a_place_on_an_edge_is_in_the_cell_east_and_north_of_it() -> None:
    keys = DEGREES.cells([0.0, 1.0, 0.999999, -1e-12], [0.0, 1.0, 0.999999, 0.5])
    assert DEGREES.names(keys) == ["deg/0/0", "deg/1/1", "deg/0/0", "deg/0/-1"]


def test_a_missing_place_is_in_no_cell() -> None:
    assert DEGREES.cells([np.nan, 1.0], [1.0, np.nan]).tolist() == [-1, -1]
    assert DEGREES.cells([], []).size == 0


def test_longitudes_beyond_180_are_the_same_places() -> None:
    keys = DEGREES.cells([180.0, -180.0, 190.5, -169.5], [0.5] * 4)
    assert keys[0] == keys[1]
    assert keys[2] == keys[3]


@given(LON, LAT)
def test_the_outline_of_the_cell_of_a_place_holds_the_place(lon: float, lat: float) -> None:
    for grid in (equal_area_grid(50), equal_area_grid(7.5), DEGREES):
        (outline,) = grid.polygons(grid.cells([lon], [lat]))
        if abs(lon) < 180:
            assert shapely.distance(outline, shapely.Point(lon, lat)) < 1e-9


@pytest.mark.parametrize("lat", [0.0, 14.0, -33.0, 60.0])
def test_cells_of_equal_area_are_of_equal_area_on_the_ellipsoid(lat: float) -> None:
    grid = equal_area_grid(50)
    (area,) = areas_km2(grid.polygons(grid.cells([2.0], [lat])))
    assert area == pytest.approx(2500.0, rel=2e-5)


def test_cells_that_cover_an_area_are_those_that_a_search_one_by_one_finds() -> None:
    area = shapely.Point(1.3, 14.2).buffer(1.7)
    grid = equal_area_grid(25)
    wide = grid.covering(shapely.box(-2, 10, 5, 18))
    one_by_one = [
        key for key in wide if shapely.intersects(grid.polygons(np.array([key]))[0], area)
    ]
    assert grid.covering(area).tolist() == one_by_one
    assert grid.covering(shapely.Polygon()).size == 0


def test_queens_and_rooks_by_hand() -> None:
    keys = DEGREES.covering(shapely.box(0.1, 0.1, 2.9, 2.9))
    queen, rook = (DEGREES.contiguity(keys, corners=corners) for corners in (True, False))
    assert np.diff(queen.indptr).tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    assert np.diff(rook.indptr).tolist() == [2, 3, 2, 3, 4, 3, 2, 3, 2]
    assert (queen != queen.T).nnz == 0
    assert DEGREES.contiguity(np.zeros(0, dtype=np.int64)).shape == (0, 0)


def test_the_size_of_a_cell_has_bounds() -> None:
    with pytest.raises(InvalidSetting, match="1 to 1,000 km"):
        equal_area_grid(0.5)
    with pytest.raises(InvalidSetting, match="0 to 15"):
        HexagonGrid(16)


@given(LON, LAT)
def test_a_hexagon_holds_the_place_and_is_named_as_h3_names_it(lon: float, lat: float) -> None:
    import h3

    grid = HexagonGrid(5)
    keys = grid.cells([lon, np.nan], [lat, 0.0])
    assert grid.names(keys[:1]) == [h3.latlng_to_cell(lat, lon, 5)]
    assert keys[1] == -1


def test_hexagons_cover_an_area_and_have_six_neighbours_inside_it() -> None:
    grid = HexagonGrid(4)
    keys = grid.covering(shapely.Point(1.0, 14.0).buffer(1.5))
    outlines = grid.polygons(keys)
    assert shapely.union_all(outlines).buffer(1e-6).covers(shapely.Point(1.0, 14.0).buffer(1.5))
    beside = grid.contiguity(keys)
    assert np.diff(beside.indptr).max() == 6
    assert (beside != beside.T).nnz == 0
    assert beside.diagonal().sum() == 0
    sizes = areas_km2(outlines)
    assert 1200 < sizes.min() < sizes.max() < 2400


def test_a_hexagon_across_the_antimeridian_is_no_belt_round_the_earth() -> None:
    grid = HexagonGrid(3)
    (outline,) = grid.polygons(grid.cells([179.99], [10.0]))
    west, _, east, _ = outline.bounds
    assert east - west < 3
