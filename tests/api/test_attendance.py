"""Clients that hang up, as the database sees it."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from sqlalchemy import text
from starlette.responses import StreamingResponse
from starlette.routing import Route

from api.app import create_app
from api.journal import ACCESS, CLOSED
from api.service import service_of
from api.settings import Settings
from db.transaction import reading
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

ITEMS = "/collections/incidents/items"
PATIENCE_S = 10.0
BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'liptako serve' AND state <> 'idle'"
)


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up, "it did not come to that"
        time.sleep(0.02)


def statuses(caplog: pytest.LogCaptureFixture) -> list[int]:
    """Of the requests that ended, as the log has them."""
    exchanges = (getattr(record, "exchange", None) for record in list(caplog.records))
    return [exchange.status for exchange in exchanges if exchange is not None]


@contextmanager
def watched(url: str) -> Iterator[Callable[[], int]]:
    """Give what tells how many connections of the server are busy."""
    with psycopg.connect(url, autocommit=True) as connection:

        def busy() -> int:
            row = connection.execute(BUSY).fetchone()
            assert row is not None
            return int(row[0])

        yield busy


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_hangs_up_frees_its_connection(
    database_url: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, ACCESS.name)
    app = create_app(Settings(pool_size=1, statement_timeout_s=0), database_url)
    with (
        psycopg.connect(database_url) as other,
        watched(database_url) as busy,
        serving(app) as base,
    ):
        other.execute("LOCK TABLE liptako.incident IN ACCESS EXCLUSIVE MODE")
        for _ in range(3):
            with pytest.raises(httpx.ReadTimeout):
                httpx.request(method, f"{base}{ITEMS}", timeout=0.5)
        wait_until(lambda: busy() == 0)
        wait_until(lambda: statuses(caplog) == [CLOSED] * 3)
        other.rollback()
        assert httpx.get(f"{base}{ITEMS}").status_code == 200
        pool = app.state.service.engine.pool
        assert pool.checkedout() == 0


def test_a_client_that_leaves_a_stream_frees_its_connection(database_url: str) -> None:
    def endless(request: Request) -> StreamingResponse:
        def pieces() -> Iterator[bytes]:
            with reading(service_of(request).engine) as connection:
                yield b"first"
                connection.execute(text("SELECT pg_sleep(600)"))

        return StreamingResponse(pieces())

    app = create_app(Settings(statement_timeout_s=0), database_url)
    app.router.routes.append(Route("/endless", endless))
    with watched(database_url) as busy, serving(app) as base:
        with httpx.stream("GET", f"{base}/endless") as response:
            # Held, for a reader that is dropped closes the connection.
            reader = response.iter_bytes()
            assert next(reader) == b"first"
            wait_until(lambda: busy() == 1)
        wait_until(lambda: busy() == 0)
        assert app.state.service.engine.pool.checkedout() == 0


def test_who_leaves_while_waiting_for_a_connection_keeps_none(database_url: str) -> None:
    app = create_app(Settings(pool_size=1, pool_wait_s=5), database_url)
    engine = app.state.service.engine
    with watched(database_url) as busy, serving(app) as base:
        with engine.connect(), engine.connect(), pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{base}{ITEMS}", timeout=0.3)
        wait_until(lambda: engine.pool.checkedout() == 0)
        wait_until(lambda: busy() == 0)
        assert httpx.get(f"{base}{ITEMS}").status_code == 200
