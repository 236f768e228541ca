"""MapLibre styles: of one layer, and of several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import media
from api.responses import answer, json_bytes
from api.tiles import drawn_of, tileset_of
from db.layers.depictions import depiction_of
from db.tiles.statements import cells_name
from gis.maplibre import MEDIA_TYPE, classed, layers_of
from gis.maplibre import style as style_of
from gis.tile_matrix import WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from api.tilesets import Tileset
    from db.layers.layer import Layer
    from gis.depiction import Depiction
    from gis.maplibre import Node

    Writer = Callable[[str, str, Depiction, str, str | None], list[Node]]

_FORMS = {"maplibre": layers_of, "mapbox": layers_of, "qgis": classed}
"""Values of ``f``: with expressions, or in classes, which QGIS 3.22 understands."""
_LOWEST_FIRST = ("Polygon", "LineString", "Point")


def style(request: Request) -> Response:
    """How layers are drawn, with the address of their tiles.

    The parameters that narrow tiles narrow those of the style.
    """
    drawn = drawn_of(request)
    form, accept = drawn.given.get(media.PARAMETER), request.headers.get("accept")
    media.check_only_form(form, accept, tuple(_FORMS), (MEDIA_TYPE, media.JSON))
    tileset, state = tileset_of(request, drawn, WEB_MERCATOR_QUAD)
    address = drawn.base.href(f"{tileset.path}/{WEB_MERCATOR_QUAD.id}/tilejson.json", tileset.asked)
    sources = {"liptako": {"type": "vector", "url": address}}
    drawings = _layers(tileset, _FORMS[form or "maplibre"])
    made = style_of(tileset.title, sources, drawings, tileset.centre)
    return drawn.signed(answer(request, json_bytes(made), MEDIA_TYPE), request, state)


def _layers(tileset: Tileset, write: Writer) -> list[Node]:
    """Areas lowest, then lines, then points; of each the first-named uppermost."""
    ordered = sorted(enumerate(tileset.layers), key=lambda each: (_height(each[1]), -each[0]))
    return [node for _, layer in ordered for node in _drawn(layer, write)]


def _height(layer: Layer) -> int:
    return _LOWEST_FIRST.index((layer.geometry or "").removeprefix("Multi"))


def _drawn(layer: Layer, write: Writer) -> list[Node]:
    cells = cells_name(layer) if layer.geometry == "Point" else None
    return write(layer.id, layer.geometry or "", depiction_of(layer), "liptako", cells)
