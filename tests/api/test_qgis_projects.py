"""QGIS opens a project, a layer definition, a FlatGeobuf: whole, dated, styled, and as approved.

The approved pictures are those of ``docs/qgis.md``, which ``scripts/pictures/projects.py`` draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from db.bundle import export_all
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.layers.depictions import styles_of
from db.layers.sheets import sheet_of
from gis.fields import Kind, Role
from gis.qgis.sheet import About
from gis.qgis.style import qml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.serving import Recorder
    from tests.pyqgis.session import Qgis, QgisProject

APPROVED = Path(__file__).parents[2] / "docs" / "pictures"
THEMES = ("Incidents", "Casualties", "Uncertainty", "Borders")
SIZE = (640, 440)
MOST_DIFFERING = 0.03
"""Share of pixels: fonts of another machine move the labels, and little else."""
TYPES = {Kind.DATE: "Date", Kind.DATETIME: "DateTime"}
MONTH = ("2019-07-01T00:00:00", "2019-08-01T00:00:00")


def key(layer: str) -> str:
    return f"liptako_{layer.replace('-', '_')}"


def is_timed(layer: str) -> bool:
    return any(field.role is Role.START for field in LAYERS[layer].fields)


@pytest.fixture(scope="module")
def counts(shipped: Recorder) -> dict[str, int]:
    """How many features the server has of each layer."""
    listed = httpx.get(f"{shipped.address}/collections", timeout=120).json()["collections"]
    return {each["id"]: each["itemCount"] for each in listed}


@pytest.fixture(scope="module")
def bundle(shipped_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All layers in one GeoPackage."""
    path = tmp_path_factory.mktemp("bundle") / "liptako.gpkg"
    engine = create_engine(shipped_database)
    export_all(engine, path)
    engine.dispose()
    return path


@pytest.fixture
def from_server(qgis: Qgis, shipped: Recorder, tmp_path: Path) -> Iterator[QgisProject]:
    """Open the project of the server."""
    path = tmp_path / "liptako.qgz"
    path.write_bytes(httpx.get(f"{shipped.address}/qgis/liptako.qgz", timeout=120).content)
    with qgis.project(str(path)) as project:
        yield project


@pytest.fixture
def from_file(qgis: Qgis, bundle: Path) -> Iterator[QgisProject]:
    """Open the project inside the GeoPackage."""
    with qgis.project(f"geopackage:{bundle}?projectName=liptako") as project:
        yield project


def check(found: dict[str, Any], counts: dict[str, int]) -> None:
    """A project is whole: every layer, themes, bookmarks, layouts, time."""
    assert (found["done"], found["error"]) == (True, "")
    assert found["crs"] == "EPSG:3857"
    for layer, described in LAYERS.items():
        opened = found["layers"][key(layer)]
        assert opened["valid"], layer
        assert opened["count"] == counts[layer]
        assert opened["temporal"]["active"] is is_timed(layer)
        assert opened["metadata"]["title"] == described.title
        assert opened["metadata"]["licences"] or not counts[layer]
        if described.geometry is not None:
            assert opened["crs"] == "EPSG:4326"
        for field in described.fields:
            if field.role in (Role.START, Role.END) and counts[layer]:
                assert opened["fields"][field.name]["type"] == TYPES[field.kind]
            assert opened["fields"][field.name]["alias"] == field.title
    renderers = {name: found["layers"][key(name)]["renderer"] for name in ("incidents", "clusters")}
    assert renderers == {"incidents": "categorizedSymbol", "clusters": "singleSymbol"}
    assert set(found["themes"]) == set(found["layouts"]) == set(THEMES)
    assert found["themes"]["Casualties"][key("incidents")] == "casualties"
    assert set(found["visible"]) == {key(name) for name in ("incidents", "borders", "admin-units")}
    assert found["bookmarks"] == ["Liptako-Gourma", "Tri-border", "All incidents"]
    assert found["period"] == ["1989-01-01T00:00:00Z", "2023-09-28T23:59:59Z"]
    assert next(iter(found["groups"])) == "What happened"


def test_the_project_of_the_server_is_whole(
    from_server: QgisProject, counts: dict[str, int], shipped: Recorder
) -> None:
    check(from_server.described, counts)
    tiles = from_server.described["layers"]["liptako_tiles"]
    assert (tiles["valid"], tiles["crs"]) == (True, "EPSG:3857")
    shown = from_server.layer(key("incidents")).frame(*MONTH)
    asked = f"{shipped.address}/collections/incidents/items?datetime=2019-07&limit=1"
    assert len(shown) == httpx.get(asked, timeout=120).json()["numberMatched"] > 0


