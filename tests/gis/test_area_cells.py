"""Cells of equal area within polygons, and how far they reach."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.area_cells import CELLS, MOST_CELLS, area_cells
from gis.crs import geodesic_m, wgs84
from gis.errors import InvalidGeometry

SQUARE = shapely.box(0, 14, 2, 16)
RING = shapely.Point(1, 15).buffer(1).difference(shapely.Point(1, 15).buffer(0.7))


@pytest.mark.parametrize("shape", [SQUARE, RING, shapely.box(-30, 60, 40, 85)])
def test_about_as_many_cells_as_asked_for_are_inside(shape: shapely.Geometry) -> None:
    cells = area_cells(shape)
    assert cells.inside.sum() == pytest.approx(CELLS, rel=0.1)
    inside = shapely.points(cells.lon[cells.inside], cells.lat[cells.inside])
    assert shapely.intersects(shape, inside).all()


def test_cells_have_equal_areas_far_north_too() -> None:
    # A parallel that halves the area of a box on the ellipsoid halves its cells.
    south, north = 50.0, 85.0
    cells = area_cells(shapely.box(0, south, 10, north), cells=10_000)

    def area(top: float) -> float:
        outline = shapely.segmentize(shapely.box(0, south, 10, top), 0.05)
        return abs(wgs84().geometry_area_perimeter(outline)[0])

    for parallel in (55.0, 62.0, 75.0):
        share = (cells.lat <= parallel).mean()
        assert share == pytest.approx(area(parallel) / area(north), abs=0.01)


def test_no_point_of_the_polygon_is_further_from_a_centre_than_the_reach() -> None:
    cells = area_cells(RING, cells=200)
    draws = np.random.default_rng(5)
    lon, lat = draws.uniform(0, 2, 2000), draws.uniform(14, 16, 2000)
    there = shapely.intersects_xy(RING, lon, lat)
    away = geodesic_m(lon[there, None], lat[there, None], cells.lon, cells.lat)
    assert away.min(axis=1).max() <= cells.reach_m
    assert cells.reach_m < 20_000


def test_a_polygon_that_is_cut_at_the_antimeridian_is_one_place() -> None:
    cut = shapely.MultiPolygon([shapely.box(179, -18, 180, -16), shapely.box(-180, -18, -179, -16)])
    cells = area_cells(cut)
    assert 100 < cells.inside.sum() <= MOST_CELLS
    assert (np.abs(cells.lon) >= 179 - 0.5).all()
    assert (cells.lon > 0).mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    "shape", [None, shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon()]
)
def test_what_has_no_area_is_refused(shape: shapely.Geometry) -> None:
    with pytest.raises(InvalidGeometry, match="area"):
        area_cells(shape)


def test_there_is_at_least_one_cell() -> None:
    with pytest.raises(InvalidGeometry, match="cell"):
        area_cells(SQUARE, cells=0)
