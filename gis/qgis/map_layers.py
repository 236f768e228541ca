"""Layers with their sources, as layer definitions and projects hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gis.qgis.markup import QGIS, add, spelt
from gis.qgis.metadata import add_metadata
from gis.qgis.style import add_style, layer_attributes
from gis.qgis.systems import WGS84, add_system

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from gis.depiction import Style
    from gis.qgis.sheet import About, Sheet
    from gis.qgis.sources import Source


class MapLayer(Protocol):
    """A layer of a project."""

    @property
    def key(self) -> str:
        """By which the parts of a project refer to it."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def source(self) -> Source:
        """Where its features are."""

    @property
    def about(self) -> About:
        """What is true of its rows."""

    def add(self, parent: Element) -> None:
        """Add it to the layers of a project."""


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """Features of one layer, with all of its styles.

    Parameters
    ----------
    sheet : Sheet
    about : About
    source : Source
    """

    sheet: Sheet
    about: About
    source: Source

    @property
    def key(self) -> str:
        """By which the parts of a project refer to it."""
        return f"liptako_{self.sheet.id.replace('-', '_')}"

    @property
    def name(self) -> str:
        """The title of the layer."""
        return self.sheet.name

    def add(self, parent: Element) -> None:
        """Add it, with its first style in force and the others at hand."""
        sheet, style = self.sheet, self.sheet.style
        geometry = sheet.geometry
        found = add(
            parent,
            "maplayer",
            type="vector",
            geometry=_GEOMETRIES[(geometry or "None").removeprefix("Multi")],
            wkbType=geometry or "NoGeometry",
            styleCategories="AllStyleCategories",
            autoRefreshEnabled=0,
            **layer_attributes(sheet, style),
        )
        add(found, "id", self.key)
        add(found, "datasource", self.source.uri)
        add(found, "title", sheet.name)
        add(found, "abstract", sheet.description)
        keywords = add(found, "keywordList")
        for keyword in sheet.keywords:
            add(keywords, "value", keyword)
        add(found, "attribution", "; ".join(self.about.attributions), href="")
        add(found, "layername", sheet.name)
        srs = add(found, "srs")
        if geometry is not None:
            add_system(srs, WGS84)
        add_metadata(add(found, "resourceMetadata"), sheet, self.about)
        add(found, "provider", self.source.provider, encoding="UTF-8")
        manager = add(found, "map-layer-style-manager", current=style.id)
        for other in sheet.styles.values():
            element = add(manager, "map-layer-style", name=other.id)
            if other is not style:
                self._add_whole(element, other)
        add_style(found, sheet, style, self.about)

    def _add_whole(self, parent: Element, style: Style) -> None:
        whole = add(parent, "qgis", version=QGIS, styleCategories="AllStyleCategories")
        whole.attrib.update(spelt(layer_attributes(self.sheet, style)))
        add_style(whole, self.sheet, style, self.about)


_GEOMETRIES = {"Point": "Point", "LineString": "Line", "Polygon": "Polygon", "None": "No geometry"}


def add_tree_layer(parent: Element, layer: MapLayer, *, checked: bool) -> None:
    """Add a layer to the tree."""
    add(
        parent,
        "layer-tree-layer",
        id=layer.key,
        name=layer.name,
        source=layer.source.uri,
        providerKey=layer.source.provider,
        checked="Qt::Checked" if checked else "Qt::Unchecked",
        expanded=int(checked),
        legend_exp="",
        patch_size="-1,-1",
    )
