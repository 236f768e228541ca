"""A grid of square cells of equal area around a centre, for rasters.

The system is Lambert's azimuthal equal-area projection on the WGS 84 ellipsoid. Cells are counted
from the centre, so two grids with the same centre and cells fit each other whatever they cover.
Areas are true everywhere; shapes and distances near the centre only, so distances are not taken
from the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer

from gis.crs import WGS84, FloatArray
from gis.errors import InvalidSetting

if TYPE_CHECKING:
    import numpy.typing as npt

#: Cells of a grid at most: as many numbers take 32 MB.
GREATEST_GRID = 4_000_000


@dataclass(frozen=True, slots=True)
class EqualAreaGrid:
    """Rows from north to south, columns from west to east.

    Parameters
    ----------
    lon, lat : float, degrees
        The centre of the projection.
    cell_m : float
        Edge of a cell.
    west, north : int
        Of the first cell, in cells from the centre.
    rows, columns : int
    """

    lon: float
    lat: float
    cell_m: float
    west: int
    north: int
    rows: int
    columns: int

    @property
    def system(self) -> str:
        """The system of its coordinates, as PROJ reads it."""
        return equal_area_system(self.lon, self.lat)

    @property
    def cell_km2(self) -> float:
        """Area of every cell."""
        return (self.cell_m / 1000.0) ** 2

    @property
    def x(self) -> FloatArray:
        """Eastings of the middles of the columns, (columns,) metres."""
        return (self.west + np.arange(self.columns, dtype=np.float64) + 0.5) * self.cell_m

    @property
    def y(self) -> FloatArray:
        """Northings of the middles of the rows, (rows,) metres, falling."""
        return (self.north - np.arange(self.rows, dtype=np.float64) - 0.5) * self.cell_m

    def project(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Easting and northing of places, metres."""
        x, y = _from_lonlat(self.system).transform(lon, lat)
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def middles(self) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of the middle of each cell, both (rows, columns).

        NaN for cells in the corners of a grid of the whole Earth, which are nowhere.
        """
        x, y = np.meshgrid(self.x, self.y)
        lon, lat = _from_lonlat(self.system).transform(x, y, direction="INVERSE")
        nowhere = ~(np.isfinite(lon) & np.isfinite(lat))
        return np.where(nowhere, np.nan, lon), np.where(nowhere, np.nan, lat)

    def cell_of(self, x: FloatArray, y: FloatArray) -> tuple[npt.NDArray[np.int64], ...]:
        """Row and column in which places lie; they may be outside the grid."""
        row = self.north - 1 - np.floor(y / self.cell_m).astype(np.int64)
        column = np.floor(x / self.cell_m).astype(np.int64) - self.west
        return row, column


def equal_area_system(lon: float, lat: float) -> str:
    """Lambert's azimuthal equal-area projection around a place, as PROJ reads it."""
    return f"+proj=laea +lat_0={lat:g} +lon_0={lon:g} +datum=WGS84 +units=m +no_defs"


def grid_around(
    lon: float, lat: float, cell_m: float, box_m: tuple[float, float, float, float]
) -> EqualAreaGrid:
    """The grid around a centre whose cells cover a box.

    Parameters
    ----------
    lon, lat : float, degrees
    cell_m : float
    box_m : (west, south, east, north), metres in the system of the grid

    Raises
    ------
    InvalidSetting
        There would be more than 4,000,000 cells.
    """
    west, south, east, north = box_m
    first, last = int(np.floor(west / cell_m)), int(np.ceil(east / cell_m))
    bottom, top = int(np.floor(south / cell_m)), int(np.ceil(north / cell_m))
    rows, columns = max(top - bottom, 1), max(last - first, 1)
    if rows * columns > GREATEST_GRID:
        rule = (
            f"cells are so large that at most {GREATEST_GRID:,} cover the incidents;"
            f" these would be {rows * columns:,}"
        )
        raise InvalidSetting(f"{cell_m / 1000:g} km", rule)
    return EqualAreaGrid(lon, lat, cell_m, first, top, rows, columns)


@cache
def _from_lonlat(system: str) -> Transformer:
    return Transformer.from_crs(WGS84, system, always_xy=True)
