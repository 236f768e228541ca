"""The functions that a filter may call beyond those of the standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media
from api.html import page
from api.links import base_of
from api.media import HTML, JSON, Form, form_asked
from api.params import CARRIED, carried, parameters
from api.responses import answer, json_bytes
from api.service import service_of
from db.cql2.functions import FUNCTIONS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from db.cql2.function import Function

PATH = "/functions"


def functions(request: Request) -> Response:
    """The list after OGC API - Features Part 3, 7.5."""
    service = service_of(request)
    given = parameters(request.query_params.multi_items(), (media.PARAMETER, *CARRIED))
    base = base_of(request, service.settings, carried(given))
    html = [(media.PARAMETER, Form.HTML.value)]
    links = [
        base.link("self", PATH, JSON, "Functions for filters"),
        base.link("alternate", PATH, HTML, "Functions for filters as a page", html),
    ]
    if form_asked(given.get(media.PARAMETER), request.headers.get("accept")) is Form.HTML:
        values = {"functions": list(FUNCTIONS.values())}
        text = page(service, base, "functions.html", values)
        return answer(request, text.encode(), HTML, links=links)
    body = {"links": links, "functions": [_described(each) for each in FUNCTIONS.values()]}
    return answer(request, json_bytes(body), JSON, links=links)


def _described(function: Function) -> dict[str, Any]:
    return {
        "name": function.name,
        "description": function.meaning,
        "arguments": [
            {"title": each.name, "description": each.meaning, "type": list(each.types)}
            for each in function.arguments
        ],
        "returns": [function.returns],
        "examples": list(function.examples),
    }
