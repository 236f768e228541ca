"""The style of a layer: the body that QML files, layer definitions and projects share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.fields import Role
from gis.qgis.forms import add_fields
from gis.qgis.labels import add_labels
from gis.qgis.markup import QGIS, add, add_options, document, root, spelt
from gis.qgis.metadata import add_metadata
from gis.qgis.renderers import add_renderer

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from gis.depiction import Style
    from gis.qgis.markup import Value
    from gis.qgis.sheet import About, Sheet

DOCTYPE = "qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'"
MEDIA_TYPE = "application/vnd.qgis.qml+xml"
START_AND_END, INSTANT = 2, 1
_GEOMETRIES = {"Point": 0, "LineString": 1, "Polygon": 2}
NONE = 4
"""Of the numbers of geometries in QGIS: a table."""


def qml(sheet: Sheet, style: Style, about: About) -> str:
    """A style as a QML document.

    Parameters
    ----------
    sheet : Sheet
    style : Style
        One of the sheet's.
    about : About
        For its metadata, which QGIS passes over in a style; the notes of the layer repeat them.
    """
    found = root("qgis", version=QGIS, styleCategories="AllStyleCategories")
    for name, text in spelt(layer_attributes(sheet, style)).items():
        found.set(name, text)
    add_style(found, sheet, style, about)
    metadata = add(found, "resourceMetadata")
    add_metadata(metadata, sheet, about)
    return document(found, DOCTYPE)


def layer_attributes(sheet: Sheet, style: Style) -> dict[str, Value]:
    """The part of a style that stands as attributes of the layer's element."""
    widest = style.depiction.widest
    return {
        "labelsEnabled": bool(style.depiction.labels) and sheet.geometry is not None,
        "hasScaleBasedVisibilityFlag": widest is not None,
        "minScale": widest or 100_000_000,
        "maxScale": 0,
        "readOnly": 0,
        "simplifyDrawingHints": 0 if sheet.geometry in (None, "Point") else 1,
        "simplifyDrawingTol": 1,
        "simplifyLocal": 1,
        "simplifyMaxScale": 1,
        "simplifyAlgorithm": 0,
        "symbologyReferenceScale": -1,
    }


def add_style(parent: Element, sheet: Sheet, style: Style, about: About) -> None:
    """Add the elements of a style."""
    flags = add(parent, "flags")
    for name, text in (("Identifiable", "1"), ("Removable", "1"), ("Searchable", "1")):
        add(flags, name, text)
    add_temporal(parent, sheet)
    notes = _notes(sheet, about)
    add(parent, "userNotes", value=notes)
    if sheet.geometry is not None:
        add_renderer(parent, sheet.geometry, style.depiction, sheet.wording)
        add_labels(parent, sheet.geometry, style.depiction.labels)
    add_options(add(parent, "customproperties"), {"userNotes": notes})
    add(parent, "blendMode", "0")
    add(parent, "featureBlendMode", "0")
    add(parent, "layerOpacity", "1")
    add(parent, "legend", type="default-vector", showLabelLegend=0)
    add_fields(parent, sheet)
    add(parent, "layerGeometryType", str(geometry_number(sheet.geometry)))


def add_temporal(parent: Element, sheet: Sheet) -> None:
    """Add the settings of time, switched on where the layer has a time."""
    start, end = sheet.role(Role.START), sheet.role(Role.END)
    found = add(
        parent,
        "temporal",
        enabled=start is not None,
        mode=START_AND_END if end is not None else INSTANT,
        startField=start.name if start is not None else "",
        endField=end.name if end is not None else "",
        limitMode=0,
        accumulate=0,
        durationField="",
        durationUnit="min",
        fixedDuration=0,
        startExpression="",
        endExpression="",
    )
    fixed = add(found, "fixedRange")
    add(fixed, "start", "")
    add(fixed, "end", "")


def geometry_number(geometry: str | None) -> int:
    """The number of a kind of geometry in QGIS."""
    return NONE if geometry is None else _GEOMETRIES[geometry.removeprefix("Multi")]


def _notes(sheet: Sheet, about: About) -> str:
    parts = (sheet.description, *about.history, *about.licences, *about.attributions)
    return "\n".join(part for part in parts if part)
