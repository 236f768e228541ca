"""Ranges in rows, as SVG: a label, bars from low to high, and a dot."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INK, GREY, GRID = "#222222", "#777777", "#cccccc"
LEFT, WIDTH, TOP, ROW = 330, 560, 60, 19


@dataclass(frozen=True, slots=True)
class Bar:
    """From low to high, in the unit of the axis, with a height in pixels."""

    low: float
    high: float
    height: int
    colour: str


@dataclass(frozen=True, slots=True)
class Range:
    """A row: its label, bars from the lowest to the topmost, and a dot, hollow or not."""

    label: str
    bars: tuple[Bar, ...]
    dot: float | None = None
    hollow: bool = False


def picture(title: str, legend: str, rows: Sequence[Range], ticks: Sequence[float]) -> str:
    """The rows over one axis from 0 to the last tick, at which everything is cut."""
    bottom = TOP + ROW * len(rows)
    shapes = [
        _text(LEFT, 20, title, anchor="start", size=14),
        _text(LEFT, 38, legend, anchor="start", colour=GREY),
    ]
    for tick in ticks:
        at = _x(tick, ticks[-1])
        shapes.append(f'<path d="M{at:.1f} {TOP}V{bottom}" stroke="{GRID}" fill="none"/>')
        shapes.append(_text(at, bottom + 16, f"{tick:g}", anchor="middle"))
    for number, row in enumerate(rows):
        y = TOP + ROW * (number + 0.5)
        shapes.append(_text(LEFT - 10, y + 4, row.label, anchor="end"))
        shapes += [_bar(bar, y, ticks[-1]) for bar in row.bars]
        if row.dot is not None:
            fill = "#ffffff" if row.hollow else INK
            at = _x(row.dot, ticks[-1])
            shapes.append(
                f'<circle cx="{at:.1f}" cy="{y:.1f}" r="3.5" fill="{fill}" stroke="{INK}"/>'
            )
    size = f'width="{LEFT + WIDTH + 30}" height="{bottom + 30}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join((head, ground, *shapes, "</svg>", ""))


def _bar(bar: Bar, y: float, most: float) -> str:
    left, right = _x(bar.low, most), _x(bar.high, most)
    place = f'x="{left:.1f}" y="{y - bar.height / 2:.1f}" width="{max(right - left, 1.0):.1f}"'
    return f'<rect {place} height="{bar.height}" fill="{bar.colour}"/>'


def _x(value: float, most: float) -> float:
    return LEFT + WIDTH * min(value, most) / most


def _text(x: float, y: float, said: str, *, anchor: str, colour: str = INK, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(said)}</text>'
    )
