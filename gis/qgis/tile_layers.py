"""Vector tiles as a layer: every class of every layer in them has a symbol of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.qgis.expressions import condition
from gis.qgis.markup import add
from gis.qgis.metadata import add_metadata
from gis.qgis.style import geometry_number
from gis.qgis.symbols import add_symbol, fill, line, marker, ring
from gis.qgis.systems import WEB_MERCATOR, add_system
from gis.symbol_classes import cell_classes, symbol_classes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from gis.depiction import Depiction
    from gis.qgis.sheet import About, Sheet
    from gis.qgis.sources import Source
    from gis.qgis.symbols import Stroke
    from gis.symbol_classes import SymbolClass

EDGE = 20_037_508.342789


@dataclass(frozen=True, slots=True)
class TileLayer:
    """Tiles of several layers.

    Parameters
    ----------
    name : str
    sheet : Sheet
        Of the tiles as a whole, for their metadata.
    about : About
    source : Source
    drawn : sequence of (Sheet, name of the cells or None)
        Layers in the tiles, the lowest first.
    """

    name: str
    sheet: Sheet
    about: About
    source: Source
    drawn: Sequence[tuple[Sheet, str | None]]

    @property
    def key(self) -> str:
        """By which the parts of a project refer to it."""
        return "liptako_tiles"

    def add(self, parent: Element) -> None:
        """Add it with the symbols of every class."""
        found = add(
            parent,
            "maplayer",
            type="vector-tile",
            styleCategories="AllStyleCategories",
            hasScaleBasedVisibilityFlag=0,
            minScale=100_000_000,
            maxScale=0,
            autoRefreshEnabled=0,
        )
        extent = add(found, "extent")
        for name, side in (("xmin", -EDGE), ("ymin", -EDGE), ("xmax", EDGE), ("ymax", EDGE)):
            add(extent, name, f"{side}")
        add(found, "id", self.key)
        add(found, "datasource", self.source.uri)
        add(found, "abstract", self.sheet.description)
        add(found, "attribution", "; ".join(self.about.attributions), href="")
        add(found, "layername", self.name)
        add_system(add(found, "srs"), WEB_MERCATOR)
        add_metadata(add(found, "resourceMetadata"), self.sheet, self.about)
        add(found, "provider", self.source.provider)
        add(
            add(found, "map-layer-style-manager", current="default"),
            "map-layer-style",
            name="default",
        )
        styles = add(add(found, "renderer", type="basic"), "styles")
        for sheet, cells in self.drawn:
            for strokes, layer, of in _classes(sheet, cells):
                style = add(
                    styles,
                    "style",
                    name=", ".join((sheet.name, *map(sheet.wording.words, of.labels))),
                    layer=layer,
                    expression=condition(of.tests),
                    geometry=geometry_number(sheet.geometry),
                    enabled=1,
                    **{"min-zoom": -1, "max-zoom": -1},
                )
                add_symbol(add(style, "symbols"), "0", strokes)
        add(found, "blendMode", "0")
        add(found, "layerOpacity", "1")


def _classes(
    sheet: Sheet, cells: str | None
) -> Iterator[tuple[Sequence[Stroke], str, SymbolClass]]:
    depiction, geometry = sheet.style.depiction, sheet.geometry or ""
    if cells is not None:
        for each in cell_classes(depiction):
            yield [marker(each.colour, each.size, opacity=0.55)], cells, each
    for each in symbol_classes(geometry, depiction):
        yield [_stroke(geometry, depiction, each)], sheet.id, each


def _stroke(geometry: str, depiction: Depiction, of: SymbolClass) -> Stroke:
    if geometry == "Point":
        return ring(of.colour, of.size) if of.hollow else marker(of.colour, of.size)
    if "Polygon" in geometry:
        return fill(of.colour, depiction.opacity, of.width)
    return line(of.colour, of.width)