def test_the_project_in_the_file_is_whole(from_file: QgisProject, counts: dict[str, int]) -> None:
    check(from_file.described, counts)
    shown = from_file.layer(key("incidents")).frame(*MONTH)
    assert 0 < len(shown) < counts["incidents"]


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_looks_as_approved(
    qgis: Qgis, from_file: QgisProject, tmp_path: Path, theme: str
) -> None:
    drawn = tmp_path / "drawn.png"
    from_file.draw(theme, "Tri-border", drawn, SIZE)
    approved = APPROVED / f"qgis-{theme.lower()}.png"
    assert qgis.differing(drawn, approved) <= MOST_DIFFERING
    others = (each for each in THEMES if each != theme)
    assert all(qgis.differing(drawn, APPROVED / f"qgis-{each.lower()}.png") > 0 for each in others)


def test_the_tiles_of_the_project_are_drawn(
    qgis: Qgis, from_server: QgisProject, tmp_path: Path
) -> None:
    sahel = (-200_000.0, 1_400_000.0, 500_000.0, 1_900_000.0)
    seen = qgis.render([from_server.layer("liptako_tiles")], sahel, tmp_path / "tiles.png")
    assert (seen["faults"], seen["colours"] > 20) == ([], True)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_definition_is_a_finished_layer(
    qgis: Qgis, shipped: Recorder, counts: dict[str, int], tmp_path: Path, layer: str
) -> None:
    path = tmp_path / "layer.qlr"
    path.write_bytes(
        httpx.get(f"{shipped.address}/collections/{layer}/layer.qlr?lang=fr", timeout=120).content
    )
    opened = qgis.definition(path)
    found = opened.described
    assert (found["valid"], found["count"]) == (True, counts[layer])
    assert found["temporal"]["active"] is is_timed(layer)
    assert found["metadata"]["abstract"] == LAYERS[layer].description
    if LAYERS[layer].geometry is not None:
        assert found["crs"] == "EPSG:4326"
    opened.close()


@pytest.mark.parametrize("layer", ["incidents", "border-distances", "clusters", "regions"])
def test_a_flatgeobuf_takes_the_style_of_its_layer(
    qgis: Qgis, shipped: Recorder, counts: dict[str, int], tmp_path: Path, layer: str
) -> None:
    path, style = tmp_path / f"{layer}.fgb", tmp_path / "style.qml"
    path.write_bytes(
        httpx.get(f"{shipped.address}/collections/{layer}/items?f=fgb", timeout=120).content
    )
    sheet = sheet_of(LAYERS[layer])
    style.write_text(qml(sheet, next(iter(styles_of(LAYERS[layer]).values())), About()), "utf-8")
    opened = qgis.open(str(path), "ogr")
    found = opened.style(style)
    assert (found["done"], found["count"]) == (True, counts[layer])
    assert found["temporal"]["active"] is is_timed(layer)


def test_a_project_asks_for_what_was_recorded_by_then(
    qgis: Qgis, address: str, tmp_path: Path
) -> None:
    path = tmp_path / "then.qgz"
    then = "2000-01-01T00:00:00Z"
    path.write_bytes(httpx.get(f"{address}/qgis/liptako.qgz?asof={then}", timeout=120).content)
    with qgis.project(str(path)) as project:
        layer = project.described["layers"][key("incidents")]
        assert f"asof={then}" in layer["source"].replace("%3A", ":")
        assert (layer["valid"], layer["count"]) == (True, 0)


def test_links_lead_through_a_proxy_and_who_has_a_project_is_told_so(address: str) -> None:
    proxy = {"x-forwarded-proto": "https", "x-forwarded-host": "data.example.org"}
    text = httpx.get(f"{address}/collections/incidents/layer.qlr", headers=proxy, timeout=120).text
    assert "url='https://data.example.org/'" in text
    first = httpx.get(f"{address}/qgis/liptako.qgz", timeout=120)
    assert first.headers["content-disposition"].endswith('"liptako.qgz"')
    same = httpx.get(
        f"{address}/qgis/liptako.qgz", headers={"if-none-match": first.headers["etag"]}, timeout=120
    )
    assert same.status_code == 304
    assert httpx.get(f"{address}/qgis/liptako.qgz", timeout=120).content == first.content
    home = httpx.get(f"{address}/", timeout=120).json()["links"]
    assert [link for link in home if link["href"] == f"{address}/qgis/liptako.qgz"]
