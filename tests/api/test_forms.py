"""Features in every form but HTML: as pages, as whole files, and one alone."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pyogrio
import pytest

from api.media import FEATURES, FILES, MEDIA_TYPES, OFFERED, Form
from db.export import ALWAYS
from db.layers.catalogue import LAYERS
from tests.api.answers import links
from tests.api.world import SHOWN

if TYPE_CHECKING:
    import httpx

ITEMS = "/collections/incidents/items"
UTM = "http://www.opengis.net/def/crs/EPSG/0/32631"
COLUMNS = [field.name for field in LAYERS["incidents"].fields]
files = pytest.mark.parametrize("form", FILES, ids=[form.value for form in FILES])
written = pytest.mark.parametrize(
    "form",
    [form for form in FEATURES if form is not Form.HTML],
    ids=[form.value for form in FEATURES if form is not Form.HTML],
)


def ids(form: Form, response: httpx.Response) -> list[int]:
    """The keys of the features in an answer, in their order."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == MEDIA_TYPES[form]
    if form in (Form.JSON, Form.JSONFG):
        return [feature["id"] for feature in response.json()["features"]]
    if form is Form.CSV:
        return [int(row["id"]) for row in csv.DictReader(io.StringIO(response.text))]
    if form is Form.FLATGEOBUF:
        table = pyogrio.read_arrow(response.content, read_geometry=False)[1]
        return [int(key) for key in table["id"].to_pylist()]
    return [json.loads(line.removeprefix("\x1e"))["id"] for line in lines_of(response)]


def lines_of(response: httpx.Response) -> list[str]:
    # Not splitlines(): a record separator is a line break to Python.
    return response.text.split("\n")[:-1]


@pytest.fixture(scope="module")
def keys(client: httpx.Client) -> list[int]:
    """Keys of all incidents, in the order of the layer, without what pages list first."""
    return ids(Form.JSON, client.get(ITEMS, params={"download": "true"}))


@written
def test_every_form_has_the_same_features(
    client: httpx.Client, form: Form, keys: list[int]
) -> None:
    whole = client.get(ITEMS, params={"f": form.value, "download": "true"})
    assert ids(form, whole) == keys
    assert len(keys) == SHOWN
    assert whole.headers["ogc-numbermatched"] == str(SHOWN)
    assert whole.headers["ogc-numberreturned"] == str(SHOWN)
    assert 'rel="next"' not in whole.headers["link"]
    assert "content-length" not in whole.headers
    name = whole.headers["content-disposition"]
    assert name.startswith('attachment; filename="incidents-v')
    assert "selection" not in name


@written
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_every_form(client: httpx.Client, layer: str, form: Form) -> None:
    path = f"/collections/{layer}/items"
    expected = ids(Form.JSON, client.get(path))
    assert ids(form, client.get(path, params={"f": form.value, "limit": "10000"})) == expected
    whole = ids(form, client.get(path, params={"f": form.value, "download": "true"}))
    assert sorted(whole) == sorted(expected)


@written
def test_a_limit_makes_pages_that_lead_on(
    client: httpx.Client, form: Form, keys: list[int]
) -> None:
    seen: list[int] = []
    response = client.get(ITEMS, params={"f": form.value, "limit": "12"})
    for _ in range(10):
        seen += ids(form, response)
        following = response.links.get("next")
        if following is None:
            break
        # httpx cuts a type at its first semicolon.
        assert following["type"] == MEDIA_TYPES[form].partition(";")[0]
        response = client.get(following["url"])
    assert len(seen) == len(keys)
    assert set(seen) == set(keys)
    assert "-page." in response.headers.get("content-disposition", "-page.")
    assert response.headers.get("ogc-numbermatched", str(SHOWN)) == str(SHOWN)
    assert response.headers.get("ogc-numberreturned", "11") == "11"


@files
def test_a_filter_holds_in_files(client: httpx.Client, form: Form) -> None:
    asked = {"event_type": "protest", "datetime": "2021-01-01/2021-01-15", "sortby": "-title"}
    expected = ids(Form.JSON, client.get(ITEMS, params=asked))
    response = client.get(ITEMS, params={**asked, "f": form.value})
    assert ids(form, response) == expected != []
    assert "-selection." in response.headers["content-disposition"]
    # 'sortby' alone selects nothing.
    ordered = client.get(ITEMS, params={"sortby": "title", "f": form.value})
    assert "-selection" not in ordered.headers["content-disposition"]


