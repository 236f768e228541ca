"""Runs inside QGIS: reads one job a line from standard input, writes one answer a line.

Started by :mod:`tests.pyqgis.session` with the Python that QGIS belongs to, which is another than
ours, so nothing of ours is imported here. What a job may ask is written there.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import pathlib
import sys
import types
from typing import Any

import numpy
from qgis.core import (  # type: ignore[import-not-found]
    QgsApplication,
    QgsDateTimeRange,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsLayerDefinition,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import (  # type: ignore[import-not-found]
    QDate,
    QDateTime,
    QSize,
    Qt,
    QTime,
    QVariant,
)
from qgis.PyQt.QtGui import QColor, QImage  # type: ignore[import-not-found]

LAYERS: dict[str, Any] = {}


def open_layer(*, name: str, uri: str, provider: str, kind: str) -> dict[str, Any]:
    if kind == "vectortile":
        layer = QgsVectorTileLayer(uri, name)
    elif kind == "raster":
        layer = QgsRasterLayer(uri, name, provider)
    else:
        layer = QgsVectorLayer(uri, name, provider)
    LAYERS[name] = layer
    found = {
        "valid": layer.isValid(),
        # An error without a message ends QGIS 3.22 when it is asked to sum itself up.
        "error": layer.error().message() if not layer.error().isEmpty() else "",
        "crs": layer.crs().authid(),
        "extent": _box(layer.extent()),
        "metadata": _metadata(layer.metadata()),
    }
    if kind == "vector" and layer.isValid():
        found |= _vector(layer)
    return found


def _vector(layer: Any) -> dict[str, Any]:
    temporal = layer.temporalProperties()
    return {
        "count": layer.featureCount(),
        "geometry": QgsWkbTypes.displayString(layer.wkbType()),
        "fields": {
            field.name(): {
                "type": field.typeName(),
                "alias": field.alias(),
                "comment": field.comment(),
            }
            for field in layer.fields()
        },
        "renderer": layer.renderer().type() if layer.renderer() else None,
        "temporal": {
            "active": temporal.isActive(),
            "mode": int(temporal.mode()),
            "start": temporal.startField(),
            "end": temporal.endField(),
        },
    }


def _metadata(metadata: Any) -> dict[str, Any]:
    extent = metadata.extent()
    return {
        "title": metadata.title(),
        "abstract": metadata.abstract(),
        "licences": metadata.licenses(),
        "rights": metadata.rights(),
        "keywords": sorted(word for words in metadata.keywords().values() for word in words),
        "contacts": [contact.name or contact.organization for contact in metadata.contacts()],
        "links": [link.url for link in metadata.links()],
        "boxes": [_box(each.bounds) for each in extent.spatialExtents()],
        "periods": [
            [_value(each.begin()), _value(each.end())] for each in extent.temporalExtents()
        ],
    }


def features(
    *,
    name: str,
    rect: list[float] | None,
    where: str | None,
    fields: list[str] | None,
    limit: int | None,
) -> list[Any]:
    layer, request = LAYERS[name], QgsFeatureRequest()
    if rect is not None:
        request.setFilterRect(QgsRectangle(*rect))
    if where is not None:
        request.setFilterExpression(where)
    if limit is not None:
        request.setLimit(limit)
    names = [field.name() for field in layer.fields()] if fields is None else fields
    request.setSubsetOfAttributes(names, layer.fields())
    return [
        [
            feature.geometry().asWkt(7) if feature.hasGeometry() else None,
            {each: _value(feature.attribute(each)) for each in names},
        ]
        for feature in layer.getFeatures(request)
    ]


def subset(*, name: str, text: str) -> dict[str, Any]:
    accepted = LAYERS[name].setSubsetString(text)
    return {"accepted": accepted, "count": LAYERS[name].featureCount()}


def statistic(*, name: str, aggregate: str, field: str) -> Any:
    from qgis.core import QgsAggregateCalculator

    which, known = QgsAggregateCalculator.stringToAggregate(aggregate)
    assert known, aggregate
    value, done = LAYERS[name].aggregate(which, field)
    return _value(value) if done else None


def render(*, names: list[str], rect: list[float], crs: str, size: list[int], path: str) -> Any:
    from qgis.core import QgsCoordinateReferenceSystem

    settings = QgsMapSettings()
    settings.setLayers([LAYERS[name] for name in names])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(crs))
    settings.setTransformContext(QgsProject.instance().transformContext())
    settings.setExtent(QgsRectangle(*rect))
    settings.setOutputSize(QSize(*size))
    settings.setBackgroundColor(QColor(255, 255, 255))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path)
    colours = {
        image.pixelColor(x, y).name() for x in range(0, size[0], 2) for y in range(0, size[1], 2)
    }
    return {"colours": len(colours), "faults": [each.message for each in job.errors()]}


def default_style(*, name: str) -> list[str]:
    """Give the source layers of the style that a vector tile connection brings, lowest first."""
    layer = LAYERS[name]
    layer.loadDefaultStyle()
    return [each.layerName() for each in layer.renderer().styles()]


def open_project(*, source: str, prefix: str) -> dict[str, Any]:
    """Open a project; its layers are known by the prefix and their keys."""
    project = QgsProject.instance()
    done = project.read(source)
    for key, layer in project.mapLayers().items():
        LAYERS[prefix + key] = layer
    times, themes = project.timeSettings().temporalRange(), project.mapThemeCollection()
    root = project.layerTreeRoot()
    return {
        "done": done,
        "error": project.error(),
        "title": project.title(),
        "crs": project.crs().authid(),
        "layers": {
            key: {"valid": layer.isValid(), "crs": layer.crs().authid(), "name": layer.name()}
            | (_vector(layer) if isinstance(layer, QgsVectorLayer) and layer.isValid() else {})
            | {"metadata": _metadata(layer.metadata()), "source": layer.source()}
            for key, layer in project.mapLayers().items()
        },
        "period": [_value(times.begin()), _value(times.end())],
        "themes": {
            name: {
                each.layer().id(): each.currentStyle
                for each in themes.mapThemeState(name).layerRecords()
            }
            for name in themes.mapThemes()
        },
        "visible": [each.id() for each in root.checkedLayers()],
        "groups": {
            group.name(): [each.layerId() for each in group.findLayers()]
            for group in root.children()
        },
        "bookmarks": [each.name() for each in project.bookmarkManager().bookmarks()],
        "layouts": {
            each.name(): [item.displayName() for item in each.items() if hasattr(item, "uuid")]
            for each in project.layoutManager().layouts()
        },
    }


def close_project(*, prefix: str) -> None:
    for name in [each for each in LAYERS if each.startswith(prefix)]:
        del LAYERS[name]
    QgsProject.instance().clear()


def open_definition(*, path: str, name: str) -> dict[str, Any]:
    """Add what a layer definition holds, as dragging it into the window does."""
    (layer,) = QgsLayerDefinition.loadLayerDefinitionLayers(path)
    LAYERS[name] = layer
    found = {"valid": layer.isValid(), "crs": layer.crs().authid(), "name": layer.name()}
    return found | _vector(layer) | {"metadata": _metadata(layer.metadata())}


def draw_theme(*, theme: str, bookmark: str, size: list[int], path: str) -> None:
    image = inside_qgis().draw_map(QgsProject.instance(), theme, bookmark, size)
    inside_qgis().save(image, pathlib.Path(path))


def inside_qgis() -> Any:
    """What draws the pictures of the documentation, loaded by its path: it is none of QGIS's."""
    pictures = pathlib.Path(__file__).parents[2] / "scripts" / "pictures" / "inside_qgis.py"
    loader = importlib.machinery.SourceFileLoader("inside_qgis", str(pictures))
    module = types.ModuleType(loader.name)
    loader.exec_module(module)
    return module


