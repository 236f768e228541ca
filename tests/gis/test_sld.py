"""Styled Layer Descriptors: in the order and with the names of the schema, one rule a class.

The schema itself (OGC 05-078r4, ``StyledLayerDescriptor.xsd``; 05-077r4, ``FeatureStyle.xsd`` and
``Symbolizer.xsd``) is not at hand offline; what of it we use is written down here as sequences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from gis.depiction import Depiction, Label, Style
from gis.sld import OGC, SE, SLD, sld
from gis.symbol_classes import symbol_classes
from gis.wording import ENGLISH, Wording
from tests.gis.test_symbol_classes import LINES, POINTS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LABELLED = Depiction(
    properties=(),
    colour="#123456",
    labels=(Label("name", 1000, least=("low", 5)), Label("name", None)),
    widest=5000,
)
SEQUENCES = {
    "StyledLayerDescriptor": "NamedLayer+",
    "NamedLayer": "Name UserStyle+",
    "UserStyle": "Name Description? FeatureTypeStyle+",
    "Description": "Title?",
    "FeatureTypeStyle": "Rule+",
    "Rule": "Name? Description? Filter? MinScaleDenominator? MaxScaleDenominator? "
    "(PointSymbolizer|LineSymbolizer|PolygonSymbolizer|TextSymbolizer)+",
    "PointSymbolizer": "Graphic",
    "LineSymbolizer": "Stroke",
    "PolygonSymbolizer": "Fill Stroke",
    "TextSymbolizer": "Label Font? LabelPlacement? Halo? Fill?",
    "LabelPlacement": "PointPlacement",
    "PointPlacement": "AnchorPoint? Displacement?",
    "Displacement": "DisplacementX DisplacementY",
    "Halo": "Radius Fill",
    "Graphic": "Mark Size",
    "Mark": "WellKnownName Fill Stroke",
    "Fill": "SvgParameter+",
    "Stroke": "SvgParameter+",
    "Font": "SvgParameter+",
    "Filter": "(And|Or|Not|PropertyIs\\w+)",
    "And": "(Or|Not|PropertyIs\\w+)+",
    "Or": "(Or|Not|PropertyIs\\w+)+",
    "Not": "(Or|PropertyIs\\w+)",
    "Label": "PropertyName",
    "PropertyIsNull": "PropertyName",
    "PropertyIsEqualTo": "PropertyName Literal",
    "PropertyIsLessThan": "PropertyName Literal",
    "PropertyIsGreaterThanOrEqualTo": "PropertyName Literal",
}


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def check(element: Element) -> None:
    children = "".join(f"{local(child)} " for child in element)
    if not len(element):
        assert element.text, element.tag
        return
    sequence = SEQUENCES[local(element)]
    pattern = "".join(
        f"(?:{re.sub(r'[?+]$', '', part)} ){part[-1] if part[-1] in '?+' else ''}"
        for part in sequence.split(" ")
    )
    assert re.fullmatch(pattern, children), (element.tag, children)
    for child in element:
        check(child)


@pytest.mark.parametrize(
    "geometry, depiction",
    [
        ("Point", POINTS),
        ("Point", LABELLED),
        ("LineString", LINES),
        ("MultiPolygon", POINTS),
        ("MultiPolygon", LABELLED),
        ("MultiLineString", LABELLED),
    ],
)
def test_a_descriptor_has_the_order_of_the_schema(geometry: str, depiction: Depiction) -> None:
    style = Style("plain", "Plain", depiction)
    root = ElementTree.fromstring(sld("things", geometry, style, ENGLISH))
    assert (root.tag, root.get("version")) == (f"{{{SLD}}}StyledLayerDescriptor", "1.1.0")
    check(root)
    rules = root.findall(f".//{{{SE}}}Rule")
    assert len(rules) == len(symbol_classes(geometry, depiction)) + len(depiction.labels)


def test_titles_are_of_the_language_and_names_are_not() -> None:
    french = Wording("fr", {"Plain": "Simple", "Not known": "Inconnu"})
    root = ElementTree.fromstring(sld("t", "LineString", Style("p", "Plain", LINES), french))
    assert root.findtext(f".//{{{SE}}}Title") == "Simple"
    rule = root.find(f".//{{{SE}}}Rule")
    assert rule is not None
    assert rule.findtext(f"{{{SE}}}Name") == "Not known"
    assert rule.findtext(f"{{{SE}}}Description/{{{SE}}}Title") == "Inconnu"
    assert rule.findtext(f".//{{{OGC}}}PropertyName") == "distance_m"
