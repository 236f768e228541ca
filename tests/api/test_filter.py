"""Filters over HTTP: CQL2 as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.service_pages import CONFORMANCE
from db.cql2.functions import FUNCTIONS
from tests.db.cql2.tables import CLASSES

if TYPE_CHECKING:
    import httpx

ITEMS = "/collections/incidents/items"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
FEATURES = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
FILTER = "CASEI(title) LIKE CASEI('%attack%') AND S_INTERSECTS(geometry, BBOX(0, 14, 4, 16))"
AS_JSON = {
    "op": "and",
    "args": [
        {
            "op": "like",
            "args": [
                {"op": "casei", "args": [{"property": "title"}]},
                {"op": "casei", "args": ["%attack%"]},
            ],
        },
        {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [0, 14, 4, 16]}]},
    ],
}


def codes(document: dict[str, Any]) -> list[str]:
    return [feature["properties"]["incident"] for feature in document["features"]]


@pytest.mark.parametrize(
    "given",
    [
        {"filter": FILTER},
        {"filter": FILTER, "filter-lang": "cql2-text"},
        {"filter": FILTER, "filter-lang": "cql-text"},
        {"filter": json.dumps(AS_JSON), "filter-lang": "cql2-json"},
        {"filter": FILTER, "filter-crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
    ],
)
def test_a_filter_is_kept_to_in_either_language(
    client: httpx.Client, given: dict[str, str]
) -> None:
    document = client.get(ITEMS, params=given).json()
    assert codes(document) == ["inates-2019-12-10"]
    assert document["numberMatched"] == 1


def test_a_walk_over_pages_keeps_to_its_filter(client: httpx.Client) -> None:
    given = {"filter": "title LIKE 'Incident %' AND geometry IS NOT NULL", "limit": "7"}
    whole = client.get(ITEMS, params={**given, "limit": "1000"}).json()
    document = client.get(ITEMS, params=given).json()
    found = codes(document)
    while links := [link for link in document["links"] if link["rel"] == "next"]:
        document = client.get(links[0]["href"]).json()
        found += codes(document)
    assert found == codes(whole)
    assert len(found) == whole["numberMatched"] > 7


def test_a_filter_is_joined_with_the_other_parameters(client: httpx.Client) -> None:
    given = {"filter": "title LIKE 'Incident %'", "bbox": "0.95,14,1.25,15"}
    found = codes(client.get(ITEMS, params=given).json())
    assert sorted(found) == ["series-10", "series-11", "series-12"]


def test_a_table_for_people_takes_a_filter(client: httpx.Client) -> None:
    page = client.get(ITEMS, params={"filter": FILTER, "f": "html"}).text
    assert "inates-2019-12-10" in page
    assert "series-10" not in page


@pytest.mark.parametrize(
    "given, parameter, told",
    [
        ({"filter": "killed_lo > 1"}, "filter", "killed_low"),
        ({"filter": "killed_low >"}, "filter", "at character 13"),
        ({"filter": "killed_low > 'x'"}, "filter", "cannot be compared"),
        ({"filter": ""}, "filter", "expression"),
        ({"filter": "(" * 15_000}, "filter", "nested"),
        ({"filter": "killed_low ^ 1000000 > 1"}, "filter", "no number"),
        ({"filter": "1 = 1", "filter-lang": "sql"}, "filter-lang", "cql2-json"),
        ({"filter": "1 = 1", "filter-lang": "cql2-json"}, "filter", "JSON"),
        ({"filter": "1 = 1", "filter-crs": "[EPSG:32631]"}, "filter-crs", "CRS84"),
    ],
)
def test_a_filter_that_cannot_be_kept_to_is_refused(
    client: httpx.Client, given: dict[str, str], parameter: str, told: str
) -> None:
    response = client.get(ITEMS, params=given)
    assert response.status_code == 400, response.text
    assert response.json()["parameter"] == parameter
    assert told in response.text


def test_a_class_is_declared_where_a_table_of_filters_covers_it() -> None:
    declared = {name.removeprefix(CQL2) for name in CONFORMANCE if name.startswith(CQL2)}
    draft = {"basic-spatial-operators"}
    assert declared - draft == {*CLASSES, "cql2-text", "cql2-json"}


def test_qgis_finds_the_classes_that_it_pushes_filters_for(client: httpx.Client) -> None:
    declared = client.get("/conformance").json()["conformsTo"]
    for name in ("filter", "features-filter", "queryables"):
        assert FEATURES + name in declared
    for name in (
        "cql2-text",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "basic-spatial-operators",
        "basic-spatial-functions",
    ):
        assert CQL2 + name in declared


def test_functions_are_listed_and_linked(client: httpx.Client) -> None:
    links = {link["rel"]: link["href"] for link in client.get("/").json()["links"]}
    listed = client.get(links["http://www.opengis.net/def/rel/ogc/1.0/functions"]).json()
    assert [function["name"] for function in listed["functions"]] == list(FUNCTIONS)
    for function in listed["functions"]:
        assert function["returns"] == ["boolean"]
        assert all(each["type"] and each["title"] for each in function["arguments"])
    page = client.get("/functions", params={"f": "html"}).text
    assert all(name in page for name in FUNCTIONS)


def test_the_description_lists_the_languages_and_the_default(client: httpx.Client) -> None:
    shared = client.get("/api").json()["components"]["parameters"]
    language = shared["filter-lang"]["schema"]
    assert language["enum"] == ["cql2-text", "cql2-json", "cql-text"]
    assert language["default"] == "cql2-text"
    assert "default" in shared["filter-crs"]["schema"]
