"""A layer definition (``.qlr``): one layer that QGIS adds as it is, finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.qgis.map_layers import add_tree_layer
from gis.qgis.markup import add, document, root

if TYPE_CHECKING:
    from gis.qgis.map_layers import MapLayer

MEDIA_TYPE = "application/x-qgis-layer-definition"


def layer_definition(layer: MapLayer) -> str:
    """A layer as a document that is dragged into QGIS."""
    found = root("qlr")
    tree = add(found, "layer-tree-group", name="", checked="Qt::Checked", expanded=1)
    add_tree_layer(tree, layer, checked=True)
    layer.add(add(found, "maplayers"))
    return document(found, "qgis-layer-definition")
