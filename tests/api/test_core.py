"""OGC API - Features Part 1: the way in, the description, the collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.params import queryable_names
from api.service_pages import CONFORMANCE
from db.layers.catalogue import LAYERS
from tests.api.answers import links
from tests.api.world import SHOWN

if TYPE_CHECKING:
    import httpx

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
ITEMS = "/collections/incidents/items"


@pytest.fixture(scope="session")
def description(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api").json()
    return found


def test_landing_page_leads_to_description_conformance_and_data(client: httpx.Client) -> None:
    response = client.get("/")
    assert response.http_version == "HTTP/1.1"
    document = response.json()
    for rel in ("self", "alternate", "service-desc", "service-doc", "conformance", "data"):
        assert links(document, rel), rel
    assert links(document, "service-desc")[0]["type"] == OPENAPI


def test_every_link_is_absolute_typed_and_answers_with_its_type(client: httpx.Client) -> None:
    seen: set[str] = set()
    for path in ("/", "/conformance", "/collections", "/collections/incidents", f"{ITEMS}?limit=3"):
        for link in client.get(path).json()["links"]:
            if not link["href"].startswith(str(client.base_url)):
                assert link["rel"] == "license"
                continue
            seen.add(link["rel"])
            answered = client.get(link["href"])
            assert answered.status_code == 200, link
            assert answered.headers["content-type"].startswith(link["type"]), link
    assert {"self", "alternate", "items", "next", "collection", "describedby"} <= seen


def test_api_description_is_served_as_its_link_says_and_is_valid(client: httpx.Client) -> None:
    href = links(client.get("/").json(), "service-desc")[0]["href"]
    response = client.get(href, headers={"Accept": OPENAPI})
    assert response.status_code == 200
    assert response.headers["content-type"] == OPENAPI
    assert response.json()["openapi"].startswith("3.0.")
    assert len(response.content) < 350_000
    OpenAPIV30SpecValidator(response.json()).validate()


def test_conformance_lists_what_is_there(client: httpx.Client) -> None:
    declared = client.get("/conformance").json()["conformsTo"]
    assert declared == list(CONFORMANCE)
    for name in ("core", "oas30", "html", "geojson"):
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" in declared
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in declared
    assert "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas" in declared


def test_a_collection_is_its_entry_in_the_list(client: httpx.Client) -> None:
    listed = client.get("/collections").json()["collections"]
    assert [entry["id"] for entry in listed] == list(LAYERS)
    for entry in listed:
        assert client.get(f"/collections/{entry['id']}").json() == entry


def test_a_collection_says_what_it_is_and_covers(client: httpx.Client) -> None:
    found = client.get("/collections/incidents").json()
    assert found["itemType"] == "feature"
    assert found["itemCount"] == SHOWN
    assert found["extent"]["spatial"]["bbox"] == [[0.0, 14.5, 179.5, 66.0]]
    assert found["extent"]["temporal"]["interval"] == [
        ["2000-02-01T10:00:00Z", "2021-01-30T23:59:59Z"]
    ]
    assert found["storageCrs"] in found["crs"]
    assert links(found, "license")[0]["title"] == "CC BY 4.0"
    assert links(found, "license")[0]["href"].startswith("https://creativecommons.org/")
    assert found["attribution"] == "press"
    assert {"title", "description", "keywords"} <= set(found)


def test_every_collection_has_a_licence(client: httpx.Client) -> None:
    for entry in client.get("/collections").json()["collections"]:
        assert links(entry, "license"), entry["id"]
        assert entry["attribution"], entry["id"]


def test_a_layer_without_geometry_has_no_spatial_extent(client: httpx.Client) -> None:
    extent = client.get("/collections/reports").json()["extent"]
    assert "spatial" not in extent
    assert extent["temporal"]["interval"] == [[None, None]]


def test_limit_parameter_is_shared_and_spelt_out(description: dict[str, Any]) -> None:
    limit = description["components"]["parameters"]["limit"]
    assert (limit["style"], limit["explode"], limit["required"]) == ("form", False, False)
    assert limit["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 10000,
        "default": 1000,
    }


def test_bbox_parameter_states_its_length_in_both_ways(description: dict[str, Any]) -> None:
    bbox = description["components"]["parameters"]["bbox"]
    assert (bbox["style"], bbox["explode"]) == ("form", False)
    schema = bbox["schema"]
    assert (schema["type"], schema["minItems"], schema["maxItems"]) == ("array", 4, 6)
    assert schema["items"] == {"type": "number"}
    assert [each["minItems"] for each in schema["oneOf"]] == [4, 6]


def test_every_layer_has_its_literal_path_with_references(description: dict[str, Any]) -> None:
    for layer in LAYERS.values():
        parameters = description["paths"][f"/collections/{layer.id}/items"]["get"]["parameters"]
        references = [each["$ref"] for each in parameters if "$ref" in each]
        for name in ("limit", "bbox", "datetime"):
            assert f"#/components/parameters/{name}" in references
        named = {each["name"]: each for each in parameters if "name" in each}
        assert set(named) == set(queryable_names(layer))
        for each in named.values():
            assert (each["in"], each["style"], each["explode"]) == ("query", "form", False)
            assert isinstance(each["schema"]["type"], str)


def test_description_names_whom_to_ask(description: dict[str, Any]) -> None:
    assert description["info"]["contact"]["name"]
    assert description["info"]["license"]["name"]
    assert description["servers"][0]["url"].startswith("http://127.0.0.1:")
