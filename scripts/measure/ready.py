"""The least that a server can do: send the text of features that lies ready.

It reads ``bench.ready`` and knows neither links nor counts, neither validators nor any parameter
but those that are measured. What it takes is what HTTP and PostgreSQL take; it stands beside the
servers as a measure for them. Run it with ``python -m scripts.measure.ready URL PORT``.
"""

from __future__ import annotations

import sys
from asyncio import LifoQueue
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from db.engine import SESSION
from scripts.measure.plain import READY, SCHEMA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

CONNECTIONS = 10
CHUNK = 2**17
TABLE = f"{SCHEMA}.{READY}"
ALL = f"COPY (SELECT feature FROM {TABLE} ORDER BY id) TO STDOUT (FORMAT csv, QUOTE '\x01')"
_BOX = (
    "geom && ST_MakeEnvelope({0}, {1}, {2}, {3}, 4326)"
    " AND ST_X(geom) BETWEEN {0} AND {2} AND ST_Y(geom) BETWEEN {1} AND {3}"
)


class Pool:
    """A few connections that are lent out."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: LifoQueue[psycopg.AsyncConnection] = LifoQueue()

    async def open(self) -> None:
        """Connect."""
        options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
        for _ in range(CONNECTIONS):
            opened = await psycopg.AsyncConnection.connect(
                self._url, options=options, autocommit=True
            )
            self._free.put_nowait(opened)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """A connection for as long as it is needed."""
        lent = await self._free.get()
        try:
            yield lent
        finally:
            self._free.put_nowait(lent)


async def items(request: Request) -> Response:
    """A page, of what meets ``bbox`` and ``datetime`` and lies ``after`` a key."""
    given = request.query_params
    where, values = ["id > %s"], [int(given.get("after", 0))]
    written = " AND ".join([*where, *_conditions(given.get("bbox"), given.get("datetime"))])
    text = f"SELECT feature FROM {TABLE} WHERE {written} ORDER BY id LIMIT %s"
    values.append(int(given["limit"]))
    async with request.app.state.pool.one() as connection:
        found = await (await connection.execute(text.encode(), values, binary=True)).fetchall()
    features = ",".join([row[0] for row in found])
    body = f'{{"type":"FeatureCollection","features":[{features}]}}'
    return Response(body, media_type="application/geo+json")


def _conditions(bbox: str | None, interval: str | None) -> list[str]:
    found = []
    if bbox is not None:
        found.append(_BOX.format(*map(float, bbox.split(","))))
    if interval is not None:
        first, last = (moment.replace("'", "") for moment in interval.split("/"))
        found.append(f"event_start BETWEEN '{first}' AND '{last}'")
    return found


async def item(request: Request) -> Response:
    """One feature."""
    text = f"SELECT feature FROM {TABLE} WHERE id = %s"
    async with request.app.state.pool.one() as connection:
        found = await connection.execute(
            text.encode(), [request.path_params["feature"]], binary=True
        )
        row = await found.fetchone()
    return Response(row[0] if row else "", media_type="application/geo+json")


async def everything(request: Request) -> Response:
    """All features, a line each."""

    async def lines() -> AsyncIterator[bytes]:
        held = bytearray()
        async with request.app.state.pool.one() as connection:
            async with connection.cursor().copy(ALL.encode()) as copy:
                async for line in copy:
                    held += line
                    if len(held) >= CHUNK:
                        yield bytes(held)
                        held.clear()
        yield bytes(held)

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def application(url: str) -> Starlette:
    """The server of a database."""
    pool = Pool(url)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await pool.open()
        app.state.pool = pool
        yield

    routes = [
        Route("/items", items),
        Route("/items/{feature:int}", item),
        Route("/all", everything),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1]), port=int(sys.argv[2]), access_log=False)
