"""Two states of a layer compared: what was added, changed and retracted between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api import media
from api.differences import MOST_ROWS, DifferenceEncoder, differences_table, state_members
from api.html import page_response
from api.links import base_of, link_header
from api.media import HTML, JSON, Form, form_asked
from api.params import parameters
from api.responses import Chunked, is_known, not_modified, tag_of, validators
from api.selections import allowed, selection
from api.service import service_of
from db import cursor
from db.asof import state_as_of, state_of
from db.errors import InvalidQuery
from db.feed import Token, installment, read_token
from db.layers.catalogue import layer_named
from db.transaction import current_state, reading
from gis.geojson import MEDIA_TYPE as GEOJSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base, Link
    from db.feed import Installment
    from db.layers.layer import Layer
    from db.query import LayerQuery

FROM, TO = "from", "to"


def comparison(request: Request) -> Response:
    """A page of what differs between two states."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    own = (FROM, TO, cursor.PARAMETER)
    given = parameters(request.query_params.multi_items(), allowed(layer, *own))
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    query = selection(layer, given, service.settings)
    limit = query.limit or service.settings.default_limit
    if form is Form.HTML:
        limit = min(limit, MOST_ROWS)
    base = base_of(request, service.settings)
    with reading(service.engine) as connection:
        state = current_state(connection)
        token = _token(connection, layer, query, given, state.version)
        tag = tag_of(service.edition, state, token, base.url, layer.id, given, form)
        headers = validators(tag, state.recorded_at)
        if is_known(request, tag, state.recorded_at):
            return not_modified(headers)
        part = installment(connection, layer, query, token, state.version, limit)
        since = state_of(connection, part.span.since)
        until = state_of(connection, part.span.until)
    links = _links(base, layer, given, form, part)
    headers["Link"] = link_header(links)
    found = part.page.differences
    if form is Form.HTML:
        values = differences_table(base, layer, found, since, until, links)
        return page_response(service, base, "differences.html", values, headers)
    encoder = DifferenceEncoder(base, layer)
    members = {
        "from": state_members(since),
        "to": state_members(until),
        "numberReturned": len(found),
        "links": links,
    }
    features = b",".join(encoder.feature(each) for each in found)
    tail = msgspec.json.encode(members)[1:]
    body = b'{"type":"FeatureCollection","features":[' + features + b"]," + tail
    return Chunked([body], GEOJSON, headers)


def _token(
    connection: Connection, layer: Layer, query: LayerQuery, given: Mapping[str, str], now: int
) -> Token:
    """Where the page begins: between which states, and behind which feature."""
    if FROM not in given:
        raise InvalidQuery(FROM, "", "it names the earlier state: a date, a moment or a snapshot")
    if cursor.PARAMETER in given:
        return read_token(
            connection, layer, query, given[cursor.PARAMETER], parameter=cursor.PARAMETER
        )
    since = state_as_of(connection, given[FROM], FROM).version
    until = state_as_of(connection, given[TO], TO).version if TO in given else now
    if until < since:
        raise InvalidQuery(TO, given.get(TO, ""), f"it is not before {FROM!r}")
    return Token(since, until)


def _links(
    base: Base, layer: Layer, given: Mapping[str, str], form: Form, part: Installment
) -> list[Link]:
    path = f"/collections/{layer.id}/diff"
    own, other, title = (
        (GEOJSON, HTML, "This page for people") if form is Form.JSON else (HTML, GEOJSON, "GeoJSON")
    )
    asked = [(name, text) for name, text in given.items() if name != media.PARAMETER]
    other_form = Form.HTML if form is Form.JSON else Form.JSON
    links = [
        base.link("self", path, own, "This page", given.items()),
        base.link("alternate", path, other, title, [*asked, (media.PARAMETER, other_form.value)]),
        base.link("collection", f"/collections/{layer.id}", JSON, layer.title),
    ]
    if not part.is_last:
        kept = [(name, text) for name, text in given.items() if name != cursor.PARAMETER]
        following = [*kept, (cursor.PARAMETER, part.token)]
        links.append(base.link("next", path, own, "Next page", following))
    return links
