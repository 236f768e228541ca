"""Collections and their schemas, as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media, schemas, tables
from api.collections import collection
from api.html import page
from api.licences import names
from api.links import base_of
from api.media import HTML, JSON, SCHEMA, Form, form_asked
from api.params import parameters
from api.responses import answer, json_bytes
from api.service import service_of
from db.layers.catalogue import LAYERS, layer_named
from db.read import current_state, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from api.schemas import Schema
    from db.layers.layer import Layer


def collections(request: Request) -> Response:
    """All layers."""
    service = service_of(request)
    form = _form(request)
    base = base_of(request, service.settings)
    with reading(service.engine) as connection:
        state = current_state(connection)
        listed = [
            collection(service, connection, base, layer, state.version) for layer in LAYERS.values()
        ]
    html = [(media.PARAMETER, Form.HTML.value)]
    links = [
        base.link("self", "/collections", JSON, "Collections"),
        base.link("alternate", "/collections", HTML, "Collections as a page", html),
    ]
    if form is Form.HTML:
        text = page(service, base, "collections.html", {"collections": listed})
        return answer(request, text.encode(), HTML, links=links, modified=state.recorded_at)
    body = json_bytes({"links": links, "collections": listed})
    return answer(request, body, JSON, links=links, modified=state.recorded_at)


def one_collection(request: Request) -> Response:
    """One layer."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    form = _form(request)
    base = base_of(request, service.settings)
    with reading(service.engine) as connection:
        state = current_state(connection)
        found = collection(service, connection, base, layer, state.version)
        terms = service.terms.of(connection, layer, state.version)
        drawn, mapped = (None, 0)
        if form is Form.HTML:
            drawn, mapped = service.maps.of(connection, layer, state.version)
    links = found["links"]
    if form is Form.JSON:
        return answer(request, json_bytes(found), JSON, links=links, modified=state.recorded_at)
    values = tables.collection_values(base, layer, found) | {
        "terms": terms,
        "licences": names(terms),
        "map": drawn,
        "mapped": mapped,
    }
    text = page(service, base, "collection.html", values)
    return answer(request, text.encode(), HTML, links=links, modified=state.recorded_at)


def queryables(request: Request) -> Response:
    """What a layer may be asked for; QGIS is told in the form that it reads."""
    is_qgis = "QGIS" in request.headers.get("user-agent", "")
    make = schemas.queryables_of_qgis if is_qgis else schemas.queryables
    response = _schema(request, "queryables", make)
    response.headers["vary"] = f"{response.headers['vary']}, User-Agent"
    return response


def sortables(request: Request) -> Response:
    """What a layer may be sorted by."""
    return _schema(request, "sortables", schemas.sortables)


def schema(request: Request) -> Response:
    """The fields of a layer's features."""
    return _schema(request, "schema", schemas.layer_schema)


def feature_schema(request: Request) -> Response:
    """The form of a layer's GeoJSON features."""
    return _schema(request, "feature-schema", schemas.feature_schema)


def _schema(request: Request, name: str, make: Callable[[Layer, str], Schema]) -> Response:
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    form = _form(request)
    base = base_of(request, service.settings)
    made = make(layer, base.href(f"/collections/{layer.id}/{name}"))
    if form is Form.JSON:
        return answer(request, json_bytes(made), SCHEMA)
    values: dict[str, Any] = {"layer": layer, "schema": made, "name": name}
    return answer(request, page(service, base, "schema.html", values).encode(), HTML)


def _form(request: Request) -> Form:
    given = parameters(request.query_params.multi_items(), (media.PARAMETER,))
    return form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
