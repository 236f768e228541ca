"""Vector tiles read by a program that is not ours: GDAL."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyogrio

from gis.tile_matrix import EXTENT

if TYPE_CHECKING:
    import geopandas


@dataclass(frozen=True)
class Point:
    """A point of a tile: its pixel and its properties, those that are missing left out."""

    x: int
    y: int
    properties: dict[str, Any]

    @property
    def is_inside(self) -> bool:
        return 0 <= self.x < EXTENT and 0 <= self.y < EXTENT


def layers(body: bytes) -> list[str]:
    if not body:
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tile.mvt"
        path.write_bytes(body)
        return [str(name) for name, _ in pyogrio.list_layers(path)]


def frame(body: bytes, layer: str) -> geopandas.GeoDataFrame:
    """Give the features of a layer, with pixels from the lower left corner for coordinates."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tile.mvt"
        path.write_bytes(body)
        return pyogrio.read_dataframe(path, layer=layer, CLIP="NO")


def points(body: bytes, layer: str) -> list[Point]:
    if layer not in layers(body):
        return []
    read = frame(body, layer)
    kept = [
        {name: value for name, value in row.items() if value is not None and value == value}
        for row in read.drop(columns="geometry").to_dict("records")
    ]
    return [
        Point(round(shape.x), EXTENT - round(shape.y), properties)
        for shape, properties in zip(read.geometry, kept, strict=True)
    ]
