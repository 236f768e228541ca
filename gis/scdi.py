"""The Spatial Conflict Dynamics indicator of OECD/SWAC: how much violence, and how it is spread.

Per cell and year: intensity is high (H) from a number of incidents per square kilometre on, else
low (L); incidents are clustered (C) if they lie nearer to their nearest neighbours than chance
would put them, else dispersed (D). Two frames, not to be mixed: the published one, exactly as the
authors compute it, and one on cells of equal area with geodesic distances.

The rule has no test and no correction at the edges of a cell: it calls a quarter of all random
patterns clustered, and nearly all patterns of incidents that were coded to a few towns.
:mod:`gis.scdi_null` says how often; :func:`class_shares` says what radii leave of a class.

References
----------
Walther, Radil, Russell and Tremolieres (2023), Terrorism and Political Violence 35(3):533-552;
their code at github.com/oecd-swac/OECD-SCDi (SCDiFunctionClean.R). Clark and Evans (1954), Ecology
35, for the index of nearest neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer
from scipy.spatial import cKDTree

from gis.crs import WGS84, FloatArray, IntArray, checked_lonlat, ecef_m, geodesic_m
from gis.discs import NODES, disc_node
from gis.errors import InvalidSetting
from gis.grid import RectangularGrid, equal_area_grid
from gis.permutations import SEED, generator

if TYPE_CHECKING:
    import numpy.typing as npt

#: Incidents per square kilometre from which intensity is high, as in the published results.
CUTOFF = 0.0017

#: Africa Lambert Conformal Conic, in which the authors measure distances and areas.
PROJECTION = "+proj=lcc +lat_1=20 +lat_2=-23 +lat_0=0 +lon_0=25 +datum=WGS84 +units=m +no_defs"

#: The published grid: 25 minutes of arc, as its file has it to the last digit.
PUBLISHED_GRID = RectangularGrid("scdi", WGS84, -17.525, 1.65, 0.416666665)
COLUMNS, ROWS = 103, 86
"""Its extent; the file has the 6,541 cells of it that touch one of 21 countries."""

_APART_M = 1e6
"""Farther than any two places of a cell: groups are held apart by it in a tree."""


class ScdiClass(StrEnum):
    """Concentration, then intensity."""

    CH = "CH"
    """Clustered, high intensity."""
    CL = "CL"
    """Clustered, low intensity."""
    DH = "DH"
    """Dispersed, high intensity."""
    DL = "DL"
    """Dispersed, low intensity."""


class Frame(StrEnum):
    """On which cells, and with which distances."""

    PUBLISHED = "scdi"
    """The published grid, in the plane of the authors' projection."""
    EQUAL_AREA = "scdi-equal-area"
    """Cells of 2,500 square kilometres, distances on the ellipsoid."""

    @property
    def grid(self) -> RectangularGrid:
        """The cells."""
        return PUBLISHED_GRID if self is Frame.PUBLISHED else equal_area_grid(50.0)


@dataclass(frozen=True, slots=True, eq=False)
class CellYears:
    """Cells and years with at least one incident, by cell and year; (g,) arrays.

    ``row`` (n,) is the position of each incident's cell and year, -1 for one without. ``density``
    is in incidents per square kilometre; ``nni`` the index of nearest neighbours, NaN for a single
    incident; ``word`` a :class:`ScdiClass`, or ``None`` for a single incident.
    """

    key: IntArray
    year: IntArray
    incidents: IntArray
    area_km2: FloatArray
    density: FloatArray
    nni: FloatArray
    word: npt.NDArray[np.object_]
    row: IntArray


