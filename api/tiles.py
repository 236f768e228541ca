"""Tiles of one layer, and of several at once, as answers.

The parameters of a layer's items narrow its tiles, too: ``filter``, ``datetime``, ``field=value``
and ``properties``. Rows come before columns in an address, as OGC API - Tiles has it; a client
that writes ``{z}/{x}/{y}`` by itself has to be told ``{z}/{y}/{x}``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from starlette.responses import Response

from api import media
from api.errors import NotDrawn
from api.licences import attribution
from api.links import base_of
from api.params import (
    ASOF,
    CARRIED,
    DATETIME,
    FILTER,
    FILTER_CRS,
    FILTER_LANG,
    PROPERTIES,
    carried,
    layer_query,
    parameters,
    queryable_names,
)
from api.recorded import asked_with, recorded, signed
from api.responses import answer, is_known, json_bytes, not_modified, tag_of, validators
from api.service import service_of
from api.tilesets import (
    MVT,
    TILEJSON,
    Tileset,
    matrix_sets,
    tilejson,
    tileset_document,
    tilesets,
)
from db.analyses.runs import check_run
from db.errors import InvalidQuery
from db.layers.catalogue import DRAWN, LAYERS, layer_named
from db.query import LayerQuery
from db.tiles.overview import InTheMaking
from db.tiles.tile import make_tile
from db.transaction import reading
from gis.errors import UnknownTile
from gis.likeness import nearest
from gis.tile_matrix import SETS, WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection
    from starlette.requests import Request

    from api.links import Base
    from api.recorded import Recorded
    from api.service import Service
    from db.layers.layer import Layer
    from gis.tile_matrix import Tile, TileMatrixSet

COLLECTIONS = "collections"

TILE_PARAMETERS = (*CARRIED, DATETIME, FILTER, FILTER_LANG, FILTER_CRS, PROPERTIES)
"""Parameters of a layer's tiles besides its fields."""

_TILE_FORMS = ("mvt", "pbf")
_TILE_TYPES = ("application/x-protobuf", "application/octet-stream", "application/vnd.mvt")
"""What clients call a vector tile besides its registered name."""
_DOCUMENT_FORMS = ("json", "tilejson")


@dataclass(frozen=True, slots=True)
class Drawn:
    """The layers that a request is about, and what it asks of each.

    The queries ask for the present; which state is shown is found when they are answered.
    """

    base: Base
    path: str
    title: str
    description: str
    layers: Sequence[Layer]
    queries: Sequence[LayerQuery]
    given: Mapping[str, str]

    def signed(self, response: Response, request: Request, state: Recorded) -> Response:
        """An answer that says which state it shows."""
        lasting_s = service_of(request).settings.former_max_age_s
        return signed(response, request, self.base, self.given, state, lasting_s)


def tile_matrix_sets(request: Request) -> Response:
    """All tile matrix sets."""
    given = _document(request)
    base = base_of(request, service_of(request).settings, carried(given))
    return answer(request, json_bytes(matrix_sets(base)), media.JSON)


def tile_matrix_set(request: Request) -> Response:
    """One tile matrix set, as the registry defines it."""
    _document(request)
    return answer(request, json_bytes(_set(request).document), media.JSON)


def tileset_list(request: Request) -> Response:
    """The tilesets of a layer, or of the service."""
    given = _document(request)
    service = service_of(request)
    base = base_of(request, service.settings, carried(given))
    if "collection" in request.path_params:
        layer = drawn_layer(request.path_params["collection"])
        made = tilesets(base, f"/collections/{layer.id}/tiles", layer.title)
    else:
        made = tilesets(base, "/tiles", service.settings.title)
    return answer(request, json_bytes(made), media.JSON, links=made["links"])


