"""Features Part 1, core: every check of OGC's test suite, on every layer that is shipped."""

from __future__ import annotations

from datetime import datetime
from math import ceil, floor
from typing import TYPE_CHECKING

import pytest
import shapely
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.service_pages import CONFORMANCE
from db.layers.catalogue import LAYERS
from tests.api.answers import links
from tests.api.conformance.asking import (
    CRS84,
    GEOJSON,
    HTML,
    JSON,
    MOST_FEATURES,
    MOST_PAGES,
    OPENAPI,
    PROBLEM,
    Node,
    collection_of,
    get,
    items_of,
    keys,
    pages,
    parameters_of,
    shape_of,
)
from tests.api.conformance.judging import expected_in
from tests.api.conformance.periods import meeting, time_fields
from tests.api.conformance.proving import proves

if TYPE_CHECKING:
    import httpx

    from tests.api.conformance.conftest import Geometries

UNKNOWN = "unknownQueryParameter12345"
PLACED = [layer.id for layer in LAYERS.values() if layer.geometry is not None]
BOXES = {
    "meridian": (-1.5, 50.0, 1.5, 53.0),
    "equator": (-80.0, -5.0, -70.0, 5.0),
    "antimeridian": (177.0, 65.0, -177.0, 70.0),
    "north pole": (-180.0, 85.0, 180.0, 90.0),
    "south pole": (-180.0, -90.0, 180.0, -85.0),
}
"""The boxes that OGC's suite asks for, besides the extent of each collection."""
TIMES = {
    "2019-12-10T12:00:00Z": (datetime(2019, 12, 10, 12), datetime(2019, 12, 10, 12)),
    "2019-03-01T00:00:00Z/2019-09-30T23:59:59Z": (
        datetime(2019, 3, 1),
        datetime(2019, 9, 30, 23, 59, 59),
    ),
    "../2018-01-01T00:00:00Z": (None, datetime(2018, 1, 1)),
}
"""What is asked for, and from when to when that is, both ends included."""
INTERVAL = "2019-03-01T00:00:00Z/2019-09-30T23:59:59Z"

each_layer = pytest.mark.parametrize("layer", LAYERS)


@proves("/conf/core/http")
def test_core_http(shipped: httpx.Client) -> None:
    for path in ("/", "/conformance", "/collections", "/api", "/nowhere"):
        response = shipped.get(path, headers={"Accept": JSON})
        assert response.http_version == "HTTP/1.1"
        assert "date" in response.headers


@proves("/conf/core/root-op", "/conf/core/root-success")
def test_core_root_success(shipped: httpx.Client) -> None:
    page = get(shipped, "/", JSON)
    for rel, media_type in (("service-desc", OPENAPI), ("conformance", JSON), ("data", JSON)):
        (link,) = links(page, rel)
        assert link["type"] == media_type
    for link in page["links"]:
        assert link["href"].startswith(str(shipped.base_url).rstrip("/"))


@proves("/conf/core/api-definition-op", "/conf/core/api-definition-success")
def test_core_api_definition_success(shipped: httpx.Client) -> None:
    found = links(get(shipped, "/", JSON), "service-desc") + links(
        get(shipped, "/", JSON), "service-doc"
    )
    for link in found:
        response = shipped.get(link["href"], headers={"Accept": link["type"]})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(link["type"])
    OpenAPIV30SpecValidator(get(shipped, found[0]["href"], OPENAPI)).validate()


@proves("/conf/core/conformance-op", "/conf/core/conformance-success")
def test_core_conformance_success(shipped: httpx.Client) -> None:
    (link,) = links(get(shipped, "/", JSON), "conformance")
    declared = get(shipped, link["href"], JSON)["conformsTo"]
    assert len(set(declared)) == len(declared)
    for name in ("1/1.0/conf/core", "1/1.0/conf/oas30", "1/1.0/conf/geojson", "1/1.0/conf/html"):
        assert f"http://www.opengis.net/spec/ogcapi-features-{name}" in declared
    assert set(CONFORMANCE) == set(declared)


@proves("/conf/core/fc-md-op", "/conf/core/fc-md-success", "/conf/core/fc-md-links")
def test_core_fc_md_success(shipped: httpx.Client) -> None:
    (link,) = links(get(shipped, "/", JSON), "data")
    document = get(shipped, link["href"], JSON)
    check_own_links(document, JSON, link["href"])
    assert "crs" not in document
    assert [each["id"] for each in document["collections"]] == list(LAYERS)


@proves("/conf/core/fc-md-items", "/conf/core/fc-md-items-links")
@each_layer
def test_core_fc_md_items_links(shipped: httpx.Client, layer: str) -> None:
    entries = get(shipped, "/collections", JSON)["collections"]
    (entry,) = (each for each in entries if each["id"] == layer)
    items = links(entry, "items")
    assert {link["type"] for link in items} >= {GEOJSON, HTML}
    for link in items:
        assert shipped.get(link["href"], params={"limit": 1}).status_code == 200
        assert link["rel"]
    assert entry["title"]
    assert entry["description"]


