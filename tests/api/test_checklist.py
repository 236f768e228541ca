"""What QGIS and GDAL need of a server, point by point, as their newer versions ask it.

The tests run QGIS 3.22 and two versions of GDAL (test_qgis, test_clients). What only newer ones do
is replayed here: the requests that their sources make, letter by letter, and the answers they need.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from db.layers.catalogue import LAYERS
from gis.fields import Field, Kind
from tests.api.world import SERIES, SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS = "/collections/incidents/items"
SCHEMA = "http://www.opengis.net/def/rel/ogc/1.0/schema"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
EXACT = "-_.!~*'()"
"""Signs that Qt leaves as they are in a query."""


def links(document: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [link for link in document["links"] if link["rel"] == rel]


def features(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["features"]
    return found


def test_point_1_absolute_links_and_open_documents(client: httpx.Client) -> None:
    landing = client.get("/").json()
    (description,) = links(landing, "service-desc")
    assert description["type"] == OPENAPI
    for rel in ("service-desc", "data", "conformance"):
        (link,) = links(landing, rel)
        assert re.match(r"http://[^/]+/", link["href"])
        answer = client.get(link["href"], headers={"Accept": link["type"]})
        assert answer.status_code == 200
        assert isinstance(answer.json(), dict)
    for name in ("queryables", "schema", "feature-schema"):
        assert client.get(f"/collections/incidents/{name}").status_code == 200


def test_point_2_page_size_by_reference_and_a_next_link_that_ends(client: httpx.Client) -> None:
    description = client.get("/api").json()
    limit = description["components"]["parameters"]["limit"]["schema"]
    assert limit["default"] >= 1000
    assert limit["maximum"] >= limit["default"]
    for layer in LAYERS:
        asked = description["paths"][f"/collections/{layer}/items"]["get"]["parameters"]
        assert {"$ref": "#/components/parameters/limit"} in asked
    page = client.get(f"{ITEMS}?limit=30").json()
    (follows,) = links(page, "next")
    assert follows["type"] == "application/geo+json"
    last = client.get(follows["href"]).json()
    assert last["numberReturned"] == SHOWN - 30
    assert links(last, "next") == []


def test_point_3_counts_are_always_stated(client: httpx.Client) -> None:
    assert client.get("/collections/incidents").json()["itemCount"] == SHOWN
    for asked in ("limit=1", "bbox=100,0,101,1", "event_type=protest", "offset=500"):
        assert isinstance(client.get(f"{ITEMS}?{asked}").json()["numberMatched"], int)


def number(feature: dict[str, Any], name: str = "killed_low") -> float:
    value = feature["properties"][name]
    return float("nan") if value is None else float(value)


def is_protest(feature: dict[str, Any]) -> bool:
    return bool(feature["properties"]["event_type"] == "protest")


PUSHED: dict[str, Callable[[dict[str, Any]], bool]] = {
    # The filter of a layer and an expression, joined.
    """(("killed_low" > 5) AND ("event_type" = 'protest'))""": (
        lambda each: number(each) > 5 and is_protest(each)
    ),
    """("killed_low" > 5) AND ("event_type" = 'protest')""": (
        lambda each: number(each) > 5 and is_protest(each)
    ),
    """(("killed_low" <= 5) OR ("event_type" = 'protest'))""": (
        lambda each: number(each) <= 5 or is_protest(each)
    ),
    """("killed_low" IS NULL)""": lambda each: each["properties"]["killed_low"] is None,
    """(NOT ("killed_low" IS NULL))""": lambda each: each["properties"]["killed_low"] is not None,
    """("killed_low" = ( - (-71)))""": lambda each: number(each) == 71,
    """(("killed_low" + 1) > ("killed_best" * 1))""": (
        lambda each: number(each) + 1 > number(each, "killed_best")
    ),
    """("killed_low" BETWEEN 5 AND 9)""": lambda each: 5 <= number(each) <= 9,
    """("event_type" IN ('protest','battle'))""": is_protest,
    """("event_type" NOT IN ('protest','battle'))""": lambda each: not is_protest(each),
    """(CASEI("title") LIKE CASEI('%INATES%'))""": (
        lambda each: "inates" in each["properties"]["title"].lower()
    ),
    """("title" LIKE 'Incident 1_')""": (
        lambda each: re.fullmatch("Incident 1.", each["properties"]["title"]) is not None
    ),
    """("event_start" >= TIMESTAMP('2021-01-25T00:00:00Z'))""": (
        lambda each: (each["properties"]["event_start"] or "") >= "2021-01-25T00:00:00Z"
    ),
    """("event_start" >= TIMESTAMP('2021-01-25T00:00:00.000Z'))""": (
        lambda each: (each["properties"]["event_start"] or "") >= "2021-01-25T00:00:00Z"
    ),
    # A frame of the temporal controller.
    """(("event_start" <= TIMESTAMP('2021-01-05T00:00:00.000Z')) AND """
    """(("event_end" >= TIMESTAMP('2021-01-03T00:00:00.000Z')) OR ("event_end" IS NULL)))""": (
        lambda each: (
            (each["properties"]["event_start"] or "9") <= "2021-01-05T00:00:00Z"
            and (each["properties"]["event_end"] or "9") >= "2021-01-03T00:00:00Z"
        )
    ),
    "S_INTERSECTS(geometry,POLYGON((0.95 14, 1.25 14, 1.25 15, 0.95 15, 0.95 14)))": (
        lambda each: (
            each["geometry"] is not None
            and 0.95 <= each["geometry"]["coordinates"][0] <= 1.25
            and 14 <= each["geometry"]["coordinates"][1] <= 15
        )
    ),
    "S_INTERSECTS(geometry,BBOX(0.95,14,1.25,15))": (
        lambda each: (
            each["geometry"] is not None
            and 0.95 <= each["geometry"]["coordinates"][0] <= 1.25
            and 14 <= each["geometry"]["coordinates"][1] <= 15
        )
    ),
}


@pytest.mark.parametrize("language", ["cql2-text", "cql-text"])
@pytest.mark.parametrize("text", PUSHED)
def test_point_4_filters_as_qgis_and_gdal_write_them(
    client: httpx.Client, text: str, language: str
) -> None:
    wanted = [each["id"] for each in features(client, ITEMS) if PUSHED[text](each)]
    path = f"{ITEMS}?filter={quote(text, safe=EXACT)}&filter-lang={language}"
    assert [each["id"] for each in features(client, path)] == wanted
    assert 0 < len(wanted) < SHOWN


def test_point_4_what_has_filters_pushed(client: httpx.Client) -> None:
    found = {uri.rsplit("/spec/", 1)[-1] for uri in client.get("/conformance").json()["conformsTo"]}
    assert found >= {
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/features-filter",
        "ogcapi-features-3/1.0/conf/queryables",
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/cql2-json",
        "cql2/1.0/conf/basic-cql2",
        "cql2/1.0/conf/advanced-comparison-operators",
        "cql2/1.0/conf/case-insensitive-comparison",
        "cql2/1.0/conf/basic-spatial-operators",
        "cql2/1.0/conf/basic-spatial-functions",
    }
    parameters = client.get("/api").json()["components"]["parameters"]
    assert set(parameters["filter-lang"]["schema"]["enum"]) >= {"cql2-text", "cql-text"}
    properties = client.get("/collections/incidents/queryables").json()["properties"]
    for name, schema in properties.items():
        assert name == "geometry" or isinstance(schema["type"], str), name
    assert properties["event_start"]["format"] == "date-time"


def json_type(value: Any) -> str:
    """What GDAL's GeoJSON reader makes of a value, as the schema calls it."""
    if isinstance(value, str):
        return next((name for name, like in LIKE.items() if re.fullmatch(like, value)), "string")
    return {int: "integer", float: "number", list: "array"}[type(value)]


