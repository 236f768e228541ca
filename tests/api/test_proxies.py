"""A real proxy before a real server: what it says is believed, what strangers say is not."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from api.app import create_app
from api.proxies import client_address, trusted
from api.settings import Settings
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "/geo/liptako"
ENOUGH = 2
"""Pages of a kind that a walk over all links looks at."""

_HREF = re.compile(r'(?:href|src|action)="([^"]*)"|"href":"([^"]*)"')
_LINK = re.compile(r"<([^>]*)>;")
_PAGES = ("text/html", "json")


@pytest.mark.parametrize(
    "named, address, is_trusted",
    [
        ("127.0.0.0/8, ::1", "127.0.0.1", True),
        ("127.0.0.0/8, ::1", "::1", True),
        ("127.0.0.0/8", "::ffff:127.0.0.1", True),
        ("127.0.0.0/8", "10.0.0.1", False),
        ("10.0.0.0/8,192.0.2.7", "192.0.2.7", True),
        ("10.0.0.0/8", "testclient", False),
        ("", "127.0.0.1", False),
        ("*", "anything", True),
    ],
)
def test_who_is_trusted(named: str, address: str, is_trusted: bool) -> None:
    assert (address in trusted(named)) == is_trusted


@pytest.mark.parametrize(
    "stations, address",
    [
        ([], None),
        (["192.0.2.1"], "192.0.2.1"),
        (["made up", "192.0.2.1", "10.0.0.1"], "192.0.2.1"),
        (["198.51.100.9", "192.0.2.1"], "192.0.2.1"),
        (["10.0.0.2", "10.0.0.1"], "10.0.0.2"),
        (["_hidden", "10.0.0.1"], "10.0.0.1"),
        (["unknown"], None),
        (["2001:db8::1"], "2001:db8::1"),
    ],
)
def test_the_last_address_that_is_no_proxys_is_the_clients(
    stations: list[str], address: str | None
) -> None:
    assert client_address(stations, trusted("10.0.0.0/8")) == address


@contextmanager
def proxy(target: str) -> Iterator[str]:
    """Stand before a server as nginx does, at a prefix that it strips; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path.startswith(PREFIX)
            told = {
                "Host": "backend.internal",
                "Accept": self.headers.get("Accept", "*/*"),
                "X-Forwarded-For": "192.0.2.44",
                "X-Forwarded-Proto": "http",
                "X-Forwarded-Host": self.headers["Host"],
                "X-Forwarded-Prefix": PREFIX,
            }
            answer = httpx.get(target + self.path[len(PREFIX) :], headers=told, timeout=30)
            self.send_response(answer.status_code)
            passing = ("content-type", "link", "vary")
            for name, value in answer.headers.items():
                if name in passing:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kind_of(page: str) -> str:
    """What pages of different layers, features and values have in common."""
    split = urlsplit(page)
    names = sorted(name for name, _ in parse_qsl(split.query, keep_blank_values=True))
    path = re.sub(r"(collections|items)/[^/]+", r"\1/*", split.path)
    return f"{path}?{','.join(names)}"


def addresses(response: httpx.Response) -> set[str]:
    found = set(_LINK.findall(response.headers.get("link", "")))
    # What else a file holds may look like a link.
    if any(kind in response.headers.get("content-type", "") for kind in _PAGES):
        found |= {unescape("".join(each)) for each in _HREF.findall(response.text)}
    # Of templates, the tile of the whole earth.
    return {re.sub(r"\{[^}]*\}", "0", each) for each in found}


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_every_link_on_every_page_leads_back_to_the_proxy(address: str, accept: str) -> None:
    with (
        proxy(address) as public,
        httpx.Client(headers={"Accept": f"{accept}, */*;q=0.1"}, timeout=30) as client,
    ):
        waiting = [f"{public}/", f"{public}/collections/incidents/items/inates-2019-12-10"]
        seen, ours = set[str](), urlsplit(public).netloc
        kinds = Counter[str]()
        while waiting:
            page = waiting.pop(0)
            if page in seen or kinds[kind_of(page)] == ENOUGH:
                continue
            seen.add(page)
            kinds[kind_of(page)] += 1
            response = client.get(page)
            assert response.status_code in (200, 204), page
            assert "backend.internal" not in response.text
            assert address not in response.text
            for link in addresses(response):
                if urlsplit(link).netloc == ours:
                    assert link.startswith(public), (page, link)
                    if not link.endswith("/execution"):  # where something may only be sent
                        waiting.append(link)
                else:
                    assert urlsplit(link).netloc or link.startswith("#"), (page, link)
        assert len(kinds) > 10


def test_strangers_cannot_have_links_lead_elsewhere(world_url: str) -> None:
    app = create_app(Settings(trusted_proxies="192.0.2.0/24"), world_url)
    made_up = {
        "Host": "data.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
    }
    with serving(app) as base:
        response = httpx.get(base, headers=made_up)
    assert "evil" not in response.text + response.headers["link"]
    assert "http://data.example/collections" in response.text
    assert "forwarded" not in response.headers["vary"].lower()


def test_caches_are_told_which_headers_made_the_links(client: httpx.Client) -> None:
    told = {"X-Forwarded-Host": "data.example", "Forwarded": "proto=https"}
    for path in ("/", "/collections/incidents/items", "/nowhere"):
        vary = client.get(path, headers=told).headers["vary"]
        assert {"X-Forwarded-Host", "Forwarded", "Accept"} <= set(vary.split(", "))
    assert "Forwarded" not in client.get("/").headers["vary"]


def test_with_a_public_address_no_header_matters_to_caches(world_url: str) -> None:
    app = create_app(Settings(public_url="https://data.example"), world_url)
    with serving(app) as base:
        response = httpx.get(base, headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in response.text
    assert "Forwarded" not in response.headers["vary"]
