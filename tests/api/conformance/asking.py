"""Questions asked as OGC's test suite asks them: by links, by `Accept`, by the API description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import shapely

from tests.api.answers import links

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

Node: TypeAlias = dict[str, Any]

JSON = "application/json"
HTML = "text/html"
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
PROBLEM = "application/problem+json"

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

MOST_PAGES = 3
"""Pages that OGC's suite follows, at most."""
MOST_FEATURES = 100
"""Features of which it looks at the geometry, at most."""
EVERY_FEATURE = 10_000
"""Features on the longest page."""


def get(client: httpx.Client, href: str, accept: str = GEOJSON, **parameters: object) -> Node:
    """The document behind an address, which answers with that very media type."""
    response = client.get(href, params=texts(parameters) or None, headers={"Accept": accept})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == accept
    found: Node = response.json()
    return found


def texts(parameters: Node) -> dict[str, str]:
    """Parameters as they stand in an address: `bbox_crs` is `bbox-crs`."""
    return {name.replace("_", "-"): str(value) for name, value in parameters.items()}


def collection_of(client: httpx.Client, layer: str) -> Node:
    return get(client, f"/collections/{layer}", JSON)


def items_of(client: httpx.Client, layer: str) -> str:
    """The address of the features, as the collection's own link gives it."""
    found = links(collection_of(client, layer), "items")
    return next(link["href"] for link in found if link["type"] == GEOJSON)


def shape_of(feature: Node) -> shapely.Geometry:
    """The geometry of a feature that has one."""
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def resolved(description: Node, node: Node) -> Node:
    """What a node of the API description says, or refers to."""
    if "$ref" not in node:
        return node
    found = description
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def parameters_of(description: Node, path: str) -> dict[str, Node]:
    """The parameters of a path by name, those of the path itself and of its `get`."""
    item = description["paths"][path]
    stated = [*item.get("parameters", []), *item["get"]["parameters"]]
    found = [resolved(description, each) for each in stated]
    return {each["name"]: each for each in found}


def pages(client: httpx.Client, first: Node, most: int = 1000) -> Iterator[Node]:
    """A page and those after it, by their `next` links."""
    page: Node | None = first
    for _ in range(most):
        assert page is not None
        yield page
        following = links(page, "next")
        assert len(following) <= 1
        if not following:
            return
        page = get(client, following[0]["href"], following[0]["type"])


def keys(client: httpx.Client, layer: str, **parameters: object) -> set[int]:
    """The keys of all features that match, each found once."""
    asked: Node = {"limit": EVERY_FEATURE, "skipGeometry": "true", "properties": ""}
    first = get(client, f"/collections/{layer}/items", **(asked | parameters))
    found = [each["id"] for page in pages(client, first) for each in page["features"]]
    assert len(set(found)) == len(found) == first["numberMatched"]
    return set(found)
