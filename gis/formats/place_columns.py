"""The places of features as plain columns, for formats that know of no geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import shapely

if TYPE_CHECKING:
    from gis.formats.features import Features


def place_names(features: Features) -> tuple[str, ...]:
    """The names of the columns: ``lon`` and ``lat`` of points, ``wkt`` of anything else.

    In metres they are ``easting`` and ``northing``; there is none where features have no geometry.
    """
    if features.geometry is None:
        return ()
    if features.geometry != "Point":
        return ("wkt",)
    return ("lon", "lat") if features.system.is_wgs84 else ("easting", "northing")


def place_columns(features: Features, geometries: pa.Array) -> list[pa.Array]:
    """The columns of that name, made of a column of well-known binary."""
    if features.geometry is None:
        return []
    shapes = shapely.from_wkb(geometries.to_numpy(zero_copy_only=False))
    if features.geometry == "Point":
        # Not a number, where there is no point, becomes missing.
        axes = (shapely.get_x, shapely.get_y)
        return [pa.array(axis(shapes), from_pandas=True) for axis in axes]
    # -1: all digits that tell a number from its neighbours, up to 16 decimals.
    return [pa.array(shapely.to_wkt(shapes, rounding_precision=-1, trim=True), pa.string())]
