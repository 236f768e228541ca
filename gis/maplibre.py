"""Depictions as layers of a MapLibre style (style specification, version 8).

Nothing of a style is fetched from elsewhere: no sprites, no glyphs, and so no labels. Sizes and
colours are expressions over the properties that travel in the tiles; where a program does not
understand those, as QGIS 3.22 does not for points, :func:`classed` says the same with one layer a
class, each with a filter and plain values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.depiction import Depiction, Scale

Node: TypeAlias = dict[str, Any]
Test: TypeAlias = "list[Any] | None"
"""A filter, as the specification had them before expressions; ``None`` is true of everything."""

MEDIA_TYPE = "application/vnd.mapbox.style+json"
VERSION = 8

RADIUS = 3.5
"""Of points without a scale, pixels."""
PAPER = "#ffffff"
CELL_STOPS = ((1, 4), (10, 6), (100, 10), (1_000, 15), (10_000, 20))
"""Radius of a cell by the number of its features, about as the logarithm: cells stand 16 pixels
apart where a tile is drawn 512 pixels wide."""


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
        "paint": {"line-color": _colour(depiction), "line-width": depiction.width},
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
    if geometry != "Point":
        return [
            {**layer, **_named(layer["id"], word), **_filtered([test]), "paint": paint}
            for layer in layers_of(name, geometry, depiction, source, cells)
            for word, colour, test in _colours(depiction)
            for paint in [_coloured(layer["paint"], colour)]
        ]
    drawn: list[Node] = []
    if cells is not None:
        of_cells = {"type": "circle", "source": source, "source-layer": cells}
        drawn += [
            {"id": f"{cells} {label}", **of_cells, **_filtered([test]), "paint": paint}
            for label, radius, test in _steps("features", CELL_STOPS)
            for paint in [_cell(depiction) | {"circle-radius": radius}]
        ]
    return drawn + [
        {
            "id": " ".join(filter(None, (name, size, word, ring))),
            "type": "circle",
            **base,
            **_filtered([of_size, of_colour, of_ring]),
            "paint": {
                "circle-radius": radius,
                "circle-color": colour,
                "circle-opacity": 0.08 if ring else 0.8,
                "circle-stroke-color": colour,
                "circle-stroke-width": 1.5 if ring else 1,
            },
        }
        for size, radius, of_size in _sizes(depiction)
        for word, colour, of_colour in _colours(depiction)
        for ring, of_ring in _rings(depiction)
    ]


def _colours(depiction: Depiction) -> list[tuple[str, str, Test]]:
    """A label, a colour and a test: one for the words of each colour, one for all others."""
    by_word = depiction.by_word
    if by_word is None:
        return [("", depiction.colour, None)]
    words: dict[str, list[str]] = {}
    for word, colour in by_word.colours.items():
        words.setdefault(colour, []).append(word)
    named = [
        (", ".join(each), colour, ["in", by_word.field, *each]) for colour, each in words.items()
    ]
    return [*named, ("other", depiction.colour, ["!in", by_word.field, *by_word.colours])]


def _sizes(depiction: Depiction) -> list[tuple[str, float, Test]]:
    scale = depiction.size
    if scale is None:
        return [("", RADIUS, None)]
    stops = [(figure, size / 2) for figure, size in scale.stops]
    missing: tuple[str, float, Test] = ("not known", scale.unknown / 2, ["!has", scale.field])
    return [missing, *_steps(scale.field, stops)]


def _steps(field: str, stops: Sequence[tuple[float, float]]) -> list[tuple[str, float, Test]]:
    found: list[tuple[str, float, Test]] = []
    for number, (figure, radius) in enumerate(stops):
        tests: list[Any] = [["has", field], [">=", field, figure]]
        label = f"{figure} and more"
        if number + 1 < len(stops):
            tests.append(["<", field, stops[number + 1][0]])
            label = f"{figure} to below {stops[number + 1][0]}"
        found.append((label, radius, ["all", *tests]))
    return found


def _rings(depiction: Depiction) -> list[tuple[str, Test]]:
    if depiction.hollow is None:
        return [("", None)]
    field, words = depiction.hollow
    return [("", ["!in", field, *words]), ("imprecise", ["in", field, *words])]


def _filtered(tests: Sequence[Test]) -> Node:
    said = [test for test in tests if test is not None]
    return {"filter": ["all", *said]} if said else {}


def _named(name: str, word: str) -> Node:
    return {"id": f"{name} {word}" if word else name}


def _coloured(paint: Node, colour: str) -> Node:
    return {key: colour if key.endswith("-color") else value for key, value in paint.items()}


def _point(depiction: Depiction) -> Node:
    colour = _colour(depiction)
    paint: Node = {
        "circle-radius": RADIUS if depiction.size is None else _radius(depiction.size),
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


def _colour(depiction: Depiction) -> Any:
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
