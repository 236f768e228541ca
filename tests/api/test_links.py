"""Addresses, also behind a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from api.app import create_app
from api.links import Base, link_header
from api.settings import Settings
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Mapping


def data_link(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    (href,) = (link["href"] for link in response.json()["links"] if link["rel"] == "data")
    assert isinstance(href, str)
    return href


@pytest.mark.parametrize(
    "headers, base",
    [
        ({"Host": "data.example"}, "http://data.example"),
        ({"Host": "data.example:8080"}, "http://data.example:8080"),
        ({"Host": "[::1]:8080"}, "http://[::1]:8080"),
        (
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example"},
            "https://data.example",
        ),
        (
            {
                "X-Forwarded-Proto": "https, http",
                "X-Forwarded-Host": "data.example, inner",
                "X-Forwarded-Prefix": "/liptako/",
            },
            "https://data.example/liptako",
        ),
        (
            {"Forwarded": 'for=192.0.2.1;proto=https;host="data.example:8443", for=inner'},
            "https://data.example:8443",
        ),
        (
            {"Forwarded": "proto=https;host=first.example", "X-Forwarded-Host": "second.example"},
            "https://first.example",
        ),
        (
            {"Host": "data.example", "X-Forwarded-Host": '"><script>', "X-Forwarded-Proto": "ftp"},
            "http://data.example",
        ),
        ({"Host": "data.example", "X-Forwarded-Prefix": "//evil.example"}, "http://data.example"),
        ({"Host": "data.example", "Forwarded": ";;=;"}, "http://data.example"),
    ],
)
def test_links_are_what_the_client_can_follow(
    client: httpx.Client, headers: Mapping[str, str], base: str
) -> None:
    response = client.get("/", headers=headers)
    assert data_link(response) == f"{base}/collections"
    assert f'<{base}/collections>; rel="data"' in response.headers["link"]
    page = client.get("/", params={"f": "html"}, headers=headers)
    assert f'href="{base}/static/liptako.css"' in page.text


@pytest.mark.parametrize("path", ["/", "/liptako/", "/liptako"])
def test_a_root_path_is_in_the_links_whether_the_proxy_strips_it_or_not(
    world_url: str, path: str
) -> None:
    app = create_app(Settings(root_path="/liptako/"), world_url)
    with serving(app) as base, httpx.Client() as client:
        assert data_link(client.get(f"{base}{path}")) == f"{base}/liptako/collections"
        found = client.get(f"{base}{path.rstrip('/')}/collections/incidents/items?limit=1")
        assert found.json()["numberReturned"] == 1
        assert client.get(f"{base}{path.rstrip('/')}/static/liptako.css").status_code == 200


def test_a_public_address_overrules_what_requests_say(world_url: str) -> None:
    app = create_app(Settings(public_url="https://data.example/x/"), world_url)
    with serving(app) as base, httpx.Client() as client:
        response = client.get(base, headers={"X-Forwarded-Host": "evil.example"})
        assert data_link(response) == "https://data.example/x/collections"


def test_parameters_are_escaped_in_links() -> None:
    href = Base("http://x").href("/y", [("title", 'a "b" & <c>'), ("bbox", "1,2,3,4")])
    assert href == "http://x/y?title=a%20%22b%22%20%26%20%3Cc%3E&bbox=1,2,3,4"


def test_no_links_make_an_empty_header() -> None:
    assert link_header([]) == ""