def likeness(*, one: str, other: str) -> dict[str, Any]:
    """How many pixels of two pictures differ by more than an eighth in some colour, as a share."""
    images = [QImage(path).convertToFormat(QImage.Format_RGB888) for path in (one, other)]
    if images[0].size() != images[1].size():
        return {"same_size": False, "differing": 1.0}
    rows = []
    for image in images:
        bits = image.constBits()
        bits.setsize(image.sizeInBytes())
        plain = numpy.frombuffer(bits, numpy.uint8).reshape(image.height(), -1)
        wide = plain[:, : image.width() * 3].astype(int)
        rows.append(wide.reshape(image.height(), image.width(), 3))
    differing = (abs(rows[0] - rows[1]).max(axis=2) > 32).mean()
    return {"same_size": True, "differing": float(differing)}


def edit(*, name: str, where: str, values: dict[str, Any]) -> dict[str, Any]:
    """Change attributes of the features of which an expression is true, and save."""
    layer = LAYERS[name]
    assert layer.startEditing(), "the layer cannot be edited"
    for feature in layer.getFeatures(QgsFeatureRequest().setFilterExpression(where)):
        for field, value in values.items():
            position = layer.fields().indexOf(field)
            assert layer.changeAttributeValue(feature.id(), position, value), field
    return _saved(layer)


