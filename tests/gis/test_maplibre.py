"""Styles: valid by the style specification, and true to the depictions.

``style_spec.json`` holds the names and types of the specification's own reference (``v8.json`` of
``@maplibre/maplibre-gl-style-spec`` 26.6.0, ISC licence) for the kinds of layer that are written.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.depiction import Depiction, Scale, Words
from gis.maplibre import CELL_STOPS, classed, layers_of, style

if TYPE_CHECKING:
    from collections.abc import Callable

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


@pytest.mark.parametrize("write", [layers_of, classed])
@pytest.mark.parametrize("depiction", [PLAIN, FULL], ids=["plain", "full"])
@pytest.mark.parametrize("geometry", ["Point", "LineString", "MultiLineString", "MultiPolygon"])
def test_layers_have_the_names_and_types_of_the_specification(
    geometry: str, depiction: Depiction, write: Callable[..., list[Any]]
) -> None:
    cells = "things-cells" if geometry == "Point" else None
    drawn = write("things", geometry, depiction, "here", cells)
    assert len({layer["id"] for layer in drawn}) == len(drawn)
    for layer in drawn:
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


def holds(test: list[Any], values: dict[str, Any]) -> bool:
    """Judge a filter as the specification says of those before expressions."""
    kind, *rest = test
    if kind == "all":
        return all(holds(each, values) for each in rest)
    value = values.get(rest[0])
    told = {
        "has": rest[0] in values,
        "!has": rest[0] not in values,
        "in": value in rest[1:],
        "!in": value not in rest[1:],
    }
    if kind in told:
        return told[kind]
    return value is not None and (value >= rest[1] if kind == ">=" else value < rest[1])


@given(
    st.sampled_from(["a", "b", "c"]),
    st.one_of(st.none(), st.integers(0, 500)),
    st.sampled_from(["near", "exact"]),
)
def test_every_feature_is_in_one_class(kind: str, low: int | None, precision: str) -> None:
    values = {"kind": kind, "precision": precision} | ({} if low is None else {"low": low})
    layers = classed("things", "Point", FULL, "here", None)
    (layer,) = (each for each in layers if holds(each["filter"], values))
    paint = layer["paint"]
    assert paint["circle-color"] == {"a": "#aaaaaa", "b": "#bbbbbb", "c": "#123456"}[kind]
    assert paint["circle-radius"] == (2 if low is None else 3 if low < 10 else 10)
    assert (paint["circle-opacity"] < 0.1) is (precision == "near")


@given(st.integers(1, 100_000))
def test_every_cell_is_in_one_class(features: int) -> None:
    layers = classed("things", "Point", PLAIN, "here", "things-cells")
    cells = [each for each in layers if each["source-layer"] == "things-cells"]
    (cell,) = (each for each in cells if holds(each["filter"], {"features": features}))
    stops = [radius for least, radius in CELL_STOPS if least <= features]
    assert cell["paint"]["circle-radius"] == stops[-1]
