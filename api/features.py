"""One feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import feature_page, media
from api.errors import UnknownItem
from api.former_items import gone, history_link
from api.html import page_response
from api.links import Base, Link, base_of
from api.media import FEATURE, JSON, MEDIA_TYPES, TITLES, Form, features_form
from api.page_links import features_link_header, profile_link
from api.params import CRS, carried, knowledge_asked, system_asked
from api.recorded import Recorded, asked_with, recorded, shown_state, signed
from api.representations import jsonfg_about
from api.responses import Chunked, content_crs, is_known, not_modified, tag_of, validators
from api.service import service_of
from db.knowledge import CODED
from db.knowledge import PARAMETERS as PARAMETERS_KNOWN
from db.layers.catalogue import layer_named
from db.query import LayerQuery, sort_kinds
from db.read import batches
from db.transaction import reading
from gis.geojson import FeatureEncoder
from gis.jsonfg import JsonFgEncoder
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from db.knowledge import Knowledge
    from db.layers.layer import Layer
    from db.read import Row
    from gis.reference_systems import ReferenceSystem

GREATEST_KEY = 2**63 - 1
PARAMETERS = (media.PARAMETER, media.PROFILE, CRS)


def feature(request: Request) -> Response:
    """A feature by its key or by its lasting code."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    given = asked_with(request, (*PARAMETERS, *layer.knowledge))
    base = base_of(request, service.settings, carried(given))
    with reading(service.engine) as connection:
        state = recorded(service, connection, given, [layer])
        response = _answer(request, connection, base, layer, given, state)
    return signed(response, request, base, given, state, service.settings.former_max_age_s)


def _answer(
    request: Request,
    connection: Connection,
    base: Base,
    layer: Layer,
    given: Mapping[str, str],
    state: Recorded,
) -> Response:
    service = service_of(request)
    knowledge = knowledge_asked(given)
    form, media_type = features_form(given, request.headers.get("accept"), FEATURE)
    system = system_asked(layer, given, CRS)
    if form is Form.HTML:  # the map of a page is drawn from longitudes and latitudes
        system = CRS84
    name = request.path_params["feature"]
    try:
        row = read_row(connection, layer, name, system, state.version, knowledge)
    except UnknownItem as fault:
        if state.version is not None:  # of the past it is told what was there, and no more
            raise
        raise gone(connection, base, layer, name, item_named(name), state.now.version) from fault
    path = request.url.path
    tag = tag_of(service.edition, state.identity, base.url, path, given, form, media_type)
    headers = validators(tag, state.modified) | content_crs(system)
    if is_known(request, tag, state.modified):
        return not_modified(headers)
    links = feature_links(base, layer, key_of(layer, row), form, media_type, given)
    headers["Link"] = features_link_header(links, in_body=True)
    if form is Form.HTML:
        values = feature_page.values(connection, base, layer, row, links, state.version, knowledge)
        values["state"] = shown_state(request, base, given, state)
        return page_response(service, base, "feature.html", values, headers)
    if form is Form.JSONFG:
        encoder = JsonFgEncoder(layer.fields, layer.fields, _lead(layer), system)
        body = encoder.feature(row, jsonfg_about(base, layer, system), links=links)
    else:
        body = FeatureEncoder(layer.fields, _lead(layer)).feature(row, links=links)
    return Chunked([body], media_type, headers)


def read_row(
    connection: Connection,
    layer: Layer,
    name: str,
    system: ReferenceSystem = CRS84,
    version: int | None = None,
    knowledge: Knowledge = CODED,
) -> Row:
    """The row of a feature, as it is or as it was at a version.

    Raises
    ------
    UnknownItem
        The layer has no such feature, shows it no longer, or did not show it then.
    """
    query = LayerQuery(item=item_named(name), version=version, knowledge=knowledge, limit=1)
    for rows in batches(connection, layer, query, system=system):
        return rows[0]
    raise UnknownItem(layer.id, name)


def item_named(name: str) -> int | str:
    """A key where the text is a number that can be one, else a code.

    Examples
    --------
    >>> item_named("17"), item_named("ucdp-ged-17")
    (17, 'ucdp-ged-17')
    """
    if name.isascii() and name.isdigit() and len(name) < 20 and int(name) <= GREATEST_KEY:
        return int(name)
    # No code holds a NUL character, and no text of the database can.
    return name.replace("\0", "\N{SYMBOL FOR NULL}")


def key_of(layer: Layer, row: Row) -> int:
    """The key in a row of :func:`db.query.statement`."""
    return int(row[_lead(layer)])


def _lead(layer: Layer) -> int:
    return len(sort_kinds(layer, LayerQuery()))


def feature_links(
    base: Base,
    layer: Layer,
    key: int,
    form: Form,
    media_type: str,
    given: Mapping[str, str],
) -> list[Link]:
    """The links of a feature; those to itself keep the system and knowledge that were asked for."""
    path = f"/collections/{layer.id}/items/{key}"
    links = [base.link("self", path, media_type, "This feature", given.items())]
    for other in FEATURE:
        if other is not form:
            asked = [(kept, given[kept]) for kept in (CRS, *PARAMETERS_KNOWN) if kept in given]
            title = f"This feature as {TITLES[other]}"
            asked.append((media.PARAMETER, other.value))
            links.append(base.link("alternate", path, MEDIA_TYPES[other], title, asked))
    if form is Form.JSONFG:
        links.append(profile_link())
    links.append(base.link("collection", f"/collections/{layer.id}", JSON, layer.title))
    return links + history_link(base, layer, key)