def add(*, name: str, wkt: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """Draw a feature, fill in its form, and save."""
    layer = LAYERS[name]
    assert layer.startEditing(), "the layer cannot be edited"
    feature = QgsFeature(layer.fields())
    for field, value in values.items():
        feature.setAttribute(field, value)
    if wkt is not None:
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
    assert layer.addFeature(feature)
    return _saved(layer)


def _saved(layer: Any) -> dict[str, Any]:
    saved = layer.commitChanges()
    faults = layer.commitErrors()
    if not saved:
        layer.rollBack()
    return {"saved": saved, "faults": faults}


def style(*, name: str, path: str | None) -> dict[str, Any]:
    """Apply a style, or the default of the source, and tell what the layer then is."""
    layer = LAYERS[name]
    if path is None:
        message, done = layer.loadDefaultStyle()
    elif path.endswith(".sld"):
        message, done = layer.loadSldStyle(path)
    else:
        message, done = layer.loadNamedStyle(path)
    return {"done": done, "message": message, **_vector(layer), **_styled(layer)}


def _styled(layer: Any) -> dict[str, Any]:
    renderer, form = layer.renderer(), layer.editFormConfig()
    labels = layer.labeling()
    widgets = [layer.editorWidgetSetup(index) for index in range(layer.fields().count())]
    names = [field.name() for field in layer.fields()]
    return {
        "legend": [] if renderer is None else [i.label() for i in renderer.legendSymbolItems()],
        "labels": layer.labelsEnabled(),
        "rules": 0 if labels is None else len(labels.subProviders()),
        "display": layer.displayExpression(),
        "map_tip": layer.mapTipTemplate(),
        "read_only": [name for index, name in enumerate(names) if form.readOnly(index)],
        "tabs": [tab.name() for tab in form.tabs()],
        "widgets": {
            name: [widget.type(), widget.config()]
            for name, widget in zip(names, widgets, strict=True)
        },
        "notes": layer.customProperty("userNotes"),
    }


def styles_at_hand(*, name: str) -> list[str]:
    """The names of the styles that the source of a layer brings."""
    _, _, names, _, _ = LAYERS[name].listStylesInDatabase()
    return list(names)


def frame(*, name: str, start: str, end: str) -> list[Any]:
    """The features that the temporal controller shows from a moment to another, as values."""
    layer = LAYERS[name]
    moments = [QDateTime.fromString(text, Qt.ISODate) for text in (start, end)]
    period = QgsDateTimeRange(moments[0], moments[1], True, False)
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    where = layer.temporalProperties().createFilterString(context, period)
    assert where, "the layer has no settings of time"
    found = layer.getFeatures(QgsFeatureRequest().setFilterExpression(where))
    names = [field.name() for field in layer.fields()]
    return [{each: _value(row.attribute(each)) for each in names} for row in found]


def close(*, name: str) -> None:
    del LAYERS[name]


def _box(rect: Any) -> list[float]:
    return [rect.xMinimum(), rect.yMinimum(), rect.xMaximum(), rect.yMaximum()]


def _value(value: Any) -> Any:
    """A value as JSON has it; what QGIS holds as NULL is null, and never 0."""
    if isinstance(value, QVariant) or value is None:
        return None if value is None or value.isNull() else _value(value.value())
    if isinstance(value, (QDate, QDateTime, QTime)):
        return value.toString(Qt.ISODate) if value.isValid() else None
    return value


ACTIONS = {
    action.__name__: action
    for action in (
        open_layer,
        features,
        subset,
        statistic,
        render,
        default_style,
        style,
        styles_at_hand,
        frame,
        open_project,
        close_project,
        open_definition,
        draw_theme,
        likeness,
        edit,
        add,
        close,
    )
}


def main() -> None:
    # QGIS and its libraries print as they like; the answers go where nobody else writes.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"answer": ACTIONS[job.pop("action")](**job)}
        except Exception as fault:
            answer = {"fault": f"{type(fault).__name__}: {fault}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    LAYERS.clear()
    application.exitQgis()


main()
