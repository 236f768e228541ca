"""What QGIS starts and ends: the toolbar and the panel, and what happens when they are used."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    NULL,
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapToolEmitPoint, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QIcon
from qgis.PyQt.QtWidgets import QAction

from . import borders, claims
from .arrival import renewed
from .asof import AsKnownOn
from .bundle import Bundle
from .fetching import Unanswered
from .panel import Panel
from .server import Server, moved
from .source import ORIGIN
from .words import tr

if TYPE_CHECKING:
    from .source import Offer

_INCIDENT = "incident"
_TITLES = ("incident_title", "title")
_WGS84 = "EPSG:4326"


class Plugin:
    """The plugin; ``iface`` is QGIS's window."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.source: Server | Bundle | None = None
        self._sources: dict[str, Server | Bundle] = {}
        self._borders: dict[str, list[tuple[dict[str, Any], QgsGeometry]]] = {}
        self._heard: dict[str, Any] = {}
        self._origins: dict[str, str] = {}

    def initGui(self) -> None:  # noqa: N802, RUF100 - QGIS calls it by this name
        """Show the toolbar and the panel."""
        icon = QIcon(str(Path(__file__).with_name("icon.svg")))
        self.panel = Panel(self.iface.mainWindow())
        self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self.toolbar = self.iface.addToolBar("Liptako")
        self.toolbar.setObjectName("LiptakoToolbar")
        shows = self.panel.toggleViewAction()
        shows.setIcon(icon)
        shows.setToolTip(tr("Panel of Liptako"))
        self.toolbar.addAction(shows)
        self.asof = AsKnownOn(self.toolbar)
        self.toolbar.addWidget(self.asof)
        self.measuring = QAction(tr("Distance to borders"), self.toolbar)
        self.measuring.setCheckable(True)
        self.toolbar.addAction(self.measuring)
        canvas = self.iface.mapCanvas()
        self.tool = QgsMapToolEmitPoint(canvas)
        self.tool.setAction(self.measuring)
        self.band = QgsRubberBand(canvas, QgsWkbTypes.LineGeometry)
        self.band.setColor(QColor("#7b3294"))
        self.band.setWidth(2)
        self.panel.connecting.connect(self.connect_to)
        self.panel.chosen.connect(self._offer_styles)
        self.panel.adding.connect(self.add)
        self.asof.changed.connect(self.show_as_known_on)
        self.measuring.triggered.connect(self._measure)
        self.tool.canvasClicked.connect(self._clicked)
        QgsProject.instance().layersAdded.connect(self._listen)
        self._listen(list(QgsProject.instance().mapLayers().values()))

    def unload(self) -> None:
        """Take everything away again; the layers stay."""
        QgsProject.instance().layersAdded.disconnect(self._listen)
        for layer_id, heard in self._heard.items():
            layer = QgsProject.instance().mapLayer(layer_id)
            if layer is not None:
                layer.selectionChanged.disconnect(heard)
        canvas = self.iface.mapCanvas()
        if canvas.mapTool() is self.tool:
            canvas.unsetMapTool(self.tool)
        canvas.scene().removeItem(self.band)
        self.iface.removeDockWidget(self.panel)
        self.panel.deleteLater()
        self.toolbar.deleteLater()

    def connect_to(self, address: str) -> bool:
        """Look at a server or a file, and show its layers."""
        try:
            self.source = self._source_at(address, anew=True)
        except Unanswered as fault:
            told = "Nothing answers at {address}: {reason}"
            return self._say(tr(told, address=address, reason=fault), bad=True)
        offers = self.source.offers()
        self.panel.offer(offers)
        if isinstance(self.source, Bundle):
            self.asof.bind_to_file(self.source.version)
        else:
            self.asof.bind_to_server()
        if not offers:
            told = "There are no layers of Liptako in {address}"
            return self._say(tr(told, address=address), bad=True)
        return True

    def add(self, offers: list[Offer], style: str | None) -> None:
        """Add layers to the project, with style and time."""
        if self.source is None:
            return
        for offer in offers:
            layer = self.source.opened(offer, style, self.asof.asof)
            if layer.isValid():
                QgsProject.instance().addMapLayer(layer)
                continue
            told, fault = "QGIS cannot open the layer {layer}: {reason}", layer.error()
            # QGIS 3.22 ends when an error without a message is to sum itself up.
            reason = "" if fault.isEmpty() else fault.message()
            self._say(tr(told, layer=offer.title, reason=reason), bad=True)

    def show_as_known_on(self, day: str | None) -> int:
        """Have all layers of servers show what was known by the end of a day, or the present."""
        count = 0
        for layer in QgsProject.instance().mapLayers().values():
            if layer.id() in self._origins and layer.providerType() == "OAPIF":
                renewed(layer, moved(layer.source(), day), "OAPIF")
                count += 1
        present, past = (
            "{layers} layers show the present state",
            "{layers} layers show what was known on {day}",
        )
        self._say(tr(present if day is None else past, layers=count, day=day))
        return count

    def measure(self, lon: float, lat: float) -> list[borders.Distance]:
        """Show how far each border is from a point of WGS 84."""
        lines = self._border_lines()
        if not lines:
            self._say(tr("The layer borders is not at hand: connect first"), bad=True)
            return []
        found = borders.distances(lon, lat, lines)
        self.panel.show_distances(borders.page(lon, lat, found))
        nearest = QgsPointXY(found[0].lon, found[0].lat)
        drawn = QgsGeometry.fromPolylineXY([QgsPointXY(lon, lat), nearest])
        self.band.setToGeometry(drawn, QgsCoordinateReferenceSystem(_WGS84))
        return found

    def _source_at(self, address: str, *, anew: bool = False) -> Server | Bundle:
        if anew or address not in self._sources:
            is_file = Path(address).suffix.lower() == ".gpkg" and "://" not in address
            found = Bundle(address) if is_file else Server(address)
            self._sources[address] = self._sources[found.address] = found
        return self._sources[address]

    def _border_lines(self) -> list[tuple[dict[str, Any], QgsGeometry]]:
        if self.source is None:
            return []
        known = self.source.address
        if known not in self._borders:
            try:
                self._borders[known] = list(self.source.borders())
            except Unanswered as fault:
                told = "Nothing answers at {address}: {reason}"
                self._say(tr(told, address=known, reason=fault), bad=True)
                return []
        return self._borders[known]

    def _offer_styles(self, offer: Offer) -> None:
        if self.source is not None:
            self.panel.offer_styles(self.source.styles(offer.id))

    def _listen(self, layers: list[Any]) -> None:
        """Hear when an incident is selected in a layer of ours that names incidents."""
        for layer in layers:
            origin = layer.customProperty(ORIGIN) if isinstance(layer, QgsVectorLayer) else None
            if not origin:
                continue
            # A style that somebody loads later takes the properties of a layer away.
            self._origins[layer.id()] = str(origin)
            if layer.fields().indexOf(_INCIDENT) >= 0:
                heard = partial(self._selected, layer.id())
                layer.selectionChanged.connect(heard)
                self._heard[layer.id()] = heard

    def _selected(self, layer_id: str, added: list[int], *_: object) -> None:
        layer = QgsProject.instance().mapLayer(layer_id)
        if layer is None or not added:
            return
        feature = layer.getFeature(added[0])
        incident = feature[_INCIDENT]
        if incident is None or incident == NULL:
            return
        titles = (name for name in _TITLES if layer.fields().indexOf(name) >= 0)
        title = str(feature[next(titles, _INCIDENT)])
        try:
            source = self._source_at(self._origins[layer_id])
            told = source.claims(str(incident), self.asof.asof)
        except Unanswered as fault:
            self._say(str(fault), bad=True)
            return
        self.panel.show_claims(claims.page(str(incident), title, told))

    def _measure(self, on: bool) -> None:
        canvas = self.iface.mapCanvas()
        if on:
            canvas.setMapTool(self.tool)
        else:
            canvas.unsetMapTool(self.tool)

    def _clicked(self, point: QgsPointXY, _: object) -> None:
        shown = self.iface.mapCanvas().mapSettings().destinationCrs()
        to_wgs84 = QgsCoordinateTransform(
            shown, QgsCoordinateReferenceSystem(_WGS84), QgsProject.instance().transformContext()
        )
        place = to_wgs84.transform(point)
        self.measure(place.x(), place.y())

    def _say(self, text: str, *, bad: bool = False) -> bool:
        """Tell the user; gives whether all is well."""
        level = Qgis.MessageLevel.Warning if bad else Qgis.MessageLevel.Info
        self.iface.messageBar().pushMessage("Liptako", text, level)
        return not bad
