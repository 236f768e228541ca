"""Renderers: which feature has which symbol, and what the legend says of it.

Words have categories, one a colour; figures have rules, so that those that are missing are drawn
and told, too, which a graduated renderer would leave out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gis.qgis import expressions
from gis.qgis.markup import add
from gis.qgis.symbols import add_symbol, fill, ground_disc, line, marker, rgba, ring
from gis.symbol_classes import (
    NOT_KNOWN,
    POINT_SIZE,
    Kind,
    Part,
    Test,
    between,
    colours,
    figure_steps,
    symbol_classes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from xml.etree.ElementTree import Element

    from gis.depiction import Depiction, Scale
    from gis.qgis.symbols import Stroke
    from gis.wording import Wording

HOLLOW = 0.1
"""Opacity of the inside of a ring."""
SOLID = 0.78


def add_renderer(parent: Element, geometry: str, depiction: Depiction, wording: Wording) -> None:
    """Add the renderer of a layer with a geometry.

    Parameters
    ----------
    parent : Element
    geometry : str
        GeoJSON type.
    depiction : Depiction
    wording : Wording
        Language of the legend.
    """
    if geometry != "Point" and depiction.by_step is not None:
        _by_step(parent, geometry, depiction, wording)
    elif geometry == "Point" and depiction.by_size:
        _by_size(parent, depiction, wording)
    elif depiction.by_word is not None:
        _by_word(parent, geometry, depiction, wording)
    else:
        found = _renderer(parent, "singleSymbol", depiction)
        _add_symbols(found, [_strokes(geometry, depiction, depiction.colour)])
        _finish(found, geometry, depiction, wording)


def _renderer(parent: Element, kind: str, depiction: Depiction, **more: str) -> Element:
    return add(
        parent,
        "renderer-v2",
        type=kind,
        enableorderby=_order(depiction) is not None,
        forceraster=0,
        referencescale=-1,
        symbollevels=depiction.disc is not None,
        **more,
    )


def _by_word(parent: Element, geometry: str, depiction: Depiction, wording: Wording) -> None:
    parts = colours(depiction)
    field = depiction.by_word.field if depiction.by_word is not None else ""
    found = _renderer(parent, "categorizedSymbol", depiction, attr=field)
    categories = add(found, "categories")
    for number, part in enumerate(parts):
        words = [str(value) for test in part.tests for value in test.values]
        rest = number == len(parts) - 1
        category = add(
            categories,
            "category",
            symbol=number,
            label=wording.words(part.label),
            render="true",
            type="string" if rest or len(words) == 1 else "List",
            value="" if rest else words[0] if len(words) == 1 else None,
        )
        if not rest and len(words) > 1:
            for word in words:
                add(category, "val", value=word, type="string")
    _add_symbols(
        found,
        [
            _hollowed(_strokes(geometry, depiction, colour), colour)
            if _is_hollow(depiction, part)
            else _strokes(geometry, depiction, colour)
            for part in parts
            for colour in [str(part.value)]
        ],
    )
    # QGIS shows a legend of sizes only beside the symbol that the categories were made of.
    add_symbol(add(found, "source-symbol"), "0", _strokes(geometry, depiction, depiction.colour))
    _finish(found, geometry, depiction, wording)


def _is_hollow(depiction: Depiction, part: Part) -> bool:
    """Whether every feature of a category is a ring, which its legend then shows."""
    if depiction.hollow is None or not part.tests:
        return False
    field, words = depiction.hollow
    return all(
        test.kind is Kind.IN and test.field == field and set(test.values) <= set(words)
        for test in part.tests
    )


def _hollowed(strokes: list[Stroke], colour: str) -> list[Stroke]:
    looks = {"color": rgba(colour, HOLLOW), "outline_color": rgba(colour)}
    last = strokes[-1]
    return [*strokes[:-1], replace(last, options={**last.options, **looks})]


def _by_size(parent: Element, depiction: Depiction, wording: Wording) -> None:
    """Rules by size; what is not known is a cross, which no figure is."""
    scale = depiction.size
    assert scale is not None, "a depiction whose legend tells sizes has a scale"
    unknown = expressions.condition((Test(Kind.UNKNOWN, scale.field),))
    rules = [(wording.text(NOT_KNOWN), unknown)]
    symbols = [[marker(depiction.colour, scale.unknown, shape="cross", outline=depiction.colour)]]
    for part in figure_steps(scale.field, scale.stops):
        rules.append((part.label[0], expressions.condition(part.tests)))
        symbols.append(_point(depiction, depiction.colour, legend=float(part.value)))
    _add_rules(parent, depiction, rules, symbols)


def _by_step(parent: Element, geometry: str, depiction: Depiction, wording: Wording) -> None:
    classes = symbol_classes(geometry, depiction)
    rules = [
        (
            ", ".join(wording.words(words) for words in each.labels),
            expressions.condition(each.tests),
        )
        for each in classes
    ]
    symbols = [[_line_or_area(geometry, depiction, each.colour, each.width)] for each in classes]
    _add_rules(parent, depiction, rules, symbols)


def _add_rules(
    parent: Element,
    depiction: Depiction,
    rules: Sequence[tuple[str, str]],
    symbols: Sequence[Sequence[Stroke]],
) -> None:
    found = _renderer(parent, "RuleRenderer", depiction)
    tree = add(found, "rules", key="{liptako}")
    for number, (label, condition) in enumerate(rules):
        add(tree, "rule", key=f"{{liptako-{number}}}", symbol=number, label=label, filter=condition)
    _add_symbols(found, symbols)
    _add_order(found, depiction)


def _add_symbols(parent: Element, symbols: Sequence[Sequence[Stroke]]) -> None:
    found = add(parent, "symbols")
    for number, strokes in enumerate(symbols):
        add_symbol(found, str(number), strokes)


def _strokes(geometry: str, depiction: Depiction, colour: str) -> list[Stroke]:
    if geometry == "Point":
        return _point(depiction, colour)
    return [_line_or_area(geometry, depiction, colour, depiction.width)]


def _line_or_area(geometry: str, depiction: Depiction, colour: str, width: float) -> Stroke:
    if "Polygon" in geometry:
        return fill(colour, depiction.opacity, width)
    return line(colour, width)


def _point(depiction: Depiction, colour: str, legend: float | None = None) -> list[Stroke]:
    scale = depiction.size
    follows: dict[str, str] = {}
    if scale is not None:
        follows["size"] = expressions.size(scale)
    follows |= _hollow(depiction, colour)
    pixels = legend if legend is not None else POINT_SIZE
    level = 1 if depiction.disc is not None else 0
    strokes = [marker(colour, pixels, opacity=SOLID, follows=follows, level=level)]
    if depiction.disc is not None:
        strokes.insert(0, ground_disc(colour, expressions.column(depiction.disc)))
    if depiction.outer is not None:
        strokes.append(ring(colour, pixels, follows={"size": expressions.size(depiction.outer)}))
    return strokes


def _hollow(depiction: Depiction, colour: str) -> Mapping[str, str]:
    """Of a point where the place is imprecise: only its rim is of the colour."""
    if depiction.hollow is None:
        return {}
    field, words = depiction.hollow
    imprecise = f"{expressions.column(field)} IN ({expressions.listed(words)})"
    inside, solid = (expressions.literal(rgba(colour, part)) for part in (HOLLOW, SOLID))
    rim, paper = (expressions.literal(rgba(each)) for each in (colour, "#ffffff"))
    wide, narrow = (expressions.millimetres(pixels) for pixels in (1.3, 0.6))
    return {
        "fillColor": f"if({imprecise}, {inside}, {solid})",
        "outlineColor": f"if({imprecise}, {rim}, {paper})",
        "outlineWidth": f"if({imprecise}, {wide:g}, {narrow:g})",
    }


def _finish(found: Element, geometry: str, depiction: Depiction, wording: Wording) -> None:
    if geometry == "Point" and depiction.size is not None and depiction.disc is None:
        _add_sizes(found, depiction, depiction.size, wording)
    _add_order(found, depiction)


def _add_sizes(found: Element, depiction: Depiction, scale: Scale, wording: Wording) -> None:
    """The legend of sizes that follow a figure."""
    legend = add(
        found,
        "data-defined-size-legend",
        type="separated",
        valign="bottom",
        title=wording.text("Killed"),
    )
    source = marker("#ffffff", POINT_SIZE, outline="#555555", outline_pixels=1.0, opacity=0.3)
    add_symbol(legend, "source", [source])
    style = add(legend, "text-style", align=1, color="0,0,0,255")
    add(style, "font", size=9, weight=50, italic=0)
    classes = add(legend, "classes")
    for number, (figure, pixels) in enumerate(scale.stops):
        following = scale.stops[number + 1][0] if number + 1 < len(scale.stops) else None
        add(
            classes,
            "class",
            size=expressions.millimetres(pixels),
            label=f"{wording.text('Killed')}: {between(figure, following)}",
        )


def _order(depiction: Depiction) -> str | None:
    return None if depiction.size is None else expressions.column(depiction.size.field)


def _add_order(found: Element, depiction: Depiction) -> None:
    """The large ones first, so that none hides a small one."""
    order = _order(depiction)
    if order is not None:
        add(add(found, "orderby"), "orderByClause", order, asc=0, nullsFirst=1)
