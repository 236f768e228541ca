"""Features Part 1: GeoJSON, HTML and OpenAPI 3.0."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import jsonschema
import pytest
from referencing import Registry

from db.layers.catalogue import LAYERS
from tests.api.answers import links
from tests.api.conformance.asking import (
    GEOJSON,
    HTML,
    JSON,
    OPENAPI,
    PROBLEM,
    Node,
    get,
    items_of,
    resolved,
    shape_of,
)
from tests.api.conformance.proving import proves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

each_layer = pytest.mark.parametrize("layer", LAYERS)
PAGES = ("/", "/conformance", "/api", "/collections", "/functions", "/snapshots")
OF_A_LAYER = ("", "/items", "/queryables", "/sortables", "/schema", "/feature-schema")
KINDS = ("Point", "LineString", "Polygon", "MultiLineString", "MultiPolygon")
GEOMETRIES: Registry[bool | Mapping[str, Any]] = Registry().with_contents(
    (
        f"https://geojson.org/schema/{kind}.json",
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "required": ["type", "coordinates"],
            "properties": {"type": {"const": kind}, "coordinates": {"type": "array"}},
        },
    )
    for kind in KINDS
)
"""What the schemas of features refer to, for a machine without a network."""
MACHINES = re.compile(
    r"^/(health|keys|metrics|tiles|tileMatrixSets|style|styles|qgis|exports)\b"
    r"|/(tiles|style|styles|layer\.qlr|totals)\b|^/snapshots/.*/"
)
"""Paths that nobody looks at: those beyond OGC API - Features."""
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@proves("/conf/geojson/definition")
@each_layer
def test_geojson_definition(description: Node, layer: str) -> None:
    for path in (f"/collections/{layer}/items", f"/collections/{layer}/items/{{featureId}}"):
        answer = resolved(description, description["paths"][path]["get"]["responses"]["200"])
        assert GEOJSON in answer["content"]


@proves("/conf/geojson/content")
@each_layer
def test_geojson_content(shipped: httpx.Client, layer: str) -> None:
    page = get(shipped, items_of(shipped, layer), limit=50)
    assert page["type"] == "FeatureCollection"
    schema = get(shipped, f"/collections/{layer}/feature-schema", "application/schema+json")
    valid = jsonschema.Draft202012Validator(schema, registry=GEOMETRIES)
    for feature in [*page["features"], get(shipped, one_of(shipped, layer))]:
        assert feature["type"] == "Feature"
        assert "crs" not in feature
        # GDAL 3.6 takes types from plain words and references, in which there is no room for
        # null: the schema describes what is known.
        known = {name: value for name, value in feature["properties"].items() if value is not None}
        shown = {**feature, "properties": known}
        if feature["geometry"] is None and LAYERS[layer].geometry is not None:
            shown["geometry"] = {"type": LAYERS[layer].geometry, "coordinates": []}
        valid.validate(shown)
        if feature["geometry"] is not None:
            assert shape_of(feature).geom_type == LAYERS[layer].geometry
    assert links(page, "self")
    assert links(get(shipped, one_of(shipped, layer)), "self")


@proves("/conf/html/definition")
def test_html_definition(description: Node) -> None:
    for path, operation in operations(description, {"get"}):
        if not MACHINES.search(path):
            answer = resolved(description, operation["responses"]["200"])
            assert HTML in answer["content"], path


@proves("/conf/html/content")
@pytest.mark.parametrize("path", PAGES)
def test_html_content(shipped: httpx.Client, path: str) -> None:
    check_page(shipped, path)


@proves("/conf/html/content")
@each_layer
def test_html_content_of_a_layer(shipped: httpx.Client, layer: str) -> None:
    for path in OF_A_LAYER:
        check_page(shipped, f"/collections/{layer}{path}")
    check_page(shipped, one_of(shipped, layer))


@proves("/conf/oas30/oas-definition-1", "/conf/oas30/oas-definition-2")
def test_oas30_oas_definition(shipped: httpx.Client) -> None:
    for link in [*links(get(shipped, "/", JSON), "service-desc")]:
        assert link["type"] == OPENAPI
        assert get(shipped, link["href"], OPENAPI)["openapi"].startswith("3.0.")
    (page,) = links(get(shipped, "/", JSON), "service-doc")
    assert shipped.get(page["href"]).headers["content-type"].startswith(HTML)


@proves("/conf/oas30/oas-impl")
def test_oas30_oas_impl(shipped: httpx.Client, description: Node) -> None:
    assert description["servers"][0]["url"] == str(shipped.base_url).rstrip("/")
    for path, operation in operations(description, {"get"}):
        layer = path.split("/")[2] if path.count("/") > 1 else ""
        if path.endswith("{featureId}"):
            path = one_of(shipped, layer)
        if "{" in path:
            continue
        response = shipped.get(path)
        described = resolved(description, operation["responses"]["200"])["content"]
        assert response.status_code == 200, path
        assert media_type(response) in map(plain, described), path


@proves("/conf/oas30/completeness", "/conf/oas30/exceptions-codes")
def test_oas30_exceptions_codes(shipped: httpx.Client, description: Node) -> None:
    for path, operation in operations(description):
        answers = {code: resolved(description, a) for code, a in operation["responses"].items()}
        assert {"500", "503"} <= set(answers), path
        assert any(code.startswith("2") for code in answers), path
        for code, answer in answers.items():
            if int(code) >= 400 and (path, code) != ("/health", "503"):
                assert PROBLEM in answer["content"], (path, code)
        if path.endswith("{featureId}"):
            layer = path.split("/")[2]
            check_described(answers, shipped.get(f"/collections/{layer}/items/nothing"))
        if "{" not in path and "200" in answers:
            check_described(answers, shipped.get(path, params={"unknown": "1"}))
            check_described(answers, shipped.get(path, headers={"Accept": "image/unheard-of"}))
            tag = shipped.get(path).headers.get("etag")
            if tag is not None:
                again = shipped.get(path, headers={"If-None-Match": tag})
                assert again.status_code == 304
                check_described(answers, again)


@proves("/conf/oas30/security")
def test_oas30_security(shipped: httpx.Client, description: Node) -> None:
    # Everything that leaves is public; a description with schemes would promise a lock.
    assert "security" not in description
    assert "securitySchemes" not in description["components"]
    for path, operation in operations(description):
        assert "security" not in operation, path
    assert "www-authenticate" not in shipped.get("/collections").headers


def operations(
    description: Node, methods: frozenset[str] | set[str] = METHODS
) -> Iterator[tuple[str, Node]]:
    for path, item in description["paths"].items():
        for method in methods & set(item):
            yield path, item[method]


def one_of(client: httpx.Client, layer: str) -> str:
    page = get(client, items_of(client, layer), limit=1)
    return f"{items_of(client, layer)}/{page['features'][0]['id']}"


def plain(name: str) -> str:
    return name.partition(";")[0].strip()


def media_type(response: httpx.Response) -> str:
    return plain(response.headers["content-type"])


def check_described(answers: dict[str, Node], response: httpx.Response) -> None:
    """Look for the status and the media type of an answer in what is described."""
    code = str(response.status_code)
    assert code in answers, (response.url, code)
    if response.content:
        assert media_type(response) in map(plain, answers[code]["content"]), response.url


class Page(HTMLParser):
    """What a page consists of: its language, its elements, and the addresses it leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.hrefs: set[str] = set()
        self.language: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        found = dict(attrs)
        if tag == "html":
            self.language = found.get("lang")
        if tag == "a" and found.get("href"):
            self.hrefs.add(str(found["href"]))


def check_page(client: httpx.Client, path: str) -> None:
    """Look for HTML 5 with a title, and for the links that the same resource has as JSON."""
    response = client.get(path, headers={"Accept": HTML})
    assert response.status_code == 200, path
    assert response.headers["content-type"].startswith(HTML)
    assert response.text.lstrip().lower().startswith("<!doctype html>")
    page = Page(response.text)
    assert page.language
    assert {"title", "body", "a"} <= page.elements
    there = {resource(str(response.url.join(href))) for href in page.hrefs}
    for link in client.get(path).json().get("links", []):
        if link["rel"] not in OWN and link["href"].startswith(str(client.base_url)):
            assert resource(link["href"]) in there, (path, link["rel"])


def resource(href: str) -> str:
    """What an address names, whatever its representation."""
    return str(httpx.URL(href).copy_remove_param("f").copy_with(fragment=None))


OWN = {"self", "alternate", "next", "license"}
"""What a page is, and where the same rows begin anew: its own links differ from those of JSON."""
