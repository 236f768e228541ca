"""The layers as a project shows them: in which groups, and which together make a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.qgis.project import Bookmark, Project
from gis.wording import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gis.qgis.map_layers import MapLayer, VectorLayer
    from gis.wording import Wording

TITLE = "Liptako: incidents in time and space"

GROUPS: Mapping[str, tuple[str, ...]] = {
    "What happened": ("incidents", "aggregates"),
    "What reports say": ("claims",),
    "Borders": ("border-distances", "proximity", "country-shares"),
    "Clusters and hot spots": (
        "cluster-members",
        "clusters",
        "incident-links",
        "incident-chains",
        "scan-clusters",
        "density",
        "hotspots",
        "emerging-hotspots",
        "space-time-cube",
        "scdi",
        "scdi-equal-area",
    ),
    "Where things are": ("places", "borders", "regions", "admin-units"),
}
"""Layers by title of their group, the uppermost first; those with no geometry are tables."""
TABLES = "Tables"
TILES = "Vector tiles"

_GROUND = {"borders": "plain", "admin-units": "plain"}
THEMES: Mapping[str, Mapping[str, str]] = {
    "Incidents": {"incidents": "type", **_GROUND},
    "Casualties": {"incidents": "casualties", **_GROUND},
    "Uncertainty": {"incidents": "uncertainty", **_GROUND},
    "Borders": {"incidents": "type", "border-distances": "plain", "borders": "plain"},
}
"""Maps: layers with the style in which each is shown. The first is shown on opening."""

LIPTAKO_GOURMA = Bookmark("Liptako-Gourma", (-5.0, 11.0, 7.0, 19.0))
TRI_BORDER = Bookmark("Tri-border", (-1.5, 13.2, 2.5, 16.2))
"""Where Mali, Niger and Burkina Faso meet."""


def grouped(layers: Iterable[VectorLayer], wording: Wording) -> dict[str, Sequence[MapLayer]]:
    """Layers by the title of their group, in the order of the tree; no group is empty."""
    known = {layer.sheet.id: layer for layer in layers}
    found: dict[str, Sequence[MapLayer]] = {
        wording.text(title): [known[name] for name in names if name in known]
        for title, names in GROUPS.items()
    }
    named = {name for names in GROUPS.values() for name in names}
    others = [layer for name, layer in known.items() if name not in named]
    found[wording.text(TABLES)] = others
    return {title: layers for title, layers in found.items() if layers}


def project_of(
    layers: Sequence[VectorLayer],
    *,
    description: str,
    source: str,
    wording: Wording = ENGLISH,
    tiles: MapLayer | None = None,
) -> Project:
    """A project of these layers.

    Parameters
    ----------
    layers : sequence of VectorLayer
    description : str
    source : str
        What the line below a printed map begins with.
    wording : Wording
    tiles : MapLayer, optional
        All layers as vector tiles, to be switched on by hand.
    """
    groups = grouped(layers, wording)
    if tiles is not None:
        groups[wording.text(TILES)] = [tiles]
    keys = {layer.sheet.id: layer.key for layer in layers}
    incidents = next((each.about for each in layers if each.sheet.id == "incidents"), None)
    bounds = None if incidents is None else incidents.bounds
    everything = [] if bounds is None else [Bookmark(wording.text("All incidents"), bounds)]
    tri_border = Bookmark(wording.text(TRI_BORDER.name), TRI_BORDER.bounds)
    return Project(
        title=wording.text(TITLE),
        description=description,
        groups=groups,
        themes={
            wording.text(title): {
                keys[name]: style for name, style in shown.items() if name in keys
            }
            for title, shown in THEMES.items()
        },
        bookmarks=(LIPTAKO_GOURMA, tri_border, *everything),
        start=None if incidents is None else incidents.start,
        end=None if incidents is None else incidents.end,
        source=source,
        wording=wording,
    )
