"""Files over HTTP: made once, whole or in ranges, and told by their validator."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow.parquet as pq
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from api.app import create_app
from api.errors import RangeNotSatisfiable
from api.file_body import range_asked
from api.media import MADE, MEDIA_TYPES, Form
from api.representations import EXTENSIONS
from api.settings import Settings
from db.layers.catalogue import LAYERS
from db.made_files import MadeFiles
from tests.api.answers import links
from tests.api.serving import serving
from tests.api.world import SHOWN

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = "/collections/incidents/items"
UTM = "http://www.opengis.net/def/crs/EPSG/0/32631"
made = pytest.mark.parametrize("form", MADE, ids=[form.value for form in MADE])


def titles(form: Form, body: bytes, folder: Path) -> list[str]:
    """The titles of the features in a file."""
    path = folder / f"a.{EXTENSIONS[form]}"
    path.write_bytes(body)
    if form is Form.XLSX:
        rows = load_workbook(io.BytesIO(body)).worksheets[0].iter_rows(values_only=True)
        place = next(rows).index("title")
        return [str(row[place]) for row in rows]
    if form is Form.GEOPARQUET:
        return [str(title) for title in pq.read_table(path)["title"].to_pylist()]
    source = f"/vsizip/{path}/incidents.shp" if form is Form.SHAPEFILE else path
    return [
        str(title)
        for title in pyogrio.read_arrow(source, layer="incidents")[1]["title"].to_pylist()
    ]


@made
def test_every_form_has_the_same_features(client: httpx.Client, form: Form, tmp_path: Path) -> None:
    asked = {"event_type": "protest", "datetime": "2021-01-01/2021-01-15", "sortby": "-title"}
    page = client.get(ITEMS, params=asked).json()
    response = client.get(ITEMS, params={**asked, "f": form.value})
    assert response.status_code == 200
    assert response.headers["content-type"] == MEDIA_TYPES[form]
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["ogc-numbermatched"] == str(page["numberMatched"])
    assert "incidents-v" in response.headers["content-disposition"]
    assert "-selection." in response.headers["content-disposition"]
    expected = [feature["properties"]["title"] for feature in page["features"]]
    found = titles(form, response.content, tmp_path)
    assert sorted(found) == sorted(expected)
    if form is not Form.GEOPACKAGE:  # which is read in the order of its keys
        assert found == expected


@made
def test_every_layer_has_every_form(client: httpx.Client, form: Form) -> None:
    for layer in LAYERS:
        response = client.get(f"/collections/{layer}/items", params={"f": form.value})
        assert response.status_code == 200, (layer, response.text)
        assert response.content


@made
def test_the_same_is_known_by_its_tag_and_made_once(client: httpx.Client, form: Form) -> None:
    first, second = (client.get(ITEMS, params={"f": form.value}) for _ in range(2))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    tag = first.headers["etag"]
    known = client.get(ITEMS, params={"f": form.value}, headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")
    head = client.head(ITEMS, params={"f": form.value})
    assert (head.headers["content-length"], head.content) == (str(len(first.content)), b"")
    assert head.headers["accept-ranges"] == "bytes"


def test_an_interrupted_download_is_continued(client: httpx.Client) -> None:
    asked = {"f": "gpkg", "country": "NER"}
    whole = client.get(ITEMS, params=asked, headers={"Accept-Encoding": "zstd, br, gzip"})
    assert "content-encoding" not in whole.headers
    half = len(whole.content) // 2
    rest = client.get(
        ITEMS,
        params=asked,
        headers={
            "Range": f"bytes={half}-",
            "If-Range": whole.headers["etag"],
            "Accept-Encoding": "zstd, br, gzip",
        },
    )
    assert rest.status_code == 206
    assert rest.headers["content-range"] == (
        f"bytes {half}-{len(whole.content) - 1}/{len(whole.content)}"
    )
    assert rest.headers["etag"] == whole.headers["etag"]
    assert whole.content[:half] + rest.content == whole.content


def test_a_range_of_another_state_is_the_whole(client: httpx.Client) -> None:
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}
    response = client.get(ITEMS, params={"f": "xlsx"}, headers=headers)
    assert response.status_code == 200
    assert len(response.content) > 10


def test_a_range_behind_the_end_is_refused(client: httpx.Client) -> None:
    size = len(client.get(ITEMS, params={"f": "kmz"}).content)
    response = client.get(ITEMS, params={"f": "kmz"}, headers={"Range": f"bytes={size}-"})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{size}"
    assert response.json()["parameter"] == "Range"


sizes = st.integers(1, 10**6)


@given(sizes, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_range_is_of_bytes_that_there_are(size: int, first: int, last: int) -> None:
    if first >= size and first <= last:
        with pytest.raises(RangeNotSatisfiable):
            range_asked(f"bytes={first}-{last}", size)
        return
    found = range_asked(f"bytes={first}-{last}", size)
    assert found == (None if last < first else range(size)[first : last + 1])


@pytest.mark.parametrize(
    "text", ["", "bytes=", "bytes=-", "bytes=1-0", "lines=0-1", "bytes=0-1,3-4", "bytes=a-b", "0-1"]
)
def test_what_is_no_range_is_passed_over(text: str) -> None:
    assert range_asked(text, 100) is None
    assert range_asked(None, 100) is None


@pytest.mark.parametrize("text", ["bytes=-0", "bytes=100-", "bytes=100-200"])
def test_what_has_no_byte_is_refused(text: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        range_asked(text, 100)
    with pytest.raises(RangeNotSatisfiable):
        range_asked("bytes=0-", 0)


@made
def test_a_file_that_is_whole_has_no_pages(client: httpx.Client, form: Form) -> None:
    refused = client.get(ITEMS, params={"f": form.value, "limit": "5"})
    assert (refused.status_code, refused.json()["parameter"]) == (400, "limit")
    assert "no pages" in refused.json()["rule"]
    assert client.get(ITEMS, params={"f": form.value, "download": "true"}).status_code == 200


@pytest.mark.parametrize("form", [Form.GEOPACKAGE, Form.GEOPARQUET, Form.SHAPEFILE])
def test_coordinates_are_those_of_the_system_asked_for(
    client: httpx.Client, form: Form, tmp_path: Path
) -> None:
    asked = {"f": form.value, "crs": UTM, "incident": "inates-2019-12-10"}
    response = client.get(ITEMS, params=asked)
    assert response.headers["content-crs"] == f"<{UTM}>"
    path = tmp_path / f"a.{EXTENSIONS[form]}"
    path.write_bytes(response.content)
    if form is Form.GEOPARQUET:
        about = json.loads(pq.read_metadata(path).metadata[b"geo"])
        assert about["columns"]["geometry"]["crs"]["id"] == {"authority": "EPSG", "code": 32631}
        return
    source = f"/vsizip/{path}/incidents.shp" if form is Form.SHAPEFILE else path
    assert pyogrio.read_info(source, layer="incidents")["crs"] == "EPSG:32631"


@pytest.mark.parametrize("form", ["kml", "kmz"])
def test_kml_has_degrees_only(client: httpx.Client, form: str) -> None:
    response = client.get(ITEMS, params={"f": form, "crs": UTM})
    assert response.status_code == 400
    assert "longitude and latitude" in response.json()["rule"]


def test_a_file_is_asked_for_by_its_type_too(client: httpx.Client) -> None:
    for form in MADE:
        response = client.get(ITEMS, headers={"Accept": MEDIA_TYPES[form]})
        assert response.headers["content-type"] == MEDIA_TYPES[form]


def test_pages_for_people_offer_them_and_documents_link_to_them(client: httpx.Client) -> None:
    page = client.get(ITEMS, params={"f": "html"}).text
    for title in ("GeoPackage", "GeoParquet", "Excel workbook", "Shapefile (zipped)", "KMZ"):
        assert f">{title}" in page
    items = links(client.get("/collections/incidents").json(), "items")
    assert {MEDIA_TYPES[form] for form in MADE} <= {link["type"] for link in items}
    page_of_json: dict[str, Any] = client.get(ITEMS).json()
    assert MEDIA_TYPES[Form.XLSX] not in {link["type"] for link in links(page_of_json, "alternate")}


def test_files_say_what_they_are(client: httpx.Client, tmp_path: Path) -> None:
    archive = zipfile.ZipFile(io.BytesIO(client.get(ITEMS, params={"f": "shp"}).content))
    assert b"Licence: CC BY 4.0" in archive.read("incidents_about.txt")
    (tmp_path / "a.gpkg").write_bytes(client.get(ITEMS, params={"f": "gpkg"}).content)
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as file:
        assert file.execute("SELECT count(*) FROM incidents").fetchone() == (SHOWN,)


def test_a_file_larger_than_is_kept_is_refused(
    world_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MadeFiles, "largest", 10_000)
    small = Settings(files_folder=tmp_path, processes_enabled=False)
    with serving(create_app(small, world_url)) as base, httpx.Client(base_url=base) as client:
        response = client.get(ITEMS, params={"f": "gpkg"})
        assert response.status_code == 422
        assert "fewer features" in response.json()["rule"]
        assert list(tmp_path.iterdir()) == []
