"""``liptako style`` and ``liptako qgis project``: files that QGIS opens."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from db.layers.catalogue import LAYERS
from tests.scripts.test_liptako import liptako

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"
"""Styles need no database."""


def test_styles_are_listed_and_written_without_a_database(tmp_path: Path) -> None:
    listed = liptako("style", "incidents", url=NOWHERE).stdout
    assert all(name in listed for name in ("type", "killed-low", "killed-best", "uncertainty"))
    qml, sld = tmp_path / "a.qml", tmp_path / "a.sld"
    liptako("style", "incidents", "--style", "killed-best", "--lang", "fr", "-o", qml, url=NOWHERE)
    aliases = ElementTree.parse(qml).findall("aliases/alias")
    assert "Type d’événement" in {each.get("name") for each in aliases}
    liptako("style", "borders", "-o", sld, url=NOWHERE)
    assert ElementTree.parse(sld).getroot().tag.endswith("StyledLayerDescriptor")


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("incidnts",), "did you mean 'incidents'"),
        (("incidents", "--style", "typ", "-o", "a.qml"), "styles of incidents are"),
        (("incidents", "--lang", "de"), "it is one of en, fr"),
        (("incidents", "-o", "a.png"), "it ends in .qml or .sld"),
        (("reports", "-o", "a.sld"), "no geometry"),
    ],
)
def test_what_cannot_be_styled_is_told(arguments: tuple[str, ...], told: str) -> None:
    assert told in liptako("style", *arguments, url=NOWHERE, status=1).stderr


@pytest.mark.parametrize(
    "source, uri",
    [
        (("--server", "http://example.org/"), "url='http://example.org/'"),
        (("--postgis", "--service", "mine"), "service='mine' key='id'"),
        (("--gpkg", "all.gpkg"), "./all.gpkg|layername=incidents"),
    ],
)
def test_a_project_reads_what_it_was_told_to(
    database_url: str, tmp_path: Path, source: tuple[str, ...], uri: str
) -> None:
    path = tmp_path / "liptako.qgz"
    said = liptako("qgis", "project", "-o", path, *source, url=database_url).stdout
    assert f"{len(LAYERS)} layers" in said
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("liptako.qgs"))
    sources = [each.text or "" for each in root.findall("projectlayers/maplayer/datasource")]
    assert len(sources) == len(LAYERS)
    assert any(uri in each for each in sources)


def test_a_project_reads_one_source(tmp_path: Path) -> None:
    path = tmp_path / "a.qgz"
    both = ("--postgis", "--gpkg", "a.gpkg")
    for source in ((), both):
        failed = liptako("qgis", "project", "-o", path, *source, url=NOWHERE, status=1)
        assert "it is one of --server URL, --postgis, --gpkg NAME" in failed.stderr
    assert not path.exists()
