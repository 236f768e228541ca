"""Areas that hold given shares of a surface: where half of it lies, where 95 %.

Of all areas that hold a share, the one with the greatest densities is the smallest (the highest
density region, Hyndman 1996, The American Statistician 50(2):120-126). Areas of greater shares hold
those of smaller ones.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs import FloatArray, to_wgs84
from gis.errors import InvalidGeometry, InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.density import Surface


@dataclass(frozen=True, slots=True, eq=False)
class MassContour:
    """The area of the highest densities that holds a share of a surface.

    Parameters
    ----------
    share : float
        That was asked for.
    level : float
        Least density in it, per km2.
    mass : float
        What the cells of that density and above hold together: the share, or up to a cell more.
    area_km2 : float
    outline : MultiPolygon
        WGS 84.
    plane : MultiPolygon
        The same in the system of the grid.
    """

    share: float
    level: float
    mass: float
    area_km2: float
    outline: shapely.MultiPolygon
    plane: shapely.MultiPolygon


def mass_contours(surface: Surface, shares: Sequence[float]) -> list[MassContour]:
    """Areas that hold shares of a surface, the greatest share first.

    The level of a share is the density of the last cell that is needed, when cells are taken from
    the densest on; outlines run between the middles of cells, linearly.

    Parameters
    ----------
    surface : Surface
        With a mass above 0.
    shares : sequence of float
        In (0, 1).

    Raises
    ------
    InvalidSetting
        A share is not between 0 and 1.
    InvalidGeometry
        The surface holds nothing, or an outline would cross the antimeridian.
    """
    from contourpy import FillType, contour_generator

    wrong = [share for share in shares if not 0 < share < 1]
    if wrong:
        raise InvalidSetting(wrong[0], "a share of a surface lies between 0 and 1")
    mass = surface.mass
    total = float(mass.sum())
    if not total > 0:
        raise InvalidGeometry(total, "a surface with contours holds something")
    falling = np.sort(mass, axis=None)[::-1]
    reached = np.cumsum(falling)
    grid = surface.grid
    # A rim of nothing closes what reaches the edge of the grid.
    heights = np.pad(mass / grid.cell_km2, 1)
    step = grid.cell_m
    x = np.concatenate(([grid.x[0] - step], grid.x, [grid.x[-1] + step]))
    y = np.concatenate(([grid.y[0] + step], grid.y, [grid.y[-1] - step]))
    drawn = contour_generator(x, y, heights, name="serial", fill_type=FillType.OuterOffset)
    found = []
    for share in sorted(set(shares), reverse=True):
        last = min(int(np.searchsorted(reached, share * reached[-1])), reached.size - 1)
        level = float(falling[last]) / grid.cell_km2
        plane = _polygons(drawn.filled(level, np.inf))
        held = float(mass[mass >= falling[last]].sum())
        outline = _lonlat(plane, grid.system)
        found.append(MassContour(share, level, held, plane.area / 1e6, outline, plane))
    return found


def _polygons(filled: Any) -> shapely.MultiPolygon:
    """Each outer ring with its holes, which begin and end at offsets (``FillType.OuterOffset``)."""
    every = []
    for points, cuts in zip(*filled, strict=True):
        parts = [points[a:b] for a, b in itertools.pairwise(cuts)]
        every.append(shapely.Polygon(parts[0], parts[1:]))
    return _valid(shapely.MultiPolygon(every))


def _lonlat(plane: shapely.MultiPolygon, system: str) -> shapely.MultiPolygon:
    def placed(points: FloatArray) -> FloatArray:
        return np.column_stack(to_wgs84(system).transform(points[:, 0], points[:, 1]))

    outline = shapely.transform(plane, placed)
    for part in outline.geoms:
        for ring in (part.exterior, *part.interiors):
            if np.abs(np.diff(shapely.get_coordinates(ring)[:, 0])).max() > 180.0:
                raise InvalidGeometry("an outline", "it does not cross the antimeridian")
    return _valid(outline)


def _valid(shape: shapely.MultiPolygon) -> shapely.MultiPolygon:
    """The shape without rings that touch themselves, as contours through a level's cell may."""
    mended = shape if shapely.is_valid(shape) else shapely.make_valid(shape)
    parts = [
        part
        for part in shapely.get_parts(shapely.get_parts(mended))
        if isinstance(part, shapely.Polygon) and part.area > 0
    ]
    return shapely.orient_polygons(shapely.MultiPolygon(parts))
