"""Depictions as layers of a MapLibre style (style specification, version 8).

Nothing of a style is fetched from elsewhere: no sprites, no glyphs, and so no labels. Sizes and
colours are expressions over the properties that travel in the tiles; where a program does not
understand those, as QGIS 3.22 does not for points, :func:`classed` says the same with one layer a
class (:mod:`gis.symbol_classes`), each with a filter and plain values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from gis import symbol_classes as classes_of
from gis.symbol_classes import POINT_SIZE, Kind, cell_classes, symbol_classes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gis.depiction import Depiction, Scale
    from gis.symbol_classes import SymbolClass, Test

Node: TypeAlias = dict[str, Any]

MEDIA_TYPE = "application/vnd.mapbox.style+json"
VERSION = 8

PAPER = "#ffffff"
CELL_STOPS = tuple((features, size / 2) for features, size in classes_of.CELL_STOPS)
"""Radius of a cell by the number of its features."""
METRES_A_PIXEL = 40_075_016.686 / 512
"""At the equator and zoom 0, where the earth is one tile of 512 pixels."""


def style(name: str, sources: Node, layers: Sequence[Node], centre: Sequence[float] | None) -> Node:
    """A whole style.

    Parameters
    ----------
    name : str
        For people.
    sources : mapping of name to source
    layers : sequence
        From the lowest to the uppermost.
    centre : (lon, lat, zoom), optional
        Where a map opens.
    """
    made: Node = {"version": VERSION, "name": name}
    if centre is not None:
        made |= {"center": list(centre[:2]), "zoom": centre[2]}
    return made | {"sources": sources, "layers": list(layers)}


def layers_of(
    name: str, geometry: str, depiction: Depiction, source: str, cells: str | None
) -> list[Node]:
    """The layers of a style that draw one layer.

    Parameters
    ----------
    name : str
        Of the layer, and of its single features in the tiles.
    geometry : str
        GeoJSON type.
    depiction : Depiction
    source : str
        Name of the style's source.
    cells : str or None
        Name, in the tiles, of the cells that stand for many points.
    """
    base: Node = {"source": source, "source-layer": name}
    if geometry == "Point":
        drawn = [{"id": name, "type": "circle", **base, "paint": _point(depiction)}]
        for part, paint in (("disc", _disc(depiction)), ("outer", _outer(depiction))):
            if paint is not None:
                drawn.insert(0, {"id": f"{name}-{part}", "type": "circle", **base, "paint": paint})
        if cells is not None:
            paint = _cell(depiction)
            of_cells = {"source": source, "source-layer": cells}
            drawn.insert(0, {"id": cells, "type": "circle", **of_cells, "paint": paint})
        return drawn
    line: Node = {
        "id": name,
        "type": "line",
        **base,
        "layout": {"line-cap": "round", "line-join": "round"},
        "paint": {"line-color": _colour(depiction), "line-width": _width(depiction)},
    }
    if "Polygon" not in geometry:
        return [line]
    paint = {"fill-color": _colour(depiction), "fill-opacity": depiction.opacity}
    return [{"id": f"{name}-area", "type": "fill", **base, "paint": paint}, line]


def classed(
    name: str, geometry: str, depiction: Depiction, source: str, cells: str | None
) -> list[Node]:
    """The same as :func:`layers_of`, in classes without expressions.

    Sizes go by steps: what lies between two stops has the size of the lower.
    """
    base: Node = {"source": source, "source-layer": name}
    classes = symbol_classes(geometry, depiction)
    if geometry != "Point":
        return [
            {**layer, "id": _named(layer["id"], each), **_filtered(each.tests), "paint": paint}
            for layer in layers_of(name, geometry, depiction, source, cells)
            for each in classes
            for paint in [_of_class(layer["paint"], each)]
        ]
    drawn: list[Node] = []
    if cells is not None:
        of_cells = {"type": "circle", "source": source, "source-layer": cells}
        drawn += [
            {"id": _named(cells, each), **of_cells, **_filtered(each.tests), "paint": paint}
            for each in cell_classes(depiction)
            for paint in [_cell(depiction) | {"circle-radius": _half(each.size)}]
        ]
    return drawn + [
        {
            "id": _named(name, each),
            "type": "circle",
            **base,
            **_filtered(each.tests),
            "paint": {
                "circle-radius": _half(each.size),
                "circle-color": each.colour,
                "circle-opacity": 0.08 if each.hollow else 0.8,
                "circle-stroke-color": each.colour,
                "circle-stroke-width": 1.5 if each.hollow else 1,
            },
        }
        for each in classes
    ]


def _half(size: float) -> float:
    return size / 2


_FILTERS: dict[Kind, Callable[[Test], list[Any]]] = {
    Kind.IN: lambda test: ["in", test.field, *test.values],
    Kind.NOT_IN: lambda test: ["!in", test.field, *test.values],
    Kind.AT_LEAST: lambda test: [">=", test.field, *test.values],
    Kind.BELOW: lambda test: ["<", test.field, *test.values],
    Kind.NOT_AT_LEAST: lambda test: ["none", [">=", test.field, *test.values]],
    Kind.KNOWN: lambda test: ["has", test.field],
    Kind.UNKNOWN: lambda test: ["!has", test.field],
}
"""Tests as the specification had them before expressions."""


def _filtered(tests: Sequence[Test]) -> Node:
    return {"filter": ["all", *(_FILTERS[each.kind](each) for each in tests)]} if tests else {}


def _named(name: str, of: SymbolClass) -> str:
    return " ".join((name, *(", ".join(words) for words in of.labels)))


def _of_class(paint: Node, of: SymbolClass) -> Node:
    made = {key: of.colour if key.endswith("-color") else value for key, value in paint.items()}
    return made | ({"line-width": of.width} if "line-width" in paint else {})


def _point(depiction: Depiction) -> Node:
    colour = _colour(depiction)
    paint: Node = {
        "circle-radius": POINT_SIZE / 2 if depiction.size is None else _radius(depiction.size),
        "circle-color": colour,
        "circle-opacity": 0.8,
        "circle-stroke-color": colour,
        "circle-stroke-width": 1,
    }
    if depiction.hollow is not None:
        field, words = depiction.hollow
        is_hollow = ["in", ["get", field], ["literal", list(words)]]
        paint["circle-opacity"] = ["case", is_hollow, 0.08, 0.8]
        paint["circle-stroke-width"] = ["case", is_hollow, 1.5, 1]
    return paint


def _cell(depiction: Depiction) -> Node:
    stops = [number for stop in CELL_STOPS for number in stop]
    return {
        "circle-radius": ["interpolate", ["linear"], ["get", "features"], *stops],
        "circle-color": depiction.colour,
        "circle-opacity": 0.55,
        "circle-stroke-color": PAPER,
        "circle-stroke-width": 1,
    }


def _disc(depiction: Depiction) -> Node | None:
    """A disc on the ground: twice as wide with each zoom, and at the latitude of the equator."""
    if depiction.disc is None:
        return None
    metres = ["coalesce", ["get", depiction.disc], 0]
    deepest = 20
    return {
        "circle-radius": [
            "interpolate",
            ["exponential", 2],
            ["zoom"],
            0,
            ["/", metres, METRES_A_PIXEL],
            deepest,
            ["/", metres, METRES_A_PIXEL / 2**deepest],
        ],
        "circle-color": _colour(depiction),
        "circle-opacity": 0.06,
        "circle-stroke-color": _colour(depiction),
        "circle-stroke-width": 0.7,
        "circle-stroke-opacity": 0.5,
    }


def _outer(depiction: Depiction) -> Node | None:
    if depiction.outer is None:
        return None
    return {
        "circle-radius": _radius(depiction.outer),
        "circle-opacity": 0,
        "circle-stroke-color": _colour(depiction),
        "circle-stroke-width": 1,
    }


def _width(depiction: Depiction) -> Any:
    by_step = depiction.by_step
    if by_step is None:
        return depiction.width
    steps = [(step.below, step.width) for step in by_step.steps]
    return _stepped(by_step.field, steps, by_step.steps[-1].width)


def _stepped(field: str, steps: Sequence[tuple[float | None, Any]], missing: Any) -> Any:
    """A value by the class of a figure."""
    values = [value for _, value in steps]
    ends = [below for below, _ in steps if below is not None]
    pairs = [part for end, value in zip(ends, values[1:], strict=True) for part in (end, value)]
    return ["case", ["has", field], ["step", ["get", field], values[0], *pairs], missing]


def _colour(depiction: Depiction) -> Any:
    if depiction.by_step is not None:
        by_step = depiction.by_step
        steps = [(step.below, step.colour) for step in by_step.steps]
        return _stepped(by_step.field, steps, depiction.colour)
    by_word = depiction.by_word
    if by_word is None:
        return depiction.colour
    pairs = [part for pair in by_word.colours.items() for part in pair]
    return ["match", ["get", by_word.field], *pairs, depiction.colour]


def _radius(scale: Scale) -> Any:
    """Half the size, growing straight between the stops; a missing figure has its own."""
    stops = [part for figure, size in scale.stops for part in (figure, size / 2)]
    grown = ["interpolate", ["linear"], ["get", scale.field], *stops]
    return ["case", ["has", scale.field], grown, scale.unknown / 2]
