"""Liptako in QGIS: layers that arrive finished, states as known on a date, claims, borders.

``plugin``   what QGIS starts: actions, the toolbar, the panel
``panel``    the panel: browse layers, claims of the selected incident, distances
``asof``     the control "as known on"
``source``   where layers come from: what a server and a file have in common
``server``   a Liptako server
``bundle``   a GeoPackage with all layers, for work without a network
``arrival``  adding a layer with its style and its time
``claims``   what reports say of an incident
``borders``  the distance from a point to each border
``fetching`` asking a server, through QGIS
``words``    texts in English and French

Nothing is asked of a network before somebody connects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .plugin import Plugin


def classFactory(iface: Any) -> Plugin:  # noqa: N802, RUF100 - QGIS calls it by this name
    """Give QGIS the plugin."""
    from .plugin import Plugin

    return Plugin(iface)
