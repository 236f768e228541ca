"""What a style, a layer definition or a project tells of the state of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.licences import attribution, names
from api.media import HTML, JSON
from gis.geojson import MEDIA_TYPE as GEOJSON
from gis.qgis.sheet import About

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.links import Base
    from api.recorded import Recorded
    from api.service import Service
    from db.layers.layer import Layer


def about_layer(
    service: Service, connection: Connection, base: Base, layer: Layer, state: Recorded
) -> About:
    """Extent, licences, words to cite, version of the data, and where the layer comes from.

    Parameters
    ----------
    service : Service
    connection : Connection
    base : Base
    layer : Layer
    state : Recorded
        The state that is told of.
    """
    now, version = state.now.version, state.version
    extent = service.extents.of(connection, layer, now, version)
    terms = service.terms.of(connection, layer, now, version)
    settings = service.settings
    words = attribution(terms) or settings.attribution
    path = f"/collections/{layer.id}"
    return About(
        bounds=extent.bounds,
        start=extent.start,
        end=extent.end,
        licences=names(terms) or (settings.licence,),
        attributions=tuple(words.split(" | ")) if words else (),
        history=(version_told(state),),
        links=(
            (f"{layer.title}: the collection", HTML, base.href(path, [("f", "html")])),
            (f"{layer.title}: features", GEOJSON, base.href(f"{path}/items")),
            ("The service", JSON, base.href("/")),
        ),
        contact=(settings.contact_name, settings.contact_email),
    )


def version_told(state: Recorded) -> str:
    """The version of the data that is shown, in words."""
    moment = state.recorded_at
    when = "" if moment is None else f", recorded at {moment.isoformat(timespec='seconds')}"
    return f"Version {state.number} of the data{when}."