def tileset(request: Request) -> Response:
    """The metadata of a tileset, or its TileJSON."""
    drawn = drawn_of(request)
    form, accept = drawn.given.get(media.PARAMETER), request.headers.get("accept", "")
    media.check_only_form(form, accept, _DOCUMENT_FORMS, (media.JSON, TILEJSON))
    accepted = accept.startswith(TILEJSON)
    if form == "tilejson" or (accepted and media.PARAMETER not in drawn.given):
        return _tilejson(request, drawn)
    tiles, state = tileset_of(request, drawn, _set(request))
    made = tileset_document(drawn.base, tiles)
    plain = [link for link in made["links"] if not link.get("templated")]
    response = answer(request, json_bytes(made), media.JSON, links=plain)
    return drawn.signed(response, request, state)


def tilejson_document(request: Request) -> Response:
    """The TileJSON of a tileset, at an address without parameters."""
    drawn, accept = drawn_of(request), request.headers.get("accept")
    form = drawn.given.get(media.PARAMETER)
    media.check_only_form(form, accept, ("tilejson",), (TILEJSON, media.JSON))
    return _tilejson(request, drawn)


def tile(request: Request) -> Response:
    """A tile; status 204 where nothing lies in it.

    Who needs an overview that another request is making waits for it without a connection.
    """
    while True:
        try:
            return _tile_answer(request)
        except InTheMaking as other:
            other.wait()


def _tile_answer(request: Request) -> Response:
    service = service_of(request)
    drawn = drawn_of(request)
    form, accept = drawn.given.get(media.PARAMETER), request.headers.get("accept")
    media.check_only_form(form, accept, _TILE_FORMS, (MVT, *_TILE_TYPES))
    place = _tile(request)
    with reading(service.engine) as connection:
        for layer, query in zip(drawn.layers, drawn.queries, strict=True):
            check_run(connection, layer, query)
        state = recorded(service, connection, drawn.given, drawn.layers)
        response = _tile_of(request, connection, drawn, place, state)
    return drawn.signed(response, request, state)


def _tile_of(
    request: Request, connection: Connection, drawn: Drawn, place: Tile, state: Recorded
) -> Response:
    service, url = service_of(request), request.url
    asked = drawn.given.get(ASOF)
    tag = tag_of(service.edition, state.identity, url.path, str(url.query), asked)
    headers = validators(tag, state.modified)
    if is_known(request, tag, state.modified):
        return not_modified(headers)
    body = b"".join(
        _made(
            service,
            connection,
            layer,
            replace(query, version=state.version),
            place,
            state.now.version,
        )
        for layer, query in zip(drawn.layers, drawn.queries, strict=True)
    )
    if not body:
        return Response(status_code=204, headers=headers)
    return Response(body, headers=headers, media_type=MVT)


def _document(request: Request) -> dict[str, str]:
    """The parameters of a document that is the same whatever is recorded."""
    given = parameters(request.query_params.multi_items(), (media.PARAMETER, *CARRIED))
    accept = request.headers.get("accept")
    media.check_only_form(given.get(media.PARAMETER), accept, ("json",), (media.JSON,))
    return given


def drawn_layer(name: str) -> Layer:
    """The layer of that identifier, if it can be drawn.

    Raises
    ------
    UnknownLayer
        There is none.
    NotDrawn
        It has no geometry.
    """
    layer = layer_named(name)
    if layer.id not in DRAWN:
        raise NotDrawn(layer.id)
    return layer


def drawn_of(request: Request) -> Drawn:
    """What a request to tiles is about.

    Raises
    ------
    UnknownLayer, NotDrawn, UnknownParameter, InvalidQuery
    """
    service = service_of(request)
    if "collection" in request.path_params:
        layer = drawn_layer(request.path_params["collection"])
        allowed = (*TILE_PARAMETERS, *layer.knowledge, media.PARAMETER, *queryable_names(layer))
        given = asked_with(request, allowed)
        base = base_of(request, service.settings, carried(given))
        query = _query(layer, given, service)
        path = f"/collections/{layer.id}/tiles"
        return Drawn(base, path, layer.title, layer.description, (layer,), (query,), given)
    given = asked_with(request, (COLLECTIONS, DATETIME, media.PARAMETER))
    base = base_of(request, service.settings, carried(given))
    layers = _layers(given)
    queries = [_query(layer, given, service) for layer in layers]
    settings = service.settings
    return Drawn(base, "/tiles", settings.title, settings.description, layers, queries, given)