@files
def test_nothing_makes_a_file_too(client: httpx.Client, form: Form) -> None:
    for more in ({}, {"limit": "5"}):
        response = client.get(ITEMS, params={"f": form.value, "title": "no such title", **more})
        assert ids(form, response) == []
        assert response.headers["ogc-numbermatched"] == "0"


@files
def test_an_offset_passes_over(client: httpx.Client, form: Form, keys: list[int]) -> None:
    response = client.get(ITEMS, params={"f": form.value, "offset": "30"})
    assert ids(form, response) == keys[30:]
    assert response.headers["ogc-numberreturned"] == str(SHOWN - 30)


@written
def test_head_of_the_whole_reads_no_rows(client: httpx.Client, form: Form) -> None:
    asked = {"f": form.value, "download": "true"}
    head, get = client.head(ITEMS, params=asked), client.get(ITEMS, params=asked)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "link", "content-disposition", "ogc-numbermatched", "content-crs"):
        assert head.headers[name] == get.headers[name], name


@written
def test_a_file_that_is_known_is_not_sent_again(client: httpx.Client, form: Form) -> None:
    asked = {"f": form.value, "download": "true"}
    first = client.get(ITEMS, params=asked)
    again = client.get(ITEMS, params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(ITEMS, params=asked).content == first.content


def test_a_download_is_no_page(client: httpx.Client) -> None:
    for asked, parameter in (
        ({"download": "true", "limit": "5"}, "limit"),
        ({"download": "true", "cursor": "x"}, "cursor"),
        ({"download": "yes"}, "download"),
    ):
        response = client.get(ITEMS, params=asked)
        assert response.status_code == 400
        assert response.json()["parameter"] == parameter
    table = client.get(ITEMS, params={"download": "true", "f": "html"})
    assert (table.status_code, "no file" in table.text) == (400, True)


def test_a_whole_collection_tells_its_numbers_at_its_end(client: httpx.Client) -> None:
    whole = client.get(ITEMS, params={"download": "true", "event_type": "protest"}).json()
    assert whole["numberReturned"] == whole["numberMatched"] == len(whole["features"])
    assert not links(whole, "next")
    assert links(whole, "self")[0]["type"] == "application/geo+json"


@pytest.mark.parametrize(
    "accept, form",
    [
        ("application/flatgeobuf", Form.FLATGEOBUF),
        ("text/csv", Form.CSV),
        ("application/geo+json-seq", Form.SEQUENCE),
        ("application/x-ndjson;q=0.9, text/html;q=0.8", Form.LINES),
        ("application/vnd.ogc.fg+json, application/json;q=0.5", Form.JSONFG),
        ("application/vnd.ogc.fg+json;q=0.5, application/json", Form.JSON),
        ("text/csv;q=0, */*", Form.JSON),
    ],
)
def test_the_header_chooses_the_form(client: httpx.Client, accept: str, form: Form) -> None:
    response = client.get(ITEMS, params={"limit": "1"}, headers={"Accept": accept})
    assert response.headers["content-type"] == MEDIA_TYPES[form]


def test_a_form_that_there_is_not(client: httpx.Client) -> None:
    misspelt = client.get(ITEMS, params={"f": "geojsonsec"})
    assert misspelt.status_code == 400
    assert misspelt.json()["nearest"] == "geojsonseq"
    assert client.get(ITEMS, params={"f": "gml"}).status_code == 400
    assert client.get("/collections", params={"f": "csv"}).status_code == 400
    assert client.get(f"{ITEMS}/1", params={"f": "fgb"}).status_code == 400
    unknown = client.get(ITEMS, headers={"Accept": "application/gml+xml"})
    assert unknown.status_code == 406
    assert "application/flatgeobuf" in unknown.json()["rule"]


def test_links_to_every_form(client: httpx.Client) -> None:
    page = client.get(ITEMS, params={"limit": "2", "country": "NER"}).json()
    others = [form for form in FEATURES if form is not Form.JSON]
    assert [link["type"] for link in links(page, "alternate")] == [MEDIA_TYPES[f] for f in others]
    expected = [feature["id"] for feature in page["features"]]
    for form, link in zip(others, links(page, "alternate"), strict=True):
        if form is not Form.HTML:
            assert ids(form, client.get(link["href"])) == expected
    collection = client.get("/collections/incidents").json()
    items = links(collection, "items")
    assert [link["type"] for link in items] == [MEDIA_TYPES[form] for form in OFFERED]
    for link in items:
        assert client.get(link["href"]).headers["content-type"].startswith(link["type"])


def test_a_page_without_a_limit_links_to_pages(client: httpx.Client) -> None:
    for link in links(client.get(ITEMS).json(), "alternate"):
        if link["type"] == MEDIA_TYPES[Form.CSV]:
            assert "limit=" in link["href"]


def test_long_requests_have_short_headers(client: httpx.Client) -> None:
    text = " OR ".join(f"title = 'Incident {number}'" for number in range(120))
    response = client.get(ITEMS, params={"filter": text, "limit": "2", "f": "csv"})
    assert response.status_code == 200
    assert 'rel="next"' in response.headers["link"]
    assert 'rel="alternate"' not in response.headers["link"]


def test_jsonfg_has_time_and_type(client: httpx.Client) -> None:
    document = client.get(ITEMS, params={"f": "jsonfg", "datetime": "2021-01-03"}).json()
    assert document["featureType"] == "incidents"
    assert document["featureSchema"].endswith("/collections/incidents/schema")
    assert client.get(document["featureSchema"]).status_code == 200
    assert links(document, "profile")[0]["href"].endswith("/jsonfg")
    by_code = {each["properties"]["incident"]: each for each in document["features"]}
    assert by_code["series-02"]["time"] == {"date": "2021-01-03"}
    assert by_code["series-02"]["place"] is None
    assert by_code["series-02"]["geometry"]["type"] == "Point"
    assert by_code["undated"]["time"] is None
    declared = client.get("/conformance").json()["conformsTo"]
    assert set(document["conformsTo"]) <= set(declared)


def test_jsonfg_places_other_systems(client: httpx.Client) -> None:
    asked = {"f": "jsonfg", "crs": UTM, "event_type": "protest", "limit": "1"}
    response = client.get(ITEMS, params=asked)
    plain = client.get(ITEMS, params={**asked, "f": "json"}).json()["features"][0]
    document = response.json()
    assert response.headers["content-crs"] == f"<{UTM}>"
    assert document["coordRefSys"] == UTM
    assert document["features"][0]["geometry"] is None
    assert document["features"][0]["place"] == plain["geometry"]


@pytest.mark.parametrize(
    "asked, accept",
    [
        ({"profile": "jsonfg"}, "*/*"),
        ({"profile": "jsonfg", "f": "json"}, "text/html"),
        ({}, "application/geo+json;profile=jsonfg"),
        ({}, 'application/geo+json; profile="http://www.opengis.net/def/profile/OGC/0/jsonfg"'),
    ],
)
@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/inates-2019-12-10"])
def test_jsonfg_as_a_profile_is_of_type_geojson(
    client: httpx.Client, path: str, asked: dict[str, str], accept: str
) -> None:
    response = client.get(path, params=asked, headers={"Accept": accept})
    assert response.headers["content-type"] == "application/geo+json"
    assert "conformsTo" in response.json()
    assert response.links["profile"]["url"].endswith("/jsonfg")


def test_profiles(client: httpx.Client) -> None:
    plain = client.get(ITEMS, params={"profile": "rfc7946"}).json()
    assert "conformsTo" not in plain
    refused = client.get(ITEMS, params={"profile": "jsonfgg"})
    assert (refused.status_code, refused.json()["nearest"]) == (400, "jsonfg")


def test_one_feature_as_jsonfg(client: httpx.Client) -> None:
    found = client.get(f"{ITEMS}/inates-2019-12-10", params={"f": "jsonfg"})
    assert found.headers["content-type"] == MEDIA_TYPES[Form.JSONFG]
    document = found.json()
    assert document["type"] == "Feature"
    assert document["featureType"] == "incidents"
    assert document["time"]
    types = [link["type"] for link in links(document, "alternate")]
    assert types == ["application/geo+json", "text/html"]


def told(form: Form, response: httpx.Response) -> list[str]:
    """The names of the properties of an answer."""
    if form is Form.CSV:
        return next(csv.reader(io.StringIO(response.text)))[3:]
    if form is Form.FLATGEOBUF:
        return list(pyogrio.read_info(response.content)["fields"])[1:]
    if form in (Form.JSON, Form.JSONFG):
        features: list[dict[str, Any]] = response.json()["features"]
        return list(features[0]["properties"])
    return list(json.loads(lines_of(response)[0].removeprefix("\x1e"))["properties"])


@written
def test_properties_are_chosen_in_every_form(client: httpx.Client, form: Form) -> None:
    asked = {"f": form.value, "limit": "3"}
    always = set(ALWAYS) if form in FILES else set()
    for text, expected in (
        ({"properties": "title,event_type"}, {"title", "event_type"}),
        ({"exclude-properties": "note,licence, title"}, {*COLUMNS} - {"note", "licence", "title"}),
        ({"exclude-properties": ",".join(COLUMNS)}, set()),
    ):
        response = client.get(ITEMS, params={**asked, **text})
        names = told(form, response)
        assert names == [name for name in COLUMNS if name in expected | always]


def test_the_table_leaves_out_what_is_excluded(client: httpx.Client) -> None:
    page = client.get(ITEMS, params={"f": "html", "exclude-properties": "country,note"}).text
    assert '<th scope="col" title' in page
    assert ">Country</th>" not in page
    assert ">Country</th>" in client.get(ITEMS, params={"f": "html"}).text


@pytest.mark.parametrize("name", ["properties", "exclude-properties"])
def test_a_misspelt_property_is_refused(client: httpx.Client, name: str) -> None:
    response = client.get(ITEMS, params={name: "titel"})
    assert response.status_code == 400
    assert (response.json()["parameter"], response.json()["nearest"]) == (name, "title")


def test_both_ways_to_choose_properties_are_refused(client: httpx.Client) -> None:
    both = {"properties": "title", "exclude-properties": "note"}
    response = client.get(ITEMS, params=both)
    assert (response.status_code, response.json()["parameter"]) == (400, "exclude-properties")


def test_csv_and_flatgeobuf_in_metres(client: httpx.Client) -> None:
    asked = {"crs": UTM, "event_type": "protest", "limit": "1"}
    x, y = client.get(ITEMS, params=asked).json()["features"][0]["geometry"]["coordinates"]
    rows = csv.DictReader(io.StringIO(client.get(ITEMS, params={**asked, "f": "csv"}).text))
    row = next(rows)
    assert (float(row["easting"]), float(row["northing"])) == pytest.approx((x, y), abs=0.01)
    file = client.get(ITEMS, params={**asked, "f": "fgb"})
    assert file.headers["content-crs"] == f"<{UTM}>"
    found = pyogrio.read_info(file.content, force_total_bounds=True)
    assert found["crs"] == "EPSG:32631"
    assert found["total_bounds"][:2] == pytest.approx((x, y), abs=0.01)


def test_geometries_are_left_out_of_files(client: httpx.Client) -> None:
    asked = {"skipGeometry": "true", "limit": "2"}
    assert "lon" not in client.get(ITEMS, params={**asked, "f": "csv"}).text.splitlines()[0]
    file = client.get(ITEMS, params={**asked, "f": "fgb"}).content
    assert pyogrio.raw.read(file)[2].tolist() == [None, None]


def test_the_description_has_every_form(client: httpx.Client) -> None:
    described = client.get("/api").json()
    items = described["paths"][ITEMS]["get"]
    content = described["components"]["responses"]["Features"]["content"]
    assert set(content) == set(MEDIA_TYPES.values())
    names = [each["$ref"].rpartition("/")[2] for each in items["parameters"] if "$ref" in each]
    shared = [described["components"]["parameters"][name] for name in names]
    f = next(each for each in shared if each["name"] == "f")
    for name in f["schema"]["enum"]:
        response = client.get(ITEMS, params={"f": name, "title": "Incident 1"})
        assert response.status_code == 200
        assert response.headers["content-type"].partition(";")[0] in {
            each.partition(";")[0] for each in content
        }
