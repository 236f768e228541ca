"""All layers, by identifier, in the order in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.errors import UnknownLayer
from db.layers.borders import BORDER_BANDS, COUNTRY_SHARES
from db.layers.claims import CLAIMS
from db.layers.clusters import CLUSTER_MEMBERS, CLUSTER_SENSITIVITY, CLUSTERS
from db.layers.density import DENSITY
from db.layers.derived import BORDER_DISTANCES
from db.layers.hotspots import EMERGING_HOTSPOTS, HOTSPOTS, SPACE_TIME_CUBE
from db.layers.incidents import AGGREGATES, INCIDENTS
from db.layers.knox import INTERACTION, KNOX
from db.layers.links import INCIDENT_CHAINS, INCIDENT_LINKS
from db.layers.places import ADMIN_UNITS, BORDERS, PLACES, REGIONS
from db.layers.proximity import PROXIMITY
from db.layers.reports import REPORTS
from db.layers.scan import SCAN_CLUSTERS
from db.layers.scdi import SCDI, SCDI_EQUAL_AREA
from db.layers.series import SERIES
from gis.likeness import nearest

if TYPE_CHECKING:
    from db.layers.layer import Layer

LAYERS: dict[str, Layer] = {
    layer.id: layer
    for layer in (
        INCIDENTS,
        CLAIMS,
        AGGREGATES,
        BORDER_DISTANCES,
        BORDER_BANDS,
        COUNTRY_SHARES,
        PROXIMITY,
        CLUSTERS,
        CLUSTER_MEMBERS,
        DENSITY,
        CLUSTER_SENSITIVITY,
        INCIDENT_LINKS,
        INCIDENT_CHAINS,
        SERIES,
        HOTSPOTS,
        EMERGING_HOTSPOTS,
        SPACE_TIME_CUBE,
        SCAN_CLUSTERS,
        KNOX,
        INTERACTION,
        SCDI,
        SCDI_EQUAL_AREA,
        BORDERS,
        ADMIN_UNITS,
        REGIONS,
        PLACES,
        REPORTS,
    )
}

DRAWN = tuple(layer.id for layer in LAYERS.values() if layer.geometry is not None)
"""Identifiers of those that can be shown on a map."""


def layer_named(name: str) -> Layer:
    """The layer of that identifier.

    Raises
    ------
    UnknownLayer
        There is none; the error names the one most like it.
    """
    if name in LAYERS:
        return LAYERS[name]
    raise UnknownLayer(name, tuple(LAYERS), nearest=nearest(name, LAYERS))
