"""Errors as answers: a problem document, or a page for who prefers one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.errors import MEDIA_TYPE, headers_of, problem
from api.headers import ALLOW, always
from api.html import page
from api.links import base_of
from api.media import HTML, PARAMETER, prefers_html
from api.responses import json_bytes
from api.service import service_of

if TYPE_CHECKING:
    from starlette.requests import Request

LOG = logging.getLogger("liptako.api")


async def answer_error(request: Request, fault: Exception) -> Response:
    """Answer with the status of an error; what is not the client's fault goes to the log."""
    members = problem(fault)
    if members["status"] >= 500:
        LOG.error("%s %s: %s", request.method, request.url.path, fault, exc_info=fault)
    service = service_of(request)
    # A fault that nobody foresaw is answered outside of everything that adds headers.
    headers = {**always(service.settings.allow_origin), **headers_of(fault)}
    headers |= {"Cache-Control": "no-store", "Vary": "Accept"}
    if members["status"] == 405:
        headers["Allow"] = ALLOW
    if prefers_html(request.query_params.get(PARAMETER), request.headers.get("accept")):
        base = base_of(request, service.settings)
        text = page(service, base, "error.html", {"problem": members})
        return Response(text, members["status"], headers, HTML)
    return Response(json_bytes(members), members["status"], headers, MEDIA_TYPE)
