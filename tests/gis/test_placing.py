"""Geometries of other systems on longitude and latitude."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from gis.crs import geodesic_m
from gis.errors import InvalidGeometry
from gis.placing import MOST_CORNERS, placed
from gis.reference_systems import CRS84, REGION_EPSG, epsg, offered

if TYPE_CHECKING:
    from gis.crs import FloatArray

SYSTEMS = offered(REGION_EPSG)
METRIC = [system for system in SYSTEMS if not system.is_wgs84]
UTM31 = epsg(32631)


def back(geometry: shapely.Geometry, code: int) -> FloatArray:
    """Coordinates in a system again, by a second hand."""
    transformer = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
    return np.column_stack(transformer.transform(*shapely.get_coordinates(geometry).T))


@pytest.mark.parametrize("system", METRIC, ids=lambda each: str(each.srid))
@settings(deadline=None)
@given(
    lon=st.floats(-60, 60),
    lat=st.floats(-70, 70),
    wide=st.floats(1, 2e6),
    high=st.floats(1, 2e6),
)
def test_an_edge_stays_where_its_system_draws_it(
    system: object, lon: float, lat: float, wide: float, high: float
) -> None:
    assert system in METRIC
    found = next(each for each in METRIC if each is system)
    east, north = back(shapely.Point(lon, lat), found.srid)[0]
    line = shapely.LineString([(east, north), (east + wide, north + high)])
    try:
        lonlat = placed(line, found)
    except InvalidGeometry:
        return
    again = back(lonlat, found.srid)
    assert abs(again[[0, -1]] - shapely.get_coordinates(line)).max() < 0.01
    assert len(again) <= MOST_CORNERS + 2
    # Also half-way between two corners it lies on the line, but for centimetres.
    corners = shapely.get_coordinates(lonlat)
    middle = shapely.MultiPoint((corners[1:] + corners[:-1]) / 2)
    off = shapely.distance(line, shapely.points(back(middle, found.srid)))
    assert off.max() < 0.5


@pytest.mark.parametrize("system", [CRS84, epsg(4326)], ids=["CRS84", "4326"])
def test_degrees_stay_as_they_are(system: object) -> None:
    triangle = shapely.from_wkt("POLYGON ((0 10, 4 10, 2 14, 0 10))")
    assert placed(triangle, CRS84 if system is CRS84 else epsg(4326)).equals_exact(triangle, 0)


@pytest.mark.parametrize(
    "text",
    [
        "POINT (500000 1500000)",
        "MULTIPOINT ((500000 1500000), (600000 1600000))",
        "LINESTRING (500000 1500000, 600000 1600000)",
        (
            "POLYGON ((4e5 14e5, 6e5 14e5, 6e5 16e5, 4e5 14e5), (5e5 141e4, 55e4 141e4, 55e4 145e4,"
            "5e5 141e4))"
        ),
        "GEOMETRYCOLLECTION (POINT (500000 1500000), LINESTRING (500000 1500000, 600000 1600000))",
    ],
)
def test_every_type_of_geometry_is_placed(text: str) -> None:
    geometry = shapely.from_wkt(text)
    found = placed(geometry, UTM31)
    assert found.geom_type == geometry.geom_type
    assert shapely.is_valid(found)
    first, last = shapely.get_coordinates(geometry)[[0, -1]], back(found, 32631)[[0, -1]]
    assert abs(first - last).max() < 0.01


def test_between_corners_there_is_a_kilometre() -> None:
    line = placed(shapely.LineString([(2e5, 15e5), (6e5, 15e5)]), UTM31)
    lon, lat = shapely.get_coordinates(line).T
    assert len(lon) == 401
    steps = geodesic_m(lon[1:], lat[1:], lon[:-1], lat[:-1])
    assert (abs(steps - 1_000) < 2).all()


@pytest.mark.parametrize(
    "code, text, rule",
    [
        (4326, "POINT (181 0)", "longitudes"),
        (4326, "POINT (0 91)", "latitudes"),
        (32631, "POINT (1e9 0)", "no place"),
        (32631, "POINT (1e300 1e300)", "no place"),
        (32631, "POINT (9e6 9e6)", "no place"),
        (3857, "POINT (3e7 0)", "no place"),
        (32631, "POLYGON ((4e5 9.9e6, 6e5 9.9e6, 6e5 10.1e6, 4e5 10.1e6, 4e5 9.9e6))", "no p"),
    ],
)
def test_what_has_no_place_is_refused(code: int, text: str, rule: str) -> None:
    with pytest.raises(InvalidGeometry, match=rule):
        placed(shapely.from_wkt(text), epsg(code))
