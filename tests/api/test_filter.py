"""Filters over HTTP: CQL2 as text and as JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from pyproj import Transformer

from api.service_pages import CONFORMANCE
from db.cql2.functions import FUNCTIONS
from gis.reference_systems import CRS84, REGION_EPSG, offered
from tests.db.cql2.tables import CLASSES

if TYPE_CHECKING:
    import httpx

    from gis.reference_systems import ReferenceSystem

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


TITLE = '{"property": "title"}'


@pytest.mark.parametrize(
    "text, told",
    [
        ("(" * 41 + "1 = 1" + ")" * 41, "40"),
        ("NOT " * 4_000 + "TRUE", "40"),
        (" OR ".join(["title = 'a'"] * 400), "1000 operators"),
        (" OR ".join(["a=1"] * 2_400), "1000 operators|40"),
        ("title = '" + "a" * 17_000 + "'", "16384 bytes"),
        ("title LIKE '" + "%a" * 500 + "'", "at most 12"),
        ("CASEI(title) LIKE CASEI('" + "_%" * 13 + "')", "at most 12"),
        ("S_INTERSECTS(geometry, LINESTRING(" + "0 1, 1 0, " * 2_000 + "0 0))", "16384 bytes"),
        ("S_INTERSECTS(geometry, POINT(nan 1))", "geometry"),
        ("S_INTERSECTS(geometry, POINT(1e400 1))", "geometry"),
        ("S_INTERSECTS(geometry, POINT(inf 1))", "geometry"),
        ("S_INTERSECTS(geometry, BBOX(0, 0, 1e400, 1))", "finite"),
        ("S_INTERSECTS(geometry, POINT())", "text"),
        ("killed_low > 1e400", "finite"),
        ("killed_low > " + "9" * 5_000, "finite"),
        ("title = '" + "''" * 5_000, "no word"),
        ('title = "' + '""' * 5_000, "no word"),
        ("incident.title = 'a'", "no such field"),
        ('"title""; DROP TABLE x; --" = \'a\'', "no such field"),
        ("title = 'a'; DROP TABLE liptako.incident", "no word"),
        ("title = 'a' -- b", "no such field"),
        ("title = 'a' UNION SELECT 1", "AND, OR or the end"),
        ("pg_sleep(10)", "no such function"),
        ("version() = 'x'", "no such function"),
        ("ST_Buffer(geometry, 1) IS NULL", "no such function"),
        ("current_user = 'x'", "no such field"),
        ("within_distance(geometry, POINT(1 2), pg_sleep(9))", "a distance"),
    ],
)
def test_evil_texts_are_refused(client: httpx.Client, text: str, told: str) -> None:
    response = client.get(ITEMS, params={"filter": text})
    assert response.status_code == 400, response.text
    assert response.json()["parameter"] == "filter"
    assert re.search(told, response.text), response.text


@pytest.mark.parametrize(
    "text, told",
    [
        ('{"op": "; DROP TABLE x", "args": [true, true]}', "no such function"),
        ('{"op": "=", "args": [' + TITLE + ', "a"], "; DROP": 1}', "no expression"),
        ('{"op": "=", "args": [{"property": "title\' OR 1=1"}, "a"]}', "no such field"),
        ('{"op": "=", "args": [{"property": "title", "$ref": "x"}, "a"]}', "no expression"),
        ('{"op": "=", "args": [{"function": "version"}, "a"]}', "no expression"),
        ('{"op": "=", "args": [{"sql": "1"}, "a"]}', "no expression"),
        ('{"op": "=", "args": [' + TITLE + ', "\\ud800"]}', "JSON"),
        ('{"op": "=", "args": [' + TITLE + ', "\\u0000"]}', "NUL"),
        ('{"op": "like", "args": [' + TITLE + ", " + TITLE + "]}", "pattern"),
        ('{"op": ">", "args": [{"property": "killed_low"}, 1e400]}', "finite|JSON"),
        ('{"op": ">", "args": [{"property": "killed_low"}, ' + "9" * 6_000 + "]}", "finite|JSON"),
        ('{"op":"and","args":[' * 600 + "true" + "]}" * 600, "40|JSON"),
        ("[" * 8_000, "JSON"),
        ('{"op": "in", "args": [' + TITLE + ', ["a"' + ', "a"' * 1_200 + "]]}", "1000"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"type": "X"}]}', "GeoJSON"),
    ],
)
def test_evil_json_is_refused(client: httpx.Client, text: str, told: str) -> None:
    given = {"filter": text, "filter-lang": "cql2-json"}
    response = client.get(ITEMS, params=given)
    assert response.status_code == 400, response.text
    assert response.json()["parameter"] == "filter"
    assert re.search(told, response.text), response.text


@pytest.mark.parametrize("query", ["filter=title%20%3D%20'%ff'", "filter=%ed%a0%80", "country=%fe"])
def test_bytes_that_are_no_text_are_refused(client: httpx.Client, query: str) -> None:
    response = client.get(f"{ITEMS}?{query}")
    assert response.status_code == 400, response.text
    assert "UTF-8" in response.text


def test_what_an_evil_text_says_is_only_a_text(client: httpx.Client) -> None:
    for value in (
        "'; DROP TABLE liptako.incident; --",
        "%27 OR 1=1",
        "a\\b",
        '"',
        "${7*7}",
        "\u202e",
    ):
        doubled = value.replace("'", "''")
        found = client.get(ITEMS, params={"filter": f"title = '{doubled}'"})
        assert found.status_code == 200, found.text
        assert found.json()["numberMatched"] == 0
    assert client.get(ITEMS).json()["numberMatched"] > 0


BOX = (0.95, 14, 1.25, 15)
TEN_TO_TWELVE = {"series-10", "series-11", "series-12"}


def stated(system: ReferenceSystem, lon: float, lat: float) -> tuple[float, float]:
    """A place in the order of the URI, by a second hand: pyproj without `always_xy`."""
    known = "OGC:CRS84" if system == CRS84 else f"EPSG:{system.srid}"
    first, second = Transformer.from_crs("OGC:CRS84", known).transform(lon, lat)
    return float(first), float(second)


def corners(system: ReferenceSystem) -> list[tuple[float, float]]:
    west, south, east, north = BOX
    return [
        stated(system, lon, lat)
        for lon, lat in (
            (west, south),
            (east, south),
            (east, north),
            (west, north),
            (west, south),
        )
    ]


def filters(system: ReferenceSystem) -> dict[str, list[dict[str, str]]]:
    """A box, a polygon and a point of a system, in both languages."""
    ring = corners(system)
    (south_west, north_east) = ring[0], ring[2]
    point = stated(system, 1.1, 14.5)
    polygon = ", ".join(f"{first} {second}" for first, second in ring)
    return {
        "box": [
            {"filter": f"S_INTERSECTS(geometry, BBOX({str([*south_west, *north_east])[1:-1]}))"},
            as_json({"bbox": [*south_west, *north_east]}),
        ],
        "polygon": [
            {"filter": f"S_INTERSECTS(geometry, POLYGON(({polygon})))"},
            as_json({"type": "Polygon", "coordinates": [ring]}),
            {"filter": f"S_WITHIN(geometry, POLYGON(({polygon})))"},
            {"filter": f"NOT S_DISJOINT(geometry, POLYGON(({polygon})))"},
        ],
        "point": [
            {"filter": f"within_distance(geometry, POINT({point[0]} {point[1]}), 11000)"},
        ],
    }


def as_json(shape: dict[str, Any]) -> dict[str, str]:
    tree = {"op": "s_intersects", "args": [{"property": "geometry"}, shape]}
    return {"filter": json.dumps(tree), "filter-lang": "cql2-json"}


@pytest.mark.parametrize("system", offered(REGION_EPSG), ids=lambda each: each.uri[-6:])
@pytest.mark.parametrize("shape", ["box", "polygon", "point"])
def test_a_filter_finds_the_same_in_whichever_system_its_geometries_are(
    client: httpx.Client, system: ReferenceSystem, shape: str
) -> None:
    for given in filters(system)[shape]:
        response = client.get(ITEMS, params={**given, "filter-crs": system.uri})
        assert response.status_code == 200, response.text
        assert set(codes(response.json())) == TEN_TO_TWELVE, given
        assert response.headers["content-crs"] == f"<{CRS84.uri}>", "filter-crs is not crs"


@pytest.mark.parametrize("system", offered(REGION_EPSG), ids=lambda each: each.uri[-6:])
def test_a_place_that_is_not_known_is_neither_in_a_box_nor_out_of_it(
    client: httpx.Client, system: ReferenceSystem
) -> None:
    (inside, *_) = filters(system)["box"]
    outside = {"filter": f"NOT ({inside['filter']})", "filter-crs": system.uri}
    found = set(codes(client.get(ITEMS, params=outside).json()))
    assert "far" in found
    assert not {"nowhere", *TEN_TO_TWELVE} & found


@pytest.mark.parametrize(
    "code, text, told",
    [
        (32631, "S_INTERSECTS(geometry, POINT(1e9 0))", "no place of WGS 84 / UTM zone 31N"),
        (32631, "S_INTERSECTS(geometry, BBOX(1e9, 0, 2e9, 1))", "no place"),
        (32631, "S_INTERSECTS(geometry, BBOX(2, 0, 1, 1))", "not above the second"),
        (3857, "S_WITHIN(geometry, POLYGON((3e7 0, 4e7 0, 4e7 1, 3e7 0)))", "no place"),
        (3857, "S_WITHIN(geometry, BBOX(-3e7, 0, 3e7, 9e6))", "only be intersected"),
        (4326, "S_INTERSECTS(geometry, POINT(114 1))", "latitudes"),
        (4326, "S_INTERSECTS(geometry, BBOX(114, 1, 115, 2))", "latitudes"),
    ],
)
def test_a_geometry_outside_its_system_is_refused(
    client: httpx.Client, code: int, text: str, told: str
) -> None:
    response = client.get(ITEMS, params={"filter": text, "filter-crs": f"[EPSG:{code}]"})
    assert response.status_code == 400, response.text
    assert response.json()["parameter"] == "filter"
    assert told in response.text


def test_a_box_wider_than_the_world_of_its_system_holds_what_the_rest_of_it_holds(
    client: httpx.Client,
) -> None:
    given = {"filter": "S_INTERSECTS(geometry, BBOX(-3e7,-3e7,3e7,3e7))", "filter-crs": "EPSG:3857"}
    everything = client.get(ITEMS, params={"filter": "geometry IS NOT NULL"}).json()
    assert client.get(ITEMS, params=given).json()["numberMatched"] == everything["numberMatched"]


def test_a_cursor_is_bound_to_the_system_of_the_filter(client: httpx.Client) -> None:
    given = {"filter": "S_INTERSECTS(geometry, BBOX(0, 0, 60, 60))", "limit": "4"}
    (following,) = (
        link for link in client.get(ITEMS, params=given).json()["links"] if link["rel"] == "next"
    )
    assert client.get(following["href"]).status_code == 200
    response = client.get(following["href"] + "&filter-crs=%5BEPSG:4326%5D")
    assert response.json()["parameter"] == "cursor"


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
        ({"filter": "1 = 1", "filter-crs": "[EPSG:2154]"}, "filter-crs", "EPSG/0/32631"),
        ({"filter-crs": "wgs84"}, "filter-crs", "CRS84"),
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
        assert function["returns"] in (["boolean"], ["number"])
        assert all(each["type"] and each["title"] for each in function["arguments"])
        for example in function["examples"]:
            response = client.get(ITEMS, params={"filter": example})
            assert response.status_code == 200, response.text
    page = client.get("/functions", params={"f": "html"}).text
    assert all(name in page for name in FUNCTIONS)


def test_the_description_lists_the_languages_and_the_default(client: httpx.Client) -> None:
    shared = client.get("/api").json()["components"]["parameters"]
    language = shared["filter-lang"]["schema"]
    assert language["enum"] == ["cql2-text", "cql2-json", "cql-text"]
    assert language["default"] == "cql2-text"
    assert shared["filter-crs"]["schema"] == {
        "type": "string",
        "format": "uri",
        "enum": [system.uri for system in offered(REGION_EPSG)],
        "default": CRS84.uri,
    }
