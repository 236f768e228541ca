"""The file: read by other programs with the same values, tiled, with overviews, told what it is."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
import rasterio.warp

from gis.cloud_geotiff import BLOCK, cloud_geotiff
from gis.density import adaptive_density

if TYPE_CHECKING:
    from pathlib import Path

    from gis.density import Surface

TAGS = {"LICENCE": "CC BY 4.0", "METHOD": "density 1"}


@pytest.fixture(scope="module")
def surface() -> Surface:
    lon, lat = np.array([-3.0, 1.0, 4.0]), np.array([12.0, 15.0, 14.0])
    return adaptive_density(lon, lat, 5_000.0, bandwidth_km=50, cell_km=1.5)


@pytest.fixture(scope="module")
def content(surface: Surface) -> bytes:
    return cloud_geotiff(
        surface.per_km2, surface.grid, description="Density", unit="km-2", tags=TAGS
    )


def test_what_is_read_is_what_was_written(surface: Surface, content: bytes) -> None:
    with rasterio.MemoryFile(content) as memory, memory.open() as file:
        np.testing.assert_array_equal(file.read(1), surface.per_km2.astype(np.float32))
        assert file.descriptions == ("Density",)
        assert file.units == ("km-2",)
        assert np.isnan(file.nodata)
        assert {**TAGS}.items() <= file.tags().items()
        assert file.read(1).sum() * surface.grid.cell_km2 == pytest.approx(3.0, rel=1e-5)
        x, y = file.xy(0, 0)
        assert (x, y) == (surface.grid.x[0], surface.grid.y[0])
        to = rasterio.warp.transform(file.crs, "EPSG:4326", [x], [y])
        lon, lat = surface.grid.middles()
        assert (to[0][0], to[1][0]) == pytest.approx((lon[0, 0], lat[0, 0]))


def test_it_is_tiled_and_has_overviews(surface: Surface, content: bytes) -> None:
    assert min(surface.per_km2.shape) > BLOCK
    with rasterio.MemoryFile(content) as memory, memory.open() as file:
        assert file.block_shapes == [(BLOCK, BLOCK)]
        assert file.overviews(1)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_an_older_gdal_reads_it_too(surface: Surface, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "surface.tif"
    path.write_bytes(content)
    said = subprocess.run(
        ["gdalinfo", "-json", "-stats", path], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(said.stdout)
    assert found["size"] == [surface.grid.columns, surface.grid.rows]
    assert "Lambert_Azimuthal_Equal_Area" in found["coordinateSystem"]["wkt"].replace(" ", "_")
    band = found["bands"][0]
    greatest = float(band["metadata"][""]["STATISTICS_MAXIMUM"])
    assert greatest == pytest.approx(surface.per_km2.max(), rel=1e-5)
    assert band["unit"] == "km-2"


def test_the_same_surface_gives_the_same_bytes(surface: Surface, content: bytes) -> None:
    again = cloud_geotiff(
        surface.per_km2, surface.grid, description="Density", unit="km-2", tags=TAGS
    )
    assert again == content


def test_cells_that_are_nowhere_hold_no_data() -> None:
    surface = adaptive_density([0.0, 80.0], [0.0, 0.0], 0.0, bandwidth_km=3_000, cell_km=300)
    values = surface.per_km2.copy()
    values[0, 0] = np.nan
    content = cloud_geotiff(values, surface.grid, description="Density", unit="km-2", tags={})
    with rasterio.MemoryFile(content) as memory, memory.open() as file:
        assert file.read(1, masked=True).mask[0, 0]
