"""The totals of a selection: ranges, with the incidents beside them of which nothing is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from api import media
from api.links import base_of
from api.media import JSON
from api.params import (
    BBOX,
    BBOX_CRS,
    DATETIME,
    FILTER,
    FILTER_CRS,
    FILTER_LANG,
    carried,
    layer_query,
    queryable_names,
)
from api.recorded import asked_with, recorded, signed
from api.responses import answer, json_bytes
from api.service import service_of
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.totals import totals
from db.transaction import reading
from gis.geojson import MEDIA_TYPE as GEOJSON

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PARAMETERS = (BBOX, BBOX_CRS, DATETIME, FILTER, FILTER_LANG, FILTER_CRS)
"""Parameters that narrow a selection, besides the layer's fields."""

SUMMED = tuple(layer for layer in LAYERS.values() if layer.summed)
"""The layers whose figures may be added up."""


def totals_of(name: str) -> Any:
    """The resource of the totals of a layer."""

    def resource(request: Request) -> Response:
        return _totals(request, name)

    return resource


def _totals(request: Request, name: str) -> Response:
    service, layer = service_of(request), LAYERS[name]
    allowed = (*PARAMETERS, *layer.knowledge, media.PARAMETER, *queryable_names(layer))
    given = asked_with(request, allowed)
    accept = request.headers.get("accept", "")
    media.check_only_form(given.get(media.PARAMETER), accept, ("json",), (JSON,))
    base = base_of(request, service.settings, carried(given))
    asked = layer_query(layer, given, service.settings)
    with reading(service.engine) as connection:
        state = recorded(service, connection, given, [layer])
        query = LayerQuery(
            bbox=asked.bbox,
            interval=asked.interval,
            version=state.version,
            knowledge=asked.knowledge,
            equals=asked.equals,
            filter=asked.filter,
        )
        found = totals(connection, layer, query)
    path = f"/collections/{layer.id}"
    kept = [pair for pair in given.items() if pair[0] != media.PARAMETER]
    links = [
        base.link("self", f"{path}/totals", JSON, "These totals", given.items()),
        base.link("items", f"{path}/items", GEOJSON, "What is added up", kept),
        base.link("collection", path, JSON, layer.title),
    ]
    knowledge = asked.knowledge
    document = {
        "title": f"{layer.title}: totals",
        "version": state.number,
        "rule": knowledge.rule.value,
        "known_by": None if knowledge.known_by is None else knowledge.known_by.isoformat(),
        "numberMatched": found.matched,
        "parts": found.parts,
        "figures": {name: asdict(total) for name, total in found.figures.items()},
        "links": links,
    }
    response = answer(request, json_bytes(document), JSON, links=links, modified=state.modified)
    return signed(response, request, base, given, state, service.settings.former_max_age_s)
