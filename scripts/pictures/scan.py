"""Draw ``docs/methods/scan.svg``: ``python -m scripts.pictures.scan CLUSTERS INCIDENTS``.

The two files are the GeoJSON exports of the commands on the page.
"""

from __future__ import annotations

import json
import math
import sys
from html import escape
from pathlib import Path
from typing import Any

PICTURE = Path(__file__).parents[2] / "docs" / "methods" / "scan.svg"

LEFT, TOP, SCALE = 40, 60, 100
"""Pixels of margin, and of a degree of latitude."""
WEST, EAST, SOUTH, NORTH = 87.8, 92.9, 20.6, 26.4
NARROWER = math.cos(math.radians((SOUTH + NORTH) / 2))
INK, GREY, POINT, CLUSTER, DOUBTFUL = "#222222", "#777777", "#8c6d31", "#762a83", "#b79acb"


def picture(clusters: list[dict[str, Any]], incidents: list[dict[str, Any]]) -> str:
    """The map as SVG: incidents as points, clusters as the hulls of their places."""
    said = "points: incidents, all years; areas: clusters, dark where p is 0.05 or less"
    shapes = [
        _text(LEFT, 20, "More incidents than expected, there and then", INK, 14),
        _text(LEFT, 38, said, GREY),
    ]
    for lon in range(math.ceil(WEST), math.ceil(EAST)):
        (x, top), (_, bottom) = _at(lon, NORTH), _at(lon, SOUTH)
        shapes.append(f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="#e5e5e5"/>')
        shapes.append(_text(x - 10, bottom + 16, f"{lon}° E", GREY, 11))
    for lat in range(math.ceil(SOUTH), math.ceil(NORTH)):
        (left, y), (right, _) = _at(WEST, lat), _at(EAST, lat)
        shapes.append(f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="#e5e5e5"/>')
        shapes.append(_text(4, y + 4, f"{lat}° N", GREY, 11))
    for incident in incidents:
        if incident["geometry"] is not None:
            x, y = _at(*incident["geometry"]["coordinates"])
            shapes.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{POINT}" fill-opacity="0.5"/>'
            )
    for cluster in clusters:
        told = cluster["properties"]
        ring = [_at(*corner) for corner in cluster["geometry"]["coordinates"][0]]
        colour = CLUSTER if told["p"] <= 0.05 else DOUBTFUL
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z"
        shapes.append(
            f'<path d="{path}" fill="{colour}" fill-opacity="0.2" stroke="{colour}" '
            'stroke-width="1.5"/>'
        )
        x = sum(corner[0] for corner in ring) / len(ring)
        y = sum(corner[1] for corner in ring) / len(ring)
        shapes.append(_text(x, y + 5, str(told["rank"]), INK, 14, "middle"))
        line = TOP + 40 * (told["rank"] - 1)
        days = f"{told['rank']}  {told['event_start'][:10]} to {told['event_end'][:10]}"
        counted = f"{told['observed']} incidents for {told['expected']:.1f}, p {told['p']:.3f}"
        shapes.append(_text(_at(EAST, 0)[0] + 20, line + 12, days, INK, 12))
        shapes.append(_text(_at(EAST, 0)[0] + 34, line + 27, counted, GREY, 12))
    right, bottom = _at(EAST, SOUTH)
    size = f'width="{right + 230:.0f}" height="{bottom + 30:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join((head, ground, *shapes, "</svg>", ""))


def _at(lon: float, lat: float) -> tuple[float, float]:
    return LEFT + SCALE * NARROWER * (lon - WEST), TOP + SCALE * (NORTH - lat)


def _text(x: float, y: float, said: str, colour: str, size: int = 12, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(said)}</text>'
    )


def _features(file: str) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads(Path(file).read_text("utf-8"))["features"]
    return features


if __name__ == "__main__":
    PICTURE.write_text(picture(*map(_features, sys.argv[1:3])), "utf-8")
