"""QGIS takes every style of every layer, and a GeoPackage brings them along."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from db.engine import create_engine
from db.export import export_layer
from db.layers.catalogue import DRAWN, LAYERS
from db.layers.depictions import styles_of
from db.layers.sheets import TYPED
from db.query import LayerQuery
from gis.fields import Kind, Role
from tests.pyqgis.session import Qgis, QgisLayer, features_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.api.serving import Recorder

EVERY = [(layer, style) for layer in LAYERS for style in styles_of(LAYERS[layer])]
RENDERERS = {
    ("incidents", "type"): "categorizedSymbol",
    ("incidents", "killed-low"): "RuleRenderer",
    ("incidents", "killed-best"): "RuleRenderer",
    ("incidents", "casualties"): "RuleRenderer",
    ("incidents", "uncertainty"): "categorizedSymbol",
    ("border-distances", "plain"): "RuleRenderer",
    ("clusters", "plain"): "singleSymbol",
    ("borders", "plain"): "singleSymbol",
    ("admin-units", "plain"): "categorizedSymbol",
}
UNPLACED = "aggregates"
"""None of those that are shipped has a place."""
TYPES = {
    Kind.TEXT: "String",
    Kind.INTEGER: "Integer64",
    Kind.COUNT: "Integer64",
    Kind.NUMBER: "Real",
    Kind.DATE: "Date",
    Kind.DATETIME: "DateTime",
    Kind.TEXTS: "String",
}


def is_timed(layer: str) -> bool:
    return any(field.role is Role.START for field in LAYERS[layer].fields)


def has_no_place(opened: QgisLayer, layer: str) -> bool:
    """Whether none of the features is placed, so that QGIS takes the layer for a table."""
    return LAYERS[layer].geometry is not None and opened.described["geometry"] == "NoGeometry"


@pytest.fixture(scope="module")
def served(qgis: Qgis, shipped: Recorder) -> Callable[[str], QgisLayer]:
    """Open each layer once, from the server."""

    @cache
    def open_layer(layer: str) -> QgisLayer:
        uri = features_uri(shipped.address, layer, only_visible=True)
        return qgis.open(uri, "OAPIF")

    return open_layer


@pytest.mark.parametrize("layer, style", EVERY)
def test_qgis_takes_a_style_from_the_server(
    served: Callable[[str], QgisLayer], shipped: Recorder, tmp_path: Path, layer: str, style: str
) -> None:
    path = tmp_path / "style.qml"
    asked = f"{shipped.address}/collections/{layer}/styles/{style}?lang=fr"
    path.write_text(httpx.get(asked, timeout=120).text, "utf-8")
    found = served(layer).style(path)
    if has_no_place(served(layer), layer):
        assert "geometry type" in found["message"]
        return
    assert (found["done"], found["message"]) == (True, "")
    described = LAYERS[layer]
    if described.geometry is not None:
        assert found["renderer"] == RENDERERS.get((layer, style), found["renderer"])
        drawn = styles_of(described)[style].depiction
        if drawn.by_word is not None and found["renderer"] == "categorizedSymbol":
            assert len(found["legend"]) > len(set(drawn.by_word.colours.values()))
        assert found["rules"] == len(drawn.labels)
        assert found["labels"] is bool(drawn.labels)
    assert found["temporal"]["active"] is is_timed(layer)
    assert found["tabs"][-1] == "Signification"
    typed = TYPED.get(layer, frozenset())
    assert set(found["read_only"]) == {each.name for each in described.fields} - typed
    words = {each.name for each in described.fields if each.words}
    assert {name for name, (kind, _) in found["widgets"].items() if kind == "ValueMap"} == words


def test_the_legend_speaks_french(
    served: Callable[[str], QgisLayer], shipped: Recorder, tmp_path: Path
) -> None:
    path = tmp_path / "style.qml"
    asked = f"{shipped.address}/collections/incidents/styles/killed-low?lang=fr"
    path.write_text(httpx.get(asked, timeout=120).text, "utf-8")
    found = served("incidents").style(path)
    assert found["legend"] == ["Inconnu", "0", "1–9", "10–49", "50–199", "200+"]
    assert found["fields"]["event_type"]["alias"] == "Type d’événement"


@pytest.mark.parametrize("layer", DRAWN)
def test_qgis_takes_a_descriptor_from_the_server(
    served: Callable[[str], QgisLayer], shipped: Recorder, tmp_path: Path, layer: str
) -> None:
    style = next(iter(styles_of(LAYERS[layer])))
    path = tmp_path / "style.sld"
    asked = f"{shipped.address}/collections/{layer}/styles/{style}?f=sld"
    path.write_text(httpx.get(asked, timeout=120).text, "utf-8")
    found = served(layer).style(path)
    if has_no_place(served(layer), layer):
        assert found["renderer"] is None
        return
    assert (found["done"], found["message"]) == (True, "")
    assert found["renderer"] in ("RuleRenderer", "singleSymbol")


@pytest.fixture(scope="module")
def packed(
    qgis: Qgis, shipped_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[QgisLayer, dict[str, Any]]]]:
    """Export each layer once, open it, and let QGIS apply what it brings."""
    folder = tmp_path_factory.mktemp("packed")
    engine = create_engine(shipped_database)

    @cache
    def open_layer(layer: str) -> tuple[QgisLayer, dict[str, Any]]:
        path = folder / f"{layer}.gpkg"
        query = LayerQuery(limit=2_000) if layer == "places" else LayerQuery()
        export_layer(engine, LAYERS[layer], query, path, "gpkg")
        opened = qgis.open(f"{path}|layername={layer}", "ogr")
        return opened, opened.style()

    yield open_layer
    engine.dispose()


@pytest.mark.parametrize("layer", LAYERS)
def test_a_geopackage_arrives_finished(
    packed: Callable[[str], tuple[QgisLayer, dict[str, Any]]], layer: str
) -> None:
    opened, found = packed(layer)
    described = LAYERS[layer]
    assert opened.described["valid"]
    assert found["done"], found["message"]
    expected = {field.name: TYPES[field.kind] for field in described.fields}
    assert {name: opened.types[name] for name in expected} == expected
    aliases = {name: found["fields"][name]["alias"] for name in expected}
    assert aliases == {field.name: field.title for field in described.fields}
    assert found["temporal"]["active"] is is_timed(layer)
    assert len(opened.styles_at_hand()) == 2 * len(styles_of(described))
    if described.geometry is not None:
        assert opened.described["crs"] == "EPSG:4326"
        first = next(iter(styles_of(described)))
        assert found["renderer"] == RENDERERS.get((layer, first), found["renderer"])
    metadata = opened.described["metadata"]
    assert metadata["title"] == described.title
    if found["count"]:
        assert metadata["licences"]
        assert metadata["rights"]
        placed = described.geometry is not None and layer != UNPLACED
        assert len(metadata["boxes"]) == int(placed)
        if is_timed(layer):
            assert len(metadata["periods"]) == 1


@pytest.mark.parametrize("layer", ["incidents", "claims", "border-distances"])
def test_a_frame_of_a_month_shows_that_month(
    packed: Callable[[str], tuple[QgisLayer, dict[str, Any]]], shipped: Recorder, layer: str
) -> None:
    opened, _ = packed(layer)
    shown = opened.frame("2019-07-01T00:00:00", "2019-08-01T00:00:00")
    asked = f"{shipped.address}/collections/{layer}/items?datetime=2019-07&limit=1"
    assert len(shown) == httpx.get(asked, timeout=120).json()["numberMatched"] > 0
    for row in shown:
        assert row["event_start"] is None or row["event_start"] < "2019-08"
        assert row["event_end"] is None or row["event_end"] >= "2019-07"
