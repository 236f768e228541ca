"""Grids of cells: which cell a place is in, what the cells look like, and which are neighbours.

A cell is half-open: its western and southern edges are its own, so that every place is in exactly
one cell. Cells are known by whole numbers that do not depend on the data, and the same grid can be
laid again years later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
import shapely
from pyproj import Transformer
from pyproj.enums import TransformDirection
from scipy.sparse import csr_array

from gis.crs import WGS84, FloatArray, IntArray, checked_lonlat, wgs84
from gis.errors import InvalidSetting

if TYPE_CHECKING:
    import numpy.typing as npt

#: Equal-area cylindrical projection of the EASE-Grid 2.0, standard parallels 30 degrees.
EQUAL_AREA = "EPSG:6933"

#: Points on each edge of a cell: between two of them it is straight in longitude and latitude.
POINTS_PER_EDGE = 8

_HALF = 1 << 20
"""Rows and columns are counted from minus this; a key is ``row * 2 * _HALF + column``."""


class Grid(Protocol):
    """A way to cut the surface of the Earth into cells."""

    def cells(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Key of the cell in which each place is, (n,) int64; -1 where a place is missing."""

    def covering(self, area: shapely.Geometry) -> IntArray:
        """Ascending keys of the cells that share a point with an area, WGS 84."""

    def polygons(self, keys: IntArray) -> npt.NDArray[np.object_]:
        """Outlines of cells, WGS 84, their curved edges told by several points."""

    def names(self, keys: IntArray) -> list[str]:
        """What people and other programs call the cells."""

    def contiguity(self, keys: IntArray, *, corners: bool = True) -> csr_array:
        """Which of the cells touch: (m, m) ones without the diagonal, in the order of the keys."""