LIKE = {"date": r"\d{4}-\d\d-\d\d", "date-time": r"\d{4}-\d\d-\d\dT.*"}
TYPES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.COUNT: "number",
    Kind.NUMBER: "number",
    Kind.DATE: "date",
    Kind.DATETIME: "date-time",
    Kind.TEXTS: "array",
}


def guessed(sample: list[dict[str, Any]], field: Field) -> str:
    values = (each["properties"][field.name] for each in sample)
    types = {json_type(value) for value in values if value is not None}
    return types.pop() if len(types) == 1 else "string"


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_point_5_the_first_ten_features_show_all_types(shipped: Any, layer: Any) -> None:
    address = f"{shipped.address}/collections/{layer.id}/items"
    with httpx.Client(timeout=120) as client:
        sample = features(client, f"{address}?limit=10")
        for field in layer.fields:
            if guessed(sample, field) != TYPES[field.kind]:
                filter = quote(f'"{field.name}" IS NOT NULL')
                filled = client.get(f"{address}?limit=1&filter={filter}").json()
                assert filled["numberMatched"] == 0, f"{field.name} is known of some feature"


def test_point_6_whole_numbers_that_may_be_missing_have_a_fraction() -> None:
    for layer in LAYERS.values():
        for field in layer.fields:
            assert field.kind is not Kind.INTEGER or not field.nullable, (layer.id, field.name)


