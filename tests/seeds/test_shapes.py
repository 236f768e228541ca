"""Geometries that can be boundaries, can be mended, or can not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from db.vocabulary import BoundaryKind
from seeds.shapes import Fitted, Misfit, fit

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

BOWTIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
SPIKE = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (-1, 0)])
FLAT = shapely.Polygon([(0, 0), (1, 0), (2, 0)])
SQUARE = shapely.box(0, 0, 1, 1)
LINE = shapely.LineString([(0, 0), (1, 1)])
POINT = shapely.Point(0.2, 15.0)


@pytest.mark.parametrize(
    "shape, kind, stored",
    [
        (SQUARE, BoundaryKind.ADM0, "MultiPolygon"),
        (shapely.MultiPolygon([SQUARE]), BoundaryKind.ADM2, "MultiPolygon"),
        (LINE, BoundaryKind.BORDER, "MultiLineString"),
        (LINE, BoundaryKind.ROAD, "MultiLineString"),
        (shapely.MultiLineString([LINE]), BoundaryKind.BORDER, "MultiLineString"),
        (POINT, BoundaryKind.TRIPOINT, "Point"),
    ],
)
def test_a_proper_geometry_is_stored_in_one_type(
    shape: BaseGeometry, kind: BoundaryKind, stored: str
) -> None:
    fitted = fit(shape, kind)
    assert isinstance(fitted, Fitted)
    assert (fitted.geometry.geom_type, fitted.mended) == (stored, False)
    assert fitted.geometry.equals(shape)


@pytest.mark.parametrize(
    "shape, kind",
    [
        (POINT, BoundaryKind.BORDER),
        (SQUARE, BoundaryKind.BORDER),
        (LINE, BoundaryKind.ADM1),
        (shapely.MultiPoint([(0, 0)]), BoundaryKind.TRIPOINT),
        (shapely.GeometryCollection([SQUARE]), BoundaryKind.ADM1),
    ],
)
def test_another_type_is_refused(shape: BaseGeometry, kind: BoundaryKind) -> None:
    misfit = fit(shape, kind)
    assert isinstance(misfit, Misfit)
    assert misfit.value == shape.geom_type
    assert misfit.rule.startswith(f"for the kind {kind} it must be a ")


@pytest.mark.parametrize("shape", [None, shapely.Polygon(), shapely.MultiPolygon()])
def test_nothing_is_refused(shape: BaseGeometry | None) -> None:
    assert fit(shape, BoundaryKind.ADM1) == Misfit(None, "is missing, empty, or cannot be built")


@pytest.mark.parametrize("lon, lat", [(181, 0), (-181, 0), (0, 91), (400_000, 1_600_000)])
def test_places_outside_the_world_are_refused(lon: float, lat: float) -> None:
    misfit = fit(shapely.Point(lon, lat), BoundaryKind.TRIPOINT)
    assert isinstance(misfit, Misfit)
    assert "longitudes lie within" in misfit.rule


@pytest.mark.parametrize("odd", ["nan", "inf"])
def test_coordinates_that_are_no_numbers_are_refused(odd: str) -> None:
    with np.errstate(invalid="ignore"):
        line = shapely.from_wkt(f"LINESTRING (0 0, {odd} 1, 2 2)")
    assert isinstance(fit(line, BoundaryKind.BORDER), Misfit)


def test_the_edge_of_the_world_belongs_to_it() -> None:
    assert isinstance(fit(shapely.box(-180, -90, 180, 90), BoundaryKind.ADM0), Fitted)


def test_a_ring_that_crosses_itself_is_mended() -> None:
    fitted = fit(BOWTIE, BoundaryKind.ADM1)
    assert isinstance(fitted, Fitted)
    assert fitted.mended
    assert fitted.geometry.is_valid
    assert fitted.geometry.area == pytest.approx(0.5)


@pytest.mark.parametrize("shape", [SPIKE, FLAT])
def test_what_would_fall_into_another_type_is_refused(shape: BaseGeometry) -> None:
    misfit = fit(shape, BoundaryKind.ADM1)
    assert isinstance(misfit, Misfit)
    assert misfit.rule.startswith("cannot be mended: it would become a ")
