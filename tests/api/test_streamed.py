"""Bodies that are made while they are sent: whatever ends them, nothing stays held."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import httpx
import psycopg
import pytest

from api import streamed
from api.app import create_app
from api.settings import Settings
from api.streamed import Streamed, Streams
from db.transaction import DatabaseBusy
from tests.api.serving import serving
from tests.db.rows import add_source

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager

    from starlette.types import Receive, Scope, Send

ITEMS = "/collections/incidents/items"
LARGE = {"f": "ndjson"}
PLAIN = {"Accept-Encoding": "identity"}  # compressed, it would fit the buffers
TURNS = 2_000
"""Times that a test looks again, a hundredth of a second apart."""


@pytest.fixture
def large(database_url: str) -> Iterator[str]:
    """Serve incidents whose lines are more than all buffers between server and client hold."""
    with psycopg.connect(database_url) as connection:
        source = add_source(connection)
        connection.execute(
            "INSERT INTO liptako.incident (code, title, event_type, time_precision, time_extent,"
            " place_precision, country, note, source_id)"
            " SELECT 'i-' || n, 'Incident ' || n, 'attack', 'unknown', 'within', 'country', 'NER',"
            " repeat('A note. ', 1000), %s FROM generate_series(1, 8000) n",
            [source],
        )
    with serving(create_app(Settings(pool_size=1), database_url)) as base:
        yield base


def taking(base: str, asked: dict[str, str]) -> AbstractContextManager[httpx.Response]:
    """Begin to take an answer."""
    return httpx.stream("GET", f"{base}{ITEMS}", params=asked, headers=PLAIN, timeout=30)


def sessions(url: str) -> list[str]:
    """The states of the server's sessions that are in a transaction."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT state FROM pg_stat_activity WHERE application_name LIKE 'liptako serve%'"
            " AND datname = current_database() AND state <> 'idle'"
        )
        return [row[0] for row in found]


def eventually(condition: Any) -> bool:
    for _ in range(TURNS):
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("form", ["ndjson", "geojsonseq", "csv", "fgb", "json", "jsonfg"])
def test_who_hangs_up_frees_connection_and_transaction(
    large: str, database_url: str, form: str
) -> None:
    asked = {"f": form, "download": "true"}
    with taking(large, asked) as response:
        assert response.status_code == 200
        chunks = response.iter_raw()  # kept: without it, httpx would hang up at once
        assert next(chunks)
        assert sessions(database_url) != []
    assert eventually(lambda: sessions(database_url) == [])
    # The place among the downloads is free again, too.
    with taking(large, asked) as response:
        assert response.status_code == 200


def test_downloads_leave_connections_to_pages(large: str, database_url: str) -> None:
    with taking(large, LARGE) as response:
        assert response.status_code == 200
        refused = httpx.get(f"{large}{ITEMS}", params=LARGE, timeout=30)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        page = httpx.get(f"{large}{ITEMS}", params={"limit": "1"}, timeout=30)
        assert page.status_code == 200
        assert httpx.head(f"{large}{ITEMS}", params=LARGE, timeout=30).status_code == 200
    assert eventually(lambda: sessions(database_url) == [])
    whole = httpx.get(f"{large}{ITEMS}", params=LARGE, timeout=60)
    assert whole.text.count("\n") == 8000
    assert sessions(database_url) == []


def test_what_fails_at_once_has_its_own_status(large: str, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        # The count does not touch this, the rows do.
        connection.execute("ALTER TABLE liptako.incident RENAME COLUMN note TO elsewhere")
    response = httpx.get(f"{large}{ITEMS}", params=LARGE, timeout=30)
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert sessions(database_url) == []


class Answering:
    """An application with one body."""

    def __init__(self, rest: Generator[bytes, None, None]) -> None:
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await Streamed(b"first", self._rest, "text/plain", {})(scope, receive, send)


def endless(closed: Event, *, fault: Exception | None = None) -> Generator[bytes, None, None]:
    try:
        yield b""
        while True:
            if fault is not None:
                raise fault
            yield b"x" * 2**20
    finally:
        closed.set()


def started(closed: Event, **more: Any) -> Generator[bytes, None, None]:
    made = endless(closed, **more)
    next(made)
    return made


def test_a_body_that_cannot_be_made_does_not_look_whole() -> None:
    closed = Event()
    app = Answering(started(closed, fault=ValueError("no more")))
    with serving(app) as base, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(base)
    assert closed.is_set()


def test_who_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "STALLED_S", 0.2)
    closed = Event()
    with serving(Answering(started(closed))) as base:
        place = urlsplit(base)
        with closing(socket.create_connection((place.hostname, place.port))) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert closed.wait(20)


def fail_in(streams: Streams) -> None:
    with streams.one(1):
        with pytest.raises(DatabaseBusy), streams.one(1):
            raise AssertionError("there is no place")
        raise ValueError("broken")


def test_a_place_is_free_again_after_a_fault() -> None:
    streams = Streams()
    with pytest.raises(ValueError, match="broken"):
        fail_in(streams)
    with streams.one(1):
        pass


@pytest.mark.parametrize("bytes_a_second, is_let_go", [(1.0, False), (1e6, True)])
def test_who_takes_a_little_now_and_then_is_let_go(
    monkeypatch: pytest.MonkeyPatch, bytes_a_second: float, is_let_go: bool
) -> None:
    monkeypatch.setattr(streamed, "STALLED_S", 1.0)
    monkeypatch.setattr(streamed, "SLOWEST_B_S", bytes_a_second)
    taken = []

    def chunks() -> Generator[bytes, None, None]:
        yield from [b"x"] * 5

    async def send(message: Any) -> None:
        await anyio.sleep(0.4)
        taken.append(message)

    async def receive() -> Any:
        await anyio.sleep_forever()

    async def answered() -> None:
        await Streamed(b"x", chunks(), "text/plain", {})({"type": "http"}, receive, send)

    if is_let_go:
        with pytest.raises(TimeoutError):
            anyio.run(answered)
        assert len(taken) < 5
    else:
        anyio.run(answered)
        assert len(taken) == 8, "start, six chunks and the end"
