"""Landing page, conformance declaration, description of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media
from api.collections import tile_links
from api.html import page
from api.links import base_of
from api.media import HTML, JSON, OPENAPI, Form, form_asked
from api.methods import RELATIONS
from api.openapi import document
from api.params import ASOF, CARRIED, carried, parameters
from api.qgis import PATH as PROJECT
from api.recorded import asked_with, recorded, shown_state, signed
from api.responses import answer, json_bytes
from api.service import service_of
from api.tilesets import TILING_SCHEMES
from db.layers.catalogue import LAYERS
from db.transaction import reading
from gis.jsonfg import CONFORMANCE as JSONFG_CONFORMANCE
from gis.qgis.project import MEDIA_TYPE as QGZ

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base, Link
    from api.settings import Settings

_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_PROCESSES = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
CONFORMANCE = (
    *(f"{_FEATURES}1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}2/1.0/conf/crs",
    *(
        f"{_FEATURES}3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            # The draft's name of the same, which QGIS 3.32 to 3.44 asks for.
            "basic-spatial-operators",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "array-functions",
            "property-property",
            "functions",
            "arithmetic",
        )
    ),
    *(
        f"{_FEATURES}5/1.0/conf/{name}"
        for name in (
            "schemas",
            "core-roles-features",
            "returnables-and-receivables",
            "queryables",
            "sortables",
        )
    ),
    *(
        f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
        for name in (
            "core",
            "tileset",
            "tilesets-list",
            "geodata-tilesets",
            "dataset-tilesets",
            "collections-selection",
            "datetime",
            "mvt",
            "oas30",
        )
    ),
    *(
        f"http://www.opengis.net/spec/tms/2.0/conf/{name}"
        for name in (
            "tilematrixset",
            "tilesetmetadata",
            "tilematrixsetlimits",
            "json-tilematrixset",
            "json-tilesetmetadata",
            "json-tilematrixsetlimits",
        )
    ),
    *JSONFG_CONFORMANCE,
    *(
        f"{_PROCESSES}{name}"
        for name in (
            "core",
            "ogc-process-description",
            "json",
            "html",
            "oas30",
            "job-list",
            "dismiss",
        )
    ),
)
"""The conformance classes that are truly there: QGIS relies on each."""

FUNCTIONS = "http://www.opengis.net/def/rel/ogc/1.0/functions"

_AS_HTML = ((media.PARAMETER, Form.HTML.value),)


def landing(request: Request) -> Response:
    """The way in; with ``asof``, to everything as it was recorded by then."""
    service = service_of(request)
    given = asked_with(request, (media.PARAMETER,))
    base = base_of(request, service.settings, carried(given))
    links = landing_links(base, service.settings)
    values: dict[str, Any] = {"layers": list(LAYERS.values())}
    state = None
    if ASOF in given:  # the page of the present needs no database
        with reading(service.engine) as connection:
            state = recorded(service, connection, given)
        values["state"] = shown_state(request, base, given, state)
    if _form(given, request) is Form.HTML:
        text = page(service, base, "landing.html", values)
        response = answer(request, text.encode(), HTML, links=links)
    else:
        body: dict[str, Any] = {
            "title": service.settings.title,
            "description": service.settings.description,
            "attribution": service.settings.attribution,
            "links": links,
        }
        response = answer(request, json_bytes(body), JSON, links=links)
    if state is None:
        return response
    return signed(response, request, base, given, state, service.settings.former_max_age_s)


def landing_links(base: Base, settings: Settings) -> list[Link]:
    """The links of the landing page; QGIS needs ``service-desc`` and ``data``."""
    title = settings.title
    plain = base.plain
    processes = [
        plain.link(f"{RELATIONS}processes", "/processes", JSON, "Processes"),
        plain.link(f"{RELATIONS}job-list", "/jobs", JSON, "Jobs"),
    ]
    return [
        base.link("self", "/", JSON, title),
        base.link("alternate", "/", HTML, f"{title} as a page", _AS_HTML),
        base.link("service-desc", "/api", OPENAPI, "Description of the API (OpenAPI 3.0)"),
        base.link("service-doc", "/api.html", HTML, "The API, for people"),
        base.link("conformance", "/conformance", JSON, "Conformance classes"),
        base.link("data", "/collections", JSON, "Collections"),
        base.link(FUNCTIONS, "/functions", JSON, "Functions for filters"),
        base.link(TILING_SCHEMES, "/tileMatrixSets", JSON, "Tile matrix sets"),
        *tile_links(base, "", is_drawn=True),
        base.link("related", PROJECT, QGZ, "Project for QGIS: all layers, finished"),
        plain.link("related", "/analyses", JSON, "Analyses"),
        base.link("related", "/snapshots", JSON, "Snapshots, to cite"),
        *(processes if settings.processes_enabled else ()),
    ]


def conformance(request: Request) -> Response:
    """Which classes of which standards are kept."""
    service = service_of(request)
    given = _given(request)
    base = base_of(request, service.settings, carried(given))
    is_open = service.settings.processes_enabled
    declared = [name for name in CONFORMANCE if is_open or not name.startswith(_PROCESSES)]
    links = [
        base.link("self", "/conformance", JSON, "Conformance classes"),
        base.link("alternate", "/conformance", HTML, "Conformance classes as a page", _AS_HTML),
    ]
    if _form(given, request) is Form.HTML:
        text = page(service, base, "conformance.html", {"classes": declared})
        return answer(request, text.encode(), HTML, links=links)
    return answer(request, json_bytes({"links": links, "conformsTo": declared}), JSON, links=links)


def api(request: Request) -> Response:
    """The description of the API, for programs; a browser gets the one for people."""
    given = _given(request)
    if _form(given, request) is Form.HTML:
        return _api_page(request, given)
    service = service_of(request)
    made = document(service.settings, service.release, base_of(request, service.settings))
    return answer(request, json_bytes(made), OPENAPI)


def api_page(request: Request) -> Response:
    """The description of the API, for people."""
    return _api_page(request, parameters(request.query_params.multi_items(), CARRIED))


def _api_page(request: Request, given: Mapping[str, str]) -> Response:
    service = service_of(request)
    base = base_of(request, service.settings, carried(given))
    made = document(service.settings, service.release, base)
    text = page(service, base, "api.html", {"api": made, "layers": list(LAYERS.values())})
    return answer(request, text.encode(), HTML)


def _given(request: Request) -> dict[str, str]:
    """The parameters of a document that is the same whatever is recorded."""
    return parameters(request.query_params.multi_items(), (media.PARAMETER, *CARRIED))


def _form(given: Mapping[str, str], request: Request) -> Form:
    return form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