def tileset_of(request: Request, drawn: Drawn, tiles: TileMatrixSet) -> tuple[Tileset, Recorded]:
    """The tileset of a request, and the state of the data that it is of."""
    service = service_of(request)
    with reading(service.engine) as connection:
        state = recorded(service, connection, drawn.given, drawn.layers)
        at = (state.now.version, state.version)
        extents = [service.extents.of(connection, layer, *at) for layer in drawn.layers]
        terms = [
            each for layer in drawn.layers for each in service.terms.of(connection, layer, *at)
        ]
    boxes = [extent.bounds for extent in extents if extent.bounds is not None]
    sides = list(zip(*boxes, strict=True))
    bounds = (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])) if boxes else None
    found = Tileset(
        path=drawn.path,
        title=drawn.title,
        description=drawn.description,
        layers=drawn.layers,
        tiles=tiles,
        bounds=bounds,
        attribution=attribution(sorted(terms)) or service.settings.attribution,
        asked=[pair for pair in drawn.given.items() if pair[0] != media.PARAMETER],
        chosen=[query.properties for query in drawn.queries],
    )
    return found, state


def _tilejson(request: Request, drawn: Drawn) -> Response:
    if _set(request) != WEB_MERCATOR_QUAD:
        rule = f"TileJSON describes tiles of {WEB_MERCATOR_QUAD.id} only"
        raise InvalidQuery(media.PARAMETER, "tilejson", rule)
    tiles, state = tileset_of(request, drawn, _set(request))
    response = answer(request, json_bytes(tilejson(drawn.base, tiles)), TILEJSON)
    return drawn.signed(response, request, state)


def _made(
    service: Service,
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    place: Tile,
    now: int,
) -> bytes:
    # As a digest: a client chooses the text of its filter, and may choose a long one.
    asked = blake2b(repr(query).encode(), digest_size=16).digest()
    return service.tiles.get(
        (layer.id, asked, place, now),
        lambda: make_tile(connection, service.overviews, layer, query, place, now),
    )


def _query(layer: Layer, given: Mapping[str, str], service: Service) -> LayerQuery:
    asked = layer_query(layer, given, service.settings)
    return LayerQuery(
        interval=asked.interval,
        knowledge=asked.knowledge,
        equals=asked.equals,
        filter=asked.filter,
        properties=asked.properties,
    )


def _layers(given: Mapping[str, str]) -> list[Layer]:
    if COLLECTIONS not in given:
        return [LAYERS[name] for name in DRAWN]
    names = [name.strip() for name in given[COLLECTIONS].split(",") if name.strip()]
    for name in names:
        if name not in DRAWN:
            rule = f"its names are of {', '.join(DRAWN)}"
            raise InvalidQuery(COLLECTIONS, name, rule, nearest=nearest(name, LAYERS))
    if not names or len(set(names)) < len(names):
        raise InvalidQuery(COLLECTIONS, given[COLLECTIONS], "it names each collection once")
    return [LAYERS[name] for name in names]


def _set(request: Request) -> TileMatrixSet:
    name = request.path_params["set"]
    if name not in SETS:
        meant = nearest(name, SETS)
        hint = f" (did you mean {meant!r}?)" if meant else ""
        raise UnknownTile(name, f"tile matrix sets are {', '.join(SETS)}{hint}")
    return SETS[name]


def _tile(request: Request) -> Tile:
    matrix, row, column = (
        _whole(name, request.path_params[name]) for name in ("matrix", "row", "column")
    )
    return _set(request).tile(matrix, row, column)


def _whole(name: str, text: str) -> int:
    # Longer numbers are of no matrix, and beyond what int() reads.
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise InvalidQuery(name, text, "it is a whole number")
    return int(text)
