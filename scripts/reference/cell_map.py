"""A map of cells in the colours of their layer: the pictures of ``docs/methods``.

``python -m scripts.reference.cell_map LAYER FIELD FILE.geojson PICTURE.svg``, the file being what
``liptako analyse ... -o`` wrote.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from db.layers.catalogue import layer_named
from db.layers.depictions import depiction_of

_SCALE = 40.0
"""Pixels a degree."""
_LEGEND = 190.0
_MARGIN = 34.0


def cell_map(layer: str, field: str, features: list[dict[str, Any]]) -> str:
    """An SVG of cells, coloured by the word in a field, with degrees at the rim.

    Parameters
    ----------
    layer : str
        Whose colours are used.
    field : str
    features : list of GeoJSON features
        Polygons, at least one.
    """
    depiction = depiction_of(layer_named(layer))
    colours = depiction.by_word.colours if depiction.by_word else {}
    shapes = shapely.simplify([shape(one["geometry"]) for one in features], 0.005)
    rings = [list(one.exterior.coords) for one in shapes]
    lon, lat = zip(*(point[:2] for ring in rings for point in ring), strict=True)
    west, east, south, north = min(lon), max(lon), min(lat), max(lat)
    wide, tall = (east - west) * _SCALE + 2 * _MARGIN, (north - south) * _SCALE + 2 * _MARGIN
    words = Counter(one["properties"][field] for one in features)

    def at(x: float, y: float) -> str:
        return f"{_MARGIN + (x - west) * _SCALE:.1f},{_MARGIN + (north - y) * _SCALE:.1f}"

    height = max(tall, _MARGIN + 22 * (len(words) + 1))
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide + _LEGEND:.0f}" '
            f'height="{height:.0f}" font-family="sans-serif" font-size="12">'
        ),
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for ring, one in zip(rings, features, strict=True):
        word = one["properties"][field]
        points = " ".join(at(x, y) for x, y, *_ in ring)
        fill = colours.get(word, "#f2f2f2")
        parts.append(
            f'<polygon points="{points}" fill="{fill}" stroke="#bbbbbb" stroke-width="0.4"/>'
        )
    for degree in range(int(west) - 1, int(east) + 2):
        if west <= degree <= east and degree % 2 == 0:
            x = at(degree, south).split(",")[0]
            parts.append(f'<text x="{x}" y="{tall - 12:.0f}" text-anchor="middle">{degree}°</text>')
    for degree in range(int(south) - 1, int(north) + 2):
        if south <= degree <= north and degree % 2 == 0:
            high = at(west, degree).split(",")[1]
            parts.append(f'<text x="4" y="{high}">{degree}°</text>')
    for row, (word, number) in enumerate(words.most_common()):
        y = _MARGIN + 22 * row
        fill = colours.get(word, "#f2f2f2")
        parts.append(
            f'<rect x="{wide:.0f}" y="{y:.0f}" width="14" height="14" fill="{fill}" '
            f'stroke="#888888"/><text x="{wide + 20:.0f}" y="{y + 11:.0f}">'
            f"{escape(str(word))} ({number})</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    of_layer, by_field, source, picture = sys.argv[1:]
    read = json.loads(Path(source).read_text())
    Path(picture).write_text(cell_map(of_layer, by_field, read["features"]))
