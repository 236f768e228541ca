"""KML: what is written comes back to a reader of XML, and to GDAL; time is a span."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import CrsMismatch
from gis.fields import Field, Kind, Role
from gis.formats.features import Features
from gis.formats.format import GeometryForm
from gis.formats.kml import KML, KMZ, write
from gis.reference_systems import epsg
from tests.gis.formats.rows import (
    COLOPHON,
    FIELDS,
    ROWS,
    Row,
    formed,
    moments,
    points,
    rows_of,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

SPACE = "{http://www.opengis.net/kml/2.2}"
START = Field("event_start", Kind.DATETIME, "Start", "First moment.", role=Role.START)
END = Field("event_end", Kind.DATETIME, "End", "Last moment.", role=Role.END)
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

SQUARE = shapely.box(0, 0, 3, 3)
SHAPES = {
    "LineString": shapely.LineString([(0, 0), (1.25, 2), (3, -1)]),
    "MultiLineString": shapely.MultiLineString([[(0, 0), (1, 2)], [(3, 4), (5, 6)]]),
    "Polygon": SQUARE.difference(shapely.box(1, 1, 2, 2)),
    "MultiPolygon": shapely.MultiPolygon(
        [shapely.box(-180, -17, -179, -16), shapely.box(179, -17, 180, -16)]
    ),
}


def placemarks(path: Path) -> list[ElementTree.Element]:
    return list(ElementTree.parse(path).iter(f"{SPACE}Placemark"))


def told(placemark: ElementTree.Element) -> dict[str, str]:
    return {str(each.get("name")): each.text or "" for each in placemark.iter(f"{SPACE}SimpleData")}


def kept(row: Row) -> dict[str, Any]:
    """The fields of a row as KML keeps them, read as what they are."""
    values = zip((field.name for field in FIELDS), row[2:], strict=True)
    return {name: _kept(value) for name, value in values if _kept(value) is not None}


def _kept(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return None
    return ILLEGAL.sub("", value) if isinstance(value, str) else value


def understood(texts: dict[str, str]) -> dict[str, Any]:
    kinds = (str, int, int, float, date.fromisoformat, datetime.fromisoformat, json.loads, str, str)
    read = dict(zip((field.name for field in FIELDS), kinds, strict=True))
    return {name: read[name](text) for name, text in texts.items()}  # type: ignore[operator]


@settings(deadline=None)
@given(rows_of(points))
def test_rows_come_back_but_for_the_losses(rows: list[Row]) -> None:
    with written(KML, rows) as path:
        found = placemarks(path)
    assert [int(str(each.get("id"))) for each in found] == [row[0] for row in rows]
    assert [understood(told(each)) for each in found] == [kept(row) for row in rows]
    for each, row in zip(found, rows, strict=True):
        text = each.findtext(f"{SPACE}Point/{SPACE}coordinates")
        place = None if text is None else tuple(map(float, text.split(",")))
        assert place == (None if row[1] is None else (row[1].x, row[1].y))


@settings(deadline=None)
@given(st.none() | moments, st.none() | moments)
def test_time_is_a_span_as_open_as_the_interval(
    start: datetime | None, end: datetime | None
) -> None:
    with written(KML, [(1, None, start, end)], fields=[START, END]) as path:
        (found,) = placemarks(path)
    span = found.find(f"{SPACE}TimeSpan")
    if start is end is None:
        assert span is None
        return
    assert span is not None
    ends = [span.findtext(f"{SPACE}{tag}") for tag in ("begin", "end")]
    assert [text and datetime.fromisoformat(text) for text in ends] == [start, end]


def test_gdal_reads_fields_types_and_time() -> None:
    fields = [*FIELDS[:4], START, END]
    row = (1, ROWS[0][1], "Inatès", 2, 71.0, 5000.0, datetime(2019, 12, 10, tzinfo=UTC), None)
    for format in (KML, KMZ):
        with written(format, [row], fields=fields) as path:
            ((wkb,), (found,)) = (
                pyogrio.raw.read(path, columns=[])[2],
                pyogrio.read_arrow(path)[1].to_pylist(),
            )
        assert (found["Name"], found["title"]) == ("Inatès", "Inatès")
        assert (found["reports"], found["killed"], found["radius_m"]) == (2, 71, 5000.0)
        assert found["begin"].replace(tzinfo=UTC) == row[-2]
        assert found["end"] is None
        assert shapely.from_wkb(wkb).equals_exact(ROWS[0][1], 0)


@pytest.mark.parametrize("geometry", SHAPES)
def test_geometries_come_back_to_gdal(geometry: str) -> None:
    rows = [(1, SHAPES[geometry], "a"), (2, None, "b")]
    with written(KML, rows, geometry, FIELDS[:1]) as path:
        _, _, shapes, _ = pyogrio.raw.read(path, columns=[])
    assert shapely.from_wkb(shapes[0]).normalize().equals_exact(SHAPES[geometry].normalize(), 0)
    assert shapes[1] is None


def test_an_empty_geometry_is_written_as_one_of_nothing() -> None:
    with written(KML, [(1, shapely.Polygon(), "a")], "Polygon", FIELDS[:1]) as path:
        (found,) = placemarks(path)
    assert len(found.findall(f"{SPACE}MultiGeometry")) == 1


def test_a_document_says_what_it_is_and_holds_no_markup_of_its_own() -> None:
    sly = replace(COLOPHON, title="<b>&amp;</b>", description="a\x00]]>")
    features = Features((), [replace(FIELDS[0], title="<script>")], None)
    with written(KML, []) as path:
        write(path, features, sly)
        root = ElementTree.parse(path).getroot()
    document = root.find(f"{SPACE}Document")
    assert document is not None
    assert document.findtext(f"{SPACE}name") == "<b>&amp;</b>"
    about = document.findtext(f"{SPACE}description") or ""
    assert about.startswith("a]]>\n")
    assert "Version 7 of the data" in about
    assert "Query: country=MLI" in about
    balloon = document.findtext(f"{SPACE}Style/{SPACE}BalloonStyle/{SPACE}text") or ""
    assert "&lt;script&gt;: $[fields/title]" in balloon


def test_no_rows_make_a_document_without_placemarks() -> None:
    with written(KML, []) as path:
        assert placemarks(path) == []


def test_a_kmz_is_the_document_in_an_archive() -> None:
    with written(KML, ROWS) as path:
        document = path.read_bytes()
    with written(KMZ, ROWS) as path, zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["doc.kml"]
        assert archive.read("doc.kml") == document


def test_metres_are_refused(tmp_path: Path) -> None:
    given = [(1, formed(shapely.Point(1, 2), GeometryForm.WKB), "a")]
    with pytest.raises(CrsMismatch, match="longitude and latitude"):
        write(tmp_path / "a", Features([given], FIELDS[:1], "Point", system=epsg(32630)), COLOPHON)
