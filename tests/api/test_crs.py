"""OGC API - Features Part 2: every check of OGC's test suite, and what it does not check."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from pyproj import CRS, Transformer

from api.app import create_app
from api.settings import Settings
from db.layers.catalogue import LAYERS
from gis.reference_systems import CRS84, REGION_EPSG, epsg, offered
from tests.api.answers import codes, links
from tests.api.serving import serving
from tests.api.world import SHOWN, build
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.reference_systems import ReferenceSystem

ITEMS = "/collections/incidents/items"
SYSTEMS = offered(REGION_EPSG)
URIS = [system.uri for system in SYSTEMS]
SPATIAL = [layer.id for layer in LAYERS.values() if layer.geometry is not None]
UNSUPPORTED = "http://www.opengis.net/def/crs/0/unsupported"
TEN_TO_TWELVE = {"series-10", "series-11", "series-12", "nowhere"}

each_system = pytest.mark.parametrize("system", SYSTEMS, ids=lambda each: each.uri[-6:])


@cache
def transformer(system: ReferenceSystem) -> Transformer:
    named = CRS.from_user_input("OGC:CRS84" if system == CRS84 else f"EPSG:{system.srid}")
    return Transformer.from_crs("OGC:CRS84", named)


def placed(system: ReferenceSystem, lon: float, lat: float) -> tuple[float, float]:
    """Coordinates in the order of the URI, by a second hand: pyproj without `always_xy`."""
    first, second = transformer(system).transform(lon, lat)
    return float(first), float(second)


def box(system: ReferenceSystem, west: float, south: float, east: float, north: float) -> str:
    """A box around the corners of one in degrees, in the order of the URI."""
    corners = [placed(system, lon, lat) for lon in (west, east) for lat in (south, north)]
    low, high = (tuple(map(f, zip(*corners, strict=True))) for f in (min, max))
    return ",".join(map(str, (*low, *high)))


def has_far(system: ReferenceSystem) -> bool:
    """Whether a system has coordinates for the incident at 179.5 degrees east."""
    return system.reach.east == 180


def points(document: dict[str, Any]) -> dict[str, list[float]]:
    return {
        each["properties"]["incident"]: each["geometry"]["coordinates"]
        for each in document["features"]
        if each["geometry"] is not None
    }


def within_reach(system: ReferenceSystem, geometry: dict[str, Any]) -> bool:
    return all(system.reach.west <= lon <= system.reach.east for lon, _ in places(geometry))


# Discovery: Abstract tests 1 to 3


@pytest.mark.parametrize("layer", SPATIAL)
def test_a_collection_lists_its_systems_crs84_first_and_the_stored_one(
    client: httpx.Client, layer: str
) -> None:
    found = client.get(f"/collections/{layer}").json()
    assert found["crs"] == URIS
    assert found["crs"][0] == found["storageCrs"] == CRS84.uri


def test_a_layer_without_geometry_lists_none(client: httpx.Client) -> None:
    found = client.get("/collections/reports").json()
    assert not {"crs", "storageCrs"} & set(found)
    for parameter in ("crs", "bbox-crs", "filter-crs"):
        refused = client.get("/collections/reports/items", params={parameter: URIS[1]})
        assert refused.status_code == 400, "what is not listed is not offered"
        known = client.get("/collections/reports/items", params={parameter: CRS84.uri})
        assert known.status_code == 200


def test_a_collection_says_where_a_system_has_no_coordinates(client: httpx.Client) -> None:
    """The incident at 179.5 degrees east is beyond the UTM zones, and told to be."""
    reaches = client.get("/collections/incidents").json()["crsReach"]
    assert set(reaches) == {system.uri for system in SYSTEMS if not has_far(system)}
    plain = points(client.get(ITEMS).json())
    for uri, (west, south, east, north) in reaches.items():
        found = points(client.get(ITEMS, params={"crs": uri}).json())
        beyond = {
            code
            for code, (lon, lat) in plain.items()
            if not (west <= lon <= east and south <= lat <= north)
        }
        assert set(plain) - set(found) == beyond == {"far"}
    assert "crsReach" not in client.get("/collections/borders").json(), "all of it is reached"
    assert "crsReach" not in client.get("/collections/reports").json()
    page = client.get("/collections/incidents", params={"f": "html"}).text
    assert page.count("a feature beyond has no geometry in it") == len(reaches)


# Parameter crs: Abstract tests 4 to 7


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/series-10"])
def test_without_crs_the_answer_is_crs84_as_ever(client: httpx.Client, path: str) -> None:
    plain, named = client.get(path), client.get(path, params={"crs": CRS84.uri})
    assert plain.headers["content-crs"] == named.headers["content-crs"] == f"<{CRS84.uri}>"
    for document in (first := plain.json(), second := named.json()):
        del document["links"]
    assert first == second


@each_system
@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/series-10"])
def test_every_system_that_is_listed_is_answered_and_named(
    client: httpx.Client, path: str, system: ReferenceSystem
) -> None:
    response = client.get(path, params={"crs": system.uri})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/geo+json"
    assert response.headers["content-crs"] == f"<{system.uri}>"
    assert "crs" not in response.json()


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
@pytest.mark.parametrize(
    "value", [UNSUPPORTED, "", "4326", "http://www.opengis.net/def/crs/EPSG/0/2154"]
)
def test_a_system_that_is_not_listed_is_refused_with_those_that_are(
    client: httpx.Client, name: str, value: str
) -> None:
    response = client.get(ITEMS, params={name: value, "bbox": "0,14,1,15"})
    assert response.status_code == 400
    problem = response.json()
    assert (problem["parameter"], problem["value"]) == (name, value)
    assert all(uri in problem["rule"] for uri in URIS)


def test_a_feature_refuses_what_is_not_listed_and_has_no_box(client: httpx.Client) -> None:
    path = f"{ITEMS}/series-10"
    assert client.get(path, params={"crs": UNSUPPORTED}).json()["parameter"] == "crs"
    assert client.get(path, params={"bbox-crs": CRS84.uri}).status_code == 400


@pytest.mark.parametrize(
    "form",
    ["http://www.opengis.net/def/crs/EPSG/0/4326", "urn:ogc:def:crs:EPSG::4326", "[EPSG:4326]"],
)
def test_a_system_may_be_named_by_uri_urn_or_curie(client: httpx.Client, form: str) -> None:
    response = client.get(f"{ITEMS}/series-10", params={"crs": form})
    assert response.headers["content-crs"] == "<http://www.opengis.net/def/crs/EPSG/0/4326>"
    assert response.json()["geometry"]["coordinates"] == [14.5, 1]


@each_system
def test_coordinates_are_those_of_pyproj_in_the_order_of_the_uri(
    client: httpx.Client, system: ReferenceSystem
) -> None:
    plain = points(client.get(ITEMS).json())
    found = points(client.get(ITEMS, params={"crs": system.uri}).json())
    reached = {code: place for code, place in plain.items() if code != "far" or has_far(system)}
    assert len(plain) == SHOWN - 1
    assert set(found) == set(reached)
    tolerance = 1e-7 if system.is_wgs84 else 1e-3
    for code, (lon, lat) in reached.items():
        assert found[code] == pytest.approx(placed(system, lon, lat), abs=tolerance), code


@pytest.mark.parametrize(
    "code, first, second",
    [(4326, 14.5, 1.0), (3857, 111319.491, 1631643.467), (32631, 284455.043, 1603967.176)],
)
def test_the_order_of_axes_is_that_of_the_uri(
    client: httpx.Client, code: int, first: float, second: float
) -> None:
    geometry = client.get(f"{ITEMS}/series-10", params={"crs": epsg(code).uri}).json()["geometry"]
    assert geometry["coordinates"] == pytest.approx([first, second], abs=1e-3)


@pytest.mark.parametrize("layer", ["borders", "claims", "places"])
@each_system
def test_every_form_of_geometry_is_transformed(
    client: httpx.Client, layer: str, system: ReferenceSystem
) -> None:
    path = f"/collections/{layer}/items"
    plain = client.get(path).json()["features"]
    found = client.get(path, params={"crs": system.uri}).json()["features"]
    assert [each["id"] for each in found] == [each["id"] for each in plain]
    for each, original in zip(found, plain, strict=True):
        pairs = zip(places(each["geometry"]), places(original["geometry"]), strict=True)
        for place, (lon, lat) in pairs:
            assert place == pytest.approx(placed(system, lon, lat), abs=1e-3)


def places(geometry: dict[str, Any]) -> Iterator[list[float]]:
    def flat(part: Any) -> Iterator[list[float]]:
        if isinstance(part[0], float | int):
            yield part
        else:
            for each in part:
                yield from flat(each)

    yield from flat(geometry["coordinates"])


def test_decimals_are_seven_for_degrees_and_three_for_metres(client: httpx.Client) -> None:
    for system in SYSTEMS:
        text = client.get(f"{ITEMS}/series-13", params={"crs": system.uri}).text
        written = text.partition('"coordinates":[')[2].partition("]")[0].split(",")
        longest = max(len(each.partition(".")[2]) for each in written)
        assert longest <= (7 if system.is_wgs84 else 3), text


# Parameter bbox-crs: Abstract tests 8 to 10


@each_system
def test_the_same_features_are_found_in_whichever_system_the_box_is(
    client: httpx.Client, system: ReferenceSystem
) -> None:
    asked = {"bbox": box(system, 0.95, 14, 1.25, 15), "bbox-crs": system.uri}
    response = client.get(ITEMS, params=asked)
    assert codes(response) == TEN_TO_TWELVE
    assert response.json()["numberMatched"] == len(TEN_TO_TWELVE)
    assert response.headers["content-crs"] == f"<{CRS84.uri}>", "bbox-crs is not crs"


def test_without_bbox_crs_a_box_is_crs84(client: httpx.Client) -> None:
    plain = client.get(ITEMS, params={"bbox": "0.95,14,1.25,15", "crs": epsg(4326).uri})
    assert codes(plain) == TEN_TO_TWELVE


def test_a_box_of_latitudes_before_longitudes(client: httpx.Client) -> None:
    asked = {"bbox": "14,0.95,15,1.25", "bbox-crs": epsg(4326).uri}
    assert codes(client.get(ITEMS, params=asked)) == TEN_TO_TWELVE
    heights = {**asked, "bbox": "14,0.95,0,15,1.25,100"}
    assert codes(client.get(ITEMS, params=heights)) == TEN_TO_TWELVE
    wrong = client.get(ITEMS, params={**asked, "bbox": "0.95,114,1.25,115"})
    assert wrong.status_code == 200, "a longitude of 114 is one"
    assert client.get(ITEMS, params={**asked, "bbox": "114,1,115,2"}).status_code == 400


def test_a_box_across_the_antimeridian_in_either_order_of_axes(client: httpx.Client) -> None:
    for asked in (
        {"bbox": "177,65,-177,70"},
        {"bbox": "65,177,70,-177", "bbox-crs": epsg(4326).uri},
        {"bbox": "1.99e7,9e6,2.1e7,1e7", "bbox-crs": epsg(3857).uri},
    ):
        assert codes(client.get(ITEMS, params=asked)) == {"far", "nowhere"}, asked


def test_a_box_that_comes_from_an_answer_finds_its_feature(client: httpx.Client) -> None:
    for system in SYSTEMS:
        found = points(client.get(ITEMS, params={"crs": system.uri}).json())
        east, north = found["series-07"]
        near = 1e-6 if system.is_wgs84 else 0.002
        text = f"{east - near},{north - near},{east + near},{north + near}"
        response = client.get(ITEMS, params={"bbox": text, "bbox-crs": system.uri})
        assert codes(response) == {"series-07", "nowhere"}, system


@pytest.mark.parametrize(
    "text",
    [
        "1e20,0,1e21,1",
        "3e7,0,4e7,1",
        "600000,0,500000,1",
        "nan,0,1,1",
        "0,inf,1,inf",
        "1,2,3",
        "",
    ],
)
def test_a_box_that_is_none_is_refused(client: httpx.Client, text: str) -> None:
    asked = {"bbox": text, "bbox-crs": epsg(32631).uri}
    response = client.get(ITEMS, params=asked)
    assert response.status_code == 400, response.text
    assert (response.json()["parameter"], response.json()["value"]) == ("bbox", text)


def test_bbox_crs_is_checked_without_a_box_too(client: httpx.Client) -> None:
    assert client.get(ITEMS, params={"bbox-crs": UNSUPPORTED}).status_code == 400
    assert codes(client.get(ITEMS, params={"bbox-crs": CRS84.uri})) == codes(client.get(ITEMS))


# Links, walks, validators, pages


def test_links_keep_the_systems(client: httpx.Client) -> None:
    system = epsg(32631)
    asked = {
        "crs": "[EPSG:32631]",
        "bbox": box(system, 0, 14, 2, 15),
        "bbox-crs": system.uri,
        "limit": "4",
    }
    document = client.get(ITEMS, params=asked).json()
    for rel in ("self", "next", "alternate"):
        assert links(document, rel)
        for link in links(document, rel):
            kept = parse_qs(urlsplit(link["href"]).query)
            assert {name: kept[name] for name in asked} == {name: [asked[name]] for name in asked}
    assert client.get(links(document, "self")[0]["href"]).json() == document
    feature = client.get(f"{ITEMS}/series-10", params={"crs": system.uri}).json()
    assert client.get(links(feature, "self")[0]["href"]).json() == feature


def test_a_walk_shows_each_feature_once_in_its_system(client: httpx.Client) -> None:
    system = epsg(32631)
    asked = {"crs": system.uri, "bbox-crs": system.uri, "bbox": box(system, 0, 14, 2, 15)}
    whole = client.get(ITEMS, params=asked).json()
    found: list[dict[str, Any]] = []
    page = client.get(ITEMS, params={**asked, "limit": "4"})
    while True:
        assert page.headers["content-crs"] == f"<{system.uri}>"
        found += page.json()["features"]
        following = links(page.json(), "next")
        if not following:
            break
        page = client.get(following[0]["href"])
    assert found == whole["features"]


def test_a_cursor_is_bound_to_the_box_and_not_to_the_system_of_the_answer(
    client: httpx.Client,
) -> None:
    asked = {"bbox": "0,14,2,15", "limit": "4"}
    following = links(client.get(ITEMS, params=asked).json(), "next")[0]["href"]
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]
    other = client.get(ITEMS, params={**asked, "cursor": cursor, "crs": epsg(3857).uri})
    assert codes(other) == codes(client.get(following))
    moved = {**asked, "cursor": cursor, "bbox-crs": epsg(4326).uri}
    assert client.get(ITEMS, params=moved).json()["parameter"] == "cursor"
    # The same box, stated in the other order of axes, is the same question.
    same = {**asked, "cursor": cursor, "bbox": "14,0,15,2", "bbox-crs": epsg(4326).uri}
    assert codes(client.get(ITEMS, params=same)) == codes(client.get(following))


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/series-10"])
def test_each_system_has_validators_of_its_own(client: httpx.Client, path: str) -> None:
    tags = [client.get(path, params={"crs": uri}).headers["etag"] for uri in URIS]
    assert len(set(tags)) == len(tags)
    known = client.get(path, params={"crs": URIS[-1]}, headers={"If-None-Match": tags[-1]})
    assert known.status_code == 304
    assert known.headers["content-crs"] == f"<{URIS[-1]}>"


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/series-10"])
def test_pages_for_people_stay_as_they_are(client: httpx.Client, path: str) -> None:
    response = client.get(path, params={"f": "html", "crs": epsg(32631).uri})
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["content-crs"] == f"<{CRS84.uri}>"
    assert client.get(path, params={"f": "html", "crs": UNSUPPORTED}).status_code == 400


def test_the_page_of_a_collection_names_its_systems(client: httpx.Client) -> None:
    text = client.get("/collections/incidents", params={"f": "html"}).text
    for system in SYSTEMS:
        assert system.title in text
    assert SYSTEMS[0].title not in client.get("/collections/reports", params={"f": "html"}).text


def test_the_description_spells_the_parameters_out(client: httpx.Client) -> None:
    described = client.get("/api").json()
    for name in ("crs", "bbox-crs"):
        parameter = described["components"]["parameters"][name]
        assert (parameter["style"], parameter["explode"]) == ("form", False)
        assert parameter["schema"] == {
            "type": "string",
            "format": "uri",
            "enum": URIS,
            "default": CRS84.uri,
        }
    paths = described["paths"]
    for path, names in ((ITEMS, {"crs", "bbox-crs"}), (f"{ITEMS}/{{featureId}}", {"crs"})):
        references = {
            each.get("$ref", "").rpartition("/")[2] for each in paths[path]["get"]["parameters"]
        }
        assert references & {"crs", "bbox-crs"} == names


# Places that a projection has no coordinates for


def test_a_place_that_a_system_does_not_reach_is_missing_there(database_url: str) -> None:
    """UTM has no coordinates for a place on the equator 90 degrees from the zone."""
    build(database_url)
    with psycopg.connect(database_url) as db:
        add_incident(db, add_source(db, "more"), "none", geom="SRID=4326;POINT(93 0)")
    app = create_app(Settings(), database_url)
    with serving(app) as base, httpx.Client(base_url=base, timeout=30) as own:
        for uri, is_there in ((epsg(32631).uri, False), (epsg(3857).uri, True)):
            document = own.get(ITEMS, params={"crs": uri}).json()
            assert document["numberReturned"] == SHOWN + 1
            assert ("none" in points(document)) == is_there
            geometry = own.get(f"{ITEMS}/none", params={"crs": uri}).json()["geometry"]
            assert (geometry is not None) == is_there


# What is shipped


def test_every_layer_that_is_shipped_has_coordinates_in_every_system(shipped_database: str) -> None:
    """The suite states the extent of each collection in each of its systems."""
    app = create_app(Settings(), shipped_database)
    shown = set()
    with serving(app) as base, httpx.Client(base_url=base, timeout=60) as shipped:
        for layer in SPATIAL:
            path = f"/collections/{layer}/items"
            found = shipped.get(f"/collections/{layer}").json()
            if "spatial" not in found["extent"]:
                continue
            shown.add(layer)
            extent = found["extent"]["spatial"]["bbox"][0]
            for system in SYSTEMS:
                edges = box(system, *extent)
                if "inf" in edges:  # the system has no coordinates there
                    continue
                asked = {"bbox": edges, "bbox-crs": system.uri, "limit": "5"}
                within = shipped.get(path, params={**asked, "crs": system.uri})
                assert within.status_code == 200, (layer, system.uri, within.text)
                assert 0 < within.json()["numberMatched"] <= found["itemCount"]
                features = within.json()["features"]
                plain = {
                    each["id"]: each for each in shipped.get(path, params=asked).json()["features"]
                }
                for each in features:
                    original = plain[each["id"]]["geometry"]
                    if original is None or not within_reach(system, original):
                        assert each["geometry"] is None
                        continue
                    (lon, lat), place = next(places(original)), next(places(each["geometry"]))
                    assert place == pytest.approx(placed(system, lon, lat), abs=0.02)
    assert {"incidents", "claims", "borders", "admin-units", "places"} <= shown
