"""Tile matrix sets, and the one arithmetic by which a place belongs to a tile.

A set lays the earth out as a square of pixels, ``EXTENT`` of them along each side of a tile. A
place is first turned into *fractions* of the set (``u`` eastwards, ``v`` southwards, both counted
in tiles of the first matrix) and then, by a multiplication with a power of two and a floor, into a
pixel of any matrix. So it lies in one tile of each matrix, the tiles of a matrix have no place in
common, and a pixel of one matrix holds whole pixels of the next.

The documents of the sets are those of OGC's registry, as ``morecantile`` brings them (OGC Two
Dimensional Tile Matrix Set 2.0, annexes D and E).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import asinh, atan, degrees, floor, nextafter, pi, radians, sinh, tan
from typing import Any

import morecantile

from gis.bbox import BBox
from gis.errors import UnknownTile

EXTENT = 4096
"""Pixels along a side of a tile (the default of the Mapbox vector tile specification)."""

BUFFER = 64
"""Pixels beyond the sides of a tile that are drawn with it, so that no symbol is cut in half."""

MERCATOR_SRID = 3857
CRS84_SRID = 4326


@dataclass(frozen=True, slots=True)
class TileMatrixSet:
    """A way of cutting the earth into tiles, finer from matrix to matrix.

    Parameters
    ----------
    id : str
    srid : int
        By which PostGIS knows its system, 3857 or 4326.
    wide : int
        Tiles of the first matrix from west to east; it has one from north to south.
    deepest : int
        The last matrix that is offered; a pixel of it is about 0.6 m at the equator.
    """

    id: str
    srid: int
    wide: int
    deepest: int

    @property
    def document(self) -> dict[str, Any]:
        """The definition, as the registry has it."""
        return _document(self.id)

    @property
    def uri(self) -> str:
        """The name of the set in OGC's registry."""
        return str(self.document["uri"])

    @property
    def crs(self) -> str:
        """URI of its coordinate reference system."""
        return str(self.document["crs"])

    @property
    def title(self) -> str:
        """For people."""
        return str(self.document["title"])

    @property
    def world(self) -> BBox:
        """What it covers, degrees: Web Mercator ends at 85.05 degrees north and south."""
        whole = [self.tile(0, 0, column).box() for column in range(self.wide)]
        return BBox(-180.0, whole[0].south, 180.0, whole[0].north)

    def size(self, matrix: int) -> tuple[int, int]:
        """Tiles of a matrix from west to east, and from north to south."""
        return self.wide << matrix, 1 << matrix

    def tile(self, matrix: int, row: int, column: int) -> Tile:
        """The tile at a row and column of a matrix.

        Raises
        ------
        UnknownTile
            The set has no such tile, or none so deep is offered.
        """
        if not 0 <= matrix <= self.deepest:
            rule = f"matrices of {self.id} are offered from 0 to {self.deepest}"
            raise UnknownTile(f"{matrix}/{row}/{column}", rule)
        wide, high = self.size(matrix)
        if not (0 <= row < high and 0 <= column < wide):
            rule = f"matrix {matrix} of {self.id} has rows 0 to {high - 1}, columns 0 to {wide - 1}"
            raise UnknownTile(f"{matrix}/{row}/{column}", rule)
        return Tile(self, matrix, row, column)

    def fractions(self, lon: float, lat: float) -> tuple[float, float]:
        """A place in tiles of the first matrix, from its north-western corner.

        The last meridian, and the south pole, belong to the tiles beside them. What Web Mercator
        does not reach has fractions outside 0 and 1 there.

        Examples
        --------
        >>> WEB_MERCATOR_QUAD.fractions(0.0, 0.0)
        (0.5, 0.5)
        """
        u = min((lon + 180.0) / (360.0 / self.wide), nextafter(self.wide, 0))
        if self.srid == CRS84_SRID:
            return u, min((90.0 - lat) / 180.0, nextafter(1, 0))
        return u, 0.5 - asinh(tan(radians(lat))) / (2 * pi)

    def tile_of(self, matrix: int, lon: float, lat: float) -> Tile:
        """The tile of a matrix in which a place lies.

        Raises
        ------
        UnknownTile
            The set does not reach so far north or south.
        """
        u, v = self.fractions(lon, lat)
        return self.tile(matrix, floor(v * 2**matrix), floor(u * 2**matrix))


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of a set; made by :meth:`TileMatrixSet.tile`, which knows the limits."""

    set: TileMatrixSet
    matrix: int
    row: int
    column: int

    def box(self, buffer: int = 0) -> BBox:
        """The tile with so many pixels around it, degrees; it ends where the earth does."""
        margin = buffer / EXTENT
        west, east = (self._lon(self.column - margin), self._lon(self.column + 1 + margin))
        south, north = (self._lat(self.row + 1 + margin), self._lat(self.row - margin))
        return BBox(max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0))

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edges in the units of the set's system."""
        if self.set.srid == CRS84_SRID:
            box = self.box()
            return box.west, box.south, box.east, box.north
        edge = self.set.document["tileMatrices"][0]["pointOfOrigin"][1]
        side = 2 * edge / 2**self.matrix
        west, north = -edge + self.column * side, edge - self.row * side
        return west, north - side, west + side, north

    def _lon(self, column: float) -> float:
        return column / (self.set.wide << self.matrix) * 360.0 - 180.0

    def _lat(self, row: float) -> float:
        v = row / (1 << self.matrix)
        if self.set.srid == CRS84_SRID:
            return 90.0 - v * 180.0
        return degrees(atan(sinh(pi * (1 - 2 * v))))


@cache
def _document(name: str) -> dict[str, Any]:
    return morecantile.tms.get(name).model_dump(mode="json", exclude_none=True)


WEB_MERCATOR_QUAD = TileMatrixSet("WebMercatorQuad", MERCATOR_SRID, wide=1, deepest=14)
WORLD_CRS84_QUAD = TileMatrixSet("WorldCRS84Quad", CRS84_SRID, wide=2, deepest=13)

SETS = {each.id: each for each in (WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD)}
"""The sets in which layers are offered, by identifier."""
