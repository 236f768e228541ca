"""Pages for people: complete, escaped, and self-contained."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from db.analyses.methods import METHODS
from db.layers.catalogue import LAYERS
from tests.api.world import AWKWARD

if TYPE_CHECKING:
    import httpx

ITEMS = "/collections/incidents/items"
PAGES = [
    "/",
    "/api",
    "/conformance",
    "/functions",
    "/analyses",
    *(f"/analyses/{method}" for method in METHODS),
    "/processes",
    "/processes/clusters",
    "/jobs",
    "/collections",
    *(f"/collections/{layer}" for layer in LAYERS),
    *(f"/collections/{layer}/items" for layer in LAYERS),
    "/collections/incidents/schema",
    "/collections/incidents/queryables",
    "/collections/incidents/sortables",
    "/collections/reports/feature-schema",
    f"{ITEMS}/inates-2019-12-10",
    f"{ITEMS}/awkward",
    f"{ITEMS}/nowhere",
    f"{ITEMS}/far",
    "/collections/claims/items/inates-claim-2",
    "/collections/reports/items/report-inates",
    "/collections/borders/items/1",
    "/collections/places/items/geonames:1",
]
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """What a page is made of; refuses tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def outline(client: httpx.Client, path: str, **query: str) -> Outline:
    response = client.get(path, params={"f": "html", **query})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Outline(response.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_accessible_and_takes_nothing_from_elsewhere(
    client: httpx.Client, path: str
) -> None:
    page = outline(client, path)
    assert page.all("html") == [{"lang": "en"}]
    assert (
        len(page.all("h1"))
        == len(page.all("main"))
        == len(page.all("title")) - len(page.all("svg"))
    )
    assert not page.all("script")
    assert not page.all("style")
    for tag, attributes in page.tags:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        if tag in ("link", "img", "use", "image"):
            href = attributes.get("href") or attributes.get("src") or ""
            assert urlsplit(href).netloc == client.base_url.netloc.decode()
        if tag == "a":
            assert re.match(r"https?://|#|mailto:", attributes["href"] or "")
        if tag == "th":
            assert attributes.get("scope") in ("col", "row")
    for drawing in page.all("svg"):
        assert drawing["role"] == "img"
        assert drawing["aria-labelledby"]


@pytest.mark.parametrize("path", ["/", "/collections", "/collections/incidents", "/api"])
def test_links_to_our_own_pages_lead_somewhere(client: httpx.Client, path: str) -> None:
    found = {each["href"] or "" for each in outline(client, path).all("a")}
    own = {href for href in found if href.startswith(str(client.base_url))}
    assert len(own) >= 4
    for href in own:
        assert client.get(href).status_code == 200, href


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/awkward"])
def test_texts_of_strangers_are_escaped(client: httpx.Client, path: str) -> None:
    response = client.get(path, params={"f": "html"})
    assert "<script>" not in response.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert AWKWARD in outline(client, path).words


def test_parameters_are_escaped(client: httpx.Client) -> None:
    query = {"title": '"><script>x</script>', "f": "html"}
    response = client.get(ITEMS, params=query)
    assert response.status_code == 200
    assert "<script>" not in response.text
    # What has no place or no time matches any box and interval, but no other title.
    assert "No feature matches" in response.text


def test_an_incident_shows_its_claims_and_what_is_not_known(client: httpx.Client) -> None:
    page = outline(client, f"{ITEMS}/inates-2019-12-10")
    assert "Attack on the base at Inates" in page.words
    assert "at least 60 <b>soldiers</b>" in page.words
    assert "denies" in page.words
    assert "the ministry" in page.words
    assert "not known" in page.words
    assert "71 person" in page.words


def test_an_incident_without_claims_says_so(client: httpx.Client) -> None:
    assert "No report makes a claim" in outline(client, f"{ITEMS}/series-01").words


def test_a_map_shows_place_radius_borders_and_scale(client: httpx.Client) -> None:
    text = client.get(f"{ITEMS}/inates-2019-12-10", params={"f": "html"}).text
    drawing = text[text.index("<svg") : text.index("</svg>") + 6]
    svg = ElementTree.fromstring(drawing)
    kinds = [each.attrib.get("class") for each in svg.iter()]
    assert kinds.count("radius") == kinds.count("point") == kinds.count("scale") == 1
    assert "border" in kinds
    assert re.search(r"\d+ km", drawing)


def test_without_a_place_there_is_no_map(client: httpx.Client) -> None:
    page = outline(client, f"{ITEMS}/nowhere")
    assert not page.all("svg")
    assert "not known well enough to be drawn" in page.words


def test_a_collection_tells_how_to_use_it(client: httpx.Client) -> None:
    page = outline(client, "/collections/incidents")
    assert f"ogrinfo 'OAPIF:{client.base_url}/' incidents" in page.words
    for field in LAYERS["incidents"].fields:
        assert field.name in page.words
    assert "CC BY 4.0" in page.words
    named = [each["href"] or "" for each in page.all("a") if "download" in each]
    assert len(named) == 12
    for href in named:
        response = client.get(href)
        assert response.status_code == 200, href
        assert response.headers["content-disposition"].startswith('attachment; filename="incidents')


@pytest.mark.parametrize("layer", LAYERS)
def test_example_requests_work(client: httpx.Client, layer: str) -> None:
    page = outline(client, f"/collections/{layer}")
    found = [
        each["href"] or ""
        for each in page.all("a")
        if "/items?" in (each["href"] or "") and "f=html" in (each["href"] or "")
    ]
    assert len(found) >= 4
    for href in found:
        for asked in (href, href.replace("f=html", "f=json")):
            assert client.get(asked).status_code == 200, asked


def test_a_table_for_people_is_short_and_leads_on(client: httpx.Client) -> None:
    page = outline(client, ITEMS, limit="4")
    assert len(page.all("tr")) == 5
    assert [each for each in page.all("a") if each.get("rel") == "next"]
