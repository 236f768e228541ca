"""A place as the pixel of a tile matrix in which it lies: :mod:`gis.tile_matrix` in SQL."""

from __future__ import annotations

from math import nextafter, pi
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, cast, func

from gis.tile_matrix import CRS84_SRID, EXTENT

if TYPE_CHECKING:
    from db.layers.layer import Column
    from gis.tile_matrix import Tile, TileMatrixSet


def fractions(lon: Column, lat: Column, tiles: TileMatrixSet) -> tuple[Column, Column]:
    """Longitude and latitude in tiles of the first matrix, from its north-western corner."""
    # All is arithmetic of 64-bit floats: a number that PostgreSQL took for a decimal would be
    # another, and a place on an edge would change sides.
    u = func.least((lon + 180.0) / (360.0 / tiles.wide), nextafter(tiles.wide, 0))
    if tiles.srid == CRS84_SRID:
        return u, func.least((90.0 - lat) / 180.0, nextafter(1, 0))
    return u, 0.5 - func.asinh(func.tan(func.radians(lat))) / (2 * pi)


def pixel(lon: Column, lat: Column, tile: Tile) -> tuple[Column, Column]:
    """The pixel of a place, from the north-western corner of a tile; 0 to 4095 lie in it."""
    u, v = fractions(lon, lat, tile.set)
    side = float(EXTENT << tile.matrix)
    return (
        cast(func.floor(u * side), BigInteger) - tile.column * EXTENT,
        cast(func.floor(v * side), BigInteger) - tile.row * EXTENT,
    )
