"""Depictions as Styled Layer Descriptors (OGC 05-078r4 and 05-077r4, version 1.1.0).

One rule a class of features that look alike (:mod:`gis.symbol_classes`), so that programs without
expressions draw them, too. Filters are those of OGC 04-095. What the standard has no words for is
left out: discs in metres on the ground, rings of upper bounds, sizes between two steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gis.symbol_classes import Kind, label_tests, symbol_classes

if TYPE_CHECKING:
    from gis.depiction import Depiction, Label, Style
    from gis.symbol_classes import SymbolClass, Test
    from gis.wording import Wording

MEDIA_TYPE = "application/vnd.ogc.se+xml"

SLD = "http://www.opengis.net/sld"
SE = "http://www.opengis.net/se"
OGC = "http://www.opengis.net/ogc"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = f"{SLD} http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd"

_COMPARISONS = {
    Kind.AT_LEAST: "PropertyIsGreaterThanOrEqualTo",
    Kind.BELOW: "PropertyIsLessThan",
    Kind.NOT_AT_LEAST: "PropertyIsLessThan",
    Kind.IN: "PropertyIsEqualTo",
}


def sld(layer: str, geometry: str, style: Style, wording: Wording) -> str:
    """A style as an SLD document.

    Parameters
    ----------
    layer : str
        Name of the layer, by which a program finds it.
    geometry : str
        GeoJSON type.
    style : Style
    wording : Wording
        Language of the titles.
    """
    root = Element(
        "StyledLayerDescriptor",
        {
            "version": "1.1.0",
            "xmlns": SLD,
            "xmlns:se": SE,
            "xmlns:ogc": OGC,
            "xmlns:xsi": _XSI,
            "xsi:schemaLocation": _SCHEMA,
        },
    )
    named = SubElement(root, "NamedLayer")
    _text(named, "se:Name", layer)
    user = SubElement(named, "UserStyle")
    _text(user, "se:Name", style.id)
    described = SubElement(user, "se:Description")
    _text(described, "se:Title", wording.text(style.title))
    of_type = SubElement(user, "se:FeatureTypeStyle")
    for each in symbol_classes(geometry, style.depiction):
        _rule(of_type, geometry, style.depiction, each, wording)
    labels = style.depiction.labels
    for label, tests in zip(labels, label_tests(labels), strict=True):
        _label_rule(of_type, geometry, label, tests)
    indent(root, space=" ")
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _rule(
    parent: Element, geometry: str, depiction: Depiction, of: SymbolClass, wording: Wording
) -> None:
    rule = SubElement(parent, "se:Rule")
    title = "; ".join(wording.words(words) for words in of.labels)
    _text(rule, "se:Name", "; ".join(", ".join(words) for words in of.labels) or "all")
    if title:
        _text(SubElement(rule, "se:Description"), "se:Title", title)
    _filter(rule, of.tests)
    if depiction.widest is not None:
        _text(rule, "se:MaxScaleDenominator", str(depiction.widest))
    if geometry == "Point":
        _point(rule, of)
    elif "Polygon" in geometry:
        symbolizer = SubElement(rule, "se:PolygonSymbolizer")
        _fill(symbolizer, of.colour, depiction.opacity)
        _stroke(symbolizer, of.colour, of.width)
    else:
        _stroke(SubElement(rule, "se:LineSymbolizer"), of.colour, of.width)


def _point(rule: Element, of: SymbolClass) -> None:
    graphic = SubElement(SubElement(rule, "se:PointSymbolizer"), "se:Graphic")
    mark = SubElement(graphic, "se:Mark")
    _text(mark, "se:WellKnownName", "circle")
    _fill(mark, of.colour, 0.1 if of.hollow else 0.8)
    _stroke(mark, of.colour if of.hollow else "#ffffff", 1.3 if of.hollow else 0.6)
    _text(graphic, "se:Size", f"{of.size:g}")


def _label_rule(parent: Element, geometry: str, label: Label, tests: tuple[Test, ...]) -> None:
    rule = SubElement(parent, "se:Rule")
    _text(rule, "se:Name", f"label {label.field}")
    _filter(rule, tests)
    if label.widest is not None:
        _text(rule, "se:MaxScaleDenominator", str(label.widest))
    symbolizer = SubElement(rule, "se:TextSymbolizer")
    _text(SubElement(symbolizer, "se:Label"), "ogc:PropertyName", label.field)
    font = SubElement(symbolizer, "se:Font")
    _parameter(font, "font-size", f"{label.size * 96 / 72:g}")
    if geometry == "Point":
        placed = SubElement(SubElement(symbolizer, "se:LabelPlacement"), "se:PointPlacement")
        shift = SubElement(placed, "se:Displacement")
        _text(shift, "se:DisplacementX", "6")
        _text(shift, "se:DisplacementY", "6")
    halo = SubElement(symbolizer, "se:Halo")
    _text(halo, "se:Radius", "1.5")
    _fill(halo, "#ffffff", 0.85)
    _fill(symbolizer, "#222222", 1.0)


def _filter(rule: Element, tests: tuple[Test, ...]) -> None:
    if not tests:
        return
    parent = SubElement(rule, "ogc:Filter")
    if len(tests) > 1:
        parent = SubElement(parent, "ogc:And")
    for test in tests:
        _test(parent, test)


def _test(parent: Element, test: Test) -> None:
    if test.kind in (Kind.NOT_IN, Kind.NOT_AT_LEAST):
        either = SubElement(parent, "ogc:Or")
        _test_null(either, test.field)
        if test.kind is Kind.NOT_IN:
            _any_of(SubElement(either, "ogc:Not"), test)
        else:
            _compare(either, test, test.values[0])
    elif test.kind is Kind.IN:
        _any_of(parent, test)
    elif test.kind is Kind.UNKNOWN:
        _test_null(parent, test.field)
    elif test.kind is Kind.KNOWN:
        _test_null(SubElement(parent, "ogc:Not"), test.field)
    else:
        _compare(parent, test, test.values[0])


def _any_of(parent: Element, test: Test) -> None:
    if len(test.values) > 1:
        parent = SubElement(parent, "ogc:Or")
    for value in test.values:
        _compare(parent, test, value)


def _compare(parent: Element, test: Test, value: str | float) -> None:
    comparison = _COMPARISONS.get(test.kind, "PropertyIsEqualTo")
    found = SubElement(parent, f"ogc:{comparison}")
    _text(found, "ogc:PropertyName", test.field)
    _text(found, "ogc:Literal", value if isinstance(value, str) else f"{value:.12g}")


def _test_null(parent: Element, field: str) -> None:
    _text(SubElement(parent, "ogc:PropertyIsNull"), "ogc:PropertyName", field)


def _fill(parent: Element, colour: str, opacity: float) -> None:
    fill = SubElement(parent, "se:Fill")
    _parameter(fill, "fill", colour)
    _parameter(fill, "fill-opacity", f"{opacity:g}")


def _stroke(parent: Element, colour: str, width: float) -> None:
    stroke = SubElement(parent, "se:Stroke")
    _parameter(stroke, "stroke", colour)
    _parameter(stroke, "stroke-width", f"{width:g}")


def _parameter(parent: Element, name: str, value: str) -> None:
    SubElement(parent, "se:SvgParameter", name=name).text = value


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text
