"""Projects: the same bytes each time, every reference kept, nothing of the clock."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree

from gis.depiction import Depiction, Style
from gis.fields import Field, Kind, Role
from gis.qgis.layer_definition import layer_definition
from gis.qgis.map_layers import VectorLayer
from gis.qgis.project import FILE, Bookmark, Project, qgs, qgz
from gis.qgis.sheet import About, Sheet
from gis.qgis.sources import packed, served, stored, tiled
from gis.qgis.tile_layers import TileLayer
from gis.wording import ENGLISH
from tests.gis.test_symbol_classes import POINTS

SHEET = Sheet(
    id="the-things",
    title="Things",
    description="What there is.",
    fields=(
        Field("title", Kind.TEXT, "Title", "What it is."),
        Field("begin", Kind.DATETIME, "Start", "When.", role=Role.START),
        Field("until", Kind.DATETIME, "End", "Until when.", role=Role.END),
        Field("kind", Kind.TEXT, "Kind", "Of what kind.", words=("a", "b", "c")),
    ),
    geometry="Point",
    styles={
        "kinds": Style("kinds", "By kind", POINTS),
        "plain": Style("plain", "Plain", Depiction((), "#000000")),
    },
    typed=frozenset({"title"}),
)
ABOUT = About(bounds=(-1.0, 10.0, 2.0, 15.0), licences=("CC BY 4.0",), attributions=("The press",))
LAYER = VectorLayer(SHEET, ABOUT, served("http://example.org", SHEET))
TILES = TileLayer(
    "Tiles", SHEET, ABOUT, tiled("http://e.org/{z}", "http://e.org/s"), [(SHEET, "c")]
)
PROJECT = Project(
    title="A project",
    description="Of things.",
    groups={"What": [LAYER], "Tiles": [TILES]},
    themes={"First": {LAYER.key: "kinds"}, "Second": {LAYER.key: "plain", "gone": "plain"}},
    bookmarks=(Bookmark("Here", (-1.0, 10.0, 2.0, 15.0)),),
    start=datetime(2019, 1, 1),
    end=datetime(2020, 12, 31),
    source="Version 7 of the data.",
    wording=ENGLISH,
)


def test_the_same_project_makes_the_same_bytes() -> None:
    assert qgz(PROJECT) == qgz(replace(PROJECT))
    with zipfile.ZipFile(io.BytesIO(qgz(PROJECT))) as archive:
        (entry,) = archive.infolist()
        assert (entry.filename, entry.date_time[0]) == (FILE, 1980)
        assert archive.read(FILE).decode() == qgs(PROJECT)


def test_every_reference_leads_to_a_layer_and_every_theme_to_a_style() -> None:
    root = ElementTree.fromstring(qgs(PROJECT))
    keys = {each.text for each in root.findall("projectlayers/maplayer/id")}
    assert keys == {"liptako_the_things", "liptako_tiles"}
    assert {each.get("id") for each in root.iter("layer-tree-layer")} == keys
    assert {each.get("id") for each in root.findall("layerorder/layer")} == keys
    named = {each.get("name") for each in root.iter("map-layer-style")}
    for each in root.findall("visibility-presets/visibility-preset/layer"):
        assert each.get("id") in keys
        assert each.get("style") in named
    themes = {each.get("name") for each in root.iter("visibility-preset")}
    followed = {each.get("followPresetName") for each in root.iter("LayoutItem")} - {None}
    assert followed == themes == {"First", "Second"}


def test_a_project_has_a_range_of_time_bookmarks_and_whom_a_map_is_owed_to() -> None:
    root = ElementTree.fromstring(qgs(PROJECT))
    span = [root.findtext(f"ProjectTimeSettings/TemporalRange/{end}") for end in ("start", "end")]
    assert span == ["2019-01-01T00:00:00Z", "2020-12-31T00:00:00Z"]
    assert [each.get("name") for each in root.findall("Bookmarks/Bookmark")] == ["Here"]
    told = [each.get("labelText") or "" for each in root.iter("LayoutItem")]
    assert "Version 7 of the data. CC BY 4.0. The press" in told


def test_a_definition_has_one_layer_with_its_system_and_its_time() -> None:
    root = ElementTree.fromstring(layer_definition(LAYER))
    (layer,) = root.findall("maplayers/maplayer")
    assert layer.findtext("id") == LAYER.key
    assert "GEOGCRS" in (layer.findtext("srs/spatialrefsys/wkt") or "")
    temporal = layer.find("temporal")
    assert temporal is not None
    told = [temporal.get(name) for name in ("enabled", "mode", "startField", "endField")]
    assert told == ["1", "2", "begin", "until"]
    assert layer.findtext("resourceMetadata/license") == "CC BY 4.0"


def test_sources_are_in_the_words_of_their_providers() -> None:
    asked = served("http://e.org/base", SHEET, [("asof", "2021-04-01T00:00:00Z")])
    assert "url='http://e.org/base/?asof=2021-04-01T00:00:00Z'" in asked.uri
    assert packed("a b.gpkg", SHEET).uri == "./a b.gpkg|layername=the-things"
    assert stored(SHEET).uri.endswith('table="layers"."the_things" (geom)')
    table = replace(SHEET, geometry=None)
    assert "(geom)" not in stored(table).uri
    assert "restrictToRequestBBOX" not in served("http://e.org", table).uri
