"""The parameter `bbox` beyond what OGC's suite asks: edges, degenerate boxes, heights, any box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.layers.catalogue import LAYERS
from tests.api.conformance.asking import keys
from tests.api.conformance.judging import expected_in
from tests.api.conformance.proving import proves

if TYPE_CHECKING:
    import httpx

    from tests.api.conformance.conftest import Geometries

Box = tuple[float, float, float, float]
PLACED = [layer.id for layer in LAYERS.values() if layer.geometry is not None]
FEW = [layer for layer in PLACED if layer not in ("claims", "places")]
"""Layers of which thousands are not asked for a hundred times."""

each_layer = pytest.mark.parametrize("layer", PLACED)


def asked(box: Box) -> str:
    return ",".join(map(repr, map(float, box)))


def corners_of(stored: Geometries, number: int) -> np.ndarray[Any, Any]:
    """Some coordinates of the features of a layer, exactly as they are stored."""
    coordinates: np.ndarray[Any, Any] = shapely.get_coordinates(stored[1])
    if not len(coordinates):
        return np.array([[0.0, 15.0]] * number)
    return coordinates.take(np.linspace(0, len(coordinates) - 1, number).astype(int), axis=0)


@proves("/conf/core/fc-bbox-response")
@each_layer
def test_edges_belong_to_the_box(
    shipped: httpx.Client, geometries: dict[str, Geometries], layer: str
) -> None:
    for lon, lat in corners_of(geometries[layer], 4):
        for box in (
            (lon, lat, lon + 0.5, lat + 0.5),
            (lon - 0.5, lat - 0.5, lon, lat),
            (np.nextafter(lon, 180), lat, lon + 0.5, lat + 0.5),
            (lon - 0.5, lat - 0.5, lon, np.nextafter(lat, -90)),
        ):
            found = keys(shipped, layer, bbox=asked(box))
            assert found == expected_in(geometries[layer], *box), box


@proves("/conf/core/fc-bbox-response")
@each_layer
def test_a_box_may_be_a_point_or_a_line(
    shipped: httpx.Client, geometries: dict[str, Geometries], layer: str
) -> None:
    for lon, lat in corners_of(geometries[layer], 3):
        for box in ((lon, lat, lon, lat), (lon, lat - 1, lon, lat + 1), (lon - 1, lat, lon, lat)):
            found = keys(shipped, layer, bbox=asked(box))
            assert found == expected_in(geometries[layer], *box), box


@proves("/conf/core/fc-bbox-response")
@each_layer
def test_heights_are_passed_over(
    shipped: httpx.Client, geometries: dict[str, Geometries], layer: str
) -> None:
    found = keys(shipped, layer, bbox="-1,13,-100,3,16,9000")
    assert found == expected_in(geometries[layer], -1, 13, 3, 16)


@proves("/conf/core/fc-bbox-response")
@pytest.mark.parametrize(
    "box",
    [
        (170.0, -90.0, -100.0, 90.0),
        (10.0, -90.0, 5.0, 90.0),
        (180.0, -90.0, -180.0, 90.0),
        (-180.0, -90.0, -180.0, 90.0),
        (0.0, 90.0, 0.0, 90.0),
        (-180.0, -90.0, 180.0, 90.0),
    ],
    ids=str,
)
@each_layer
def test_the_ends_of_the_earth(
    shipped: httpx.Client, geometries: dict[str, Geometries], layer: str, box: Box
) -> None:
    assert keys(shipped, layer, bbox=asked(box)) == expected_in(geometries[layer], *box)


def test_what_has_no_place_matches_every_box(
    shipped: httpx.Client, geometries: dict[str, Geometries]
) -> None:
    ids, shapes = geometries["incidents"]
    nowhere = set(map(int, ids[shapely.is_missing(shapes)]))
    assert nowhere
    assert keys(shipped, "incidents", bbox="100,-60,101,-59") == nowhere


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    south, north = sorted((draw(st.floats(-35, 60)), draw(st.floats(-35, 60))))
    return draw(st.floats(-180, 180)), south, draw(st.floats(-180, 180)), north


@proves("/conf/core/fc-bbox-response")
@pytest.mark.parametrize("layer", FEW)
def test_any_box_finds_what_meets_it(
    shipped: httpx.Client, geometries: dict[str, Geometries], layer: str
) -> None:
    @settings(
        max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(boxes())
    def check(box: Box) -> None:
        assert keys(shipped, layer, bbox=asked(box)) == expected_in(geometries[layer], *box)

    check()
