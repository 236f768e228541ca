"""A part as a GeoParquet file, which other programs can read, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pandas
import shapely

if TYPE_CHECKING:
    from pathlib import Path

    from gis.parts.engine import Arrays

PLACES = ("lon", "lat")


def write_part(path: Path, part: Arrays) -> None:
    """Write a part; ``lon`` and ``lat`` become points (WGS 84), without loss.

    Parameters
    ----------
    path : Path
    part : mapping of str to (n,) array
        Without ``lon`` and ``lat`` the file is plain Parquet.
    """
    columns = {name: values for name, values in part.items() if name not in PLACES}
    if "lon" not in part:
        pandas.DataFrame(columns).to_parquet(path)
        return
    points = shapely.points(part["lon"], part["lat"])
    geopandas.GeoDataFrame(columns, geometry=points, crs="EPSG:4326").to_parquet(path)


def read_part(path: Path) -> Arrays:
    """Read what :func:`write_part` wrote: the same arrays, bit for bit."""
    names = _names(path)
    if "geometry" not in names:
        frame = pandas.read_parquet(path)
        return {name: frame[name].to_numpy() for name in names}
    places = geopandas.read_parquet(path)
    lon, lat = np.transpose(shapely.get_coordinates(places.geometry)).copy()
    others = {name: places[name].to_numpy() for name in names if name != "geometry"}
    return {"lon": lon, "lat": lat, **others}


def _names(path: Path) -> list[str]:
    from pyarrow.parquet import read_schema

    return list(read_schema(path).names)
