"""The styles of a layer, each as QML, as SLD and for MapLibre (after OGC API - Styles)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import languages, media
from api.errors import NotDrawn, UnknownStyle
from api.languages import in_language, wording_of
from api.links import base_of
from api.media import JSON
from api.params import carried
from api.recorded import asked_with, recorded, signed
from api.responses import answer, json_bytes
from api.service import service_of
from api.sheets import about_layer
from api.styles import FORMS, style_of_layer
from db.layers.catalogue import layer_named
from db.layers.depictions import styles_of
from db.layers.sheets import sheet_of
from db.transaction import reading
from gis.likeness import nearest
from gis.maplibre import MEDIA_TYPE as MAPLIBRE
from gis.qgis.style import MEDIA_TYPE as QML
from gis.qgis.style import qml
from gis.sld import MEDIA_TYPE as SLD
from gis.sld import sld

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base, Link
    from db.layers.layer import Layer
    from gis.depiction import Style
    from gis.wording import Wording

ENCODINGS = {"qml": QML, "sld": SLD, "maplibre": MAPLIBRE}
"""Values of ``f`` and their media types; a table without geometry has QML only."""
VALUES = (*ENCODINGS, *(name for name in FORMS if name not in ENCODINGS))
"""All values of ``f``."""
_ALLOWED = (media.PARAMETER, languages.PARAMETER)


def layer_styles(request: Request) -> Response:
    """The styles of a layer."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    given = asked_with(request, _ALLOWED)
    wording = wording_of(request, given)
    accept = request.headers.get("accept")
    media.check_only_form(given.get(media.PARAMETER), accept, ("json",), (JSON,))
    base = base_of(request, service.settings, carried(given))
    styles = styles_of(layer)
    links = [base.link("self", f"/collections/{layer.id}/styles", JSON, f"{layer.title}: styles")]
    made = {
        "default": next(iter(styles)),
        "styles": [
            {
                "id": style.id,
                "title": wording.text(style.title),
                "links": style_links(base, layer, style),
            }
            for style in styles.values()
        ],
        "links": links,
    }
    return in_language(answer(request, json_bytes(made), JSON, links=links))


def layer_style(request: Request) -> Response:
    """One style of a layer."""
    layer = layer_named(request.path_params["collection"])
    style = _style(layer, request.path_params["style"])
    given = asked_with(request, _ALLOWED)
    wording, form = wording_of(request, given), _form(request, given)
    if form != "qml" and layer.geometry is None:
        raise NotDrawn(layer.id)
    if form == "qml":
        return in_language(_qml(request, layer, given, style, wording))
    if form == "sld":
        text = sld(layer.id, layer.geometry or "", style, wording)
        return in_language(answer(request, text.encode(), SLD))
    return in_language(style_of_layer(request, layer, given, style.depiction, FORMS[form]))


def style_links(base: Base, layer: Layer, style: Style) -> list[Link]:
    """Where a style is had in each of its forms."""
    path = f"/collections/{layer.id}/styles/{style.id}"
    forms = ENCODINGS if layer.geometry is not None else {"qml": QML}
    return [
        base.link("stylesheet", path, media_type, f"{style.title} ({name})", [("f", name)])
        for name, media_type in forms.items()
    ]


def _qml(
    request: Request, layer: Layer, given: Mapping[str, str], style: Style, wording: Wording
) -> Response:
    service = service_of(request)
    base = base_of(request, service.settings, carried(given))
    with reading(service.engine) as connection:
        state = recorded(service, connection, given, [layer])
        about = about_layer(service, connection, base, layer, state)
    body = qml(sheet_of(layer, wording), style, about).encode()
    lasting_s = service.settings.former_max_age_s
    return signed(answer(request, body, QML), request, base, given, state, lasting_s)


def _style(layer: Layer, name: str) -> Style:
    styles = styles_of(layer)
    if name not in styles:
        raise UnknownStyle(layer.id, name, tuple(styles), nearest=nearest(name, styles))
    return styles[name]


def _form(request: Request, given: Mapping[str, str]) -> str:
    """The encoding that is asked for: by name, by media type, or QML."""
    form, accept = given.get(media.PARAMETER), request.headers.get("accept", "")
    if form is None:
        named = (name for name, kind in ENCODINGS.items() if accept.startswith(kind))
        found = next(named, "qml")
        media.check_only_form(None, accept, (), (ENCODINGS[found], "application/xml", "text/xml"))
        return found
    media.check_only_form(form, accept, VALUES, ())
    return form
