"""Symbols: points, lines and areas, each a pile of plain layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gis.qgis.expressions import millimetres
from gis.qgis.markup import add, add_following, add_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from xml.etree.ElementTree import Element

    from gis.qgis.markup import Value

OPAQUE = 255
GROUND = "RenderMetersInMapUnits"
"""Unit of a size in metres on the ground, whatever the system of the map."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One layer of a symbol.

    Parameters
    ----------
    kind : str
        Class of QGIS: ``SimpleMarker``, ``SimpleLine``, ``SimpleFill``.
    options : mapping
    follows : mapping of property to expression
    level : int
        Layers of a higher level are drawn after all features' layers of a lower one.
    """

    kind: str
    options: Mapping[str, Value]
    follows: Mapping[str, str] = field(default_factory=dict)
    level: int = 0


def rgba(colour: str, opacity: float = 1.0) -> str:
    """A colour in the manner of QGIS.

    Examples
    --------
    >>> rgba("#b2182b", 0.5)
    '178,24,43,128'
    """
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return ",".join(map(str, (*parts, round(opacity * OPAQUE))))


def marker(
    colour: str,
    pixels: float,
    *,
    opacity: float = 0.8,
    outline: str = "#ffffff",
    outline_pixels: float = 0.6,
    follows: Mapping[str, str] | None = None,
    level: int = 0,
    shape: str = "circle",
) -> Stroke:
    """A disc or another plain mark."""
    options: dict[str, Value] = {
        "color": rgba(colour, opacity),
        "name": shape,
        "outline_color": rgba(outline),
        "outline_style": "solid",
        "outline_width": millimetres(outline_pixels),
        "outline_width_unit": "MM",
        "scale_method": "diameter",
        "size": millimetres(pixels),
        "size_unit": "MM",
    }
    return Stroke("SimpleMarker", options, follows or {}, level)


def ring(colour: str, pixels: float, *, follows: Mapping[str, str] | None = None) -> Stroke:
    """A circle with next to nothing in it."""
    return marker(colour, pixels, opacity=0.0, outline=colour, outline_pixels=1.0, follows=follows)


def ground_disc(colour: str, radius: str) -> Stroke:
    """A translucent disc of a radius in metres on the ground, beneath all points.

    Parameters
    ----------
    colour : str
    radius : str
        Expression; where it is missing there is no disc.
    """
    options: dict[str, Value] = {
        "color": rgba(colour, 0.05),
        "name": "circle",
        "outline_color": rgba(colour, 0.45),
        "outline_style": "solid",
        "outline_width": millimetres(0.7),
        "outline_width_unit": "MM",
        "scale_method": "diameter",
        "size": 1,
        "size_unit": GROUND,
    }
    follows = {"size": f"2 * coalesce({radius}, 0)", "enabled": f"{radius} > 0"}
    return Stroke("SimpleMarker", options, follows)


def line(colour: str, pixels: float, *, opacity: float = 1.0) -> Stroke:
    """A line."""
    return Stroke(
        "SimpleLine",
        {
            "capstyle": "round",
            "joinstyle": "round",
            "line_color": rgba(colour, opacity),
            "line_style": "solid",
            "line_width": millimetres(pixels),
            "line_width_unit": "MM",
        },
    )


def fill(colour: str, opacity: float, outline_pixels: float) -> Stroke:
    """An area with an outline of the same colour."""
    return Stroke(
        "SimpleFill",
        {
            "color": rgba(colour, opacity),
            "joinstyle": "round",
            "outline_color": rgba(colour),
            "outline_style": "solid" if outline_pixels else "no",
            "outline_width": millimetres(outline_pixels),
            "outline_width_unit": "MM",
            "style": "solid",
        },
    )


_TYPES = {"SimpleMarker": "marker", "SimpleLine": "line", "SimpleFill": "fill"}


def add_symbol(parent: Element, name: str, strokes: Sequence[Stroke]) -> Element:
    """Add a symbol; the first layer is the lowest."""
    found = add(
        parent,
        "symbol",
        alpha=1,
        clip_to_extent=1,
        force_rhr=0,
        name=name,
        type=_TYPES[strokes[0].kind],
    )
    for stroke in strokes:
        layer = add(
            found, "layer", class_=stroke.kind, enabled=1, locked=0, **{"pass": stroke.level}
        )
        add_texts(layer, stroke.options)
        if stroke.follows:
            add_following(layer, "data_defined_properties", stroke.follows)
    return found
