"""Small vector files as a user might bring them, and how they are described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas
import shapely

from db.vocabulary import BoundaryKind
from seeds.boundaries import BoundaryFile, Columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

SQUARE = shapely.box(0.1, 14.0, 1.1, 15.0)
LINE = shapely.LineString([(0.2, 15.0), (1.0, 15.3), (3.5, 15.35)])


def write_file(
    path: Path,
    shapes: Sequence[BaseGeometry | None],
    fields: Mapping[str, Sequence[Any]],
    *,
    crs: str | None = "EPSG:4326",
    layer: str | None = None,
) -> Path:
    """Write a file of the format that its ending names."""
    frame = geopandas.GeoDataFrame(dict(fields), geometry=list(shapes), crs=crs)
    options = {} if layer is None else {"layer": layer}
    frame.to_file(path, engine="pyogrio", **options)
    return path


def units(path: Path, **changes: Any) -> BoundaryFile:
    """A file of departments with the fields ``code`` and ``name``, unless told otherwise."""
    described: dict[str, Any] = {
        "path": path,
        "kind": BoundaryKind.ADM2,
        "source": "lsib-quattroshapes",
        "edition": "2023",
        "columns": Columns(code=("code",), name="name"),
    }
    return BoundaryFile(**(described | changes))
