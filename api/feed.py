"""The feed of a layer: what to change in a copy of it since it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media
from api.differences import (
    MOST_ROWS,
    DifferenceEncoder,
    differences_table,
    state_members,
)
from api.html import page_response
from api.links import base_of, link_header
from api.media import HTML, JSON, Form, form_asked
from api.params import LIMIT, parameters
from api.responses import Chunked, is_known, json_bytes, not_modified, tag_of, validators
from api.selections import NOT_SELECTING, allowed, may_follow, selection
from api.service import service_of
from db import feed
from db.asof import state_of
from db.feed import Token, installment, read_token, token_at
from db.layers.catalogue import layer_named
from db.transaction import current_state, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base, Link
    from db.feed import Installment
    from db.layers.layer import Layer
    from db.query import LayerQuery

SINCE = feed.PARAMETER
RELATION = "changes"
"""Relation of the link from features to what is changed in them later."""
HEADER = "Liptako-Since"
"""Header of features with the token of their state: a link may be too long for a header."""


def changes(request: Request) -> Response:
    """A page of the feed."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    given = parameters(request.query_params.multi_items(), allowed(layer, SINCE))
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    query = selection(layer, given, service.settings)
    limit = query.limit or service.settings.default_limit
    if form is Form.HTML:
        limit = min(limit, MOST_ROWS)
    base = base_of(request, service.settings)
    with reading(service.engine) as connection:
        state = current_state(connection)
        tag = tag_of(service.edition, state, base.url, layer.id, given, form)
        headers = validators(tag, state.recorded_at)
        if is_known(request, tag, state.recorded_at):
            return not_modified(headers)
        text = given.get(SINCE)
        token = Token(0) if text is None else read_token(connection, layer, query, text)
        part = installment(connection, layer, query, token, state.version, limit)
        since = state_of(connection, part.span.since)
        until = state_of(connection, part.span.until)
    links = _links(base, layer, given, form, part)
    headers["Link"] = link_header(links)
    if form is Form.HTML:
        values = differences_table(base, layer, part.page.differences, since, until, links)
        return page_response(service, base, "differences.html", values, headers)
    encoder = DifferenceEncoder(base, layer)
    document: dict[str, Any] = {
        "collection": layer.id,
        "since": state_members(since),
        "until": state_members(until),
        "changes": [encoder.entry(each) for each in part.page.differences],
        "numberReturned": len(part.page.differences),
        "token": part.token,
        "complete": part.is_last,
        "links": links,
    }
    return Chunked([json_bytes(document)], JSON, headers)


def onwards(
    connection: Connection,
    base: Base,
    layer: Layer,
    query: LayerQuery,
    given: Mapping[str, str],
    version: int,
) -> tuple[list[Link], dict[str, str]]:
    """The link from features to what is changed in them later, and the header with its token.

    Nothing where no feed tells of them: of a run, which does not change.
    """
    if not may_follow(layer, given):
        return [], {}
    token = token_at(connection, layer, query, version)
    asked = [*_selecting(given), (SINCE, token)]
    link = base.plain.link(RELATION, _path(layer), JSON, "What is changed from here on", asked)
    return [link], {HEADER: token}


def _links(
    base: Base, layer: Layer, given: Mapping[str, str], form: Form, part: Installment
) -> list[Link]:
    path = _path(layer)
    own, other, title = (
        (JSON, HTML, "This page for people") if form is Form.JSON else (HTML, JSON, "JSON")
    )
    asked = [(name, text) for name, text in given.items() if name != media.PARAMETER]
    other_form = Form.HTML if form is Form.JSON else Form.JSON
    links = [
        base.link("self", path, own, "This page", given.items()),
        base.link("alternate", path, other, title, [*asked, (media.PARAMETER, other_form.value)]),
        base.link("collection", f"/collections/{layer.id}", JSON, layer.title),
    ]
    kept = [(name, given[name]) for name in (LIMIT, media.PARAMETER) if name in given]
    following = [*_selecting(given), (SINCE, part.token), *kept]
    if part.is_last:
        return [*links, base.link(RELATION, path, own, "What is changed later", following)]
    return [*links, base.link("next", path, own, "Next page", following)]


def _selecting(given: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The parameters that select features."""
    return [(name, text) for name, text in given.items() if name not in (SINCE, *NOT_SELECTING)]


def _path(layer: Layer) -> str:
    return f"/collections/{layer.id}/changes"
