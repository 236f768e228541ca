"""MapLibre styles: of one layer, and of several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from api import media
from api.links import base_of
from api.params import carried
from api.responses import answer, json_bytes
from api.service import service_of
from api.tiles import Drawn, drawn_of, tileset_of
from db.layers.depictions import depiction_of
from db.query import LayerQuery
from db.tiles.statements import cells_name
from gis.maplibre import MEDIA_TYPE, classed, layers_of
from gis.maplibre import style as style_of
from gis.tile_matrix import WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from api.tilesets import Tileset
    from db.layers.layer import Layer
    from gis.depiction import Depiction
    from gis.maplibre import Node

Writer: TypeAlias = "Callable[[str, str, Depiction, str, str | None], list[Node]]"

FORMS: Mapping[str, Writer] = {"maplibre": layers_of, "mapbox": layers_of, "qgis": classed}
"""Values of ``f``: with expressions, or in classes, which QGIS 3.22 understands."""
_LOWEST_FIRST = ("Polygon", "LineString", "Point")


def style(request: Request) -> Response:
    """How layers are drawn, with the address of their tiles.

    The parameters that narrow tiles narrow those of the style.
    """
    drawn = drawn_of(request)
    form, accept = drawn.given.get(media.PARAMETER), request.headers.get("accept")
    media.check_only_form(form, accept, tuple(FORMS), (MEDIA_TYPE, media.JSON))
    return _answer(request, drawn, FORMS[form or "maplibre"], {})


def style_of_layer(
    request: Request, layer: Layer, given: Mapping[str, str], depiction: Depiction, write: Writer
) -> Response:
    """One of the styles of a layer, with the address of its tiles.

    Parameters
    ----------
    request : Request
    layer : Layer
        One that has a geometry.
    given : mapping
        The parameters of the request.
    depiction : Depiction
        Of the style.
    write : callable
        One of :data:`FORMS`.
    """
    base = base_of(request, service_of(request).settings, carried(given))
    path = f"/collections/{layer.id}/tiles"
    kept = dict(carried(given))
    drawn = Drawn(base, path, layer.title, layer.description, (layer,), (LayerQuery(),), kept)
    return _answer(request, drawn, write, {layer.id: depiction})


def _answer(
    request: Request, drawn: Drawn, write: Writer, depictions: Mapping[str, Depiction]
) -> Response:
    tileset, state = tileset_of(request, drawn, WEB_MERCATOR_QUAD)
    address = drawn.base.href(f"{tileset.path}/{WEB_MERCATOR_QUAD.id}/tilejson.json", tileset.asked)
    sources = {"liptako": {"type": "vector", "url": address}}
    drawings = _layers(tileset, write, depictions)
    made = style_of(tileset.title, sources, drawings, tileset.centre)
    return drawn.signed(answer(request, json_bytes(made), MEDIA_TYPE), request, state)


def _layers(tileset: Tileset, write: Writer, depictions: Mapping[str, Depiction]) -> list[Node]:
    """Areas lowest, then lines, then points; of each the first-named uppermost."""
    ordered = sorted(enumerate(tileset.layers), key=lambda each: (_height(each[1]), -each[0]))
    return [
        node
        for _, layer in ordered
        for node in _drawn(layer, write, depictions.get(layer.id, depiction_of(layer)))
    ]


def _height(layer: Layer) -> int:
    return _LOWEST_FIRST.index((layer.geometry or "").removeprefix("Multi"))


def _drawn(layer: Layer, write: Writer, depiction: Depiction) -> list[Node]:
    cells = cells_name(layer) if layer.geometry == "Point" else None
    return write(layer.id, layer.geometry or "", depiction, "liptako", cells)