@proves("/conf/core/sfc-md-op", "/conf/core/sfc-md-success")
@each_layer
def test_core_sfc_md_success(shipped: httpx.Client, layer: str) -> None:
    entries = get(shipped, "/collections", JSON)["collections"]
    (entry,) = (each for each in entries if each["id"] == layer)
    found = collection_of(shipped, layer)
    for name in ("id", "title", "description", "extent", "itemType"):
        assert found[name] == entry[name]
    assert all(link in found["links"] for link in entry["links"])
    check_own_links(found, JSON, f"/collections/{layer}")


@proves("/conf/core/fc-md-extent", "/conf/core/fc-md-extent-multi")
@each_layer
def test_core_fc_md_extent(
    shipped: httpx.Client,
    downloads: dict[str, list[Node]],
    geometries: dict[str, Geometries],
    layer: str,
) -> None:
    extent = collection_of(shipped, layer)["extent"]
    _, shapes = geometries[layer]
    if "spatial" in extent:
        (box,) = extent["spatial"]["bbox"]
        west, south, east, north = shapely.total_bounds(shapes[~shapely.is_missing(shapes)]) * 1e7
        # Coordinates leave with seven decimals: the box holds them, too.
        assert [round(edge * 1e7) for edge in box] == [
            *(floor(west), floor(south)),
            *(ceil(east), ceil(north)),
        ]
    else:
        assert shapely.is_missing(shapes).all()
    names = time_fields(layer)
    assert ("temporal" in extent) == bool(names)
    if names:
        ((start, end),) = extent["temporal"]["interval"]
        stated = [[each["properties"][name] for name in names] for each in downloads[layer]]
        dated = [pair for pair in stated if pair != [None, None]]
        assert start is None or all(first and first >= start[:10] for first, _ in dated)
        assert end is None or all(last and last <= end for _, last in dated)


@proves("/conf/core/fc-limit-definition")
@each_layer
def test_core_fc_limit_definition(description: Node, layer: str) -> None:
    limit = parameters_of(description, f"/collections/{layer}/items")["limit"]
    check_query_parameter(limit)
    schema = limit["schema"]
    assert schema["type"] == "integer"
    assert 1 <= schema["minimum"] <= schema["default"] <= schema["maximum"]


