"""A surface as a Cloud Optimized GeoTIFF: tiled, with overviews, read in parts over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gis.crs import FloatArray
    from gis.equal_area_grid import EqualAreaGrid

MEDIA_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"

BLOCK = 256


def cloud_geotiff(
    values: FloatArray,
    grid: EqualAreaGrid,
    *,
    description: str,
    unit: str,
    tags: Mapping[str, str],
) -> bytes:
    """The bytes of a Cloud Optimized GeoTIFF with one band of 32-bit floats.

    Parameters
    ----------
    values : (rows, columns) float64
        NaN for no data.
    grid : EqualAreaGrid
    description : str
        Of the band.
    unit : str
        Of its values.
    tags : mapping of str to str
        Metadata of the file: licence, attribution, what it was computed from.
    """
    import rasterio
    from rasterio.crs import CRS

    step = grid.cell_m
    corner = rasterio.Affine(step, 0.0, grid.west * step, 0.0, -step, grid.north * step)
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="COG",
            width=grid.columns,
            height=grid.rows,
            count=1,
            dtype="float32",
            nodata=float("nan"),
            crs=CRS.from_string(grid.system),
            transform=corner,
            compress="DEFLATE",
            predictor="YES",
            blocksize=BLOCK,
            overview_resampling="AVERAGE",
        ) as file:
            file.write(values.astype(np.float32), 1)
            file.set_band_description(1, description)
            file.units = (unit,)
            file.update_tags(**tags)
        return bytes(memory.getbuffer())
