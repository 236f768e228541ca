"""OGC API - Tiles over HTTP: what a client is told, what it gets, and what it is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from api import tiles
from api.app import create_app
from api.service_pages import CONFORMANCE
from api.settings import Settings
from api.tilesets import MVT, TILEJSON
from db.layers.catalogue import DRAWN, LAYERS
from db.layers.depictions import depiction_of
from db.tiles.overview import InTheMaking
from db.tiles.tile import make_tile
from gis.maplibre import MEDIA_TYPE as STYLE
from gis.tile_matrix import SETS, WEB_MERCATOR_QUAD
from tests.api.answers import links
from tests.api.serving import serving
from tests.api.world import SERIES, SHOWN
from tests.vector_tiles import frame, layers, points

if TYPE_CHECKING:
    from sqlalchemy import QueuePool

    from api.service import Service

TILES = "/collections/incidents/tiles"
MERCATOR = f"{TILES}/WebMercatorQuad"
VECTOR = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
LOCATED = SHOWN - 1


def tile(client: httpx.Client, path: str = f"{MERCATOR}/0/0/0", **parameters: str) -> bytes:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == MVT
    return response.content


def test_sets_are_listed_and_defined(client: httpx.Client) -> None:
    listed = client.get("/tileMatrixSets").json()["tileMatrixSets"]
    assert [each["id"] for each in listed] == list(SETS)
    for each in listed:
        (item,) = (link for link in each["links"] if link["rel"] == "item")
        found = client.get(item["href"]).json()
        assert found["uri"] == each["uri"]
        assert found["tileMatrices"][0]["id"] == "0"
    assert client.get("/tileMatrixSets/UPSArctic").status_code == 404


def test_landing_page_and_collections_lead_to_tilesets(client: httpx.Client) -> None:
    owners = [client.get("/").json(), *client.get("/collections").json()["collections"]]
    for owner in owners:
        found = links(owner, VECTOR)
        assert bool(found) is (owner.get("id", "incidents") in DRAWN)
        for link in found:
            assert link["href"].endswith("/tiles")
            assert [each["tileMatrixSetId"] for each in client.get(link["href"]).json()["tilesets"]]


@pytest.mark.parametrize("owner", ["", "/collections/incidents", "/collections/borders"])
def test_every_link_of_a_tileset_can_be_followed(client: httpx.Client, owner: str) -> None:
    for entry in client.get(f"{owner}/tiles").json()["tilesets"]:
        for link in entry["links"]:
            assert client.get(link["href"]).status_code == 200
        (own,) = (link for link in entry["links"] if link["rel"] == "self")
        found = client.get(own["href"]).json()
        (item,) = links(found, "item")
        assert item["templated"]
        assert item["type"] == MVT
        place = {"{tileMatrix}": "0", "{tileRow}": "0", "{tileCol}": "0"}
        address = item["href"]
        for name, number in place.items():
            assert name in address
            address = address.replace(name, number)
        assert client.get(address).status_code in (200, 204)
        for link in found["links"]:
            if not link.get("templated"):
                answered = client.get(link["href"])
                assert answered.status_code == 200
                assert answered.headers["content-type"].startswith(link["type"])


def test_limits_of_a_tileset_hold(client: httpx.Client) -> None:
    found = client.get(MERCATOR).json()
    limits = {each["tileMatrix"]: each for each in found["tileMatrixSetLimits"]}
    assert list(limits) == [str(matrix) for matrix in range(15)]
    last = limits["3"]
    row, column = last["maxTileRow"], last["maxTileCol"]
    assert client.get(f"{MERCATOR}/3/{row}/{column}").status_code in (200, 204)
    for outside in (f"3/{row + 1}/{column}", f"3/{row}/{column + 1}", "15/0/0", "3/2147483647/0"):
        refused = client.get(f"{MERCATOR}/{outside}")
        assert refused.status_code == 404
        assert refused.json()["code"] == "UnknownTile"


@pytest.mark.parametrize("place", ["a/0/0", "0/-1/0", "0/0/1.5", "0/0/9999999999999999999999"])
def test_what_is_no_number_is_refused(client: httpx.Client, place: str) -> None:
    assert client.get(f"{MERCATOR}/{place}").status_code == 400


def test_a_tileset_says_where_its_data_are(client: httpx.Client) -> None:
    found = client.get(MERCATOR).json()
    assert found["boundingBox"]["lowerLeft"] == [0.0, 14.5]
    assert found["boundingBox"]["upperRight"] == [179.5, 66.0]
    assert found["centerPoint"]["tileMatrix"] == "1"
    assert [each["id"] for each in found["layers"]] == ["incidents", "incidents-cells"]
    assert found["attribution"] == "press"


def test_tilejson_describes_layers_and_fields(client: httpx.Client) -> None:
    by_parameter = client.get(MERCATOR, params={"f": "tilejson"})
    by_accept = client.get(MERCATOR, headers={"Accept": TILEJSON})
    found = client.get(f"{MERCATOR}/tilejson.json")
    assert found.json() == by_parameter.json() == by_accept.json()
    assert found.headers["content-type"] == TILEJSON
    made = found.json()
    assert made["tilejson"] == "3.0.0"
    assert made["tiles"][0].endswith(f"{MERCATOR}/{{z}}/{{y}}/{{x}}")
    assert (made["minzoom"], made["maxzoom"]) == (0, WEB_MERCATOR_QUAD.deepest)
    assert made["bounds"] == [0.0, 14.5, 179.5, 66.0]
    singles, cells = made["vector_layers"]
    assert "killed_low" in singles["fields"]
    assert "missing as soon as one" in cells["fields"]["killed_high"]


def test_tilejson_knows_web_mercator_only(client: httpx.Client) -> None:
    assert client.get(f"{TILES}/WorldCRS84Quad", params={"f": "tilejson"}).status_code == 400


def test_what_narrows_tiles_is_carried_into_their_addresses(client: httpx.Client) -> None:
    made = client.get(f"{MERCATOR}/tilejson.json", params={"event_type": "protest"}).json()
    address = made["tiles"][0].replace("{z}/{y}/{x}", "0/0/0")
    assert len(points(client.get(address).content, "incidents")) == 10


@pytest.mark.parametrize(
    "parameters, expected",
    [
        ({}, LOCATED),
        ({"event_type": "protest"}, 10),
        ({"filter": "killed_low = 71"}, 1),
        (
            {
                "filter": '{"op":"isNull","args":[{"property":"killed_low"}]}',
                "filter-lang": "cql2-json",
            },
            LOCATED - SERIES // 2 - 1,
        ),
        ({"datetime": "2021-01-05/2021-01-08"}, 4 + 1),
        ({"datetime": "2021-01-05", "event_type": "protest"}, 0),
    ],
)
def test_parameters_of_items_narrow_tiles(
    client: httpx.Client, parameters: dict[str, str], expected: int
) -> None:
    response = client.get(f"{MERCATOR}/0/0/0", params=parameters)
    assert len(points(response.content, "incidents")) == expected
    items = client.get(
        "/collections/incidents/items", params={**parameters, "limit": "100"}
    ).json()["features"]
    assert sum(each["geometry"] is not None for each in items) == expected


def test_properties_choose_what_travels(client: httpx.Client) -> None:
    shown = points(tile(client, properties="title"), "incidents")
    assert "Incident 7" in {each.properties["title"] for each in shown}
    assert all("event_type" not in each.properties for each in shown)


def test_keys_of_tiles_are_those_of_items(client: httpx.Client) -> None:
    for each in points(tile(client, properties="incident"), "incidents")[:5]:
        found = client.get(f"/collections/incidents/items/{each.properties['mvt_id']}").json()
        assert found["properties"]["incident"] == each.properties["incident"]


def test_nothing_that_must_not_leave_is_in_a_tile(client: httpx.Client) -> None:
    shown = points(tile(client, properties="incident"), "incidents")
    codes = {each.properties["incident"] for each in shown}
    assert not codes & {"secret-incident", "withdrawn", "autumn-total"}


def test_an_empty_tile_is_no_content(client: httpx.Client) -> None:
    response = client.get(f"{MERCATOR}/5/31/3")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["etag"]


def test_a_tile_is_asked_for_again_for_the_price_of_a_header(client: httpx.Client) -> None:
    first = client.get(f"{MERCATOR}/0/0/0")
    assert first.headers["cache-control"]
    again = client.get(f"{MERCATOR}/0/0/0", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"{MERCATOR}/0/0/0", params={"country": "NER"})
    assert other.headers["etag"] != first.headers["etag"]
    assert client.get(f"{MERCATOR}/0/0/0").content == first.content


@pytest.mark.parametrize(
    "path",
    [
        f"{MERCATOR}/0/0/0?bbox=0,0,1,1",
        f"{MERCATOR}/0/0/0?limit=5",
        f"{MERCATOR}/0/0/0?f=json",
        f"{MERCATOR}?f=html5",
        f"{MERCATOR}/0/0/0?filter=nothing = 1",
        f"{TILES}?country=NER",
        "/tiles/WebMercatorQuad/0/0/0?collections=reports",
        "/tiles/WebMercatorQuad/0/0/0?collections=borders,borders",
        "/tiles/WebMercatorQuad/0/0/0?collections=",
        "/tiles/WebMercatorQuad/0/0/0?country=NER",
        "/collections/incidents/style?f=sld",
    ],
)
def test_what_tiles_do_not_have_is_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["tiles", "tiles/WebMercatorQuad", "style"])
def test_a_layer_without_geometry_is_not_drawn(client: httpx.Client, path: str) -> None:
    refused = client.get(f"/collections/reports/{path}")
    assert (refused.status_code, refused.json()["code"]) == (404, "NotDrawn")
    assert client.get(f"/collections/nothing/{path}").status_code == 404


def test_several_layers_share_a_tile(client: httpx.Client) -> None:
    body = tile(client, "/tiles/WebMercatorQuad/0/0/0")
    assert set(layers(body)) == {"incidents", "claims", "aggregates", "borders", "places"}
    body = tile(client, "/tiles/WebMercatorQuad/0/0/0", collections="borders,places")
    assert layers(body) == ["borders", "places"]
    assert list(frame(body, "places")["name"]) == ["Inatès"]
    made = client.get("/tiles/WebMercatorQuad?collections=borders,places").json()
    assert [each["id"] for each in made["layers"]] == ["borders", "places", "places-cells"]
    assert "collections=borders,places" in links(made, "item")[0]["href"]


@pytest.mark.parametrize("layer", list(DRAWN))
def test_every_layer_has_a_style_of_its_fields(client: httpx.Client, layer: str) -> None:
    response = client.get(f"/collections/{layer}/style")
    assert response.headers["content-type"] == STYLE
    made = response.json()
    (source,) = made["sources"].values()
    told = client.get(source["url"]).json()
    fields = {each["id"]: set(each["fields"]) for each in told["vector_layers"]}
    assert fields
    for drawn in made["layers"]:
        assert names_in(drawn["paint"]) <= fields[drawn["source-layer"]]


def names_in(node: Any) -> set[str]:
    """Give the properties that expressions read."""
    if isinstance(node, dict):
        return {name for value in node.values() for name in names_in(value)}
    if not isinstance(node, list):
        return set()
    if len(node) == 2 and node[0] in ("get", "has"):
        return {node[1]}
    return {name for value in node for name in names_in(value)}


def test_a_style_of_several_layers_has_points_uppermost(client: httpx.Client) -> None:
    made = client.get("/style?collections=incidents,borders,regions").json()
    assert [each["id"] for each in made["layers"]] == [
        "regions-area",
        "regions",
        "borders",
        "incidents-cells",
        "incidents",
    ]


@pytest.mark.parametrize("name", DRAWN)
def test_depictions_name_fields_and_words_of_their_layers(name: str) -> None:
    layer = LAYERS[name]
    depiction = depiction_of(layer)
    assert depiction.properties
    assert set(depiction.properties) <= {field.name for field in layer.fields}
    for words in filter(None, [depiction.by_word]):
        field = layer.field(words.field)
        assert field is not None
        assert set(words.colours) <= set(field.words)


def test_a_layer_of_which_nothing_is_said_is_drawn_all_the_same() -> None:
    stranger = replace(LAYERS["incidents"], id="stranger")
    depiction = depiction_of(stranger)
    assert depiction.properties[:2] == ("event_type", "event_start")
    assert depiction.figures is None


@pytest.mark.parametrize("path", ["/", "/collections/incidents"])
def test_pages_lead_people_to_tiles_and_style(client: httpx.Client, path: str) -> None:
    page = client.get(path, headers={"Accept": "text/html"}).text
    for end in ("/tiles/WebMercatorQuad/tilejson.json", "/style"):
        (address,) = re.findall(f'href="([^"]*{end})"', page)
        assert client.get(address).status_code == 200
    assert "tilejson" not in client.get("/collections/reports?f=html").text


def test_conformance_is_declared(client: httpx.Client) -> None:
    declared = client.get("/conformance").json()["conformsTo"]
    assert declared == list(CONFORMANCE)
    for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "dataset-tilesets", "mvt"):
        assert f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" in declared


def test_description_names_operations_as_the_standard_demands(client: httpx.Client) -> None:
    paths = client.get("/api").json()["paths"].values()
    named = {operation["operationId"] for path in paths for operation in path.values()}
    for kind in ("collection", "dataset"):
        for operation in ("getTileSetsList", "getTileSet", "getTile"):
            assert f"{kind}.vector.{operation}" in named
    assert {"getTileMatrixSetsList", "getTileMatrixSet"} <= named


@pytest.mark.parametrize(
    "path, parameters, accept, status",
    [
        ("/tileMatrixSets", {"f": "foo"}, None, 400),
        ("/tileMatrixSets/WebMercatorQuad", {"f": "html"}, None, 400),
        ("/tiles", {"f": "blah"}, None, 400),
        (TILES, {"f": "html"}, None, 400),
        (TILES, {"f": "json"}, "text/html", 200),
        (TILES, {}, "text/html", 406),
        (MERCATOR, {}, "text/html", 406),
        (MERCATOR, {}, TILEJSON, 200),
        (f"{MERCATOR}/tilejson.json", {"f": "html"}, None, 400),
        (f"{MERCATOR}/0/0/0", {}, "image/png", 406),
        (f"{MERCATOR}/0/0/0", {}, "image/webp, */*;q=0.8", 200),
        (f"{MERCATOR}/0/0/0", {"f": "mvt"}, "image/png", 200),
        ("/style", {}, "text/html", 406),
        ("/style", {}, "application/json", 200),
    ],
)
def test_what_has_one_form_is_given_in_no_other(
    client: httpx.Client, path: str, parameters: dict[str, str], accept: str | None, status: int
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    assert client.get(path, params=parameters, headers=headers).status_code == status


def test_what_is_told_of_tiles_names_the_fields_that_travel(client: httpx.Client) -> None:
    asked = {"properties": "title,country"}
    (told, _) = client.get(f"{MERCATOR}/tilejson.json", params=asked).json()["vector_layers"]
    assert set(told["fields"]) == {"title", "country"}
    (told, _) = client.get(MERCATOR, params=asked).json()["layers"]
    assert set(told["propertiesSchema"]["properties"]) == {"title", "country"}


def test_who_waits_for_an_overview_holds_no_connection(
    world_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(), world_url)
    service: Service = app.state.service
    found: list[int] = []

    class Other(InTheMaking):
        def __init__(self) -> None:
            super().__init__(Lock())

        def wait(self) -> None:
            found.append(cast("QueuePool", service.engine.pool).checkedout())
            super().wait()

    def made(*asked: Any) -> bytes:
        if not found:
            raise Other
        return make_tile(*asked)

    monkeypatch.setattr(tiles, "make_tile", made)
    with serving(app) as base:
        response = httpx.get(f"{base}{MERCATOR}/0/0/0", timeout=30)
    assert response.status_code == 200
    assert response.content
    assert found == [0]
