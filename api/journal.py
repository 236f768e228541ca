"""What is kept of every request: its number, a line in the log, and what is counted of it.

A request has the number that it came with (``X-Request-ID``), or one of ours; the answer carries
it, problem documents name it, and every line of the log that is written meanwhile has it.
"""

from __future__ import annotations

import logging
import re
import time
from contextvars import ContextVar
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ACCESS = logging.getLogger("liptako.access")
HEADER = "X-Request-ID"

CLOSED = 499
"""Status in the log of a request whose client went away before there was an answer, as nginx."""

_NUMBER = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_SECRET = re.compile(
    r"(?i)((?:^|&)(?:[^=&]*(?:token|secret|passw|api_?key|auth|signature|session)[^=&]*|key|sig)=)"
    r"[^&]*"
)


@dataclass(slots=True)
class Exchange:
    """A request and what became of it, as far as it is known.

    Parameters
    ----------
    request_id, method, path, query, client, user_agent : str
        Of the request; the values of secrets are left out of the query.
    route : str
        Template of its path; empty where there is no such resource.
    fault : str
        Class of an error that is not the client's; empty without one.
    status : int
        0 before there is an answer.
    size : int
        Bytes of the body that went out.
    is_complete : bool
        Whether the answer went out to its end.
    began, first_byte, ended : float
        Seconds of a clock that only goes on; 0 before.
    """

    request_id: str
    method: str
    path: str
    query: str
    client: str
    user_agent: str
    route: str = ""
    fault: str = ""
    status: int = 0
    size: int = 0
    is_complete: bool = False
    began: float = 0.0
    first_byte: float = 0.0
    ended: float = 0.0


EXCHANGE: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The request that the current thread or task works for."""


class Resource(Route):
    """A route whose requests are kept under the template of its path."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the request."""
        exchange = EXCHANGE.get()
        if exchange is not None:
            exchange.route = self.path
        await super().handle(scope, receive, send)


class Observer(Protocol):
    """Who is told of every request."""

    def begun(self, exchange: Exchange) -> None:
        """Before anything is done for it."""

    def ended(self, exchange: Exchange) -> None:
        """When the answer is out, or will never be."""


class AccessLog:
    """Writes a line for every request; its members are those of an :class:`Exchange`."""

    def begun(self, exchange: Exchange) -> None:
        """Nothing is known yet."""

    def ended(self, exchange: Exchange) -> None:
        """Write the line."""
        if ACCESS.isEnabledFor(logging.INFO):
            ACCESS.info("%s", exchange.path, extra={"exchange": exchange})


class Journal:
    """Wraps the application.

    Parameters
    ----------
    app : ASGI application
    observers : sequence of Observer
    """

    def __init__(self, app: ASGIApp, *, observers: Sequence[Observer]) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request, and keep what is known of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _exchange(scope)
        EXCHANGE.set(exchange)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = exchange.request_id
                exchange.status = message["status"]
            await send(message)
            if message["type"] == "http.response.body":
                exchange.first_byte = exchange.first_byte or time.perf_counter()
                exchange.size += len(message.get("body", b""))
                exchange.is_complete = not message.get("more_body", False)

        for observer in self._observers:
            observer.begun(exchange)
        try:
            await self._app(scope, receive, told)
        finally:
            exchange.status = exchange.status or CLOSED
            exchange.ended = time.perf_counter()
            for observer in self._observers:
                observer.ended(exchange)


def _exchange(scope: Scope) -> Exchange:
    headers = Headers(scope=scope)
    given = headers.get(HEADER, "")
    client = scope.get("client")
    return Exchange(
        request_id=given if _NUMBER.fullmatch(given) else token_hex(8),
        method=scope["method"],
        path=scope["path"],
        query=without_secrets(scope.get("query_string", b"").decode("latin-1")),
        client=client[0] if client else "",
        user_agent=headers.get("user-agent", ""),
        began=time.perf_counter(),
    )


def without_secrets(query: str) -> str:
    """A query string without the values of what looks like a secret.

    Examples
    --------
    >>> without_secrets("limit=3&access_token=abc&key=x")
    'limit=3&access_token=***&key=***'
    """
    return _SECRET.sub(r"\1***", query)