def cells(frame: Frame, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
    """Key of the cell of each place, (n,); -1 where it is missing or outside the published grid.

    In the published frame cells have straight edges in the plane of the projection, where those
    along parallels run up to some tens of metres beside the parallel. A place on an edge is in the
    first of its cells; the authors' code would count it in each.
    """
    if frame is Frame.EQUAL_AREA:
        return frame.grid.cells(lon, lat)
    x, y = checked_lonlat(lon, lat)
    found = np.full(x.size, -1, dtype=np.int64)
    keys, tree = _published()
    west, south, east, north = shapely.total_bounds(PUBLISHED_GRID.polygons(keys[[0, -1]]))
    # Half a degree beyond, for the edges of the plane; far away it has no coordinates.
    near = (np.abs(x - (west + east) / 2) < (east - west) / 2 + 0.5) & (
        np.abs(y - (south + north) / 2) < (north - south) / 2 + 0.5
    )
    here = np.flatnonzero(near)
    points = shapely.points(*_plane(x[here], y[here]))
    point, cell = tree.query(points, predicate="intersects")
    order = np.lexsort((keys[cell], point))
    place, first = np.unique(point[order], return_index=True)
    found[here[place]] = keys[cell[order][first]]
    return found


def cell_years(
    frame: Frame,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    year: npt.ArrayLike,
    *,
    cutoff: float = CUTOFF,
) -> CellYears:
    """Classify the cells and years of incidents.

    ``nni = mean distance to the nearest / (0.5 sqrt(A / n))``, A being the bounding box of the cell
    in the plane (published) or the area of the cell. Clustered below 1; high from ``cutoff`` on.

    Parameters
    ----------
    frame : Frame
    lon, lat : (n,) array_like, degrees
    year : (n,) array_like of int
    cutoff : float
        Incidents per square kilometre, > 0.

    Raises
    ------
    InvalidSetting
        The cutoff is not a positive number.
    """
    if not 0 < cutoff < np.inf:
        raise InvalidSetting(cutoff, "a density is greater than 0")
    x, y = checked_lonlat(lon, lat)
    cell = cells(frame, x, y)
    inside = np.flatnonzero(cell >= 0)
    both = np.column_stack((cell[inside], np.asarray(year, dtype=np.int64)[inside]))
    groups, group = np.unique(both, axis=0, return_inverse=True)
    group = group.reshape(-1)
    row = np.full(x.size, -1, dtype=np.int64)
    row[inside] = group
    number = np.bincount(group, minlength=groups.shape[0])
    area, box = _sizes(frame, groups[:, 0])
    nearest = _nearest_m(frame, x[inside], y[inside], group)
    several = number > 1
    total = np.bincount(group, np.nan_to_num(nearest), minlength=number.size)
    expected = 0.5 * np.sqrt(box / np.maximum(number, 1))
    nni = np.where(several, total / np.maximum(number, 1) / expected, np.nan)
    density = number / area
    spread = np.where(nni < 1.0, "C", "D")
    words = np.char.add(spread, np.where(density >= cutoff, "H", "L")).astype(object)
    words[~several] = None
    return CellYears(groups[:, 0], groups[:, 1], number, area, density, nni, words, row)


def class_shares(
    frame: Frame,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    year: npt.ArrayLike,
    *,
    cutoff: float = CUTOFF,
    draws: int = 200,
    seed: int = SEED,
) -> dict[ScdiClass, FloatArray]:
    """Share of draws in which each cell and year of :func:`cell_years` has each class, (g,) each.

    A draw puts each incident on one of 64 nodes of its disc, all equally likely: into another cell,
    too. What is missing from 1 is the share with fewer than two incidents.

    Parameters
    ----------
    frame, lon, lat, year, cutoff
        As of :func:`cell_years`.
    radius_m : (n,) array_like, metres
        NaN, not known, gives NaN for the cell and year of the incident; in the draws it stays.
    draws, seed : int
        Without a draw all is NaN.
    """
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    base = cell_years(frame, x, y, year, cutoff=cutoff)
    times = {word: np.zeros(base.key.size) for word in ScdiClass}
    for draw in range(draws):
        node = generator(seed, draw).integers(NODES, size=x.size)
        drawn = cell_years(
            frame, *disc_node(x, y, np.nan_to_num(radius), node), year, cutoff=cutoff
        )
        at = _rows_of(base, drawn)
        for word, count in times.items():
            mine = (drawn.word == word.value) & (at >= 0)
            count[at[mine]] += 1.0
    unknown = np.zeros(base.key.size, dtype=np.bool_)
    unknown[base.row[np.isnan(radius) & (base.row >= 0)]] = True
    nothing = unknown | (draws == 0)
    return {word: np.where(nothing, np.nan, count / max(draws, 1)) for word, count in times.items()}


def _nearest_m(frame: Frame, x: FloatArray, y: FloatArray, group: IntArray) -> FloatArray:
    """Distance to the nearest of the same group, (n,) metres; NaN for one that is alone.

    On the ellipsoid the nearest by chord is taken, which within a cell is the nearest.
    """
    if x.size < 2:
        return np.full(x.size, np.nan)
    flat = np.column_stack(_plane(x, y)) if frame is Frame.PUBLISHED else ecef_m(x, y)
    apart = np.column_stack((flat, group * _APART_M))
    away, which = cKDTree(apart).query(apart, k=2)
    # Of a stack of three, none of the two nearest need be the incident itself.
    itself = which[:, 0] == np.arange(x.size)
    other = np.where(itself, which[:, 1], which[:, 0])
    if frame is Frame.EQUAL_AREA:
        metres = geodesic_m(x, y, x[other], y[other])
    else:
        metres = np.where(itself, away[:, 1], away[:, 0])
    return np.where(group[other] == group, metres, np.nan)


def _sizes(frame: Frame, keys: IntArray) -> tuple[FloatArray, FloatArray]:
    """Area of cells in square kilometres, and what the index divides by in square metres."""
    if frame is Frame.EQUAL_AREA:
        return np.full(keys.size, 2_500.0), np.full(keys.size, 2.5e9)
    shapes = _projected_cells(keys)
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    box = (bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])
    return np.asarray(shapely.area(shapes)) / 1e6, box


def _rows_of(base: CellYears, drawn: CellYears) -> IntArray:
    """Position of each drawn cell and year among those of the points, -1 if it is none."""
    if not base.key.size:
        return np.full(drawn.key.size, -1, dtype=np.int64)
    both = np.vstack(
        (np.column_stack((base.key, base.year)), np.column_stack((drawn.key, drawn.year)))
    )
    _, same = np.unique(both, axis=0, return_inverse=True)
    same = same.reshape(-1)
    at = np.full(int(same.max()) + 1, -1, dtype=np.int64)
    at[same[: base.key.size]] = np.arange(base.key.size)
    return np.asarray(at[same[base.key.size :]])


def _projected_cells(keys: IntArray) -> npt.NDArray[np.object_]:
    corners = PUBLISHED_GRID.corners(keys)
    east, north = _plane(corners[..., 0], corners[..., 1])
    return np.asarray(shapely.polygons(np.stack((east, north), axis=-1)), dtype=object)


def _plane(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    east, north = _transformer().transform(lon, lat)
    return np.asarray(east), np.asarray(north)


@cache
def _transformer() -> Transformer:
    return Transformer.from_crs(WGS84, PROJECTION, always_xy=True)


@cache
def _published() -> tuple[IntArray, shapely.STRtree]:
    """All cells of the extent of the published grid, and a tree of them in the plane."""
    keys = PUBLISHED_GRID.block(COLUMNS, ROWS)
    return keys, shapely.STRtree(_projected_cells(keys))