@dataclass(frozen=True, slots=True)
class RectangularGrid:
    """Cells between lines of equal easting and northing of a cylindrical system.

    Parameters
    ----------
    name : str
    system : str
        Cylindrical, so that meridians and parallels are the lines of the grid.
    west, south : float
        Of the cell in column 0 and row 0, in units of the system.
    step : float
        Width and height of a cell, in units of the system.
    """

    name: str
    system: str
    west: float
    south: float
    step: float

    def cells(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Key of the cell in which each place is, (n,) int64; -1 where a place is missing.

        Longitudes are taken round to [-180, 180).
        """
        x, y = checked_lonlat(lon, lat)
        here = ~np.isnan(x)
        keys = np.full(x.size, -1, dtype=np.int64)
        around = np.mod(x[here] + 180.0, 360.0) - 180.0
        # The remainder of a place a hair west of a multiple of 180 loses its last digits.
        around = np.where(np.abs(x[here]) < 180.0, x[here], around)
        east, north = self._projected(around, y[here])
        column = np.floor((east - self.west) / self.step).astype(np.int64)
        row = np.floor((north - self.south) / self.step).astype(np.int64)
        keys[here] = _key(row, column)
        return keys

    def covering(self, area: shapely.Geometry) -> IntArray:
        """Ascending keys of the cells that share a point with an area, WGS 84.

        Edges of the area are straight in longitude and latitude. Empty for an empty area.
        """
        if shapely.is_empty(area):
            return np.zeros(0, dtype=np.int64)
        plane = shapely.transform(
            shapely.segmentize(area, 0.1),
            lambda xy: np.column_stack(self._projected(xy[:, 0], xy[:, 1])),
        )
        low_x, low_y, high_x, high_y = shapely.bounds(plane)
        first = np.floor((np.array([low_x, low_y]) - [self.west, self.south]) / self.step)
        last = np.floor((np.array([high_x, high_y]) - [self.west, self.south]) / self.step)
        columns = np.arange(int(first[0]), int(last[0]) + 1)
        shapely.prepare(plane)
        found = []
        for row in range(int(first[1]), int(last[1]) + 1):
            west = self.west + columns * self.step
            south = self.south + row * self.step
            boxes = shapely.box(west, south, west + self.step, south + self.step)
            inside = shapely.intersects(plane, boxes)
            found.append(_key(np.full(int(inside.sum()), row), columns[inside]))
        return np.concatenate(found)

    def block(self, columns: int, rows: int) -> IntArray:
        """Ascending keys of the cells of the first columns and rows, from 0."""
        row, column = np.divmod(np.arange(columns * rows), columns)
        return _key(row, column)

    def polygons(self, keys: IntArray) -> npt.NDArray[np.object_]:
        """Outlines of cells, WGS 84; an edge along a parallel or meridian is straight as it is.

        What reaches over the antimeridian or a pole is cut off there.
        """
        row, column = _row_column(keys)
        east = self.west + np.stack((column, column + 1), axis=1).astype(np.float64) * self.step
        north = self.south + np.stack((row, row + 1), axis=1).astype(np.float64) * self.step
        low, high = self._lonlat(east[:, 0], north[:, 0]), self._lonlat(east[:, 1], north[:, 1])
        share = np.arange(POINTS_PER_EDGE) / POINTS_PER_EDGE
        west, south = low[0][:, None], low[1][:, None]
        wide, tall = high[0][:, None] - west, high[1][:, None] - south
        lon = np.hstack((west + wide * share, west + wide + 0 * share))
        lon = np.hstack((lon, west + wide * (1 - share), west + 0 * share))
        lat = np.hstack((south + 0 * share, south + tall * share))
        lat = np.hstack((lat, south + tall + 0 * share, south + tall * (1 - share)))
        return np.asarray(shapely.polygons(np.stack((lon, lat), axis=-1)), dtype=object)

    def names(self, keys: IntArray) -> list[str]:
        """``name/row/column``; rows count northward, columns eastward."""
        row, column = _row_column(keys)
        both = zip(row.tolist(), column.tolist(), strict=True)
        return [f"{self.name}/{one}/{other}" for one, other in both]

    def contiguity(self, keys: IntArray, *, corners: bool = True) -> csr_array:
        """Which of the cells touch: (m, m) ones without the diagonal, in the order of the keys.

        Parameters
        ----------
        keys : (m,) int64, ascending
        corners : bool
            Whether cells that share no more than a corner touch (queen), or not (rook).
        """
        row, column = _row_column(keys)
        ones, others = [], []
        for up in (-1, 0, 1):
            for right in (-1, 0, 1):
                if (up, right) == (0, 0) or (up and right and not corners):
                    continue
                wanted = _key(row + up, column + right)
                at = np.minimum(np.searchsorted(keys, wanted), max(keys.size - 1, 0))
                there = np.flatnonzero(keys[at] == wanted) if keys.size else at
                ones.append(there)
                others.append(at[there])
        i, j = np.concatenate(ones), np.concatenate(others)
        return csr_array((np.ones(i.size), (i, j)), shape=(keys.size, keys.size))

    def corners(self, keys: IntArray) -> FloatArray:
        """South-west, south-east, north-east and north-west corner of cells, (m, 4, 2) degrees."""
        row, column = _row_column(keys)
        across, along = np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])
        east = np.asarray(self.west + (column[:, None] + across) * self.step, dtype=np.float64)
        north = np.asarray(self.south + (row[:, None] + along) * self.step, dtype=np.float64)
        return np.stack(self._lonlat(east, north), axis=-1)

    def _projected(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        if self.system == WGS84:
            return lon, lat
        east, north = _plane(self.system).transform(lon, lat)
        return np.asarray(east), np.asarray(north)

    def _lonlat(self, east: FloatArray, north: FloatArray) -> tuple[FloatArray, FloatArray]:
        if self.system == WGS84:
            return np.clip(east, -180.0, 180.0), np.clip(north, -90.0, 90.0)
        plane = _plane(self.system)
        far_east, far_north = plane.transform(180.0, 90.0)
        inside = np.clip(east, -far_east, far_east), np.clip(north, -far_north, far_north)
        lon, lat = plane.transform(*inside, direction=TransformDirection.INVERSE)
        return np.asarray(lon), np.asarray(lat)


def equal_area_grid(size_km: float) -> RectangularGrid:
    """Cells of ``size_km`` squared kilometres each, all over the Earth, laid from (0, 0).

    They are squares in the plane of the projection (EPSG:6933). On the ground they are as wide as
    high at 30 degrees of latitude only: a cell of 50 km is 56 km wide and 45 km high at 14 degrees.

    Raises
    ------
    InvalidSetting
        The size is not within 1 to 1,000 km.
    """
    if not 1.0 <= size_km <= 1_000.0:
        raise InvalidSetting(size_km, "a cell is 1 to 1,000 km wide")
    return RectangularGrid(f"ea{size_km:g}km", EQUAL_AREA, 0.0, 0.0, size_km * 1000.0)


def areas_km2(polygons: npt.NDArray[np.object_]) -> FloatArray:
    """Areas of cells on the ellipsoid, (m,) square kilometres; edges are geodesics."""
    metres = [abs(wgs84().geometry_area_perimeter(one)[0]) for one in polygons]
    return np.array(metres, dtype=np.float64) / 1e6


@cache
def _plane(system: str) -> Transformer:
    return Transformer.from_crs(WGS84, system, always_xy=True)


def _key(row: IntArray, column: IntArray) -> IntArray:
    return np.asarray((row + _HALF) * (2 * _HALF) + (column + _HALF), dtype=np.int64)


def _row_column(keys: IntArray) -> tuple[IntArray, IntArray]:
    row, column = np.divmod(np.asarray(keys, dtype=np.int64), 2 * _HALF)
    return row - _HALF, column - _HALF
