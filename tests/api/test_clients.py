"""Real clients read our layers whole and typed: GDAL old and new, GeoPandas by URL, OWSLib."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import geopandas
import httpx
import pytest
from owslib.ogcapi.features import Features  # type: ignore[import-untyped]

from db.layers.catalogue import LAYERS
from gis.fields import Kind
from tests.api.world import SERIES, SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from db.layers.layer import Layer
    from tests.api.serving import Recorder

OGR_TYPES = {
    Kind.TEXT: "String",
    Kind.INTEGER: "Integer",
    Kind.COUNT: "Real",
    Kind.NUMBER: "Real",
    Kind.DATE: "Date",
    Kind.DATETIME: "DateTime",
    Kind.TEXTS: "StringList",
}
MULTI = {
    "LineString": "Line String",
    "MultiLineString": "Multi Line String",
    "MultiPolygon": "Multi Polygon",
}
"""How ogrinfo writes what others write in one word."""
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


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_gdal_reads_every_field_with_its_type(shipped: Recorder, layer: Layer) -> None:
    lines = ogrinfo(shipped.address, "-so", layer.id).splitlines()
    for field in layer.fields:
        (found,) = (line for line in lines if line.startswith(f"{field.name}: "))
        wanted = OGR_TYPES[field.kind]
        # GDAL 3.6 knows what features show, newer ones what our schema says.
        if gdal_version() < (3, 10) and not is_filled(shipped.address, layer, field.name):
            wanted = "String"
        assert found.startswith(f"{field.name}: {wanted} "), found


def is_filled(address: str, layer: Layer, field: str) -> bool:
    items = f"{address}/collections/{layer.id}/items"
    params = {"filter": f'"{field}" IS NOT NULL', "limit": "1"}
    return bool(httpx.get(items, params=params, timeout=60).json()["numberMatched"])


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_gdal_sees_the_count_and_the_extent_of_every_layer(shipped: Recorder, layer: Layer) -> None:
    text = ogrinfo(shipped.address, "-so", layer.id)
    found = httpx.get(f"{shipped.address}/collections/{layer.id}", timeout=60).json()
    assert f"Feature Count: {found['itemCount']}\n" in text
    boxes = found["extent"].get("spatial", {}).get("bbox")
    if boxes:
        west, south, east, north = boxes[0]
        assert f"Extent: ({west:.6f}, {south:.6f}) - ({east:.6f}, {north:.6f})" in text
        assert f"Geometry: {MULTI.get(str(layer.geometry), layer.geometry)}\n" in text
    assert f"TITLE={layer.title}\n" in text


def new_gdal(function: str, address: str, **asked: object) -> Any:
    """Call pyogrio, whose GDAL is newer than Debian's, in a process of its own.

    It lets no other thread of its process run while it waits for an answer, and here the server is
    one of those.
    """
    script = (
        "import json, sys, pyogrio\n"
        "function, source, asked = json.loads(sys.argv[1])\n"
        "found = getattr(pyogrio, function)(source, **asked)\n"
        "if function == 'read_info':\n"
        "    types = dict(zip(found['fields'], found['ogr_types'], strict=True))\n"
        "    found = {'types': types, 'count': found['features']}\n"
        "else:\n"
        "    found = json.loads(found.drop(columns='geometry').to_json(orient='records'))\n"
        "print(json.dumps(found))"
    )
    job = json.dumps([function, f"OAPIF:{address}/", asked])
    done = subprocess.run(
        [sys.executable, "-c", script, job],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_new_gdal_takes_the_types_from_our_schema(shipped: Recorder) -> None:
    # All fields of claims have values somewhere; of aggregates, most have none anywhere.
    for layer in (LAYERS["claims"], LAYERS["aggregates"], LAYERS["clusters"]):
        found = new_gdal("read_info", shipped.address, layer=layer.id)
        wanted = {field.name: f"OFT{OGR_TYPES[field.kind]}" for field in layer.fields}
        assert found["types"] == wanted
        items = f"{shipped.address}/collections/{layer.id}/items?limit=1"
        assert found["count"] == httpx.get(items, timeout=60).json()["numberMatched"]


@pytest.mark.parametrize(
    "where, expected",
    [
        ("event_type = 'protest'", 10),
        ("killed_low > 5 AND event_type <> 'protest'", 9),
        ("killed_low IS NULL", SHOWN - SERIES // 2 - 1),
        ("title LIKE 'Incident 1%'", 11),
    ],
)
def test_new_gdal_filters_as_it_would_by_itself(address: str, where: str, expected: int) -> None:
    found = new_gdal("read_dataframe", address, layer="incidents", where=where)
    assert len({each["incident"] for each in found}) == len(found) == expected


def test_new_gdal_reads_a_large_layer_in_a_few_requests(shipped: Recorder) -> None:
    with shipped.listening() as requests:
        found = new_gdal("read_dataframe", shipped.address, layer="incidents")
    assert len(found) == len({each["incident"] for each in found}) == 4208
    assert len([each for each in requests if "/items" in each]) <= 7
    assert None in {each["killed_high"] for each in found}


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


def test_gdal_gets_awkward_texts_whole(address: str, tmp_path: Path) -> None:
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


def ogr2ogr(address: str, target: Path, *arguments: str) -> geopandas.GeoDataFrame:
    program = shutil.which("ogr2ogr")
    assert program, MISSING
    subprocess.run(
        [program, "-f", "GPKG", target, f"OAPIF:{address}/", "incidents", *arguments],
        check=True,
        timeout=120,
        capture_output=True,
    )
    return geopandas.read_file(target)


def test_gdal_copies_a_layer_with_its_types_and_what_is_not_known(
    address: str, tmp_path: Path
) -> None:
    frame = ogr2ogr(address, tmp_path / "copy.gpkg", "-oo", "PAGE_SIZE=20000")
    assert len(frame) == SHOWN
    assert frame["killed_low"].isna().sum() == SHOWN - SERIES // 2 - 1
    assert str(frame["event_start"].dtype).startswith("datetime64")
    assert set(frame["incident"]) >= {f"series-{number:02}" for number in range(SERIES)}


def test_gdal_copies_what_is_asked_for_into_another_system(address: str, tmp_path: Path) -> None:
    asked = ["-where", "event_type = 'protest'", "-spat", "0.5", "14", "2.05", "15"]
    frame = ogr2ogr(address, tmp_path / "copy.gpkg", *asked, "-t_srs", "EPSG:32631")
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 32631
    located = frame[~frame.geometry.isna()]
    assert set(located["incident"]) == {f"series-{number:02}" for number in range(6, 21, 3)}
    plain = geopandas.read_file(f"{address}/collections/incidents/items?incident=series-06")
    (wanted,) = plain.to_crs(32631).geometry
    (found,) = located[located["incident"] == "series-06"].geometry
    assert found.distance(wanted) < 0.01


def test_owslib_finds_the_layers_and_their_queryables(address: str) -> None:
    service = Features(f"{address}/")
    assert service.feature_collections() == list(LAYERS)
    assert service.collection("incidents")["title"] == "Incidents"
    assert "killed_low" in service.collection_queryables("incidents")["properties"]
    assert service.api()["openapi"].startswith("3.0")
    assert service.conformance()["conformsTo"]


def test_owslib_asks_for_features(address: str) -> None:
    service = Features(f"{address}/")

    def names(**asked: object) -> list[str]:
        found = service.collection_items("incidents", **asked)["features"]
        return [each["properties"]["incident"] for each in found]

    assert len(names()) == SHOWN
    assert set(names(bbox=[0.95, 14, 1.25, 15])) >= {"series-10", "series-11", "series-12"}
    assert "series-13" not in names(bbox=[0.95, 14, 1.25, 15])
    assert "series-29" not in names(datetime_="2021-01-01/2021-01-29")
    assert names(filter="killed_low = 71") == ["inates-2019-12-10"]
    best = ["inates-2019-12-10", "series-29"]
    assert names(sortby=("killed_low", "desc"), limit=2) == best
    assert names(limit=4, offset=3) == names(limit=7)[3:]
    assert service.collection_item("incidents", "far")["properties"]["incident"] == "far"
