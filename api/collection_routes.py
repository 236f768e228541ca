"""Collections and their schemas, as answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media, schemas, tables
from api.collections import collection
from api.html import page
from api.licences import names
from api.links import base_of
from api.media import HTML, JSON, SCHEMA, Form, form_asked
from api.params import carried
from api.recorded import asked_with, recorded, shown_state, signed
from api.responses import answer, json_bytes
from api.service import service_of
from db.layers.catalogue import LAYERS, layer_named
from db.transaction import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from api.schemas import Schema
    from db.layers.layer import Layer


def collections(request: Request) -> Response:
    """All layers."""
    service = service_of(request)
    form, given = _asked(request)
    base = base_of(request, service.settings, carried(given))
    with reading(service.engine) as connection:
        state = recorded(service, connection, given, LAYERS.values())
        listed = [
            collection(service, connection, base, layer, state.now.version, state.version)
            for layer in LAYERS.values()
        ]
    html = [(media.PARAMETER, Form.HTML.value)]
    links = [
        base.link("self", "/collections", JSON, "Collections"),
        base.link("alternate", "/collections", HTML, "Collections as a page", html),
    ]
    if form is Form.HTML:
        values = {"collections": listed, "state": shown_state(request, base, given, state)}
        text = page(service, base, "collections.html", values)
        response = answer(request, text.encode(), HTML, links=links, modified=state.modified)
    else:
        body = json_bytes({"links": links, "collections": listed})
        response = answer(request, body, JSON, links=links, modified=state.modified)
    return signed(response, request, base, given, state, service.settings.former_max_age_s)


def one_collection(request: Request) -> Response:
    """One layer."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    form, given = _asked(request)
    base = base_of(request, service.settings, carried(given))
    with reading(service.engine) as connection:
        state = recorded(service, connection, given, [layer])
        now, version = state.now.version, state.version
        found = collection(service, connection, base, layer, now, version)
        terms = service.terms.of(connection, layer, now, version)
        drawn, mapped = (None, 0)
        if form is Form.HTML:
            drawn, mapped = service.maps.of(connection, layer, now, version)
    body, media_type = json_bytes(found), JSON
    if form is Form.HTML:
        values = tables.collection_values(base, layer, found) | {
            "terms": terms,
            "licences": names(terms),
            "map": drawn,
            "mapped": mapped,
            "state": shown_state(request, base, given, state),
        }
        body, media_type = page(service, base, "collection.html", values).encode(), HTML
    response = answer(request, body, media_type, links=found["links"], modified=state.modified)
    return signed(response, request, base, given, state, service.settings.former_max_age_s)


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
    form, given = _asked(request)
    base = base_of(request, service.settings, carried(given))
    made = make(layer, base.plain.href(f"/collections/{layer.id}/{name}"))
    if form is Form.JSON:
        return answer(request, json_bytes(made), SCHEMA)
    values: dict[str, Any] = {"layer": layer, "schema": made, "name": name}
    return answer(request, page(service, base, "schema.html", values).encode(), HTML)


def _asked(request: Request) -> tuple[Form, dict[str, str]]:
    given = asked_with(request, (media.PARAMETER,))
    return form_asked(given.get(media.PARAMETER), request.headers.get("accept")), given
