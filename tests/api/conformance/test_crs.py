"""Features Part 2, CRS by reference: every check of OGC's test suite, on every layer."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
import shapely
from pyproj import CRS, Transformer

from db.layers.catalogue import LAYERS
from tests.api.conformance.asking import (
    CRS84,
    GEOJSON,
    JSON,
    PROBLEM,
    Node,
    collection_of,
    get,
    items_of,
    keys,
    shape_of,
)
from tests.api.conformance.proving import proves

if TYPE_CHECKING:
    import httpx
    import numpy as np
    from numpy.typing import NDArray

PLACED = [layer.id for layer in LAYERS.values() if layer.geometry is not None]
UNSUPPORTED = ("http://www.opengis.net/def/crs/0/unsupported", "urn:ogc:def:crs:EPSG::2154", "")
OGC_NAME = re.compile(r"http://www\.opengis\.net/def/crs/(OGC|EPSG)/[0-9.]+/\w+")
FEW = 20
AREA = "-1,13,3,16"
"""Liptako-Gourma, where every system has coordinates."""
TOLERANCE = {"degree": 2e-7, "metre": 0.005}

each_layer = pytest.mark.parametrize("layer", PLACED)


@proves("/conf/crs/crs-uri")
@each_layer
def test_crs_crs_uri(shipped: httpx.Client, layer: str) -> None:
    for found in both_entries(shipped, layer):
        for uri in (*found["crs"], found["storageCrs"]):
            assert OGC_NAME.fullmatch(uri), uri
        assert len(set(found["crs"])) == len(found["crs"])


@proves("/conf/crs/default-crs")
@each_layer
def test_crs_default_crs(shipped: httpx.Client, layer: str) -> None:
    for found in both_entries(shipped, layer):
        assert found["crs"][0] == CRS84


@proves("/conf/crs/storageCrs")
@each_layer
def test_crs_storage_crs(shipped: httpx.Client, layer: str) -> None:
    for found in both_entries(shipped, layer):
        assert found["storageCrs"] in found["crs"]


@proves("/conf/crs/crs-parameter")
@each_layer
def test_crs_crs_parameter(shipped: httpx.Client, layer: str) -> None:
    for uri in collection_of(shipped, layer)["crs"]:
        for href in both_paths(shipped, layer):
            response = shipped.get(href, params={"crs": uri}, headers={"Accept": GEOJSON})
            assert response.status_code == 200
            assert response.headers["content-type"] == GEOJSON
            assert response.headers["content-crs"] == f"<{uri}>"


@proves("/conf/crs/crs-parameter-default")
@each_layer
def test_crs_crs_parameter_default(shipped: httpx.Client, layer: str) -> None:
    for href in both_paths(shipped, layer):
        plain, asked = shipped.get(href), shipped.get(href, params={"crs": CRS84})
        assert plain.headers["content-crs"] == asked.headers["content-crs"] == f"<{CRS84}>"
        for name in ("geometry", "features"):
            assert plain.json().get(name) == asked.json().get(name)


@proves("/conf/crs/crs-parameter-invalid", "/conf/crs/bbox-crs-parameter-invalid")
@pytest.mark.parametrize("uri", UNSUPPORTED)
@each_layer
def test_crs_parameters_invalid(shipped: httpx.Client, layer: str, uri: str) -> None:
    listing, one = both_paths(shipped, layer)
    for href, asked in (
        (listing, {"crs": uri}),
        (one, {"crs": uri}),
        (listing, {"bbox-crs": uri, "bbox": "0,0,1,1"}),
    ):
        response = shipped.get(href, params=asked)
        assert response.status_code == 400
        assert response.headers["content-type"] == PROBLEM
        assert CRS84 in response.json()["rule"]


@proves("/conf/crs/crs-parameter-transform")
@each_layer
def test_crs_crs_parameter_transform(shipped: httpx.Client, layer: str) -> None:
    plain = get(shipped, items_of(shipped, layer), limit=FEW, bbox=AREA)["features"]
    for uri in collection_of(shipped, layer)["crs"]:
        other = get(shipped, items_of(shipped, layer), limit=FEW, bbox=AREA, crs=uri)
        for before, after in zip(plain, other["features"], strict=True):
            assert before["id"] == after["id"]
            if after["geometry"] is not None:
                check_transformed(uri, before, after)
            else:
                assert before["geometry"] is None
        # Clusters of a scan of what is shipped are elsewhere.
        for first in other["features"][:1]:
            one = get(shipped, f"{items_of(shipped, layer)}/{first['id']}", crs=uri)
            assert one["geometry"] == first["geometry"]


@proves("/conf/crs/bbox-crs-parameter", "/conf/crs/bbox-crs-parameter-default")
@each_layer
def test_crs_bbox_crs_parameter(shipped: httpx.Client, layer: str) -> None:
    corners = (-1.0, 13.0, 3.0, 16.0)
    plain = keys(shipped, layer, bbox=",".join(map(str, corners)))
    for uri in collection_of(shipped, layer)["crs"]:
        box = shapely.box(*corners)
        # The sides of a box of degrees are bent lines in another system: its box around holds it.
        around = placed(uri, shapely.segmentize(box, 0.01)).bounds
        found = keys(shipped, layer, bbox=",".join(map(repr, around)), bbox_crs=uri)
        assert found >= plain
        if axis_unit(uri) == "degree" or uri.endswith("/3857"):
            assert found == plain


def both_entries(client: httpx.Client, layer: str) -> list[Node]:
    """The collection as it stands by itself, and in the list."""
    listed = get(client, "/collections", JSON)["collections"]
    return [collection_of(client, layer), *(each for each in listed if each["id"] == layer)]


def both_paths(client: httpx.Client, layer: str) -> tuple[str, str]:
    """The addresses of the features, and of the first of them."""
    listing = items_of(client, layer)
    first = get(client, listing, limit=1)["features"][0]["id"]
    return listing, f"{listing}/{first}"


@cache
def named(uri: str) -> CRS:
    return CRS.from_user_input("OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rpartition('/')[2]}")


@cache
def transformer(uri: str) -> Transformer:
    """By a second hand: without `always_xy`, so in the order of axes that the URI demands."""
    return Transformer.from_crs("OGC:CRS84", named(uri))


def placed(uri: str, shape: shapely.Geometry) -> shapely.Geometry:
    def moved(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = transformer(uri).transform(pairs[:, 0], pairs[:, 1])
        pairs[:, 0], pairs[:, 1] = first, second
        return pairs

    return shapely.transform(shape, moved)


def axis_unit(uri: str) -> str:
    return str(named(uri).axis_info[0].unit_name)


def check_transformed(uri: str, before: Node, after: Node) -> None:
    expected, found = placed(uri, shape_of(before)), shape_of(after)
    assert expected.geom_type == found.geom_type
    far = TOLERANCE[axis_unit(uri)]
    # Both were rounded when they were written: coordinates differ by that, and by nothing more.
    pairs = shapely.get_coordinates(expected), shapely.get_coordinates(found)
    assert pairs[0].shape == pairs[1].shape
    slack = far if axis_unit(uri) == "degree" else far + 0.012
    assert abs(pairs[0] - pairs[1]).max() <= slack
