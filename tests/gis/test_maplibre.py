"""Styles: valid by the style specification, and true to the depictions.

``style_spec.json`` holds the names and types of the specification's own reference (``v8.json`` of
``@maplibre/maplibre-gl-style-spec`` 26.6.0, ISC licence) for the kinds of layer that are written.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gis.depiction import Depiction, Scale, Words
from gis.maplibre import layers_of, style

SPEC = json.loads((Path(__file__).parent / "style_spec.json").read_text())
PLAIN = Depiction(properties=(), colour="#123456")
FULL = Depiction(
    properties=("kind", "low"),
    colour="#123456",
    by_word=Words("kind", {"a": "#aaaaaa", "b": "#bbbbbb"}),
    size=Scale("low", ((0, 6), (10, 20)), unknown=4),
    hollow=("precision", ("near", "area")),
    figures="killed",
)


@pytest.mark.parametrize("depiction", [PLAIN, FULL], ids=["plain", "full"])
@pytest.mark.parametrize("geometry", ["Point", "LineString", "MultiLineString", "MultiPolygon"])
def test_layers_have_the_names_and_types_of_the_specification(
    geometry: str, depiction: Depiction
) -> None:
    cells = "things-cells" if geometry == "Point" else None
    for layer in layers_of("things", geometry, depiction, "here", cells):
        assert set(layer) <= set(SPEC["layer"])
        for part in ("paint", "layout"):
            for name, value in layer.get(part, {}).items():
                check(SPEC[f"{part}_{layer['type']}"][name], value)


def check(kind: str, value: Any) -> None:
    if isinstance(value, list):
        assert isinstance(value[0], str)
    elif kind == "color":
        assert re.fullmatch("#[0-9a-f]{6}", value)
    elif kind == "number":
        assert isinstance(value, int | float)
    else:
        assert kind == "enum"
        assert isinstance(value, str)


def test_a_style_has_the_members_of_the_specification() -> None:
    source = {"type": "vector", "url": "http://example.org/tilejson.json"}
    assert set(source) <= set(SPEC["source_vector"])
    made = style("Things", {"here": source}, [], (1.0, 14.0, 5))
    assert set(made) <= set(SPEC["$root"])
    assert (made["version"], made["center"], made["zoom"]) == (8, [1.0, 14.0], 5)
    assert not {"glyphs", "sprite"} & set(made)
    assert "center" not in style("Things", {}, [], None)


def test_points_have_colour_by_word_size_by_figure_and_rings_where_imprecise() -> None:
    cells, points = layers_of("things", "Point", FULL, "here", "things-cells")
    assert (cells["source-layer"], points["source-layer"]) == ("things-cells", "things")
    paint = points["paint"]
    match = ["match", ["get", "kind"], "a", "#aaaaaa", "b", "#bbbbbb", "#123456"]
    assert paint["circle-color"] == match
    grown = ["interpolate", ["linear"], ["get", "low"], 0, 3, 10, 10]
    assert paint["circle-radius"] == ["case", ["has", "low"], grown, 2]
    is_hollow = ["in", ["get", "precision"], ["literal", ["near", "area"]]]
    assert paint["circle-opacity"] == ["case", is_hollow, 0.08, 0.8]


def test_an_area_has_an_inside_and_an_outline() -> None:
    area, line = layers_of("things", "MultiPolygon", PLAIN, "here", None)
    assert (area["type"], line["type"]) == ("fill", "line")
    assert area["paint"]["fill-opacity"] == PLAIN.opacity
