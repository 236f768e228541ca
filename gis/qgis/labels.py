"""Labels by rules: what is written at which scale, beside which features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.qgis.expressions import column, condition
from gis.qgis.markup import add, add_following
from gis.qgis.symbols import rgba
from gis.symbol_classes import label_tests

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from gis.depiction import Label

INK, PAPER = "#222222", "#ffffff"
AROUND_POINT, FREE, HORIZONTAL = 6, 5, 1
"""Placements of QGIS: by cartographic preference, freely, horizontally in an area."""


def add_labels(parent: Element, geometry: str, labels: Sequence[Label]) -> None:
    """Add the labels of a layer; nothing where it has none."""
    if not labels:
        return
    tree = add(add(parent, "labeling", type="rule-based"), "rules", key="{liptako-labels}")
    for number, (label, tests) in enumerate(zip(labels, label_tests(labels), strict=True)):
        rule = add(
            tree,
            "rule",
            key=f"{{liptako-label-{number}}}",
            description=_description(label),
            filter=condition(tests) or None,
            scalemindenom=1 if label.widest is not None else None,
            scalemaxdenom=label.widest,
        )
        _add_settings(rule, geometry, label, number)


def text(label: Label) -> str:
    """What is written, as an expression."""
    if label.figure is None:
        return column(label.field)
    figure = column(label.figure)
    known = f"if({figure} > 0, ' (' || to_string(round({figure})) || ')', '')"
    return f"{column(label.field)} || {known}"


def _description(label: Label) -> str:
    widest = "" if label.widest is None else f" up to 1:{label.widest:,}"
    least = "" if label.least is None else f", {label.least[0]} >= {label.least[1]:g}"
    return f"{label.field}{widest}{least}"


def _add_settings(parent: Element, geometry: str, label: Label, number: int) -> None:
    settings = add(parent, "settings", calloutType="simple")
    style = add(
        settings,
        "text-style",
        fieldName=text(label),
        isExpression=1,
        fontSize=label.size,
        fontSizeUnit="Point",
        fontWeight=75 if label.least is not None else 50,
        fontItalic=0,
        fontKerning=1,
        multilineHeight=1,
        textColor=rgba(INK),
        textOpacity=1,
        textOrientation="horizontal",
        blendMode=0,
        capitalization=0,
    )
    add(
        style,
        "text-buffer",
        bufferDraw=1,
        bufferColor=rgba(PAPER),
        bufferOpacity=0.85,
        bufferSize=0.8,
        bufferSizeUnits="MM",
        bufferJoinStyle=128,
        bufferNoFill=1,
        bufferBlendMode=0,
    )
    add(
        settings,
        "text-format",
        multilineAlign=3,
        autoWrapLength=24,
        useMaxLineLengthForAutoWrap=1,
        wrapChar="",
        decimals=0,
        formatNumbers=0,
    )
    point = geometry == "Point"
    placement = AROUND_POINT if point else HORIZONTAL if "Polygon" in geometry else FREE
    add(
        settings,
        "placement",
        placement=placement,
        placementFlags=10,
        polygonPlacementFlags=2,
        predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR",
        offsetType=1 if point else 0,
        dist=0.6 if point else 0,
        distUnits="MM",
        priority=max(9 - number, 1),
        centroidWhole=0,
        centroidInside=1,
        fitInPolygonOnly=0,
        rotationUnit="AngleDegrees",
        maxCurvedCharAngleIn=25,
        maxCurvedCharAngleOut=-25,
        layerType="PointGeometry" if point else "UnknownGeometry",
    )
    add(
        settings,
        "rendering",
        drawLabels=1,
        displayAll=0,
        unplacedVisibility=0,
        obstacle=1,
        obstacleFactor=1,
        obstacleType=1,
        upsidedownLabels=0,
        fontMinPixelSize=0,
        fontMaxPixelSize=10000,
        mergeLines=0,
        labelPerPart=0,
        zIndex=0,
        minFeatureSize=0,
        limitNumLabels=0,
        maxNumLabels=2000,
        scaleVisibility=0,
    )
    add_following(settings, "dd_properties", {})
