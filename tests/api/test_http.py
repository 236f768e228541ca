"""HTTP itself: representations, validators, methods, headers."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving
from tests.api.world import build
from tests.db.rows import add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = "/collections/incidents/items"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
CACHED = ["/", "/conformance", "/api", "/collections", "/collections/incidents", ITEMS]
CACHED += [f"{ITEMS}/inates-2019-12-10", "/collections/incidents/schema", "/static/liptako.css"]


@pytest.fixture
def own(database_url: str) -> Iterator[httpx.Client]:
    """Open a client of a small world of the test's own, to write to."""
    build(database_url)
    app = create_app(Settings(), database_url)
    with serving(app) as base, httpx.Client(base_url=base, timeout=30) as opened:
        yield opened


@pytest.mark.parametrize(
    "accept, form",
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("application/geo+json, application/json", "json"),
        (BROWSER, "html"),
        ("text/html", "html"),
        ("text/html;q=0.2, application/json", "json"),
        ("application/json, text/html", "json"),
        ("text/html;q=0.9, */*;q=0.9", "json"),
        ("text/html, */*;q=broken", "json"),
        ("text/html;level=1, application/json;q=0.1", "html"),
    ],
)
def test_accept_chooses_the_representation(client: httpx.Client, accept: str, form: str) -> None:
    response = client.get(ITEMS, headers={"Accept": accept})
    assert response.status_code == 200
    assert form in response.headers["content-type"]
    assert "Accept" in response.headers["vary"]


def test_f_overrules_accept(client: httpx.Client) -> None:
    asked = {"Accept": BROWSER}
    for f in ("json", "geojson"):
        response = client.get(ITEMS, params={"f": f}, headers=asked)
        assert response.headers["content-type"] == "application/geo+json"
    html = client.get(ITEMS, params={"f": "html"}, headers={"Accept": "application/json"})
    assert html.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("accept", ["image/png", "application/xml, text/plain", "text/html;q=0"])
def test_nothing_acceptable_is_406(client: httpx.Client, accept: str) -> None:
    response = client.get(ITEMS, headers={"Accept": accept})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", CACHED)
def test_what_is_known_is_not_sent_again(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    assert first.headers["cache-control"] == "no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert again.status_code == 304
        assert again.content == b""
        # "*" names no copy, so the answer names the plain one.
        assert again.headers["etag"] == (tag if known != "*" else tag.replace("-zstd", ""))
    changed = client.get(path, headers={"If-None-Match": '"other"'})
    assert changed.content == first.content


def test_the_same_request_gives_the_same_bytes(client: httpx.Client) -> None:
    assert client.get(ITEMS).content == client.get(ITEMS).content


def test_validators_differ_with_whatever_the_bytes_depend_on(client: httpx.Client) -> None:
    tags = [
        client.get(ITEMS).headers["etag"],
        client.get(ITEMS, params={"limit": 1}).headers["etag"],
        client.get(ITEMS, params={"f": "html"}).headers["etag"],
        client.get(ITEMS, headers={"X-Forwarded-Host": "elsewhere.example"}).headers["etag"],
    ]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("path", ["/collections/incidents", ITEMS, f"{ITEMS}/inates-2019-12-10"])
def test_a_write_changes_the_validators(own: httpx.Client, database_url: str, path: str) -> None:
    before = own.get(path)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE liptako.incident SET title = 'Corrected', occurred = '[1999-01-01,2020-01-01)'"
            " WHERE code = 'inates-2019-12-10'"
        )
    after = own.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    modified = [parsedate_to_datetime(each.headers["last-modified"]) for each in (before, after)]
    assert modified[0] <= modified[1]


def test_a_write_elsewhere_changes_what_is_shown_of_it(
    own: httpx.Client, database_url: str
) -> None:
    assert own.get("/collections/incidents").json()["attribution"] == "press"
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE liptako.source SET attribution = 'The Press' WHERE code='press'")
        add_source(connection, "unused")
    assert own.get("/collections/incidents").json()["attribution"] == "The Press"


