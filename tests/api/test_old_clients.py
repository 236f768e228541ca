"""What QGIS and GDAL of every age need, and what damages data inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from api.params import RESERVED
from db.layers.catalogue import LAYERS
from gis.fields import Kind
from tests.api.world import AWKWARD

if TYPE_CHECKING:
    import httpx

ITEMS = "/collections/incidents/items"
TYPES = {"string", "number", "integer", "array"}
REL = "http://www.opengis.net/def/rel/ogc/1.0/"


def test_json_is_the_answer_to_a_program_that_says_nothing(client: httpx.Client) -> None:
    for path in ("/", "/collections", "/collections/incidents", "/conformance"):
        assert client.get(path).headers["content-type"] == "application/json"


def test_no_next_link_on_the_last_page(client: httpx.Client) -> None:
    document = client.get(ITEMS, params={"limit": 10000}).json()
    assert "next" not in {link["rel"] for link in document["links"]}


def test_a_page_that_ends_with_the_last_feature_is_the_last(client: httpx.Client) -> None:
    matched = client.get(ITEMS, params={"limit": 1}).json()["numberMatched"]
    document = client.get(ITEMS, params={"limit": matched}).json()
    assert document["numberReturned"] == matched
    assert "next" not in {link["rel"] for link in document["links"]}


def test_the_first_features_have_places_and_the_fullest_fields(client: httpx.Client) -> None:
    found = client.get(ITEMS, params={"limit": 10}).json()["features"]
    assert all(feature["geometry"] for feature in found)
    assert all(feature["properties"]["radius_m"] is not None for feature in found)
    last = client.get(ITEMS).json()["features"][-1]
    assert last["properties"]["incident"] == "nowhere"
    assert last["geometry"] is None


def test_counts_have_a_fraction_and_stay_missing(client: httpx.Client) -> None:
    text = client.get(f"{ITEMS}/inates-2019-12-10").text
    assert '"killed_low":71.0,"killed_best":71.0' in text
    assert '"injured_low":null' in text
    assert '"killed_low":null' in client.get(f"{ITEMS}/series-02").text


def test_quotes_and_backslashes_survive_qgis(client: httpx.Client) -> None:
    for text in (client.get(ITEMS).text, client.get(f"{ITEMS}/awkward").text):
        assert '\\"' not in text
        assert "\\\\" not in text
        assert "\\u0022run\\u0022" in text
    assert client.get(f"{ITEMS}/awkward").json()["properties"]["title"] == AWKWARD


def test_every_field_is_in_every_feature(client: httpx.Client) -> None:
    names = [field.name for field in LAYERS["incidents"].fields]
    for feature in client.get(ITEMS).json()["features"]:
        assert list(feature["properties"]) == names


def test_moments_are_rfc_3339_and_the_end_belongs_to_the_day(client: httpx.Client) -> None:
    properties = client.get(f"{ITEMS}/inates-2019-12-10").json()["properties"]
    assert properties["event_start"] == "2019-12-10T00:00:00Z"
    assert properties["event_end"] == "2019-12-10T23:59:59Z"


@pytest.mark.parametrize("layer", LAYERS)
def test_no_layer_has_a_property_called_id_or_like_a_parameter(
    client: httpx.Client, layer: str
) -> None:
    names = {field.name for field in LAYERS[layer].fields}
    assert not names & {"id", "geometry", *RESERVED}
    schema = client.get(f"/collections/{layer}/feature-schema").json()
    assert "id" not in schema["properties"]
    assert set(schema["properties"]["properties"]["properties"]) == names


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", ["schema", "queryables", "sortables", "feature-schema"])
def test_schemas_are_linked_plain_and_valid(client: httpx.Client, layer: str, name: str) -> None:
    found = client.get(f"/collections/{layer}").json()
    rel = "describedby" if name == "feature-schema" else f"{REL}{name}"
    (link,) = (each for each in found["links"] if each["rel"] == rel)
    assert link["type"] == "application/schema+json"
    response = client.get(link["href"])
    assert response.headers["content-type"] == "application/schema+json"
    schema = response.json()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == link["href"]
    described = schema["properties"]
    if name == "feature-schema":
        described = described["properties"]["properties"]
    for key, each in described.items():
        assert each["title"], key
        assert key == "geometry" or each["type"] in TYPES


def test_a_schema_says_units_roles_order_words_and_formats(client: httpx.Client) -> None:
    schema = client.get("/collections/incidents/schema").json()
    found = schema["properties"]
    assert found["killed_low"]["x-ogc-unit"] == "{person}"
    assert found["radius_m"]["x-ogc-unit"] == "m"
    roles = {key: each["x-ogc-role"] for key, each in found.items() if "x-ogc-role" in each}
    assert roles == {
        "event_start": "primary-interval-start",
        "event_end": "primary-interval-end",
        "geometry": "primary-geometry",
    }
    assert found["event_start"]["format"] == "date-time"
    assert "attack" in found["event_type"]["enum"]
    assert found["geometry"]["format"] == "geometry-point"
    assert "type" not in found["geometry"]
    numbers = [each["x-ogc-propertySeq"] for each in found.values()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "title" in schema["required"]
    assert "killed_low" not in schema["required"]


def test_qgis_is_told_of_the_geometry_in_the_form_that_it_reads(client: httpx.Client) -> None:
    path = "/collections/incidents/queryables"
    plain = client.get(path)
    qgis = client.get(path, headers={"User-Agent": "Mozilla/5.0 QGIS/34015/Debian"})
    geometry = plain.json()["properties"]["geometry"]
    assert geometry["format"] == "geometry-point"
    assert not {"type", "$ref"} & set(geometry), "/req/queryables/get-queryables-response D"
    told = qgis.json()["properties"]["geometry"]
    assert told == {**geometry, "$ref": "https://geojson.org/schema/Point.json"}
    assert plain.headers["etag"] != qgis.headers["etag"]
    assert "User-Agent" in plain.headers["vary"]
    none = client.get("/collections/reports/queryables", headers={"User-Agent": "QGIS"}).json()
    assert "geometry" not in none["properties"]


def test_nothing_of_a_schema_is_received(client: httpx.Client) -> None:
    schema = client.get("/collections/incidents/schema").json()
    assert all(each["readOnly"] is True for each in schema["properties"].values())


def test_only_what_is_listed_may_be_asked_for_or_sorted_by(client: httpx.Client) -> None:
    for name in ("queryables", "sortables"):
        assert client.get(f"/collections/incidents/{name}").json()["additionalProperties"] is False
    assert "geometry" not in client.get("/collections/incidents/sortables").json()["properties"]


def _fits(value: Any, kind: Kind) -> bool:
    if kind in (Kind.NUMBER, Kind.COUNT):
        return isinstance(value, float)
    return isinstance(value, int if kind is Kind.INTEGER else str)


@pytest.mark.parametrize("layer", LAYERS)
def test_values_are_of_the_kind_that_the_schema_states(client: httpx.Client, layer: str) -> None:
    kinds = {field.name: field for field in LAYERS[layer].fields}
    for feature in client.get(f"/collections/{layer}/items").json()["features"]:
        for name, value in feature["properties"].items():
            field = kinds[name]
            if value is None:
                assert field.nullable, name
            else:
                assert _fits(value, field.kind), (name, value)
                assert not field.words or value in field.words


def test_there_is_no_post_for_readers(client: httpx.Client) -> None:
    for path in (ITEMS, f"{ITEMS}/1"):
        response = client.options(path)
        assert response.status_code == 204
        assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_owslib_joins_paths_with_slashes(client: httpx.Client) -> None:
    assert client.get("/collections/").json() == client.get("/collections").json()
    assert client.get(f"{ITEMS}/").json()["type"] == "FeatureCollection"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_value_is_null_only_where_the_schema_of_features_says_so(
    client: httpx.Client, layer: str
) -> None:
    schema = client.get(f"/collections/{layer}/feature-schema").json()
    assert "nullable" in schema["description"]
    members = schema["properties"]
    assert members["geometry"]["nullable"] is True
    for feature in client.get(f"/collections/{layer}/items").json()["features"]:
        for name, value in feature["properties"].items():
            described = members["properties"]["properties"][name]
            if value is None:
                assert described["nullable"] is True
            else:
                plain = {key: each for key, each in described.items() if key != "nullable"}
                Draft202012Validator(plain).validate(value)
