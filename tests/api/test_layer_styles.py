"""Styles by name: QML, SLD and MapLibre, in two languages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from api.layer_styles import ENCODINGS
from db.layers.catalogue import LAYERS

if TYPE_CHECKING:
    import httpx

INCIDENTS = "/collections/incidents/styles"


@pytest.mark.parametrize("layer", LAYERS)
def test_each_style_is_had_in_each_form_that_is_linked(client: httpx.Client, layer: str) -> None:
    listed = client.get(f"/collections/{layer}/styles").json()
    assert listed["default"] == listed["styles"][0]["id"]
    links = [link for style in listed["styles"] for link in style["links"]]
    forms = len(ENCODINGS) if LAYERS[layer].geometry else 1
    assert len(links) == forms * len(listed["styles"])
    for link in links:
        answer = client.get(link["href"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, link["type"])


def test_the_collection_leads_to_its_styles(client: httpx.Client) -> None:
    links = client.get("/collections/incidents").json()["links"]
    assert [link for link in links if link["href"].endswith(INCIDENTS)]


@pytest.mark.parametrize(
    "headers, asked, title",
    [
        ({}, "", "By type of event"),
        ({}, "?lang=fr", "Par type d’événement"),
        ({"accept-language": "de, fr-CH;q=0.8, en;q=0.7"}, "", "Par type d’événement"),
        ({"accept-language": "fr"}, "?lang=en", "By type of event"),
        ({"accept-language": "en;q=x, fr;q=0"}, "", "By type of event"),
        ({"accept-language": "*"}, "", "By type of event"),
    ],
)
def test_titles_are_of_the_language_that_is_asked_for(
    client: httpx.Client, headers: dict[str, str], asked: str, title: str
) -> None:
    answer = client.get(f"{INCIDENTS}{asked}", headers=headers)
    assert answer.json()["styles"][0]["title"] == title
    assert "Accept-Language" in answer.headers["vary"]


def test_a_style_tells_the_state_of_the_data(client: httpx.Client) -> None:
    answer = client.get(f"{INCIDENTS}/type?f=qml")
    root = ElementTree.fromstring(answer.text)
    assert root.findtext("resourceMetadata/license") == "CC BY 4.0"
    assert (root.findtext("resourceMetadata/history") or "").startswith("Version ")
    same = client.get(f"{INCIDENTS}/type", headers={"if-none-match": answer.headers["etag"]})
    assert same.status_code == 304
    french = client.get(f"{INCIDENTS}/type?lang=fr")
    assert "Attaque, combat, opération" in french.text
    assert french.headers["etag"] != answer.headers["etag"]


def test_a_style_of_maplibre_has_the_address_of_the_tiles(client: httpx.Client) -> None:
    made = client.get(f"{INCIDENTS}/uncertainty?f=maplibre").json()
    assert made["sources"]["liptako"]["url"].endswith("/WebMercatorQuad/tilejson.json")
    assert [layer["id"] for layer in made["layers"]] == [
        "incidents-cells",
        "incidents-disc",
        "incidents",
    ]
    assert client.get(made["sources"]["liptako"]["url"]).status_code == 200


@pytest.mark.parametrize(
    "path, status, told",
    [
        (f"{INCIDENTS}/typ", 404, "did you mean 'type'"),
        (f"{INCIDENTS}/type?f=png", 400, "it is one of qml"),
        (f"{INCIDENTS}/type?lang=de", 400, "it is one of en, fr"),
        (f"{INCIDENTS}/type?language=fr", 400, "no such parameter"),
        ("/collections/reports/styles/plain?f=sld", 404, "no geometry"),
        ("/collections/nothing/styles", 404, "no layer"),
    ],
)
def test_what_there_is_not_is_told(client: httpx.Client, path: str, status: int, told: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert told in answer.json()["detail"]


def test_media_types_choose_a_form_and_pages_are_refused(client: httpx.Client) -> None:
    for media_type in ENCODINGS.values():
        answer = client.get(f"{INCIDENTS}/type", headers={"accept": media_type})
        assert answer.headers["content-type"] == media_type
    assert client.get(f"{INCIDENTS}/type", headers={"accept": "text/html"}).status_code == 406
