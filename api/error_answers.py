"""Errors as answers: a problem document, or a page for who prefers one.

The answer names the number of the request, under which the log tells what the answer does not.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from api.errors import MEDIA_TYPE, headers_of, problem
from api.headers import allowed, always
from api.html import page
from api.journal import EXCHANGE
from api.links import base_of
from api.media import HTML, PARAMETER, prefers_html
from api.responses import json_bytes
from api.service import service_of
from db.errors import CalledOff

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("liptako.api")


async def answer_error(request: Request, fault: Exception) -> Response:
    """Answer with the status of an error; what is not the client's fault goes to the log."""
    members = problem(fault)
    exchange = EXCHANGE.get()
    if exchange is not None:
        members["request_id"] = exchange.request_id
    if members["status"] >= 500:
        if exchange is not None:
            exchange.fault = type(fault).__name__
        if not isinstance(fault, CalledOff):
            # Where it came from is of interest only where nobody foresaw it; a database that is
            # away would otherwise fill the log with the same lines.
            traceback = fault if members["status"] == 500 else None
            LOG.error("%s %s: %s", request.method, request.url.path, fault, exc_info=traceback)
    service = service_of(request)
    # A fault that nobody foresaw is answered outside of everything that adds headers.
    headers = {**always(service.settings.allow_origin), **headers_of(fault)}
    headers |= {"Cache-Control": "no-store", "Vary": "Accept"}
    if members["status"] == 405:
        headers["Allow"] = allowed(request.scope)
    if prefers_html(request.query_params.get(PARAMETER), request.headers.get("accept")):
        base = base_of(request, service.settings)
        text = page(service, base, "error.html", {"problem": members})
        return Response(text, members["status"], headers, HTML)
    return Response(json_bytes(members), members["status"], headers, MEDIA_TYPE)


class Faults:
    """Wraps the application, inside of all that adds headers: whatever it raises has an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request, and answer for the application where it fails."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_begun = False

        async def watched(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as fault:
            # Half an answer cannot be taken back: the server cuts the connection, which tells it.
            if is_begun:
                raise
            response = await answer_error(Request(scope), fault)
            await response(scope, receive, send)
