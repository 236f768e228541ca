"""The pages of a layer's features: query string -> one page -> bytes.

The answer depends on the state of the data and on the request alone, so it has no ``timeStamp``:
the same request gives the same bytes until somebody writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from api import media, tables
from api.html import page_response
from api.links import Base, Link, base_of, link_header
from api.media import HTML, JSON, Form, form_asked
from api.paging import Page, read_page
from api.params import (
    CRS,
    OFFSET,
    RESERVED,
    continued,
    layer_query,
    parameters,
    queryable_names,
    system_asked,
    walk_of,
)
from api.responses import Chunked, content_crs, is_known, not_modified, tag_of, validators
from api.service import Service, service_of
from db import cursor
from db.layers.catalogue import layer_named
from db.query import selected_fields, sort_kinds
from db.read import current_state, reading
from gis.geojson import MEDIA_TYPE as GEOJSON
from gis.geojson import FeatureEncoder
from gis.geojson import collection as feature_collection
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from db.cursor import Cursor
    from db.layers.layer import Layer
    from db.query import LayerQuery
    from db.read import Row
    from gis.reference_systems import ReferenceSystem

MOST_TABLE_ROWS = 100
"""Most rows of a table for people."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an items request asks: of which layer, in which form and system, from where on.

    A table shows no coordinates, and is of CRS84 whatever is asked.
    """

    base: Base
    layer: Layer
    given: Mapping[str, str]
    form: Form
    system: ReferenceSystem
    query: LayerQuery
    walk: Cursor | None


def items(request: Request) -> Response:
    """A page of a layer's features."""
    service = service_of(request)
    asked = _asked(request, service)
    with reading(service.engine) as connection:
        state = current_state(connection)
        tag = tag_of(service.release, state, asked.base.url, str(request.url.query), asked.form)
        headers = validators(tag, state.recorded_at) | content_crs(asked.system)
        if is_known(request, tag):
            return not_modified(headers)
        if asked.form is Form.HTML:
            return _table(service, connection, asked, state.version, headers)
        return _geojson(service, connection, asked, state.version, headers)


def _asked(request: Request, service: Service) -> Asked:
    layer = layer_named(request.path_params["collection"])
    allowed = (*RESERVED, *queryable_names(layer))
    given = parameters(request.query_params.multi_items(), allowed)
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    system = system_asked(layer, given, CRS)
    if form is Form.HTML:
        system = CRS84
    query = layer_query(layer, given, service.settings)
    walk = walk_of(layer, query, given)
    if walk is not None:
        query = continued(query, walk)
    return Asked(base_of(request, service.settings), layer, given, form, system, query, walk)


def _geojson(
    service: Service, connection: Connection, asked: Asked, now: int, headers: dict[str, str]
) -> Response:
    layer, query = asked.layer, asked.query
    encoder = FeatureEncoder(selected_fields(layer, query), len(sort_kinds(layer, query)))
    page = read_page(
        connection,
        service.counts,
        service.exemplars,
        layer,
        query,
        asked.walk,
        now,
        encoder.members,
        system=asked.system,
    )
    links = page_links(asked, page)
    tail = msgspec.json.encode(
        {"numberMatched": page.matched, "numberReturned": page.returned, "links": links}
    )
    chunks = list(feature_collection(page.parts, lambda: tail[1:-1]))
    return Chunked(chunks, GEOJSON, {**headers, "Link": link_header(links)})


def _table(
    service: Service, connection: Connection, asked: Asked, now: int, headers: dict[str, str]
) -> Response:
    limit = min(asked.query.limit or MOST_TABLE_ROWS, MOST_TABLE_ROWS)
    query = replace(asked.query, limit=limit)
    page = read_page(
        connection, service.counts, service.exemplars, asked.layer, query, asked.walk, now, _rows
    )
    links = page_links(asked, page)
    values = tables.items_table(asked.base, asked.layer, query, page, links)
    return page_response(service, asked.base, "items.html", values, headers, links)


def _rows(rows: Sequence[Row]) -> list[Row]:
    return list(rows)


def page_links(asked: Asked, page: Page[Any]) -> list[Link]:
    """The links of a page; no ``next`` on the last, for QGIS follows whatever there is."""
    base, path = asked.base, f"/collections/{asked.layer.id}/items"
    plain = [(name, text) for name, text in asked.given.items() if name != media.PARAMETER]
    html = [*plain, (media.PARAMETER, Form.HTML.value)]
    json = [*plain, (media.PARAMETER, Form.JSON.value)]
    is_html = asked.form is Form.HTML
    links = [
        base.link("self", path, HTML if is_html else GEOJSON, "This page", asked.given.items()),
        base.link("alternate", path, GEOJSON, "This page as GeoJSON", json)
        if is_html
        else base.link("alternate", path, HTML, "This page as a table", html),
        base.link("collection", f"/collections/{asked.layer.id}", JSON, asked.layer.title),
    ]
    if page.cursor is not None:
        links.append(_next(asked, path, page.cursor))
    return links


def _next(asked: Asked, path: str, text: str) -> Link:
    passed_over = (OFFSET, cursor.PARAMETER)
    kept = [(name, given) for name, given in asked.given.items() if name not in passed_over]
    media_type = HTML if asked.form is Form.HTML else GEOJSON
    return asked.base.link("next", path, media_type, "Next page", [*kept, (cursor.PARAMETER, text)])
