"""Tile matrix sets: every place has one tile of each matrix, and tiles are where OGC puts them."""

from __future__ import annotations

import morecantile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import UnknownTile
from gis.tile_matrix import EXTENT, SETS, WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD

LON, LAT = st.floats(-180, 180), st.floats(-85, 85)


@pytest.mark.parametrize("name", list(SETS))
def test_sets_are_those_of_the_registry(name: str) -> None:
    tiles, registered = SETS[name], morecantile.tms.get(name)
    assert tiles.uri == str(registered.uri)
    for matrix in range(tiles.deepest + 1):
        found = registered.matrix(matrix)
        assert tiles.size(matrix) == (found.matrixWidth, found.matrixHeight)


@given(st.sampled_from(list(SETS)), st.integers(0, 13), LON, LAT)
def test_tiles_are_where_the_registry_has_them(
    name: str, matrix: int, lon: float, lat: float
) -> None:
    tile = SETS[name].tile_of(matrix, lon, lat)
    registered = morecantile.tms.get(name)
    place = morecantile.Tile(tile.column, tile.row, matrix)
    assert tile.bounds() == pytest.approx(tuple(registered.xy_bounds(place)), abs=1e-6)
    box = tile.box()
    assert (box.west, box.south, box.east, box.north) == pytest.approx(
        tuple(registered.bounds(place)), abs=1e-9
    )


@given(st.sampled_from(list(SETS)), st.integers(1, 13), LON, LAT)
def test_a_tile_lies_in_one_tile_of_the_matrix_above(
    name: str, matrix: int, lon: float, lat: float
) -> None:
    below, above = (SETS[name].tile_of(each, lon, lat) for each in (matrix, matrix - 1))
    assert (below.row // 2, below.column // 2) == (above.row, above.column)


@given(st.sampled_from(list(SETS)), st.integers(0, 13), LON, LAT)
def test_a_place_lies_in_the_box_of_its_tile(
    name: str, matrix: int, lon: float, lat: float
) -> None:
    box = SETS[name].tile_of(matrix, lon, lat).box()
    assert box.west - 1e-9 <= lon <= box.east + 1e-9
    assert box.south - 1e-9 <= lat <= box.north + 1e-9


@pytest.mark.parametrize("name", list(SETS))
def test_the_last_meridian_belongs_to_the_last_column(name: str) -> None:
    tiles = SETS[name]
    assert tiles.tile_of(3, 180.0, 0.0).column == tiles.size(3)[0] - 1
    assert tiles.tile_of(3, -180.0, 0.0).column == 0


def test_the_poles_are_in_crs84_alone() -> None:
    assert WORLD_CRS84_QUAD.tile_of(2, 10.0, -90.0).row == 3
    assert WORLD_CRS84_QUAD.tile_of(2, 10.0, 90.0).row == 0
    for lat in (85.06, -85.06, 90.0, -90.0):
        with pytest.raises(UnknownTile):
            WEB_MERCATOR_QUAD.tile_of(2, 10.0, lat)


def test_web_mercator_ends_at_85_degrees() -> None:
    assert WEB_MERCATOR_QUAD.world.north == pytest.approx(85.0511287798, abs=1e-9)
    assert WORLD_CRS84_QUAD.world.south == -90.0


@pytest.mark.parametrize("place", [(-1, 0, 0), (15, 0, 0), (0, 1, 0), (0, 0, 1), (3, 8, 0)])
def test_a_tile_outside_is_refused(place: tuple[int, int, int]) -> None:
    with pytest.raises(UnknownTile):
        WEB_MERCATOR_QUAD.tile(*place)


def test_a_buffer_is_counted_in_pixels() -> None:
    tile = WORLD_CRS84_QUAD.tile(1, 0, 1)
    plain, wide = tile.box(), tile.box(64)
    assert plain.west - wide.west == pytest.approx(90.0 * 64 / EXTENT)
    assert wide.north == 90.0