@proves("/conf/core/fc-limit-response")
@each_layer
def test_core_fc_limit_response(shipped: httpx.Client, description: Node, layer: str) -> None:
    schema = parameters_of(description, f"/collections/{layer}/items")["limit"]["schema"]
    least, most = schema["minimum"], schema["maximum"]
    for limit in (least, min(least + (most - least) // 2, 100), most):
        page = get(shipped, items_of(shipped, layer), limit=limit, skipGeometry="true")
        assert len(page["features"]) == min(limit, page["numberMatched"])
    # More than the maximum is no error, but the maximum.
    over = {"skipGeometry": "true", "limit": most + 1}
    page = get(shipped, items_of(shipped, layer), **over)
    assert len(page["features"]) == min(most, page["numberMatched"])


@proves("/conf/core/fc-bbox-definition")
@each_layer
def test_core_fc_bbox_definition(description: Node, layer: str) -> None:
    bbox = parameters_of(description, f"/collections/{layer}/items")["bbox"]
    check_query_parameter(bbox)
    schema = bbox["schema"]
    assert (schema["type"], schema["items"]["type"]) == ("array", "number")
    assert (schema["minItems"], schema["maxItems"]) == (4, 6)
    assert [(each["minItems"], each["maxItems"]) for each in schema["oneOf"]] == [(4, 4), (6, 6)]


@proves("/conf/core/fc-bbox-response")
@pytest.mark.parametrize("name", ["extent", *BOXES])
@each_layer
def test_core_fc_bbox_response(
    shipped: httpx.Client, geometries: dict[str, Geometries], layer: str, name: str
) -> None:
    extent = collection_of(shipped, layer)["extent"]
    box = BOXES.get(name) or extent.get("spatial", {"bbox": [(0, 0, 1, 1)]})["bbox"][0]
    found = keys(shipped, layer, bbox=",".join(map(repr, box)))
    assert found == expected_in(geometries[layer], *box)


@proves("/conf/core/fc-time-definition")
@each_layer
def test_core_fc_time_definition(description: Node, layer: str) -> None:
    datetime = parameters_of(description, f"/collections/{layer}/items")["datetime"]
    check_query_parameter(datetime)
    assert datetime["schema"]["type"] == "string"


@proves("/conf/core/crs84")
@each_layer
def test_core_crs84(shipped: httpx.Client, layer: str) -> None:
    response = shipped.get(items_of(shipped, layer), params={"limit": MOST_FEATURES})
    assert response.headers["content-crs"] == f"<{CRS84}>"
    for feature in response.json()["features"]:
        if feature["geometry"] is not None:
            west, south, east, north = shape_of(feature).bounds
            assert -180 <= west <= east <= 180
            assert -90 <= south <= north <= 90
    extent = collection_of(shipped, layer)["extent"]
    assert extent.get("spatial", {}).get("crs", CRS84) == CRS84


@proves("/conf/core/query-param-invalid")
@each_layer
def test_core_query_param_invalid(shipped: httpx.Client, layer: str) -> None:
    invalid = {"limit": "unlimited", "bbox": "1,2,3", "datetime": "yesterday", "crs": "none"}
    for name, value in invalid.items():
        check_refused(shipped, items_of(shipped, layer), name, value)


@proves("/conf/core/query-param-unknown")
@each_layer
def test_core_query_param_unknown(shipped: httpx.Client, description: Node, layer: str) -> None:
    path = f"/collections/{layer}/items"
    known = parameters_of(description, path)
    assert UNKNOWN not in known
    assert not any(each["schema"].get("additionalProperties") for each in known.values())
    check_refused(shipped, items_of(shipped, layer), UNKNOWN, "1")
    for other in (f"/collections/{layer}", f"{path}/1", f"/collections/{layer}/queryables"):
        check_refused(shipped, other, UNKNOWN, "1")


@proves("/conf/core/query-param-unknown")
@pytest.mark.parametrize("path", ["/", "/conformance", "/api", "/collections", "/functions"])
def test_core_query_param_unknown_elsewhere(shipped: httpx.Client, path: str) -> None:
    check_refused(shipped, path, UNKNOWN, "1")


@proves(
    "/conf/core/fc-op",
    "/conf/core/fc-response",
    "/conf/core/fc-links",
    "/conf/core/fc-timeStamp",
    "/conf/core/fc-numberReturned",
)
@pytest.mark.parametrize("asked", [{}, {"bbox": "-5,10,5,20"}, {"datetime": INTERVAL}])
@each_layer
def test_core_fc_response(shipped: httpx.Client, layer: str, asked: dict[str, str]) -> None:
    href = items_of(shipped, layer)
    first = get(shipped, href, limit=10, **asked)
    ids: list[int] = []
    for number, page in enumerate(pages(shipped, first, MOST_PAGES)):
        assert page["type"] == "FeatureCollection"
        assert page["numberReturned"] == len(page["features"])
        assert page["numberMatched"] == first["numberMatched"]
        # The same request gives the same bytes, so there is no time of the answer in them.
        assert "timeStamp" not in page
        check_own_links(page, GEOJSON, href if number == 0 else "cursor=")
        (collection,) = links(page, "collection")
        assert collection["href"].endswith(f"/collections/{layer}")
        ids += [feature["id"] for feature in page["features"]]
    assert len(set(ids)) == len(ids)


@proves("/conf/core/fc-numberMatched")
@pytest.mark.parametrize(
    "asked", [{}, {"bbox": "-2,12,4,16"}, {"filter": "licence LIKE 'CC%'"}, {"datetime": INTERVAL}]
)
@each_layer
def test_core_fc_number_matched(shipped: httpx.Client, layer: str, asked: dict[str, str]) -> None:
    # The walk asserts that it returns as many features as are said to match.
    stated = get(shipped, items_of(shipped, layer), limit=1, **asked)["numberMatched"]
    assert len(keys(shipped, layer, **asked)) == stated


@proves("/conf/core/fc-time-response")
@pytest.mark.parametrize("asked", TIMES)
@each_layer
def test_core_fc_time_response(
    shipped: httpx.Client, downloads: dict[str, list[Node]], layer: str, asked: str
) -> None:
    expected = meeting(downloads[layer], layer, *TIMES[asked])
    assert keys(shipped, layer, datetime=asked) == expected


@proves("/conf/core/f-op", "/conf/core/f-success", "/conf/core/f-links")
@each_layer
def test_core_f_success(shipped: httpx.Client, layer: str) -> None:
    for listed in get(shipped, items_of(shipped, layer), limit=3)["features"]:
        href = f"{items_of(shipped, layer)}/{listed['id']}"
        found = get(shipped, href)
        for name in ("type", "id", "geometry", "properties"):
            assert found[name] == listed[name]
        check_own_links(found, GEOJSON, href)
        (collection,) = links(found, "collection")
        assert get(shipped, collection["href"], collection["type"])["id"] == layer


def check_own_links(document: Node, media_type: str, href: str) -> None:
    """Look for `self` in this media type, `alternate` in every other, all with their types."""
    (itself,) = links(document, "self")
    assert itself["type"] == media_type
    assert href in itself["href"]
    assert HTML in {link["type"] for link in links(document, "alternate")}
    assert all(link["rel"] and link["type"] and link["href"] for link in document["links"])


def check_query_parameter(parameter: Node) -> None:
    assert parameter["in"] == "query"
    assert parameter["style"] == "form"
    assert parameter["explode"] is False
    assert not parameter.get("required", False)


def check_refused(client: httpx.Client, href: str, name: str, value: str) -> None:
    response = client.get(href, params={name: value}, headers={"Accept": JSON})
    assert response.status_code == 400, (href, name)
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["parameter"] == name
