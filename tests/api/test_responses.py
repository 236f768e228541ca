"""Answers as they go over the wire."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from api.app import create_app
from api.responses import Chunked, tag_of, validators
from api.settings import Settings
from db.engine import create_engine
from tests.api.serving import serving
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from starlette.types import Message

ITEMS = "/collections/incidents/items"


def test_chunks_are_sent_one_by_one_with_the_length_of_all() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    chunks = [b"a" * 70_000, b"b" * 70_000, b"c"]
    response = Chunked(chunks, "application/geo+json", {"ETag": '"1"'})
    asyncio.run(response({"type": "http", "method": "GET"}, receive, send))
    start, *body = sent
    headers = dict(start["headers"])
    assert headers[b"content-length"] == b"140001"
    assert headers[b"content-type"] == b"application/geo+json"
    assert headers[b"etag"] == b'"1"'
    assert [message["body"] for message in body] == [*chunks, b""]
    assert [message["more_body"] for message in body] == [True, True, True, False]


def test_validators_state_when_in_greenwich() -> None:
    moment = datetime(2021, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    headers = validators(tag_of("x"), moment.astimezone(UTC))
    assert headers["Last-Modified"] == "Mon, 01 Mar 2021 12:00:00 GMT"
    assert "Last-Modified" not in validators(tag_of("x"))


def test_a_tag_is_of_all_its_parts() -> None:
    assert tag_of("a", 1) == tag_of("a", 1)
    assert len({tag_of("a", 1), tag_of("a", "1"), tag_of("a1"), tag_of("a", 1, None)}) == 4
    assert tag_of("x")[0] == tag_of("x")[-1] == '"'


@pytest.fixture
def large_url(database_url: str) -> str:
    """Fill a database with a page that no socket takes at once."""
    with psycopg.connect(database_url) as connection:
        incident = add_incident(connection, add_source(connection), "many-0", note="n" * 2000)
        connection.execute(
            "INSERT INTO liptako.incident (code, title, event_type, occurred, time_precision,"
            " time_extent, geom, place_precision, radius_m, source_id, note)"
            " SELECT 'many-' || n, title, event_type, occurred, time_precision, time_extent, geom,"
            " place_precision, radius_m, source_id, note"
            " FROM liptako.incident, generate_series(1, 9999) n WHERE incident_id = %s",
            [incident],
        )
    return database_url


def _half_a_page(address: str, read: int) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    asking = socket.create_connection((host, int(port)))
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asking.sendall(f"GET {ITEMS}?limit=10000 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    got = b""
    while len(got) < read:
        got += asking.recv(4096)
    assert got.startswith(b"HTTP/1.1 200")
    return asking


def test_slow_readers_and_those_who_hang_up_hold_no_connection(large_url: str) -> None:
    engine = create_engine(large_url, pool_size=1)
    pool: Any = engine.pool
    with serving(create_app(Settings(), engine)) as address:
        slow = [_half_a_page(address, 20_000) for _ in range(4)]
        assert pool.checkedout() == 0, "four slow readers, and every connection is free"
        for asking in slow:
            asking.close()
        with _half_a_page(address, 1):
            assert pool.checkedout() == 0
        whole = httpx.get(f"{address}{ITEMS}?limit=10000", timeout=60)
        assert whole.json()["numberReturned"] == 10_000
    engine.dispose()


def test_a_date_is_rounded_up_and_never_lies_ahead() -> None:
    early = datetime(2021, 3, 1, 12, 0, 0, 200_000, UTC)
    assert validators(tag_of("x"), early)["Last-Modified"] == "Mon, 01 Mar 2021 12:00:01 GMT"
    ahead = validators(tag_of("x"), datetime.now(UTC) + timedelta(hours=1))["Last-Modified"]
    assert parsedate_to_datetime(ahead) <= datetime.now(UTC)
