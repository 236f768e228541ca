"""A walk over the pages shows each feature once, whatever is written meanwhile."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import psycopg
import pytest

from api import paging
from api.app import create_app
from api.params import queryable_names
from api.settings import Settings
from db.layers.catalogue import LAYERS
from tests.api.serving import serving
from tests.api.world import SHOWN, build
from tests.db.rows import add_incident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ITEMS = "/collections/incidents/items"


def pages(
    client: httpx.Client, path: str, between: Callable[[int], None] = lambda _: None
) -> Iterator[dict[str, Any]]:
    """Follow ``next`` links as QGIS and GDAL do; ``between`` is called after each page."""
    href: str | None = path
    number = 0
    while href is not None:
        response = client.get(href)
        assert response.status_code == 200, response.text
        document = response.json()
        yield document
        between(number)
        number += 1
        assert number < 200, "the walk does not end"
        follows = [link["href"] for link in document["links"] if link["rel"] == "next"]
        href = follows[0] if follows else None


def walk(
    client: httpx.Client, path: str, between: Callable[[int], None] = lambda _: None
) -> list[dict[str, Any]]:
    return [each for page in pages(client, path, between) for each in page["features"]]


@pytest.mark.parametrize("limit", [1, 2, 7, SHOWN - 1, SHOWN, SHOWN + 1])
def test_pages_together_are_the_whole_once(client: httpx.Client, limit: int) -> None:
    whole = client.get(ITEMS).json()["features"]
    assert walk(client, f"{ITEMS}?limit={limit}") == whole


@pytest.mark.parametrize("sign", ["", "-", "+", "%2B"])
@pytest.mark.parametrize("name", queryable_names(LAYERS["incidents"]))
def test_pages_sorted_by_any_field_are_the_whole_once(
    client: httpx.Client, name: str, sign: str
) -> None:
    found = walk(client, f"{ITEMS}?limit=9&sortby={sign}{name}")
    assert len(found) == SHOWN
    assert len({feature["id"] for feature in found}) == SHOWN
    values = [feature["properties"][name] for feature in found]
    known = [value for value in values if value is not None]
    assert values[len(known) :] == [None] * (SHOWN - len(known)), "what is missing comes last"
    if known and isinstance(known[0], float | int):
        assert known == sorted(known, reverse=sign == "-")


def test_pages_sorted_by_two_fields(client: httpx.Client) -> None:
    found = walk(client, f"{ITEMS}?limit=4&sortby=event_type,-event_start")
    keys = [
        (each["properties"]["event_type"], each["properties"]["event_start"] or "0")
        for each in found
    ]
    assert len(found) == SHOWN
    for kind in ("attack", "protest"):
        starts = [start for event_type, start in keys if event_type == kind]
        assert starts == sorted(starts, reverse=True)
    assert [kind for kind, _ in keys] == sorted(kind for kind, _ in keys)


def test_filter_form_and_size_stay_along_the_walk(client: httpx.Client) -> None:
    path = f"{ITEMS}?limit=3&event_type=protest&properties=title&skipGeometry=true&bbox=0,14,2,15"
    found = walk(client, path)
    matched = client.get(path).json()["numberMatched"]
    assert len(found) == matched == 7
    assert all(list(each["properties"]) == ["title"] for each in found)
    assert all(each["geometry"] is None for each in found)


@pytest.mark.parametrize("limit", [3, 10])
def test_an_offset_passes_over_features_and_a_walk_goes_on_from_there(
    client: httpx.Client, limit: int
) -> None:
    whole = client.get(ITEMS).json()["features"]
    found = walk(client, f"{ITEMS}?offset=5&limit={limit}")
    assert found == whole[5:]


def test_an_offset_beyond_the_end_is_an_empty_page(client: httpx.Client) -> None:
    document = client.get(f"{ITEMS}?offset=5000").json()
    assert document["features"] == []
    assert document["numberMatched"] == SHOWN
    assert "next" not in {link["rel"] for link in document["links"]}


def test_a_page_for_people_leads_on(client: httpx.Client) -> None:
    page = client.get(f"{ITEMS}?limit=10&f=html")
    href = page.links["next"]["url"]
    assert parse_qs(urlsplit(href).query)["f"] == ["html"]
    assert client.get(href).headers["content-type"].startswith("text/html")


def test_a_walk_shows_each_feature_once_while_others_write(database_url: str) -> None:
    build(database_url)

    def write(number: int) -> None:
        with psycopg.connect(database_url) as other:
            source = other.execute("SELECT source_id FROM liptako.source LIMIT 1").fetchone()
            assert source is not None
            # New rows before and after the place of the walk, changes that move rows about in
            # the layer's order, and deletions of what was and what was not shown yet.
            add_incident(other, source[0], f"new-{number}", country="MLI", note="fullest of all")
            other.execute(
                "UPDATE liptako.incident SET note = 'moves up', title = 'changed' WHERE code = %s",
                [f"series-{29 - number:02}"],
            )
            other.execute(
                "DELETE FROM liptako.estimate USING liptako.incident i"
                " WHERE i.incident_id = estimate.incident_id AND i.code = ANY(%s)",
                [[f"series-{number:02}", f"series-{20 - number:02}"]],
            )
            other.execute(
                "DELETE FROM liptako.incident WHERE code = ANY(%s)",
                [[f"series-{number:02}", f"series-{20 - number:02}"]],
            )

    app = create_app(Settings(), database_url)
    with serving(app) as base, httpx.Client(base_url=base) as client:
        before = client.get(ITEMS).json()["features"]
        read = list(pages(client, f"{ITEMS}?limit=5", write))
        after = client.get(ITEMS).json()
    assert [feature for page in read for feature in page["features"]] == before
    assert {page["numberMatched"] for page in read} == {SHOWN}
    titles = [feature["properties"]["title"] for feature in after["features"]]
    assert "changed" in titles
    assert after["numberMatched"] == len(titles) != SHOWN


@pytest.mark.parametrize(
    "asked", ["event_type=protest", "bbox=0,14,2,15", "datetime=2021-01-20/.."]
)
def test_a_filter_leaves_the_order_as_it_is(client: httpx.Client, asked: str) -> None:
    whole = [feature["id"] for feature in client.get(ITEMS).json()["features"]]
    found = [feature["id"] for feature in walk(client, f"{ITEMS}?limit=2&{asked}")]
    assert 0 < len(found) < len(whole)
    assert found == [key for key in whole if key in found]


def test_a_forged_cursor_leads_to_nothing_that_may_not_leave(
    client: httpx.Client, world_url: str
) -> None:
    links = client.get(f"{ITEMS}?limit=5").json()["links"]
    (href,) = (link["href"] for link in links if link["rel"] == "next")
    (text,) = parse_qs(urlsplit(href).query)["cursor"]
    digest, version, matched, _, leading = msgspec.json.decode(urlsafe_b64decode(text + "=="))
    with psycopg.connect(world_url) as connection:
        secret = connection.execute(
            "SELECT incident_id FROM liptako.incident WHERE code = 'secret-incident'"
        ).fetchone()
    assert secret is not None
    forged = [digest, version, matched, [0, leading[0]], [leading[0], secret[0]]]
    cursor = urlsafe_b64encode(msgspec.json.encode(forged)).rstrip(b"=").decode()
    response = client.get(f"{ITEMS}?cursor={cursor}")
    assert response.status_code == 200
    found = {feature["id"] for feature in response.json()["features"]}
    assert secret[0] not in found
    assert len(found) == SHOWN - 1


def test_a_cursor_belongs_to_its_question(client: httpx.Client) -> None:
    links = client.get(f"{ITEMS}?limit=5").json()["links"]
    (href,) = (link["href"] for link in links if link["rel"] == "next")
    cursor = parse_qs(urlsplit(href).query)["cursor"][0]
    for query in ("event_type=attack", "sortby=title", "bbox=0,0,1,1", "datetime=2021"):
        response = client.get(f"{ITEMS}?{query}&cursor={cursor}")
        assert response.status_code == 400, query
    assert client.get(f"/collections/claims/items?cursor={cursor}").status_code == 400
    assert client.get(f"{ITEMS}?cursor={cursor}&offset=3").status_code == 400
    assert client.get(f"{ITEMS}?cursor={cursor}&limit=2").json()["numberReturned"] == 2


def test_a_page_of_long_features_is_shorter_and_the_walk_complete(
    world_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_BYTES", 3000)
    monkeypatch.setattr("db.read.BATCH", 4)
    app = create_app(Settings(), world_url)
    with serving(app) as base, httpx.Client(base_url=base) as client:
        read = list(pages(client, ITEMS))
    assert [page["numberReturned"] for page in read] == [4] * (SHOWN // 4) + [SHOWN % 4]
    assert len({each["id"] for page in read for each in page["features"]}) == SHOWN
