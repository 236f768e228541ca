"""Real clients read our layers whole and with their types: GDAL by command, GeoPandas by URL."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import geopandas
import pytest

from db.layers.catalogue import LAYERS
from gis.fields import Kind
from tests.api.world import SERIES, SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

OGR_TYPES = {
    Kind.TEXT: "String",
    Kind.INTEGER: "Integer",
    Kind.COUNT: "Real",
    Kind.NUMBER: "Real",
    Kind.DATE: "Date",
    Kind.DATETIME: "DateTime",
}
MISSING = "ogrinfo is not installed (Debian: apt-get install gdal-bin; scripts/test installs it)"


def ogrinfo(address: str, *arguments: str) -> str:
    program = shutil.which("ogrinfo")
    assert program, MISSING
    command: Sequence[str] = [program, "-ro", f"OAPIF:{address}/", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ERROR" not in done.stderr + done.stdout, done.stdout + done.stderr
    return done.stdout


def gdal_version() -> tuple[int, ...]:
    text = subprocess.run(["ogrinfo", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"GDAL (\d+)\.(\d+)", text.stdout)
    assert found, text.stdout
    return tuple(map(int, found.groups()))


def count(address: str, *arguments: str) -> int:
    text = ogrinfo(address, "-so", *arguments)
    (line,) = (line for line in text.splitlines() if line.startswith("Feature Count:"))
    return int(line.split(":")[1])


def test_gdal_lists_every_layer(address: str) -> None:
    found = ogrinfo(address)
    for layer in LAYERS.values():
        assert f"{layer.id} (title: {layer.title})" in found


@pytest.mark.parametrize("layer", ["incidents", "claims", "borders", "places", "reports"])
def test_gdal_reads_every_field_with_its_type(
    address: str, client: httpx.Client, layer: str
) -> None:
    lines = ogrinfo(address, "-so", layer).splitlines()
    first = client.get(f"/collections/{layer}/items?limit=10").json()["features"]
    for field in LAYERS[layer].fields:
        (found,) = (line for line in lines if line.startswith(f"{field.name}: "))
        # GDAL 3.6 knows what the first ten features show, newer ones what our schema says.
        is_shown = any(each["properties"][field.name] is not None for each in first)
        wanted = OGR_TYPES[field.kind] if is_shown or gdal_version() >= (3, 10) else "String"
        assert found.startswith(f"{field.name}: {wanted} "), found


def test_gdal_sees_geometry_count_and_extent(address: str) -> None:
    text = ogrinfo(address, "-so", "incidents")
    assert "Geometry: Point" in text
    assert f"Feature Count: {SHOWN}" in text
    assert "Extent: (0.000000, 14.500000) - (179.500000, 66.000000)" in text


def test_gdal_reads_every_feature_over_pages(address: str) -> None:
    text = ogrinfo(address, "-oo", "PAGE_SIZE=7", "-al", "-q", "incidents")
    assert text.count("OGRFeature(incidents)") == SHOWN
    assert text.count("  incident (String) = series-") == SERIES


@pytest.mark.parametrize(
    "where, expected",
    [
        ("event_type = 'protest'", 10),
        ("killed_low = 71", 1),
        ("killed_low IS NULL", SHOWN - SERIES // 2 - 1),
        ("incident = 'far'", 1),
    ],
)
def test_gdal_filters_by_value(address: str, where: str, expected: int) -> None:
    assert count(address, "-where", where, "incidents") == expected


def test_gdal_filters_by_day(address: str) -> None:
    text = ogrinfo(address, "-al", "-q", "-where", "event_start >= '2021-01-25'", "incidents")
    found = {f"series-{number:02}" for number in range(SERIES) if f"series-{number:02}" in text}
    assert found >= {f"series-{number:02}" for number in range(24, SERIES)}


def test_gdal_filters_by_rectangle(address: str) -> None:
    text = ogrinfo(address, "-al", "-q", "-spat", "0.95", "14", "1.25", "15", "incidents")
    for number in (10, 11, 12):
        assert f"series-{number}" in text
    assert "series-13" not in text


def test_gdal_gets_awkward_texts_whole(address: str, tmp_path: Any) -> None:
    program = shutil.which("ogr2ogr")
    assert program, MISSING
    target = tmp_path / "incidents.geojson"
    subprocess.run(
        [program, "-f", "GeoJSON", target, f"OAPIF:{address}/", "incidents"],
        check=True,
        timeout=120,
        capture_output=True,
    )
    written = json.loads(target.read_text())
    served = geopandas.read_file(f"{address}/collections/incidents/items")
    titles = {each["properties"]["title"] for each in written["features"]}
    assert titles == set(served["title"])


def test_geopandas_reads_a_layer_from_its_address(address: str) -> None:
    frame = geopandas.read_file(f"{address}/collections/incidents/items?limit=10000")
    assert len(frame) == SHOWN
    assert frame.crs.to_epsg() == 4326
    assert str(frame["killed_low"].dtype) == "float64"
    assert frame["killed_low"].isna().sum() == SHOWN - SERIES // 2 - 1
    assert str(frame["event_start"].dtype).startswith("datetime64")
    assert frame.loc[frame["incident"] == "nowhere"].geometry.isna().all()
