"""Layers as collections of OGC API - Features."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

from api.feed import HEADER, onwards
from api.licences import attribution, licence_links, names
from api.media import HTML, JSON, MEDIA_TYPES, OFFERED, PARAMETER, SCHEMA, TITLES
from db.query import LayerQuery, rows_of
from gis.bbox import BBox
from gis.geojson import MEDIA_TYPE as GEOJSON
from gis.maplibre import MEDIA_TYPE as STYLE
from gis.qgis.layer_definition import MEDIA_TYPE as QLR
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from api.links import Base, Link
    from api.service import Service
    from db.layers.layer import Layer
    from db.summaries import Extent, Terms

GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"


def collection(
    service: Service,
    connection: Connection,
    base: Base,
    layer: Layer,
    now: int,
    version: int | None = None,
) -> dict[str, Any]:
    """A layer as a collection: what it is, what it covers, and where the rest is.

    Parameters
    ----------
    service : Service
    connection : Connection
    base : Base
    layer : Layer
    now : int
        Version of the data that the connection sees.
    version : int, optional
        State of the data that is told of; the present where missing.
    """
    terms = service.terms.of(connection, layer, now, version)
    extent = service.extents.of(connection, layer, now, version)
    query = LayerQuery(version=version)
    found: dict[str, Any] = {
        "id": layer.id,
        "title": layer.title,
        "description": layer.description,
        "keywords": list(layer.keywords),
        "itemType": "feature",
        "extent": extent_members(layer, extent),
        "crs": [system.uri for system in layer.systems],
        "storageCrs": CRS84.uri,
        "itemCount": service.counts.matched(connection, layer, query, now),
        "attribution": attribution(terms) or service.settings.attribution,
        "links": collection_links(service, base, layer, terms),
    }
    followed, told = onwards(
        connection, base, layer, LayerQuery(), {}, now if version is None else version
    )
    found["links"] += followed
    if followed:
        found["changesToken"] = told[HEADER]
    if layer.geometry is None:
        for name in ("crs", "storageCrs"):
            del found[name]
    elif reaches := reach_members(layer, extent):
        found["crsReach"] = reaches
    return found


def reach_members(layer: Layer, extent: Extent) -> dict[str, list[float]]:
    """The systems that do not reach all features of a layer: URI -> the box that they do.

    Outside it, a feature has no coordinates in the system: its geometry is ``null`` there.
    """
    if extent.bounds is None:
        return {}
    features = BBox(*extent.bounds)
    return {
        system.uri: [reach.west, reach.south, reach.east, reach.north]
        for system in layer.systems
        if not (reach := system.reach).holds(features)
    }


def extent_members(layer: Layer, extent: Extent) -> dict[str, Any]:
    """The ``extent`` of a collection; a part that a layer does not have is left out.

    An open or unknown end of the interval is ``null``.
    """
    members: dict[str, Any] = {}
    if extent.bounds is not None:
        members["spatial"] = {"bbox": [_outwards(extent.bounds)], "crs": CRS84.uri}
    if rows_of(layer, None).period is not None:
        interval = [_moment(extent.start), _moment(extent.end)]
        members["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return members


def collection_links(
    service: Service, base: Base, layer: Layer, terms: Sequence[Terms]
) -> list[Link]:
    """The links of a collection; the same in the list of collections and in its own document."""
    path = f"/collections/{layer.id}"
    html = [("f", "html")]
    licences = names(terms) or (service.settings.licence,)
    return [
        base.link("self", path, JSON, layer.title),
        base.link("alternate", path, HTML, f"{layer.title} as a page", html),
        base.link("items", f"{path}/items", GEOJSON, f"{layer.title}: features"),
        *(
            base.link(
                "items",
                f"{path}/items",
                MEDIA_TYPES[form],
                f"{layer.title}: features as {TITLES[form]}",
                [(PARAMETER, form.value)],
            )
            for form in OFFERED[1:]
        ),
        base.link(f"{REL}queryables", f"{path}/queryables", SCHEMA, "What may be asked for"),
        base.link(f"{REL}sortables", f"{path}/sortables", SCHEMA, "What may be sorted by"),
        base.link(f"{REL}schema", f"{path}/schema", SCHEMA, "Fields of the features"),
        *([base.link("related", f"{path}/totals", JSON, "Totals")] if layer.summed else []),
        base.link("describedby", f"{path}/feature-schema", SCHEMA, "Types of the fields"),
        *tile_links(base, path, is_drawn=layer.geometry is not None),
        base.link(f"{REL}styles", f"{path}/styles", JSON, "Styles: QGIS, SLD, MapLibre"),
        base.link("alternate", f"{path}/layer.qlr", QLR, f"{layer.title} for QGIS, finished"),
        *licence_links(base, layer.id, licences),
    ]


def _outwards(bounds: tuple[float, float, float, float]) -> list[float]:
    """The edges as coordinates are written, rounded so that they hold what is rounded, too."""
    west, south, east, north = (edge * 10**CRS84.decimals for edge in bounds)
    edges = (floor(west), floor(south), ceil(east), ceil(north))
    return [edge / 10**CRS84.decimals for edge in edges]


def tile_links(base: Base, owner: str, *, is_drawn: bool) -> list[Link]:
    """The links of a collection, or of the service, to its tiles and its style."""
    if not is_drawn:
        return []
    return [
        base.link(f"{REL}tilesets-vector", f"{owner}/tiles", JSON, "Vector tiles"),
        base.link(f"{REL}styles", f"{owner}/style", STYLE, "MapLibre style"),
    ]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.isoformat()}Z"
