"""Shapefile: what is written comes back but for its losses, to GDAL old and new."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyogrio
import pytest
import shapely
from hypothesis import given, settings

from gis.errors import TooMuchForFormat
from gis.formats import shapefile
from gis.formats.features import Features
from gis.formats.format import GeometryForm
from gis.formats.shapefile import LARGEST_NUMBER, LONGEST_TEXT, SHAPEFILE, write
from gis.formats.short_names import short_names
from tests.gis.formats.rows import COLOPHON, FIELDS, ROWS, Row, formed, points, rows_of, written

if TYPE_CHECKING:
    from pathlib import Path

NAMES = short_names(["id", *(field.name for field in FIELDS)])
WEST, EAST = shapely.box(-180, -17, -179, -16), shapely.box(179, -17, 180, -16)


def read(path: Path, layer: str = "incidents.shp") -> list[Row]:
    source = f"/vsizip/{path}/{layer}"
    shapes = pyogrio.raw.read(source, columns=[])[2]
    rows = pyogrio.read_arrow(source, read_geometry=False)[1].to_pylist()
    if shapes is None:
        shapes = [None] * len(rows)
    return [
        (
            row["id"],
            None if wkb is None else shapely.from_wkb(wkb),
            *(row[NAMES[field.name]] for field in FIELDS),
        )
        for wkb, row in zip(shapes, rows, strict=True)
    ]


def kept(row: Row) -> Row:
    """The values of a row as a Shapefile keeps them."""
    return (_kept(row[0]), row[1], *map(_kept, row[2:]))


def _kept(value: Any) -> Any:
    if isinstance(value, float):
        # Fifteen decimals of at most 24 characters; what is longer keeps as many digits as fit.
        near = abs(value) < LARGEST_NUMBER
        return pytest.approx(value, rel=1e-14, abs=1e-15) if near else None
    if isinstance(value, int) and len(str(value)) > 18:
        return pytest.approx(value, rel=1e-15)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, str):
        cut = value.encode()[:LONGEST_TEXT].decode("utf-8", "ignore").strip(" ")
        return cut or None
    return value


def plain(rows: list[Row]) -> list[Row]:
    """Rows whose lists are the text that any JSON writer makes of them."""
    return [
        tuple(json.loads(cell) if at == 8 and cell else cell for at, cell in enumerate(row))
        for row in rows
    ]


@settings(deadline=None, max_examples=25)
@given(rows_of(points))
def test_rows_come_back_but_for_the_losses(rows: list[Row]) -> None:
    with written(SHAPEFILE, rows) as path:
        assert plain(read(path)) == plain([kept(row) for row in rows])


def test_the_archive_has_its_encoding_its_system_and_its_names_in_full() -> None:
    with written(SHAPEFILE, ROWS) as path, zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            *(f"incidents.{suffix}" for suffix in ("shp", "shx", "dbf", "prj", "cpg")),
            "incidents_fields.csv",
            "incidents_about.txt",
        ]
        assert archive.read("incidents.cpg") == b"UTF-8"
        assert b"WGS_1984" in archive.read("incidents.prj")
        lines = list(
            csv.DictReader(io.StringIO(archive.read("incidents_fields.csv").decode("utf-8-sig")))
        )
        about = archive.read("incidents_about.txt").decode()
    assert {line["column"]: line["field"] for line in lines} == {v: k for k, v in NAMES.items()}
    assert lines[4]["unit"] == "m"
    assert "Licence: CC BY 4.0\nLicence: ODbL\n" in about
    assert "Version of the data: 7\n" in about


def test_columns_have_the_types_that_a_table_has() -> None:
    with written(SHAPEFILE, ROWS) as path:
        info = pyogrio.read_info(f"/vsizip/{path}/incidents.shp")
    assert (info["crs"], info["geometry_type"], info["features"]) == ("EPSG:4326", "Point", 3)
    assert dict(zip(info["fields"], info["ogr_types"], strict=True)) == {
        "id": "OFTInteger64",
        "title": "OFTString",
        "reports": "OFTInteger64",
        "killed": "OFTInteger64",
        "radius_m": "OFTReal",
        "published": "OFTDate",
        "even_start": "OFTString",
        "names": "OFTString",
        "licence": "OFTString",
        "attributio": "OFTString",
    }


def test_a_gdal_of_years_ago_tells_missing_from_zero_and_reads_accents() -> None:
    with written(SHAPEFILE, ROWS) as path:
        told = subprocess.run(
            ["ogrinfo", "-al", "-geom=AS_WKT", f"/vsizip/{path}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert "title (String) = Inatès" in told
    assert "killed (Integer64) = 0\n" in told
    assert "killed (Integer64) = (null)\n" in told
    assert "published (Date) = 2019/12/11" in told
    assert "POINT (-179.9999999 -16.5)" in told


def test_a_long_text_is_cut_at_a_whole_character() -> None:
    with written(SHAPEFILE, [(1, None, "a" + "é" * 200)], fields=FIELDS[:1]) as path:
        source = f"/vsizip/{path}/incidents.shp"
        (found,) = pyogrio.read_arrow(source)[1]["title"].to_pylist()
    assert found == "a" + "é" * 126


def test_both_sides_of_the_antimeridian_and_an_empty_geometry() -> None:
    both = shapely.MultiPolygon([WEST, EAST])
    rows = [(1, both, "Fiji"), (2, shapely.MultiPolygon(), "nowhere"), (3, None, "unknown")]
    with written(SHAPEFILE, rows, "MultiPolygon", FIELDS[:1]) as path:
        _, _, shapes, _ = pyogrio.raw.read(f"/vsizip/{path}/incidents.shp", columns=[])
    assert shapely.from_wkb(shapes[0]).equals(both)
    assert list(shapes[1:]) == [None, None]


def test_features_without_geometry_are_a_table() -> None:
    rows = [(row[0], None, *row[2:]) for row in ROWS]
    with written(SHAPEFILE, rows, None) as path:
        with zipfile.ZipFile(path) as archive:
            assert "incidents.shp" not in archive.namelist()
        assert plain(read(path, "incidents.dbf")) == plain([kept(row) for row in rows])


@pytest.mark.parametrize("geometry", ["Point", "MultiPolygon", None])
def test_no_rows_make_a_table_of_columns(geometry: str | None) -> None:
    with written(SHAPEFILE, [], geometry) as path:
        info = pyogrio.read_info(f"/vsizip/{path}/incidents.{'shp' if geometry else 'dbf'}")
    assert list(info["fields"]) == list(NAMES.values())
    assert info["features"] == 0


@pytest.mark.parametrize("largest, what", [(400, "table"), (700, "shapes")])
def test_what_is_too_large_is_refused_before_it_is_written(
    largest: int, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapefile, "LARGEST", largest)
    line = shapely.LineString([(lon / 10, 0) for lon in range(40)])
    given = [(1, formed(line, GeometryForm.WKB), date(2020, 1, 1), "a" * 300)]
    features = Features([given], [FIELDS[4], FIELDS[0]], "LineString")
    with pytest.raises(TooMuchForFormat, match=f"the {what} of a Shapefile"):
        write(tmp_path / "a.shp.zip", features, COLOPHON)
    assert not (tmp_path / "a.shp.zip").exists()
