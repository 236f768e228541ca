"""QGIS itself opens every shipped layer of a running server: types, values, filters, metadata."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx
import pytest

from db.layers.catalogue import LAYERS
from gis.fields import Field, Kind
from tests.api.world import AWKWARD, SERIES, SHOWN
from tests.pyqgis.session import Qgis, QgisLayer, features_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.layers.layer import Layer
    from tests.api.serving import Recorder

TYPES = {
    Kind.TEXT: "String",
    Kind.INTEGER: "Integer",
    Kind.COUNT: "Real",
    Kind.NUMBER: "Real",
    Kind.DATE: "Date",
    Kind.DATETIME: "DateTime",
    Kind.TEXTS: "StringList",
}
MOMENTS = {
    field.name for layer in LAYERS.values() for field in layer.fields if field.kind is Kind.DATETIME
}
PLACES = "places"
"""The one layer so large that tests read a part of it."""


@pytest.fixture(scope="module")
def opened(qgis: Qgis, shipped: Recorder) -> Callable[[str], QgisLayer]:
    """Open each layer once, for all tests."""

    @cache
    def open_layer(layer: str) -> QgisLayer:
        return qgis.open(features_uri(shipped.address, layer), "OAPIF")

    return open_layer


@pytest.fixture(scope="module")
def served(shipped: Recorder) -> Callable[[str], dict[str, Any]]:
    """All features of a layer, page by page, as a plain program reads them."""

    @cache
    def read(layer: str) -> dict[str, Any]:
        href: str | None = f"{shipped.address}/collections/{layer}/items?limit=10000"
        features: list[Any] = []
        matched = 0
        with httpx.Client(timeout=120) as client:
            while href is not None:
                page = client.get(href).json()
                features += page["features"]
                matched = page["numberMatched"]
                follows = [link["href"] for link in page["links"] if link["rel"] == "next"]
                href = follows[0] if follows else None
        return {"features": features, "matched": matched}

    return read


def is_filled(field: Field, features: list[Any]) -> bool:
    return any(each["properties"][field.name] is not None for each in features)


def as_qgis_holds(feature: dict[str, Any]) -> dict[str, Any]:
    """The properties of a feature, with moments as a clock shows them: QGIS keeps no zone."""
    return {
        name: value[:-1] if name in MOMENTS and value is not None else value
        for name, value in feature["properties"].items()
    }


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_every_layer_opens_with_its_count_its_system_and_its_geometry(
    opened: Callable[[str], QgisLayer], served: Callable[[str], dict[str, Any]], layer: Layer
) -> None:
    found = opened(layer.id).described
    assert found["valid"], found["error"]
    assert found["count"] == served(layer.id)["matched"] == len(served(layer.id)["features"])
    has_place = any(each["geometry"] for each in served(layer.id)["features"])
    assert found["geometry"] == (layer.geometry if has_place else "NoGeometry")
    assert found["crs"] == ("EPSG:4326" if has_place else "")


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_the_types_that_qgis_guesses_are_those_of_the_schema(
    opened: Callable[[str], QgisLayer], served: Callable[[str], dict[str, Any]], layer: Layer
) -> None:
    features = served(layer.id)["features"]
    # Of a field that is missing in all features nothing is known but the schema, which QGIS before
    # 3.44 does not read.
    wanted = {
        field.name: TYPES[field.kind] if is_filled(field, features) else "String"
        for field in layer.fields
    }
    assert opened(layer.id).types == wanted


@pytest.mark.parametrize("layer", [name for name in LAYERS if name != PLACES])
def test_every_value_is_the_servers_when_downloaded_and_from_the_cache(
    opened: Callable[[str], QgisLayer], served: Callable[[str], dict[str, Any]], layer: str
) -> None:
    wanted = sorted(map(as_qgis_holds, served(layer)["features"]), key=repr)
    downloaded = sorted((each.values for each in opened(layer).features()), key=repr)
    assert downloaded == wanted
    cached = sorted((each.values for each in opened(layer).features()), key=repr)
    assert cached == wanted


def test_points_are_the_servers(
    opened: Callable[[str], QgisLayer], served: Callable[[str], dict[str, Any]]
) -> None:
    wanted = {
        each["properties"]["incident"]: each["geometry"] and each["geometry"]["coordinates"]
        for each in served("incidents")["features"]
    }
    found = {
        each.values["incident"]: each.wkt and [float(part) for part in each.wkt[7:-1].split()]
        for each in opened("incidents").features(fields=["incident"])
    }
    assert {key for key, value in found.items() if value is None} == {
        key for key, value in wanted.items() if value is None
    }
    for key, point in found.items():
        assert point == pytest.approx(wanted[key], abs=1e-7), key


def test_statistics_of_the_attribute_table_leave_out_what_is_not_known(
    opened: Callable[[str], QgisLayer], served: Callable[[str], dict[str, Any]]
) -> None:
    values = [each["properties"]["killed_high"] for each in served("incidents")["features"]]
    known = [value for value in values if value is not None]
    assert 0 < len(known) < len(values)
    layer = opened("incidents")
    assert layer.statistic("count", "killed_high") == len(known)
    assert layer.statistic("count_missing", "killed_high") == len(values) - len(known)
    assert layer.statistic("mean", "killed_high") == pytest.approx(sum(known) / len(known))
    found = layer.features(where='"killed_high" IS NULL', fields=["incident"])
    assert len(found) == len(values) - len(known)


def test_a_large_layer_comes_in_pages_of_a_thousand(qgis: Qgis, shipped: Recorder) -> None:
    layer = qgis.open(features_uri(shipped.address, "incidents"), "OAPIF")
    with shipped.listening() as requests:
        found = layer.features(fields=["incident"])
    assert len({each.values["incident"] for each in found}) == layer.described["count"] == 4208
    assert len([each for each in requests if each.startswith("GET ")]) == 5
    with shipped.listening() as requests:
        assert len(layer.features(fields=["incident"])) == 4208
    assert requests == [], "the cache has it all"
    layer.close()


def test_only_what_the_map_shows_is_asked_for(qgis: Qgis, shipped: Recorder) -> None:
    layer = qgis.open(features_uri(shipped.address, PLACES, only_visible=True), "OAPIF")
    with shipped.listening() as requests:
        found = layer.features(rect=[0.5, 14.5, 1.5, 15.5])
    assert all("bbox=0.5,14.5,1.5,15.5" in each for each in requests)
    url = f"{shipped.address}/collections/{PLACES}/items?bbox=0.5,14.5,1.5,15.5&limit=10000"
    wanted = httpx.get(url, timeout=60).json()["features"]
    assert sorted(each.values["place"] for each in found) == sorted(
        each["properties"]["place"] for each in wanted
    )
    layer.close()


@pytest.mark.parametrize(
    "text, sent",
    [
        ("\"event_type\" = 'protest'", None),
        ('"killed_low" > 5 AND "country" = \'NER\'', None),
        ('"killed_high" IS NULL', None),
        (
            "\"event_start\" >= '2021-01-25T00:00:00Z'",
            "datetime=2021-01-25T00:00:00Z/9999-12-31T00:00:00Z",
        ),
    ],
)
def test_a_filter_of_the_layer_gives_what_the_server_would(
    qgis: Qgis, shipped: Recorder, text: str, sent: str | None
) -> None:
    layer = qgis.open(features_uri(shipped.address, "incidents"), "OAPIF")
    with shipped.listening() as requests:
        layer.subset(text)
        found = {each.values["incident"] for each in layer.features(fields=["incident"])}
    assert sent is None or any(sent in unquote(each) for each in requests), requests
    asked = text.replace("'2021-01-25T00:00:00Z'", "TIMESTAMP('2021-01-25T00:00:00Z')")
    params: dict[str, str | int] = {"filter": asked, "limit": 10000, "properties": "incident"}
    if sent is not None:
        # This condition QGIS 3.22 hands over as an interval that features overlap.
        params = {"datetime": sent.removeprefix("datetime="), "limit": 10000}
    answer = httpx.get(f"{shipped.address}/collections/incidents/items", params=params, timeout=60)
    wanted = {each["properties"]["incident"] for each in answer.json()["features"]}
    assert found == wanted
    assert found
    layer.close()


def test_the_layer_says_what_the_server_says_of_it(
    opened: Callable[[str], QgisLayer], shipped: Recorder
) -> None:
    collection = httpx.get(f"{shipped.address}/collections/incidents").json()
    found = opened("incidents").described["metadata"]
    assert found["title"] == collection["title"]
    assert found["abstract"] == collection["description"]
    assert set(collection["keywords"]) <= set(found["keywords"])
    assert found["boxes"] == [pytest.approx(collection["extent"]["spatial"]["bbox"][0])]
    start, end = collection["extent"]["temporal"]["interval"][0]
    assert found["periods"] == [[start, end]]
    assert {link["href"] for link in collection["links"]} <= set(found["links"])
    assert found["licences"]
    assert found["contacts"]


def test_awkward_texts_and_missing_places_survive(qgis: Qgis, address: str) -> None:
    layer = qgis.open(features_uri(address, "incidents"), "OAPIF")
    for _ in ("downloaded", "from the cache"):
        found = {each.values["incident"]: each for each in layer.features()}
        assert len(found) == layer.described["count"] == SHOWN
        assert found["awkward"].values["title"] == AWKWARD
        assert found["awkward"].values["note"] == "ends in \\"
        assert found["awkward"].values["place_name"] == "a\nb"
        assert found["nowhere"].wkt is None
        assert found["undated"].values["event_start"] is None
        lowest = [found[f"series-{number:02}"].values["killed_low"] for number in range(SERIES)]
        assert lowest == [float(number) if number % 2 else None for number in range(SERIES)]
        assert found["series-00"].values["adm1"] == "Tillabéri"
    layer.close()
