"""Areas that hold shares: valid, one in the other, and with what they are said to hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from gis.crs import wgs84
from gis.density import Surface, adaptive_density
from gis.errors import InvalidGeometry, InvalidSetting
from gis.mass_contours import mass_contours

SHARES = (0.5, 0.8, 0.95)


@pytest.fixture(scope="module")
def surface() -> Surface:
    """Two towns and a ring, so that areas have parts and holes."""
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    lon = np.concatenate((np.full(60, -3.0), np.full(30, 5.0), 1.0 + 2 * np.cos(turn)))
    lat = np.concatenate((np.full(60, 12.0), np.full(30, 17.0), 14.5 + 2 * np.sin(turn)))
    return adaptive_density(lon, lat, 1_000.0, bandwidth_km=60, cell_km=5)


def test_areas_are_valid_and_one_lies_in_the_other(surface: Surface) -> None:
    contours = mass_contours(surface, SHARES)
    assert [contour.share for contour in contours] == [0.95, 0.8, 0.5]
    assert all(contour.outline.is_valid for contour in contours)
    for wider, narrower in itertools.pairwise(contours):
        assert wider.outline.covers(narrower.outline)
        assert wider.level < narrower.level
    assert len(contours[0].outline.geoms) == 3
    assert any(len(part.interiors) for part in contours[0].outline.geoms)


def test_areas_hold_their_share_and_no_smaller_area_would(surface: Surface) -> None:
    falling = np.sort(surface.mass, axis=None)[::-1]
    for contour in mass_contours(surface, SHARES):
        assert contour.mass / surface.mass.sum() == pytest.approx(contour.share, abs=0.005)
        assert contour.mass >= contour.share * surface.mass.sum() - 1e-9
        cells = int((surface.mass >= contour.level * surface.grid.cell_km2 * (1 - 1e-12)).sum())
        assert falling[:cells].sum() == pytest.approx(contour.mass, rel=1e-3)
        # The outline runs between the middles of cells.
        lon, lat = surface.grid.middles()
        inside = shapely.contains_xy(contour.outline, lon, lat)
        assert surface.mass[inside].sum() == pytest.approx(contour.mass, rel=0.002)
        assert contour.area_km2 == pytest.approx(cells * surface.grid.cell_km2, rel=0.03)


def test_the_area_is_that_on_the_ellipsoid(surface: Surface) -> None:
    for contour in mass_contours(surface, SHARES):
        area, _ = wgs84().geometry_area_perimeter(contour.outline)
        assert area / 1e6 == pytest.approx(contour.area_km2, rel=1e-4)


def test_the_area_of_one_incident_is_the_disc_of_the_kernel() -> None:
    surface = adaptive_density([1.0], [14.0], 0.0, bandwidth_km=50, cell_km=1)
    (contour,) = mass_contours(surface, [0.5])
    # Mass of the quartic within u: 1 - (1 - u^2)^3.
    disc = np.pi * 50**2 * (1 - 0.5 ** (1 / 3))
    assert contour.area_km2 == pytest.approx(disc, rel=0.01)
    assert contour.level == pytest.approx(3 / (np.pi * 50**2) * 0.5 ** (2 / 3), rel=0.01)


def test_shares_and_surfaces_without_sense_are_refused(surface: Surface) -> None:
    for share in (0.0, 1.0, np.nan):
        with pytest.raises(InvalidSetting):
            mass_contours(surface, [share])
    nothing = Surface(surface.grid, np.zeros_like(surface.per_km2), surface.bandwidth_m)
    with pytest.raises(InvalidGeometry):
        mass_contours(nothing, SHARES)


def test_an_outline_over_the_antimeridian_is_refused() -> None:
    surface = adaptive_density([180.0], [0.0], 0.0, bandwidth_km=50, cell_km=10)
    with pytest.raises(InvalidGeometry):
        mass_contours(surface, SHARES)
