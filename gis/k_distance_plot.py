"""The k-distance plot as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from gis.crs import FloatArray

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 64, 56

MOST_CORNERS = 2_000
"""More rows than that are drawn by every so many-th of them."""

LEAST_M = 100.0
"""The axis is logarithmic and begins here at the lowest: what is nearer is drawn on the axis."""

_INK, _CURVE, _RADIUS, _GRID = "#333333", "#b2182b", "#2166ac", "#dddddd"


def k_distance_svg(metres: npt.ArrayLike, *, min_points: int, radius_km: float | None) -> str:
    """Plot sorted k-distances, furthest first, on a logarithmic axis.

    Parameters
    ----------
    metres : (n,) array_like
        From :func:`gis.k_distance.k_distances`; NaN is left out and counted in the heading.
    min_points : int
    radius_km : float, optional
        Drawn as a line, with the share of rows that are core with it.

    Returns
    -------
    str
        An SVG document of 760 x 440 pixels; without any distance, one that says so.
    """
    every = np.asarray(metres, dtype=np.float64)
    ranked = np.sort(every[~np.isnan(every)])[::-1]
    heading = f"Distance within which an incident has {min_points} incidents, itself included"
    parts = [_text(WIDTH / 2, 24, heading, size=15)]
    if ranked.size:
        parts += _plot(ranked, radius_km)
    told = [f"{ranked.size:,} incidents"]
    if every.size > ranked.size:
        told.append(f"{every.size - ranked.size:,} without a distance")
    if ranked.size and ranked[-1] <= LEAST_M:
        told.append(f"{(ranked <= LEAST_M).mean():.0%} at {LEAST_M:g} m or less")
    if ranked.size and radius_km is not None:
        told.append(f"{(ranked <= radius_km * 1000).mean():.0%} core at {radius_km:g} km")
    parts.insert(1, _text(WIDTH / 2, 44, "; ".join(told), size=12))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _plot(ranked: FloatArray, radius_km: float | None) -> list[str]:
    """Axes, the curve and the line of a radius."""
    shown = [ranked[0], ranked[-1], *([] if radius_km is None else [radius_km * 1000])]
    low = np.floor(np.log10(max(min(shown), LEAST_M)))
    high = max(np.ceil(np.log10(max(*shown, LEAST_M))), low + 1)

    def across(rank: npt.ArrayLike) -> FloatArray:
        share = np.asarray(rank, dtype=np.float64) / max(ranked.size - 1, 1)
        return np.asarray(LEFT + share * (WIDTH - LEFT - RIGHT))

    def down(value: npt.ArrayLike) -> FloatArray:
        decade = np.log10(np.maximum(np.asarray(value, dtype=np.float64), 10**low))
        return np.asarray(HEIGHT - BOTTOM - (decade - low) / (high - low) * (HEIGHT - TOP - BOTTOM))

    parts = []
    for decade in range(int(low), int(high) + 1):
        y = float(down(10.0**decade))
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, _GRID))
        parts.append(_text(LEFT - 8, y + 4, f"{10.0**decade / 1000:g} km", anchor="end"))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        parts.append(_text(x, HEIGHT - BOTTOM + 18, f"{share:.0%}"))
    parts.append(_text(WIDTH / 2, HEIGHT - 14, "share of incidents, the loneliest first", size=12))
    rank = np.unique(np.linspace(0, ranked.size - 1, MOST_CORNERS).astype(np.int64))
    corners = zip(across(rank).tolist(), down(ranked[rank]).tolist(), strict=True)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_CURVE}" stroke-width="2"/>')
    if radius_km is not None and radius_km > 0:
        y = float(down(radius_km * 1000))
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, _RADIUS, dash="6 4"))
        parts.append(_text(WIDTH - RIGHT - 4, y - 6, f"{radius_km:g} km", anchor="end"))
    parts.append(_line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, _INK))
    parts.append(_line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, _INK))
    return parts


def _text(x: float, y: float, told: str, *, size: int = 11, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{_INK}" '
        f'text-anchor="{anchor}">{escape(told)}</text>'
    )


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, *, dash: str = "none") -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" '
        f'stroke-dasharray="{dash}"/>'
    )
