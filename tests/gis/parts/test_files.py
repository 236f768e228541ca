from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas
import numpy as np

from gis.parts.files import read_part, write_part

if TYPE_CHECKING:
    from pathlib import Path


def test_a_part_comes_back_bit_for_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    part = {
        "lon": rng.uniform(-180, 180, 50),
        "lat": rng.uniform(-90, 90, 50),
        "radius_m": np.where(rng.random(50) < 0.3, np.nan, rng.random(50)),
        "row": np.arange(50),
        "own": rng.random(50) < 0.5,
    }
    write_part(tmp_path / "part.parquet", part)
    back = read_part(tmp_path / "part.parquet")
    assert back.keys() == part.keys()
    for name, values in part.items():
        assert back[name].dtype == values.dtype
        assert back[name].tobytes() == values.tobytes()


def test_a_part_is_a_geoparquet_file_of_points(tmp_path: Path) -> None:
    write_part(tmp_path / "part.parquet", {"lon": np.array([2.5]), "lat": np.array([15.0])})
    places = geopandas.read_parquet(tmp_path / "part.parquet")
    assert places.crs == "EPSG:4326"
    assert places.geometry.to_wkt().tolist() == ["POINT (2.5 15)"]


def test_a_part_without_places_or_rows_is_a_file_too(tmp_path: Path) -> None:
    part = {"cell": np.empty(0, dtype=np.int64), "share": np.empty(0)}
    write_part(tmp_path / "part.parquet", part)
    back = read_part(tmp_path / "part.parquet")
    assert {name: values.dtype for name, values in back.items()} == {
        "cell": np.dtype("int64"),
        "share": np.dtype("float64"),
    }
