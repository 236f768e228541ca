"""The application on a real port: what tests and clients see is what goes over the wire."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE_S = 20.0


class Recorder:
    """An application, and the requests that came to it.

    Attributes
    ----------
    address : str
        Where it is served, without a last slash.
    requests : list of str
        Method, path and query of each request, in the order of their coming.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.address = ""
        self.requests: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write a request down, and pass it on."""
        if scope["type"] == "http":
            query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
            self.requests.append(f"{scope['method']} {scope['path']}{query}")
        await self._app(scope, receive, send)

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        """Collect the requests that come within."""
        start, found = len(self.requests), list[str]()
        yield found
        found += self.requests[start:]


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application; gives its address, without a last slash."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="critical", ws="none", lifespan="on", proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        _wait_for(server, thread)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _wait_for(server: uvicorn.Server, thread: Thread) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not server.started:
        assert thread.is_alive(), "the server ended while it started"
        assert time.monotonic() < give_up, "the server did not start"
        time.sleep(0.005)
