"""The cells of a study, and how its incidents lie in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from db.analyses.cell_parameters import Area, Cells, Neighbours, Value, Weighting
from db.analyses.selection import read_incidents, region_outline
from db.errors import InvalidQuery
from gis.cell_counts import node_rows, row_of_cell, shares
from gis.crs import wgs84
from gis.grid import equal_area_grid
from gis.hexagons import HexagonGrid
from gis.hotspots import distance_band

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from scipy.sparse import csr_array
    from sqlalchemy import Connection

    from db.analyses.cell_parameters import CellParameters
    from db.analyses.selection import Incidents
    from gis.grid import Grid

MOST_CELLS = 1_000_000

FIELDS = ("killed_low", "killed_best", "killed_high")


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The m cells of a study and the n incidents that take part.

    Parameters
    ----------
    grid : Grid
    keys : (m,) int64, ascending
    polygons : (m,) object
    taken : Incidents
    left_out : int
        Incidents of the selection without a point, a radius, or one that is small enough.
    nodes : (n, 64) int64
        Row of the cell of each node of each disc; -1 outside the study.
    at_point : (n, m) sparse
        One for the cell of the point.
    over_disc : (n, m) sparse
        Share of the disc in each cell.
    figures : (n,) float64
        What each incident counts: 1, or people killed at least; NaN where that is not known.
    """

    grid: Grid
    keys: npt.NDArray[np.int64]
    polygons: npt.NDArray[np.object_]
    taken: Incidents
    left_out: int
    nodes: npt.NDArray[np.int64]
    at_point: csr_array
    over_disc: csr_array
    figures: npt.NDArray[np.float64]

    def share(self, weighting: Weighting) -> csr_array:
        """Where the incidents count, (n, m)."""
        return self.at_point if weighting is Weighting.POINT else self.over_disc

    def contiguity(self, chosen: CellParameters) -> csr_array:
        """Which cells are neighbours, (m, m)."""
        if chosen.neighbours is Neighbours.BAND:
            centres = shapely.get_coordinates(shapely.centroid(self.polygons))
            return distance_band(centres[:, 0], centres[:, 1], chosen.band_km)
        return self.grid.contiguity(self.keys, corners=chosen.neighbours is Neighbours.QUEEN)


def study_of(
    connection: Connection, chosen: CellParameters, *, fields: Sequence[str] = ()
) -> Study:
    """Lay the grid and place the incidents of a selection in it.

    Raises
    ------
    InvalidQuery
        There is no such region, another value of the selection breaks its rule, or the cells are
        too small for the area.
    """
    every = read_incidents(connection, chosen, fields=(*FIELDS, *fields))
    taken = every.of(~np.isnan(every.lon) & (every.radius_m <= chosen.radius_km * 1000.0))
    grid = _grid(chosen)
    cells = grid.cells(taken.lon, taken.lat)
    keys = _keys(connection, chosen, grid, taken, cells)
    nodes = node_rows(grid, keys, taken.lon, taken.lat, taken.radius_m)
    known = chosen.value is Value.INCIDENTS
    return Study(
        grid=grid,
        keys=keys,
        polygons=grid.polygons(keys),
        taken=taken,
        left_out=every.size - taken.size,
        nodes=nodes,
        at_point=shares(row_of_cell(keys, cells)[:, None], keys.size),
        over_disc=shares(nodes, keys.size),
        figures=np.ones(taken.size) if known else taken.fields["killed_low"],
    )


def _grid(chosen: CellParameters) -> Grid:
    if chosen.grid is Cells.H3:
        return HexagonGrid(chosen.h3_resolution)
    return equal_area_grid(chosen.cell_km)


def _keys(
    connection: Connection,
    chosen: CellParameters,
    grid: Grid,
    taken: Incidents,
    cells: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    occupied = np.unique(cells)
    if chosen.area is Area.OCCUPIED:
        return occupied
    if chosen.region is not None:
        area = region_outline(connection, chosen)
    else:
        area = shapely.convex_hull(shapely.multipoints(np.column_stack((taken.lon, taken.lat))))
    _check_size(chosen, area)
    # An incident on the rim may round into a cell that the outline, projected, does not touch.
    return np.union1d(grid.covering(area), occupied)


def _check_size(chosen: CellParameters, area: shapely.Geometry) -> None:
    square_km = abs(wgs84().geometry_area_perimeter(area)[0]) / 1e6
    if chosen.grid is Cells.H3:
        import h3

        name, value = "h3_resolution", str(chosen.h3_resolution)
        size = h3.average_hexagon_area(chosen.h3_resolution, unit="km^2")
    else:
        name, value, size = "cell_km", f"{chosen.cell_km:g}", chosen.cell_km**2
    if square_km / size > MOST_CELLS:
        raise InvalidQuery(name, value, f"the area has at most {MOST_CELLS:,} cells")
