"""Metadata in the words of QGIS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

from gis.fields import Field, Kind
from gis.qgis.metadata import metadata
from gis.qgis.sheet import About, Sheet
from gis.wording import Wording

SHEET = Sheet(
    id="things",
    title="Things",
    description="What there is.",
    fields=(Field("title", Kind.TEXT, "Title", "What it is."),),
    geometry="Point",
    styles={},
    keywords=("a", "b"),
)
ABOUT = About(
    bounds=(-1.5, 10.0, 2.0, 15.0),
    start=datetime(2019, 1, 1),
    end=datetime(2020, 12, 31, 23, 59, 59, tzinfo=UTC),
    licences=("CC BY 4.0",),
    attributions=("The press",),
    history=("Version 7.",),
    links=(("The page", "text/html", "http://example.org/"),),
    contact=("Somebody", None),
)


def test_title_licence_citation_contact_and_extent() -> None:
    root = ElementTree.fromstring(metadata(SHEET, ABOUT))
    texts = ("title", "abstract", "license", "rights", "history", "contact/name")
    found = [root.findtext(name) for name in texts]
    expected = ["Things", "What there is.", "CC BY 4.0", "The press", "Version 7.", "Somebody"]
    assert found == expected
    assert [each.text for each in root.findall("keywords/keyword")] == ["a", "b"]
    assert root.findtext("crs/spatialrefsys/authid") == "EPSG:4326"
    box = root.find("extent/spatial")
    assert box is not None
    assert [box.get(name) for name in ("minx", "miny", "maxx", "maxy")] == ["-1.5", "10", "2", "15"]
    period = [root.findtext(f"extent/temporal/period/{end}") for end in ("start", "end")]
    assert period == ["2019-01-01T00:00:00Z", "2020-12-31T23:59:59Z"]


def test_what_is_not_known_is_left_out() -> None:
    root = ElementTree.fromstring(metadata(replace(SHEET, geometry=None), About()))
    assert root.find("crs") is None
    assert root.find("extent/spatial") is None
    assert root.find("extent/temporal") is None
    assert root.find("contact") is None


def test_the_title_is_of_the_language() -> None:
    french = Wording("fr", {"Things": "Choses"})
    root = ElementTree.fromstring(metadata(replace(SHEET, wording=french), ABOUT))
    assert (root.findtext("title"), root.findtext("language")) == ("Choses", "fr")
