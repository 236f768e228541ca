"""Draw ``docs/methods/series.svg`` from an export: ``python -m scripts.pictures.series FILE.csv``.

The export is that of the command on the page.
"""

from __future__ import annotations

import csv
import sys
from html import escape
from pathlib import Path

PICTURE = Path(__file__).parents[2] / "docs" / "methods" / "series.svg"
GROUP = "MMR"

LEFT, TOP, HEIGHT, STEP = 60, 60, 300, 24
INK, GREY, BOUND, DEPENDENT, INDEPENDENT = "#222222", "#777777", "#e3d8ea", "#b79acb", "#7b3294"
BARS = (
    ("killed", 18, BOUND),
    ("killed_dependent", 11, DEPENDENT),
    ("killed_independent", 5, INDEPENDENT),
)


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of the group, by year."""
    with file.open(encoding="utf-8", newline="") as lines:
        found = [row for row in csv.DictReader(lines) if row["group"] == GROUP]
    return sorted(found, key=lambda row: row["event_start"])


def picture(rows: list[dict[str, str]]) -> str:
    """The picture as SVG: a column for each year, people killed from below to above."""
    most = max(float(row["killed_high"]) for row in rows)
    bottom, width = TOP + HEIGHT, STEP * len(rows)

    def y(people: float) -> float:
        return bottom - HEIGHT * people / most

    shapes = [
        _text(LEFT, 20, f"People killed in reported incidents, {GROUP}, by year", "start", size=14),
        _text(
            LEFT,
            38,
            "light: hard bounds; middle: 90 %, all figures err together; dark: 90 %, each for "
            "itself; dot: best",
            "start",
            GREY,
        ),
    ]
    for people in range(0, int(most) + 1, 500):
        path = f"M{LEFT} {y(people):.1f}H{LEFT + width}"
        shapes.append(f'<path d="{path}" stroke="#cccccc" fill="none"/>')
        shapes.append(_text(LEFT - 6, y(people) + 4, str(people), "end"))
    for number, row in enumerate(rows):
        middle = LEFT + STEP * (number + 0.5)
        for name, wide, colour in BARS:
            low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
            tall = max(y(low) - y(high), 1.0)
            shapes.append(
                f'<rect x="{middle - wide / 2:.1f}" y="{y(high):.1f}" width="{wide}" '
                f'height="{tall:.1f}" fill="{colour}"/>'
            )
        best = y(float(row["killed_best"]))
        shapes.append(
            f'<circle cx="{middle:.1f}" cy="{best:.1f}" r="3" fill="#ffffff" stroke="{INK}"/>'
        )
        if number % 3 == 0:
            shapes.append(_text(middle, bottom + 16, row["event_start"][:4], "middle"))
    size = f'width="{LEFT + width + 30}" height="{bottom + 30}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join((head, ground, *shapes, "</svg>", ""))


def _text(x: float, y: float, said: str, anchor: str, colour: str = INK, *, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(said)}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(rows_of(Path(sys.argv[1]))), "utf-8")