def test_point_7_no_quote_or_backslash_is_escaped_by_a_backslash(client: httpx.Client) -> None:
    text = client.get(ITEMS).text
    assert re.findall(r"\\(?!u00|n)", text) == []
    assert "\\u0022" in text
    assert "\\u005c" in text


@pytest.mark.parametrize(
    "interval",
    [
        "2021-01-25/..",
        "2021-01-25T/..",
        "2021-01-25T00:00:00Z/..",
        "2021-01-25T00:00:00Z/9999-12-31T00:00:00Z",
    ],
)
def test_point_8_intervals_as_old_clients_write_them(client: httpx.Client, interval: str) -> None:
    found = {
        each["properties"]["incident"] for each in features(client, f"{ITEMS}?datetime={interval}")
    }
    days = {f"series-{day:02}" for day in range(24, SERIES)}
    assert {each for each in found if each.startswith("series")} == days
    before = features(client, f"{ITEMS}?datetime=0000-01-01T00:00:00Z/2021-01-24T23:59:59Z")
    assert {each["properties"]["incident"] for each in before}.isdisjoint(days)


def test_point_9_schemas_for_those_who_read_them(client: httpx.Client) -> None:
    collection = client.get("/collections/incidents").json()
    (schema,) = links(collection, SCHEMA)
    (feature_schema,) = links(collection, "describedby")
    assert schema["type"] == feature_schema["type"] == "application/schema+json"
    for name, each in client.get(schema["href"]).json()["properties"].items():
        assert each["title"], name
        assert name == "geometry" or isinstance(each["type"], str), name
    described = client.get(feature_schema["href"]).json()["properties"]["properties"]["properties"]
    assert "id" not in described
    (feature,) = features(client, f"{ITEMS}?incident=far")
    assert isinstance(feature["id"], int)
    assert feature["properties"]["incident"] == "far"
    assert list(described) == list(feature["properties"])


def test_point_10_readers_may_sign_in_and_may_not_write(client: httpx.Client) -> None:
    assert client.get(ITEMS, auth=("reader", "secret")).status_code == 200
    assert "POST" not in client.options(ITEMS).headers["allow"]
    response = client.get(f"{ITEMS}?resultOffset=10")
    assert response.status_code == 400
    assert client.get(f"{ITEMS}?offset=10").json()["numberReturned"] == SHOWN - 10


def test_point_11_what_the_properties_of_a_layer_show(client: httpx.Client) -> None:
    for layer in LAYERS.values():
        found = client.get(f"/collections/{layer.id}").json()
        assert found["title"] == layer.title
        assert found["description"] == layer.description
        assert set(found["keywords"]) >= set(layer.keywords)
    incidents = client.get("/collections/incidents").json()
    assert links(incidents, "license")
    assert incidents["extent"]["temporal"]["interval"]
    assert incidents["extent"]["spatial"]["bbox"]
    assert client.get("/api").json()["info"]["contact"]["name"]
