"""What QGIS opens at once: a layer definition, and a project of the whole service.

Both read this very server, by the address under which it was asked for them. With ``asof`` so do
their layers: QGIS hands the parameter on with every request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response as Whole

from api import languages, media
from api.languages import in_language, wording_of
from api.links import base_of
from api.params import carried
from api.recorded import asked_with, recorded, signed
from api.responses import answer, is_known, not_modified, tag_of, validators
from api.service import service_of
from api.sheets import about_layer, version_told
from db.layers.atlas import project_of
from db.layers.catalogue import DRAWN, LAYERS, layer_named
from db.layers.sheets import sheet_of
from db.tiles.statements import cells_name
from db.transaction import reading
from gis.depiction import Depiction, Style
from gis.qgis.layer_definition import MEDIA_TYPE as QLR
from gis.qgis.layer_definition import layer_definition
from gis.qgis.map_layers import VectorLayer
from gis.qgis.project import MEDIA_TYPE as QGZ
from gis.qgis.project import qgz
from gis.qgis.sheet import About, Sheet
from gis.qgis.sources import served, tiled
from gis.qgis.tile_layers import TileLayer
from gis.tile_matrix import WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base
    from api.recorded import Recorded
    from api.service import Service
    from db.layers.layer import Layer
    from gis.wording import Wording

PATH = "/qgis/liptako.qgz"
"""Of the project."""
_LOWEST_FIRST = ("Polygon", "LineString", "Point")


def definition(request: Request) -> Response:
    """A layer definition of one layer."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    given, base, wording = _asked(request, QLR)
    with reading(service.engine) as connection:
        state = recorded(service, connection, given, [layer])
        about = about_layer(service, connection, base, layer, state)
    sheet = sheet_of(layer, wording)
    source = served(base.plain.href(""), sheet, carried(given))
    body = layer_definition(VectorLayer(sheet, about, source)).encode()
    response = answer(request, body, QLR)
    response.headers["Content-Disposition"] = f'attachment; filename="{layer.id}.qlr"'
    return _signed(request, response, base, given, state)


def project(request: Request) -> Response:
    """A project of all layers."""
    service = service_of(request)
    given, base, wording = _asked(request, QGZ)
    with reading(service.engine) as connection:
        state = recorded(service, connection, given, LAYERS.values())
        tag = tag_of(service.edition, state.identity, base, wording.code, sorted(given.items()))
        headers = validators(tag, state.modified)
        if is_known(request, tag, state.modified):
            return _signed(request, not_modified(headers), base, given, state)
        made = _project(service, connection, base, wording, given, state)
    headers["Content-Disposition"] = 'attachment; filename="liptako.qgz"'
    return _signed(request, Whole(made, headers=headers, media_type=QGZ), base, given, state)


def _asked(request: Request, media_type: str) -> tuple[dict[str, str], Base, Wording]:
    given = asked_with(request, (languages.PARAMETER, media.PARAMETER))
    form, accept = given.get(media.PARAMETER), request.headers.get("accept")
    names = ("qlr",) if media_type == QLR else ("qgz",)
    types = (media_type, "application/octet-stream", "application/xml", "text/html")
    # A browser that follows the link takes what there is.
    media.check_only_form(form, accept, names, types)
    base = base_of(request, service_of(request).settings, carried(given))
    return given, base, wording_of(request, given)


def _signed(
    request: Request, response: Response, base: Base, given: Mapping[str, str], state: Recorded
) -> Response:
    lasting_s = service_of(request).settings.former_max_age_s
    return in_language(signed(response, request, base, given, state, lasting_s))


def _project(
    service: Service,
    connection: Connection,
    base: Base,
    wording: Wording,
    given: Mapping[str, str],
    state: Recorded,
) -> bytes:
    layers = [
        VectorLayer(
            sheet,
            about_layer(service, connection, base, layer, state),
            served(base.plain.href(""), sheet, carried(given)),
        )
        for layer in LAYERS.values()
        for sheet in [sheet_of(layer, wording)]
    ]
    made = project_of(
        layers,
        description=service.settings.description,
        source=version_told(state),
        wording=wording,
        tiles=_tiles(service, base, wording, layers),
    )
    return qgz(made)


def _tiles(
    service: Service, base: Base, wording: Wording, layers: Sequence[VectorLayer]
) -> TileLayer:
    """All layers that are drawn, in one set of tiles."""
    drawn = [layer for layer in layers if layer.sheet.id in DRAWN]
    ordered = sorted(drawn, key=lambda layer: _height(LAYERS[layer.sheet.id]))
    template = base.href(f"/tiles/{WEB_MERCATOR_QUAD.id}/{{z}}/{{y}}/{{x}}")
    about = About(
        licences=(service.settings.licence,), attributions=(service.settings.attribution,)
    )
    title = wording.text("All layers as vector tiles")
    sheet = Sheet(
        id="tiles",
        title=title,
        description="Single features, or cells with counts and sums; a few fields of each.",
        fields=(),
        geometry=None,
        styles={"plain": Style("plain", "Plain", Depiction((), "#000000"))},
        wording=wording,
    )
    return TileLayer(
        name=title,
        sheet=sheet,
        about=about,
        source=tiled(template, base.href("/style", [("f", "qgis")])),
        drawn=[
            (layer.sheet, cells_name(described) if described.geometry == "Point" else None)
            for layer in ordered
            for described in [LAYERS[layer.sheet.id]]
        ],
    )


def _height(layer: Layer) -> int:
    return _LOWEST_FIRST.index((layer.geometry or "").removeprefix("Multi"))
