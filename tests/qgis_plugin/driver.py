"""Runs inside QGIS, with widgets and no screen: starts the plugin and uses its controls.

Started by :func:`tests.pyqgis.session.running_qgis`; jobs and answers are lines of JSON. The plugin
is that of the archive, unpacked as QGIS unpacks it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from qgis.core import (  # type: ignore[import-not-found]
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas, QgsMessageBar  # type: ignore[import-not-found]
from qgis.PyQt.QtCore import (  # type: ignore[import-not-found]
    QCoreApplication,
    QDate,
    QSettings,
    Qt,
)
from qgis.PyQt.QtWidgets import QMainWindow  # type: ignore[import-not-found]


class Window:
    """As much of QGIS's window as a plugin sees."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.canvas = QgsMapCanvas(self.window)
        self.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
        self.bar = QgsMessageBar(self.window)
        self.window.setCentralWidget(self.canvas)
        self.window.resize(900, 700)

    def mainWindow(self) -> Any:  # noqa: N802, RUF100
        return self.window

    def mapCanvas(self) -> Any:  # noqa: N802, RUF100
        return self.canvas

    def messageBar(self) -> Any:  # noqa: N802, RUF100
        return self.bar

    def addDockWidget(self, area: Any, dock: Any) -> None:  # noqa: N802, RUF100
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock: Any) -> None:  # noqa: N802, RUF100
        self.window.removeDockWidget(dock)

    def addToolBar(self, name: str) -> Any:  # noqa: N802, RUF100
        return self.window.addToolBar(name)


RUNNING: dict[str, Any] = {}


def start(*, folder: str, language: str) -> list[str]:
    """Load the plugin as QGIS does, in a language; gives the texts of its tabs."""
    settings = QSettings()
    settings.setValue("locale/overrideFlag", True)
    settings.setValue("locale/userLocale", language)
    for name in [name for name in sys.modules if name.partition(".")[0] == "liptako"]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    import liptako  # type: ignore[import-not-found]

    sys.path.remove(folder)
    window = Window()
    plugin = liptako.classFactory(window)
    plugin.initGui()
    RUNNING.update(window=window, plugin=plugin)
    tabs = plugin.panel.tabs
    return [tabs.tabText(number) for number in range(tabs.count())]


def connect(*, address: str) -> list[str]:
    """Type an address, press the button; gives the titles of the layers that are shown."""
    panel = RUNNING["plugin"].panel
    panel.address.setText(address)
    panel.connect_button.click()
    return [panel.layers.item(row).text() for row in range(panel.layers.count())]


def add(*, titles: list[str], style: str | None) -> dict[str, Any]:
    """Select layers by their titles, perhaps choose a style, press the button."""
    panel = RUNNING["plugin"].panel
    panel.layers.clearSelection()
    for title in titles:
        (item,) = panel.layers.findItems(title, Qt.MatchFlag.MatchExactly)
        panel.layers.setCurrentItem(item)
        item.setSelected(True)
    styles = [panel.styles.itemText(number) for number in range(panel.styles.count())]
    if style is not None:
        panel.styles.setCurrentIndex(panel.styles.findText(style))
    panel.add_button.click()
    return {"styles": styles, "layers": layers()}


def layers() -> dict[str, Any]:
    """What the project holds."""
    return {
        layer.name(): {
            "valid": layer.isValid(),
            "count": layer.featureCount(),
            "provider": layer.providerType(),
            "renderer": layer.renderer().type() if layer.renderer() else None,
            "in_time": layer.temporalProperties().isActive(),
            "fields": [
                layer.temporalProperties().startField(),
                layer.temporalProperties().endField(),
            ],
            "source": layer.source(),
        }
        for layer in QgsProject.instance().mapLayers().values()
    }


def as_known_on(*, day: str | None) -> dict[str, Any]:
    """Use the control: a day, or none."""
    control = RUNNING["plugin"].asof
    if day is not None:
        control.day.setDate(QDate.fromString(day, Qt.DateFormat.ISODate))
    control.box.setChecked(day is not None)
    return layers()


def control() -> dict[str, Any]:
    """How the control "as known on" looks."""
    shown = RUNNING["plugin"].asof
    return {
        "usable": shown.isEnabled(),
        "text": shown.box.text(),
        "tip": shown.toolTip(),
        "latest": shown.day.maximumDate().toString(Qt.DateFormat.ISODate),
    }


def select(*, layer: str, where: str) -> str:
    """Select a feature of a layer; gives what the panel shows of claims."""
    (found,) = QgsProject.instance().mapLayersByName(layer)
    feature = next(found.getFeatures(QgsFeatureRequest().setFilterExpression(where)))
    found.selectByIds([feature.id()])
    return str(RUNNING["plugin"].panel.claims.toPlainText())


def click(*, lon: float, lat: float) -> str:
    """Take the tool and click on the map; gives what the panel shows of distances."""
    plugin, canvas = RUNNING["plugin"], RUNNING["window"].canvas
    if not plugin.measuring.isChecked():
        plugin.measuring.trigger()
    assert canvas.mapTool() is plugin.tool
    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"),
        canvas.mapSettings().destinationCrs(),
        QgsProject.instance().transformContext(),
    ).transform(QgsPointXY(lon, lat))
    plugin.tool.canvasClicked.emit(there, Qt.MouseButton.LeftButton)
    return str(plugin.panel.distances.toPlainText())


def measure(*, lon: float, lat: float) -> list[list[Any]]:
    """Border, source and metres of each distance, to the last bit."""
    found = RUNNING["plugin"].measure(lon, lat)
    return [[each.border, each.source, each.metres] for each in found]


def told() -> list[str]:
    """Take what the message bar says."""
    bar = RUNNING["window"].bar
    texts = [item.text() for item in bar.items()]
    bar.clearWidgets()
    return texts


def picture(*, path: str, tab: int, whole: bool) -> list[int]:
    """Draw the panel, or the whole window, into a file."""
    window, panel = RUNNING["window"], RUNNING["plugin"].panel
    panel.tabs.setCurrentIndex(tab)
    window.window.show()
    if whole:
        found = QgsProject.instance().mapLayersByName("Incidents")
        window.canvas.setLayers(found)
        window.canvas.setExtent(QgsRectangle(-450000, 1350000, 500000, 1900000))
        window.canvas.refresh()
        window.canvas.waitWhileRendering()
    QCoreApplication.processEvents()
    image = (window.window if whole else panel).grab()
    image.save(path)
    return [image.width(), image.height()]


def stop() -> dict[str, Any]:
    """Unload the plugin; gives how many layers stay, and empties the project."""
    RUNNING["plugin"].unload()
    QCoreApplication.processEvents()
    stayed = len(QgsProject.instance().mapLayers())
    QgsProject.instance().clear()
    tool = RUNNING["window"].canvas.mapTool()
    RUNNING.clear()
    return {"layers": stayed, "tool": tool is not None}


ACTIONS = {
    action.__name__: action
    for action in (
        *(start, connect, add, layers, as_known_on, control),
        *(select, click, measure, told, picture, stop),
    )
}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], True)
    QCoreApplication.setOrganizationName("liptako-test")
    QCoreApplication.setApplicationName("liptako-test")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    application.initQgis()
    for written in sys.stdin:
        job = json.loads(written)
        try:
            answer = {"answer": ACTIONS[job.pop("action")](**job)}
        except Exception as fault:
            answer = {"fault": f"{type(fault).__name__}: {fault}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    RUNNING.clear()
    QgsProject.instance().clear()
    application.exitQgis()


main()
