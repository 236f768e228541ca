"""A print layout: a map that follows a theme, with legend, scale bar and source line."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from gis.qgis.markup import add
from gis.qgis.symbols import add_symbol, fill, line, rgba

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from gis.qgis.markup import Value

MAP, LABEL, LEGEND, SCALE_BAR, PAGE = 65639, 65641, 65642, 65646, 65638
LEFT, MIDDLE = 1, 4
_WIDTH, _HEIGHT, _MARGIN, _HEAD, _FOOT, _SIDE = 297.0, 210.0, 10.0, 14.0, 18.0, 76.0

Bounds = tuple[float, float, float, float]


def add_layout(
    parent: Element, name: str, *, title: str, source: str, legend: str, theme: str, bounds: Bounds
) -> None:
    """Add a page of A4, landscape.

    Parameters
    ----------
    parent : Element
    name : str
        Of the layout, in the list of layouts.
    title : str
    source : str
        What stands below the map: whom the data are owed to, their licence, their version.
    legend : str
        Title of the legend.
    theme : str
        Map theme that the map and its legend follow.
    bounds : (west, south, east, north)
        Of the map, in the system of the project.
    """
    found = add(parent, "Layout", name=name, units="mm", printResolution=300, worldFileMap="")
    add(found, "Snapper", snapToGrid=0, snapToGuides=1, snapToItems=1, tolerance=5)
    add(found, "Grid", resolution=10, resUnits="mm", offsetX=0, offsetY=0, offsetUnits="mm")
    pages = add(found, "PageCollection")
    paper = fill("#ffffff", 1.0, 0.0)
    add_symbol(pages, "", [paper])
    page = _item(pages, PAGE, f"{name} page", 0, (0, 0, _WIDTH, _HEIGHT), background="true")
    add_symbol(page, "", [paper])
    add(pages, "GuideCollection", visible=1)
    wide, high = _WIDTH - 2 * _MARGIN - _SIDE, _HEIGHT - 2 * _MARGIN - _HEAD - _FOOT
    top = _MARGIN + _HEAD
    map_id = _add_map(found, name, theme, _fitted(bounds, wide / high), (_MARGIN, top, wide, high))
    _add_label(found, f"{name} title", title, 16, True, (_MARGIN, _MARGIN, _WIDTH - 20, 10))
    side = _WIDTH - _MARGIN - _SIDE + 3
    _add_legend(found, f"{name} legend", legend, map_id, (side, top, _SIDE - 3, 60))
    below = (_MARGIN, _HEIGHT - _MARGIN - _FOOT + 2, _WIDTH - 2 * _MARGIN - _SIDE, _FOOT - 2)
    _add_label(found, f"{name} source", source, 5.5, False, below)
    _add_scale_bar(found, f"{name} scale", map_id, (side, _HEIGHT - _MARGIN - 13, _SIDE - 3, 13))
    add(found, "Atlas", enabled=0, hideCoverage=0, coverageLayer="", filterFeatures=0)


def _fitted(bounds: Bounds, ratio: float) -> Bounds:
    """The bounds widened to the form of the map, about the same middle."""
    west, south, east, north = bounds
    wide, high = (
        max(east - west, (north - south) * ratio),
        max(north - south, (east - west) / ratio),
    )
    x, y = (west + east) / 2, (south + north) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _item(
    parent: Element,
    kind: int,
    name: str,
    level: int,
    place: tuple[float, float, float, float],
    **more: Value,
) -> Element:
    left, top, wide, high = place
    mark = identifier(name)
    position = f"{left:g},{top:g},mm"
    found = add(
        parent,
        "LayoutItem",
        type=kind,
        uuid=mark,
        templateUuid=mark,
        id=name,
        zValue=level,
        position=position,
        positionOnPage=position,
        size=f"{wide:g},{high:g},mm",
        referencePoint=0,
        itemRotation=0,
        opacity=1,
        visibility=1,
        blendMode=0,
        excludeFromExports=0,
        positionLock="false",
        outlineWidthM="0.2,mm",
        frameJoinStyle="miter",
        groupUuid="",
        **({"frame": "false", "background": "false"} | more),
    )
    add(found, "FrameColor", red=120, green=120, blue=120, alpha=255)
    add(found, "BackgroundColor", red=255, green=255, blue=255, alpha=255)
    add(found, "LayoutObject")
    return found


def identifier(name: str) -> str:
    """A mark of its own for a name, the same each time."""
    return f"{{{uuid5(NAMESPACE_URL, f'liptako:{name}')}}}"


def _add_map(
    parent: Element, name: str, theme: str, bounds: Bounds, place: tuple[float, float, float, float]
) -> str:
    west, south, east, north = bounds
    label = f"{name} map"
    found = _item(
        parent,
        MAP,
        label,
        1,
        place,
        frame="true",
        background="true",
        followPreset="true",
        followPresetName=theme,
        keepLayerSet="false",
        drawCanvasItems="false",
        mapRotation=0,
        labelMargin="0,mm",
        mapFlags=0,
        isTemporal=0,
    )
    add(found, "Extent", xmin=west, ymin=south, xmax=east, ymax=north)
    add(found, "LayerSet")
    add(found, "AtlasMap", atlasDriven=0, scalingMode=2, margin=0.1)
    return identifier(label)


def _add_label(
    parent: Element,
    name: str,
    text: str,
    size: float,
    bold: bool,
    place: tuple[float, float, float, float],
) -> None:
    found = _item(
        parent,
        LABEL,
        name,
        2,
        place,
        labelText=text,
        htmlState=0,
        halign=LEFT,
        valign=32,
        marginX=0,
        marginY=0,
    )
    _add_text(found, size, bold)
    add(found, "LabelFont", description=_font(size, bold), style="")
    add(found, "FontColor", red=34, green=34, blue=34, alpha=255)


def _font(size: float, bold: bool = False) -> str:
    return f"Sans Serif,{size:g},-1,5,{75 if bold else 50},0,0,0,0,0"


def _add_text(parent: Element, size: float, bold: bool = False) -> None:
    add(
        parent,
        "text-style",
        fontSize=size,
        fontSizeUnit="Point",
        fontWeight=75 if bold else 50,
        fontItalic=0,
        fontKerning=1,
        multilineHeight=1,
        textColor=rgba("#222222"),
        textOpacity=1,
        textOrientation="horizontal",
        blendMode=0,
    )


def _add_legend(
    parent: Element,
    name: str,
    title: str,
    map_id: str,
    place: tuple[float, float, float, float],
) -> None:
    found = _item(
        parent,
        LEGEND,
        name,
        3,
        place,
        title=title,
        map_uuid=map_id,
        legendFilterByMap=1,
        legendFilterByAtlas=0,
        resizeToContents=1,
        columnCount=1,
        columnSpace=2,
        boxSpace=0,
        symbolWidth=6,
        symbolHeight=3.5,
        lineSpacing=1,
        minSymbolSize=0,
        maxSymbolSize=0,
        symbolAlignment=1,
        titleAlignment=1,
        wrapChar="",
        fontColor="#222222",
    )
    styles = add(found, "styles")
    for kind, size, before in (
        ("title", 11, 0.0),
        ("group", 9, 2.5),
        ("subgroup", 8, 2.0),
        ("symbol", 7, 1.2),
        ("symbolLabel", 7, 1.2),
    ):
        style = add(
            styles, "style", name=kind, alignment=1, indent=0, marginTop=before, marginLeft=2
        )
        add(style, "styleFont", description=_font(size, kind in ("title", "group")), style="")


def _add_scale_bar(
    parent: Element, name: str, map_id: str, place: tuple[float, float, float, float]
) -> None:
    found = _item(
        parent,
        SCALE_BAR,
        name,
        4,
        place,
        mapUuid=map_id,
        style="Line Ticks Up",
        unitType="km",
        unitLabel="km",
        segmentSizeMode=1,
        minBarWidth=20,
        maxBarWidth=50,
        numSegments=2,
        numSegmentsLeft=0,
        numSubdivisions=1,
        numMapUnitsPerScaleBarUnit=1,
        numUnitsPerSegment=100,
        segmentMillimeters=20,
        height=2,
        labelBarSpace=1,
        boxContentSpace=0,
        outlineWidth=0.2,
        alignment=0,
        lineJoinStyle="miter",
        lineCapStyle="square",
    )
    _add_text(found, 7)
    for tag, stroke in (
        ("lineSymbol", line("#222222", 0.8)),
        ("divisionLineSymbol", line("#222222", 0.8)),
        ("subdivisionLineSymbol", line("#222222", 0.8)),
        ("fillSymbol1", fill("#222222", 1.0, 0.0)),
        ("fillSymbol2", fill("#ffffff", 1.0, 0.0)),
    ):
        add_symbol(add(found, tag), "", [stroke])
