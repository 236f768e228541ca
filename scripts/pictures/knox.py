"""Draw ``docs/methods/knox.svg`` from an export: ``python -m scripts.pictures.knox FILE.csv``.

The export is that of the command on the page.
"""

from __future__ import annotations

import csv
import sys
from html import escape
from pathlib import Path

PICTURE = Path(__file__).parents[2] / "docs" / "methods" / "knox.svg"

LEFT, TOP, WIDE, TALL = 110, 80, 124, 66
INK, GREY = "#222222", "#777777"
SHADES = ((1.0, "#ffffff"), (1.5, "#f3e6f5"), (2.0, "#dcbfe3"), (3.0, "#b98cc6"))
DARKEST = "#9457a8"


def rows_of(file: Path) -> list[dict[str, str]]:
    """The cells of the table."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def picture(rows: list[dict[str, str]]) -> str:
    """The table as SVG: ratios, shaded, with their spread over draws and p below."""
    space = list(dict.fromkeys(row["space_band"] for row in rows))
    time = list(dict.fromkeys(row["time_band"] for row in rows))
    said = "ratio (observed / expected pairs); 5 % to 95 % of it over draws of places and days; p"
    shapes = [
        _text(LEFT, 20, "Near repeats: pairs against shuffled dates", "start", INK, 14),
        _text(LEFT, 38, said, "start", GREY),
        *(
            _text(LEFT + WIDE * (k + 0.5), TOP - 10, f"{band} days", "middle")
            for k, band in enumerate(time)
        ),
        *(
            _text(LEFT - 8, TOP + TALL * (k + 0.5) + 4, f"{band} km", "end")
            for k, band in enumerate(space)
        ),
    ]
    for row in rows:
        x = LEFT + WIDE * time.index(row["time_band"])
        y = TOP + TALL * space.index(row["space_band"])
        middle, ratio, p = x + WIDE / 2, float(row["ratio"]), float(row["p"])
        shapes.append(
            f'<rect x="{x}" y="{y}" width="{WIDE}" height="{TALL}" '
            f'fill="{_shade(ratio)}" stroke="#cccccc"/>'
        )
        counted = f"{ratio:.2f}  ({row['observed']} / {float(row['expected']):.1f})"
        spread = f"{float(row['drawn_ratio_low']):.2f} to {float(row['drawn_ratio_high']):.2f}"
        chance = f"p {p:.4f}" if p >= 0.00015 else "p 0.0001"
        weight = "bold" if p <= 0.05 else "normal"
        shapes.append(_text(middle, y + 22, counted, "middle", INK, 13, weight))
        shapes.append(_text(middle, y + 40, spread, "middle", GREY))
        shapes.append(_text(middle, y + 56, chance, "middle", INK, 12, weight))
    size = f'width="{LEFT + WIDE * len(time) + 20}" height="{TOP + TALL * len(space) + 20}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join((head, ground, *shapes, "</svg>", ""))


def _shade(ratio: float) -> str:
    return next((colour for upto, colour in SHADES if ratio <= upto), DARKEST)


def _text(
    x: float,
    y: float,
    said: str,
    anchor: str,
    colour: str = INK,
    size: int = 12,
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{colour}">{escape(said)}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(rows_of(Path(sys.argv[1]))), "utf-8")
