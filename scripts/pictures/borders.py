"""Draw the pictures of distances: ``python -m scripts.pictures.borders [URL of a server]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from scripts.pictures.ranges import Bar, Range, picture

FOLDER = Path(__file__).parents[2] / "docs" / "methods"

BORDERS = "border-distances/items?border=nearest&filter=spread_m%20IS%20NOT%20NULL&limit=1000"
CLAIMS = "claims/items?kind=distance&filter=measured_m%20IS%20NOT%20NULL"

BOUND, LIKELY, STATED = "#c9b3d9", "#7b3294", "#a6dba0"


def border_distances(server: str) -> str:
    """Distances of incidents to the nearest border, over all boundary sources."""
    rows = sorted(_rows(server, BORDERS), key=lambda row: (row["q50_m"], row["incident"]))
    ranges = [
        Range(
            row["incident"],
            (
                Bar(row["low_m"] / 1000, row["high_m"] / 1000, 10, BOUND),
                Bar(row["q05_m"] / 1000, row["q95_m"] / 1000, 5, LIKELY),
            ),
            None if row["distance_m"] is None else row["distance_m"] / 1000,
            hollow=row["agreement"] == "disputed",
        )
        for row in rows
    ]
    legend = (
        "dot: point (hollow: sources disagree; none: known to a polygon); dark: 5 to 95 %; "
        "light: bounds"
    )
    title = "Distance to the nearest border, km (cut at 200)"
    return picture(title, legend, ranges, (0, 10, 20, 50, 100, 150, 200))


def stated_distances(server: str) -> str:
    """Statements of sources, and what was measured."""
    ranges = []
    for row in sorted(_rows(server, CLAIMS), key=lambda row: (row["measured_m"], row["claim"])):
        said = f"{row['qualifier']} {row['distance']:g} {row['distance_unit']}"
        measured = Bar(row["measured_low_m"] / 1000, row["measured_high_m"] / 1000, 5, LIKELY)
        stated = Bar(row["stated_low_m"] / 1000, row["stated_high_m"] / 1000, 14, STATED)
        label = f"{row['incident']}: {said} from {row['distance_from']}"
        ranges.append(Range(label, (stated, measured), row["measured_m"] / 1000))
    legend = "dot: measured at the points; dark: its bounds; green: what the statement may mean"
    return picture("Stated and measured distances, km", legend, ranges, (0, 50, 100, 150, 200, 250))


def _rows(server: str, asked: str) -> list[dict[str, Any]]:
    with urlopen(f"{server}/collections/{asked}") as answer:
        return [feature["properties"] for feature in json.load(answer)["features"]]


if __name__ == "__main__":
    server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    for name, draw in (("borders", border_distances), ("stated-distances", stated_distances)):
        (FOLDER / f"{name}.svg").write_text(draw(server), "utf-8")
