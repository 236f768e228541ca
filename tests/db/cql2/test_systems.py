"""Every system of a layer on all that is shipped: coordinates there and back, boxes, polygons."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from db.cql2.filter import Filter
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, keys_statement, sort_kinds, statement
from gis.crs import geodesic_m
from gis.errors import GisError
from gis.foreign_box import parse_box
from gis.reference_systems import CRS84, REGION_EPSG, offered
from tests.db.cql2.asking import rows

if TYPE_CHECKING:
    from gis.crs import FloatArray
    from gis.reference_systems import ReferenceSystem
    from tests.db.cql2.asking import Asking

SYSTEMS = offered(REGION_EPSG)
each_system = pytest.mark.parametrize("system", SYSTEMS, ids=lambda each: each.uri[-6:])
some = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@cache
def to_system(system: ReferenceSystem) -> Transformer:
    """In the order of the authority's axes: pyproj without `always_xy`."""
    known = "OGC:CRS84" if system == CRS84 else f"EPSG:{system.srid}"
    return Transformer.from_crs("OGC:CRS84", known)


def stated(system: ReferenceSystem, lonlat: FloatArray) -> FloatArray:
    return np.column_stack(to_system(system).transform(*lonlat.T))


@cache
def places(asking: Asking, system: ReferenceSystem) -> tuple[list[int], FloatArray, FloatArray]:
    """Keys, longitudes and latitudes, and coordinates of the incidents that the system reaches."""
    found = [r for r in rows(asking.connection, "incidents") if r["geometry"] is not None]
    reach = system.reach
    reached = [r for r in found if reach.west <= r["geometry"].x <= reach.east]
    lonlat = np.array([(r["geometry"].x, r["geometry"].y) for r in reached])
    return [r["key"] for r in reached], lonlat, stated(system, lonlat)


def reaches(system: ReferenceSystem, polygon: shapely.Polygon) -> bool:
    """Whether a system has coordinates for all corners; a filter with others is refused."""
    first, second = np.array(polygon.exterior.coords).T
    back = to_system(system).transform(first, second, direction="INVERSE")
    lonlat = np.column_stack(back)
    if not np.isfinite(lonlat).all():
        return False
    reach = system.reach
    return bool(((reach.west <= lonlat[:, 0]) & (lonlat[:, 0] <= reach.east)).all())


@each_system
def test_coordinates_lead_there_and_back_and_are_missing_where_the_collection_says(
    asking: Asking, system: ReferenceSystem
) -> None:
    layer, query = LAYERS["incidents"], LayerQuery(properties=())
    lead = len(sort_kinds(layer, query))
    answered = {
        row[lead]: row[lead + 1]
        for row in asking.connection.execute(statement(layer, query, system=system))
    }
    keys, lonlat, wanted = places(asking, system)
    assert {key for key, geometry in answered.items() if geometry is not None} == set(keys)
    got = np.array([json.loads(answered[key])["coordinates"] for key in keys])
    assert np.abs(got - wanted).max() <= (1e-7 if system.is_wgs84 else 2e-3)
    first, second = got.T
    back = np.column_stack(to_system(system).transform(first, second, direction="INVERSE"))
    off = geodesic_m(*lonlat.T, *back.T)
    assert off.max() < 1.0
    # Far from its meridian the coordinates of a zone lie ever closer for the same way on the earth.
    near = np.abs(lonlat[:, 0] - (system.area.west + system.area.east) / 2) < 30
    assert off[near].max() < 0.02


def centre(data: st.DataObject, lonlat: FloatArray) -> tuple[float, float]:
    """A place among the incidents, or anywhere in their part of the world."""
    lon, lat = lonlat[data.draw(st.integers(0, len(lonlat) - 1))]
    off = st.floats(-2, 2)
    return float(lon) + data.draw(off), float(lat) + data.draw(off)


def inside(keys: list[int], test: FloatArray) -> set[int]:
    return {key for key, is_in in zip(keys, test, strict=True) if is_in}


@each_system
@some
@given(data=st.data())
def test_a_box_of_a_system_holds_what_lies_between_its_edges(
    asking: Asking, system: ReferenceSystem, data: st.DataObject
) -> None:
    keys, lonlat, coordinates = places(asking, system)
    middle = stated(system, np.array([centre(data, lonlat)]))[0]
    half = data.draw(st.floats(1e-4, 8.0)) * (1.0 if system.is_wgs84 else 111_000.0)
    ratio = data.draw(st.floats(0.2, 5.0))
    low, high = middle - np.array([half, half * ratio]), middle + np.array([half, half * ratio])
    try:
        box = parse_box(",".join(map(repr, [*map(float, low), *map(float, high)])), system)
    except GisError:
        assume(False)
    layer = LAYERS["incidents"]
    found = set(asking.connection.scalars(keys_statement(layer, LayerQuery(bbox=box))))
    nowhere = asking.matched("incidents", "geometry IS NULL")
    near = 1e-9 if system.is_wgs84 else 1e-3
    sure = inside(keys, ((coordinates > low + near) & (coordinates < high - near)).all(axis=1))
    possible = inside(keys, ((coordinates > low - near) & (coordinates < high + near)).all(axis=1))
    assert sure <= found - nowhere <= possible
    assert nowhere <= found
    # The same box in a filter finds the same, but for those without a place.
    written = ", ".join(repr(float(edge)) for edge in (*low, *high))
    query = LayerQuery(filter=Filter(f"S_INTERSECTS(geometry, BBOX({written}))", system=system))
    filtered = set(asking.connection.scalars(keys_statement(layer, query)))
    assert filtered == found - nowhere


@each_system
@some
@given(data=st.data())
def test_a_polygon_of_a_system_holds_what_lies_in_it_there(
    asking: Asking, system: ReferenceSystem, data: st.DataObject
) -> None:
    keys, lonlat, coordinates = places(asking, system)
    middle = stated(system, np.array([centre(data, lonlat)]))[0]
    size = data.draw(st.floats(0.01, 4.0)) * (1.0 if system.is_wgs84 else 111_000.0)
    # Corners a femtometre apart are one corner to some programs and two to others.
    drawn = data.draw(st.lists(st.integers(0, 628), min_size=3, max_size=6, unique=True))
    turns = np.sort(drawn) / 100
    ring = middle + size * np.column_stack([np.cos(turns), np.sin(turns)])
    polygon = shapely.Polygon(ring)
    # A sliver has no inside that outlasts rounding.
    assume(shapely.is_valid(polygon) and polygon.buffer(-1e-3 * size).area > 0)
    assume(reaches(system, polygon))
    layer = LAYERS["incidents"]
    text = shapely.to_wkt(polygon, rounding_precision=-1)
    for relation in ("S_INTERSECTS(geometry, {})", "S_CONTAINS({}, geometry)"):
        query = LayerQuery(filter=Filter(relation.format(text), system=system))
        found = set(asking.connection.scalars(keys_statement(layer, query)))
        points = shapely.points(coordinates)
        near = 1e-9 if system.is_wgs84 else 0.5
        sure = inside(keys, shapely.contains(polygon.buffer(-near), points))
        possible = inside(keys, shapely.intersects(polygon.buffer(near), points))
        assert sure <= found <= possible
