"""OGC API - Features Part 1: items and item, after the checks of its test suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.layers.catalogue import LAYERS
from tests.api.answers import codes, links
from tests.api.world import SERIES, SHOWN

if TYPE_CHECKING:
    import httpx

ITEMS = "/collections/incidents/items"


def test_items_are_a_feature_collection_with_its_headers(client: httpx.Client) -> None:
    response = client.get(ITEMS)
    assert response.headers["content-type"] == "application/geo+json"
    assert response.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    document = response.json()
    assert document["type"] == "FeatureCollection"
    assert document["numberReturned"] == len(document["features"]) == SHOWN
    assert document["numberMatched"] == SHOWN
    assert "timeStamp" not in document
    assert 'rel="self"' in response.headers["link"]


def test_items_link_to_themselves_and_their_other_form(client: httpx.Client) -> None:
    document = client.get(ITEMS, params={"limit": "2", "event_type": "attack"}).json()
    for rel in ("self", "alternate", "next", "collection"):
        assert links(document, rel), rel
    assert client.get(links(document, "self")[0]["href"]).json() == document
    assert links(document, "next")[0]["type"] == "application/geo+json"
    assert "event_type=attack" in links(document, "next")[0]["href"]


@pytest.mark.parametrize("limit", ["1", "3"])
def test_limit_bounds_the_page(client: httpx.Client, limit: str) -> None:
    document = client.get(ITEMS, params={"limit": limit}).json()
    assert len(document["features"]) == int(limit) == document["numberReturned"]
    assert document["numberMatched"] == SHOWN


@pytest.mark.parametrize("limit", ["10001", "99999999999999999999999999"])
def test_limit_above_the_maximum_is_the_maximum(client: httpx.Client, limit: str) -> None:
    response = client.get(ITEMS, params={"limit": limit})
    assert response.status_code == 200
    assert response.json()["numberReturned"] == SHOWN


@pytest.mark.parametrize(
    "query",
    [
        "limit=unlimited",
        "limit=0",
        "limit=-1",
        "limit=10.5",
        "limit=",
        "limit=1&limit=2",
        "offset=-1",
        "offset=100001",
        "bbox=1,2,3",
        "bbox=1,2,3,4,5",
        "bbox=a,b,c,d",
        "bbox=0,10,1,5",
        "bbox=nan,0,1,1",
        "datetime=yesterday",
        "datetime=2021-02-30",
        "datetime=2021-01-02/2021-01-01",
        "cursor=nonsense",
        "cursor=",
        "sortby=nobody",
        "sortby=title,-title",
        "sortby=",
        "properties=nobody",
        "skipGeometry=perhaps",
        "killed_low=many",
        "killed_low=1.5",
        "killed_low=99999999999",
        "radius_m=nan",
        "event_type=atack",
        "event_start=2021-01-01",
        "title=%00",
        "f=xml",
        "crs=http://www.opengis.net/def/crs/0/unsupported",
        "filter=titel='x'",
        "nobody=1",
    ],
)
def test_what_cannot_be_understood_is_refused(client: httpx.Client, query: str) -> None:
    response = client.get(f"{ITEMS}?{query}")
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["parameter"] == query.split("=")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/conformance",
        "/functions",
        "/api",
        "/api.html",
        "/collections",
        "/collections/incidents",
        "/collections/incidents/queryables",
        "/collections/incidents/sortables",
        "/collections/incidents/schema",
        "/collections/incidents/feature-schema",
        "/collections/incidents/items",
        "/collections/incidents/items/inates-2019-12-10",
        "/health",
    ],
)
def test_every_resource_refuses_an_unknown_parameter(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.get(path, params={"unknownQueryParameter": "1"}).status_code == 400


def test_bbox_selects_what_meets_it_and_what_has_no_place(client: httpx.Client) -> None:
    found = codes(client.get(ITEMS, params={"bbox": "0.95,14,1.25,15"}))
    assert found == {"series-10", "series-11", "series-12", "nowhere"}


def test_bbox_edges_belong_to_it(client: httpx.Client) -> None:
    found = codes(client.get(ITEMS, params={"bbox": "1,14.5,1.2,14.5"}))
    assert found == {"series-10", "series-11", "series-12", "nowhere"}


def test_bbox_with_heights(client: httpx.Client) -> None:
    found = codes(client.get(ITEMS, params={"bbox": "0.95,14,-100,1.25,15,9000"}))
    assert found == {"series-10", "series-11", "series-12", "nowhere"}


def test_bbox_across_the_antimeridian(client: httpx.Client) -> None:
    assert codes(client.get(ITEMS, params={"bbox": "177,65,-177,70"})) == {"far", "nowhere"}


@pytest.mark.parametrize(
    "interval, first, last",
    [
        ("2021-01-05", 4, 4),
        ("2021-01-05T12:00:00Z", 4, 4),
        ("2021-01-05/2021-01-07", 4, 6),
        ("2021-01-05T00:00:00Z/2021-01-07T00:00:00Z", 4, 6),
        ("2021-01-28/..", 27, 29),
        ("2021-01-28/", 27, 29),
        ("2021-01-05T/2021-01-06T", 4, 5),
        ("2021-01-28T/..", 27, 29),
        ("2021-01-28T00:00:00Z/9999-12-31T00:00:00Z", 27, 29),
        ("2021-01", 0, 29),
    ],
)
def test_datetime_ends_belong_to_the_interval(
    client: httpx.Client, interval: str, first: int, last: int
) -> None:
    found = codes(client.get(ITEMS, params={"datetime": interval}))
    expected = {f"series-{number:02}" for number in range(first, last + 1)}
    assert found == expected | {"undated"}


@pytest.mark.parametrize("interval", ["../2000-03-01", "/2000-03-01", "0000-01-01T00:00:00Z/2001"])
def test_datetime_with_an_open_start(client: httpx.Client, interval: str) -> None:
    assert codes(client.get(ITEMS, params={"datetime": interval})) == {"far", "undated"}


def test_an_interval_outside_the_extent_is_empty_not_wrong(client: httpx.Client) -> None:
    document = client.get(ITEMS, params={"datetime": "1900-01-01/1900-12-31"}).json()
    assert [each["properties"]["incident"] for each in document["features"]] == ["undated"]
    assert document["numberMatched"] == 1


@pytest.mark.parametrize(
    "query, expected",
    [
        ("incident=series-03", {"series-03"}),
        ("event_type=protest&bbox=0,14,0.4,15", {"series-00", "series-03"}),
        ("killed_low=71", {"inates-2019-12-10"}),
        ("killed_low=71.0", {"inates-2019-12-10"}),
        ("radius_m=1001", {"series-01"}),
        ("event_start=2021-01-02T00:00:00Z", {"series-01"}),
        ("reports=1", {"inates-2019-12-10"}),
        ("title=nothing%20of%20the%20kind", set()),
    ],
)
def test_fields_may_be_asked_for(client: httpx.Client, query: str, expected: set[str]) -> None:
    response = client.get(f"{ITEMS}?{query}")
    assert codes(response) - {"nowhere"} == expected
    assert response.json()["numberMatched"] == response.json()["numberReturned"]


def test_a_day_may_be_asked_for(client: httpx.Client) -> None:
    found = client.get("/collections/places/items", params={"modified": "2019-05-01"}).json()
    assert [each["properties"]["place"] for each in found["features"]] == ["geonames:1"]


@pytest.mark.parametrize("name", ["inates-2019-12-10", "key"])
def test_a_feature_has_an_address_by_key_and_by_code(client: httpx.Client, name: str) -> None:
    listed = client.get(ITEMS, params={"incident": "inates-2019-12-10"}).json()["features"][0]
    response = client.get(f"{ITEMS}/{listed['id'] if name == 'key' else name}")
    assert response.headers["content-type"] == "application/geo+json"
    document = response.json()
    for rel in ("self", "alternate", "collection"):
        assert links(document, rel), rel
    assert client.get(links(document, "self")[0]["href"]).json() == document
    del document["links"]
    assert document == listed
    assert isinstance(document["id"], int)


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/collections/incident",
        "/collections/incident/items",
        "/collections/dUmmYColLection",
        f"{ITEMS}/999999999",
        f"{ITEMS}/999999999999999999999999999",
        f"{ITEMS}/nobody",
        f"{ITEMS}/withdrawn",
        f"{ITEMS}/secret-incident",
        f"{ITEMS}/autumn-total",
        f"{ITEMS}/-1",
        f"{ITEMS}/%00",
        "/collections/borders/items/MLI-NER",
    ],
)
def test_what_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404, response.text
    assert response.json()["status"] == 404


def test_rows_that_may_not_leave_do_not(client: httpx.Client) -> None:
    for layer in LAYERS:
        body = client.get(f"/collections/{layer}/items").text
        assert "secret" not in body, layer
        assert "withdrawn" not in body, layer


def test_an_aggregate_is_in_its_own_layer(client: httpx.Client) -> None:
    assert codes(client.get("/collections/aggregates/items")) == {"autumn-total"}


def test_the_series_is_all_there(client: httpx.Client) -> None:
    found = codes(client.get(ITEMS))
    assert {f"series-{number:02}" for number in range(SERIES)} < found
