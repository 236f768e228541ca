from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = "/collections/incidents/items"
ROUTE = "/collections/{collection}/items"

Counted = dict[tuple[str, frozenset[tuple[str, str]]], float]


def counted(text: str) -> Counted:
    """Values by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Counted, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


@pytest.fixture
def counting(world_url: str) -> Iterator[httpx.Client]:
    """Open a client of a server that counts."""
    app = create_app(Settings(metrics=True), world_url)
    with serving(app) as base, httpx.Client(base_url=base, timeout=30) as opened:
        yield opened


def test_requests_are_counted_by_the_template_of_their_path(counting: httpx.Client) -> None:
    for layer in ("incidents", "claims", "reports"):
        sent = counting.get(f"/collections/{layer}/items", headers={"Accept-Encoding": "identity"})
        assert sent.status_code == 200
    counting.get(f"{ITEMS}?limit=x")
    counting.request("PROPFIND", "/nowhere/at/all")
    response = counting.get("/metrics")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"].startswith("text/plain")
    found = counted(response.text)
    asked = {"method": "GET", "route": ROUTE}
    assert value(found, "liptako_requests_total", **asked, status="200") == 3
    assert value(found, "liptako_requests_total", **asked, status="400") == 1
    assert value(found, "liptako_request_seconds_count", **asked) == 4
    assert value(found, "liptako_response_bytes_total", **asked) > len(sent.content)
    other = {"method": "other", "route": "other", "status": "404"}
    assert value(found, "liptako_requests_total", **other) == 1
    assert value(found, "liptako_requests_in_flight") == 1
    assert value(found, "liptako_pool_connections_in_use") == 0
    assert value(found, "liptako_data_version") >= 1
    assert "nowhere" not in response.text


def test_statements_that_take_too_long_are_counted(database_url: str) -> None:
    settings = Settings(metrics=True, statement_timeout_s=0.1)
    with (
        psycopg.connect(database_url) as other,
        serving(create_app(settings, database_url)) as base,
    ):
        other.execute("LOCK TABLE liptako.incident IN ACCESS EXCLUSIVE MODE")
        assert httpx.get(f"{base}{ITEMS}").status_code == 503
        found = counted(httpx.get(f"{base}/metrics").text)
    assert value(found, "liptako_faults_total", fault="StatementTimeout") == 1


def test_without_a_database_the_rest_is_told() -> None:
    gone = "postgresql://nobody@127.0.0.1:1/nowhere"
    with serving(create_app(Settings(metrics=True), gone)) as base:
        response = httpx.get(f"{base}/metrics")
    assert response.status_code == 200
    assert "liptako_data_version" not in response.text


def test_nothing_is_told_unless_the_operator_wants_it(client: httpx.Client) -> None:
    assert client.get("/metrics").status_code == 404
