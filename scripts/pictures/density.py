"""Draw ``docs/methods/density.svg``: ``python -m scripts.pictures.density RASTER AREAS``.

``RASTER`` and ``AREAS`` (GeoJSON) are the files that the command on the page writes.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from pyproj import Transformer

PICTURE = Path(__file__).parents[2] / "docs" / "methods" / "density.svg"

TOP, PIXELS = 46, 4
INK, GREY = "#222222", "#777777"
PALE, DARK = np.array([255, 255, 255]), np.array([118, 42, 131])
WIDTHS = {0.95: 1.0, 0.8: 1.8, 0.5: 2.8}


def picture(raster: Path, areas: Path) -> str:
    """The picture as SVG: the surface as an image in its own system, outlines upon it."""
    with rasterio.open(raster) as file:
        values, system, shape = file.read(1), file.crs.to_wkt(), file.shape
        left, top, step = file.transform.c, file.transform.f, file.transform.a
    project = Transformer.from_crs("EPSG:4326", system, always_xy=True)

    def placed(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        x, y = project.transform(points[:, 0], points[:, 1])
        return np.column_stack(((x - left) / step * PIXELS, (top - y) / step * PIXELS + TOP))

    rows, columns = shape
    width, height = columns * PIXELS, rows * PIXELS
    shapes = [
        _text(10, 18, "Density of reported incidents, per 1,000 km2", size=14),
        _text(
            10,
            36,
            f"dark: up to {np.nanmax(values):.2g}; outlines: areas with 95, 80 and 50 % of it",
            GREY,
        ),
        (
            f'<image x="0" y="{TOP}" width="{width}" height="{height}" '
            f'href="data:image/png;base64,{_png(values)}"/>'
        ),
    ]
    for feature in json.loads(areas.read_text("utf-8"))["features"]:
        outline = shapely.transform(shapely.from_geojson(json.dumps(feature["geometry"])), placed)
        rings = shapely.get_rings(shapely.get_parts(outline))
        path = "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring)) + "Z"
            for ring in rings
        )
        wide = WIDTHS[feature["properties"]["share"]]
        shapes.append(f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="{wide}"/>')
    for lon, lat, name in TOWNS:
        ((x, y),) = placed(np.array([[lon, lat]]))
        if 0 < x < width and TOP < y < TOP + height:
            shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{INK}"/>')
            shapes.append(_text(x + 5, y + 4, name))
    size = f'width="{width}" height="{height + TOP}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join((head, ground, *shapes, "</svg>", ""))


TOWNS = (
    (-3.0026, 16.7735, "Timbuktu"),
    (-0.0416, 16.2717, "Gao"),
    (2.3958, 15.9188, "Menaka"),
    (0.7620, 14.2117, "Tera"),
    (-0.0335, 14.0354, "Dori"),
    (2.1098, 13.5116, "Niamey"),
    (-4.1886, 14.4843, "Mopti"),
)


def _png(values: np.ndarray[Any, Any]) -> str:
    share = np.nan_to_num(values / np.nanmax(values))[..., None] ** 0.5
    colours = np.moveaxis(PALE + (DARK - PALE) * share, -1, 0).round().astype(np.uint8)
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="PNG", count=3, height=values.shape[0], width=values.shape[1], dtype="uint8"
        ) as file:
            file.write(colours)
        return b64encode(memory.getbuffer()).decode()


def _text(x: float, y: float, said: str, colour: str = INK, *, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}">{escape(said)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(picture(Path(sys.argv[1]), Path(sys.argv[2])), "utf-8")