@pytest.mark.parametrize("path", [*CACHED, "/health", "/collections/nowhere", f"{ITEMS}?limit=x"])
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    # How a body is framed is no property of it, and left out where there is none.
    differing = ("date", "transfer-encoding", "x-request-id")
    assert {name: text for name, text in head.headers.items() if name not in differing} == {
        name: text for name, text in get.headers.items() if name not in differing
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writing_is_405(client: httpx.Client, method: str) -> None:
    response = client.request(method, ITEMS)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert response.json()["status"] == 405


def test_scripts_of_other_origins_may_read(client: httpx.Client) -> None:
    asked = {"Origin": "https://map.example", "Access-Control-Request-Method": "GET"}
    preflight = client.options(ITEMS, headers=asked)
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]
    for response in (client.get(ITEMS, headers=asked), client.get("/nowhere", headers=asked)):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "ETag" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/", ITEMS, f"{ITEMS}/1", "/collections/incidents/", "/api"])
def test_options_of_what_there_is(client: httpx.Client, path: str) -> None:
    response = client.options(path)
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["/nowhere", "/collections/nowhere/items", f"{ITEMS}/1/more"])
def test_options_of_what_there_is_not_is_404(client: httpx.Client, path: str) -> None:
    response = client.options(path)
    assert response.status_code == 404
    assert response.json()["status"] == 404
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/", ITEMS, "/nowhere", "/static/liptako.css", "/health"])
def test_every_answer_is_locked_down(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_a_large_page_states_its_length(client: httpx.Client) -> None:
    plain = {"Accept-Encoding": "identity"}
    response = client.get(ITEMS, params={"limit": 10000}, headers=plain)
    assert int(response.headers["content-length"]) == len(response.content)


def test_health_of_a_ready_service(client: httpx.Client) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ok"
    assert body["version"] >= 1
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/collections/incidents/items", "/collections/incidents"])
def test_who_knows_a_date_only_is_answered_by_dates(client: httpx.Client, path: str) -> None:
    modified = client.get(path).headers["last-modified"]

    def status(since: str, **others: str) -> int:
        return client.get(path, headers={"If-Modified-Since": since, **others}).status_code

    assert status(modified) == 304
    assert status("Fri, 01 Jan 2100 00:00:00 GMT") == 304
    assert status("Wed, 01 Jan 2020 00:00:00 GMT") == 200
    assert status("yesterday") == 200
    # A tag is more exact than a date (RFC 9110, 13.1.3).
    assert status(modified, **{"If-None-Match": '"other"'}) == 200


def test_other_settings_have_other_validators(world_url: str) -> None:
    tags = set()
    for settings in (Settings(), Settings(default_limit=7), Settings(title="Other")):
        with serving(create_app(settings, world_url)) as base:
            for path in ("items", "items/1", "tiles/WebMercatorQuad/0/0/0"):
                address = f"{base}/collections/incidents/{path}"
                tags.add((path, httpx.get(address, timeout=30).headers["etag"]))
    assert len(tags) == 9


@pytest.mark.parametrize("form", ["json", "jsonfg", "html"])
def test_a_long_query_does_not_make_a_long_header(client: httpx.Client, form: str) -> None:
    long = " OR ".join(f"title = '{number:0>40}'" for number in range(80))
    asked = {"filter": f"{long} OR TRUE", "limit": "2", "f": form}
    response = client.get("/collections/incidents/items", params=asked)
    assert response.status_code == 200
    assert len(response.headers["link"]) <= 4_000
    assert "cursor=" in response.text, "the body leads on"


def test_a_file_leads_on_by_its_header_alone(client: httpx.Client) -> None:
    long = " OR ".join(f"title = '{number:0>40}'" for number in range(80))
    asked = {"filter": f"{long} OR TRUE", "limit": "2", "f": "csv"}
    response = client.get("/collections/incidents/items", params=asked)
    assert 'rel="next"' in response.headers["link"]
