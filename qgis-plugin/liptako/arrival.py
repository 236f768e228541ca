"""A layer that arrives finished: with style, legend and time, of whatever source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsGeometry, QgsPointXY, QgsVectorLayerTemporalProperties
from qgis.PyQt.QtXml import QDomDocument

from .source import LAYER, ORIGIN

if TYPE_CHECKING:
    from qgis.core import QgsVectorLayer

    from .source import Offer

START, END = "event_start", "event_end"


def finished(layer: QgsVectorLayer, qml: str | None) -> QgsVectorLayer:
    """Give a layer its style, and have the temporal controller take it along."""
    if not layer.isValid():
        return layer
    if qml is not None:
        document = QDomDocument()
        document.setContent(qml)
        layer.importNamedStyle(document)
    _in_time(layer)
    return layer


def signed(layer: QgsVectorLayer, offer: Offer, address: str) -> QgsVectorLayer:
    """Write on a layer what it is and where it came from, for when its project is opened again.

    That comes after its style, which brings properties of its own in place of all others.
    """
    layer.setCustomProperty(LAYER, offer.id)
    layer.setCustomProperty(ORIGIN, address)
    return layer


def renewed(layer: QgsVectorLayer, uri: str, provider: str) -> None:
    """Have a layer read from elsewhere, and look as before."""
    document = QDomDocument()
    layer.exportNamedStyle(document)
    layer.setDataSource(uri, layer.name(), provider)
    layer.importNamedStyle(document)
    layer.triggerRepaint()


def line(geometry: dict[str, Any]) -> QgsGeometry:
    """A line of GeoJSON."""
    parts = geometry["coordinates"]
    if geometry["type"] == "LineString":
        parts = [parts]
    return QgsGeometry.fromMultiPolylineXY(
        [[QgsPointXY(lon, lat) for lon, lat, *_ in part] for part in parts]
    )


def _in_time(layer: QgsVectorLayer) -> None:
    """Switch its time on where the style did not: from start to end, both belong to it."""
    time, fields = layer.temporalProperties(), layer.fields()
    if time.isActive() or fields.indexOf(START) < 0 or fields.indexOf(END) < 0:
        return
    time.setMode(QgsVectorLayerTemporalProperties.ModeFeatureDateTimeStartAndEndFromFields)
    time.setStartField(START)
    time.setEndField(END)
    time.setIsActive(True)
