"""Each conformance class of CQL2 over HTTP, on all that is shipped.

What a filter should find is counted in Python, from features that were downloaded page by page:
no SQL of ours has a part in it but that of the plain download.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import cql2
import httpx
import pytest
import shapely

from api.app import create_app
from api.settings import Settings
from db.layers.catalogue import LAYERS
from gis.fields import Kind
from tests.api.serving import serving
from tests.db.cql2.asking import Row, passes
from tests.db.cql2.tables import CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.db.cql2.asking import Test


@pytest.fixture(scope="module")
def shipped(shipped_database: str) -> Iterator[httpx.Client]:
    with (
        serving(create_app(Settings(), shipped_database)) as base,
        httpx.Client(base_url=base, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def downloaded(shipped: httpx.Client) -> Callable[[str], list[Row]]:
    kept: dict[str, list[Row]] = {}

    def download(layer: str) -> list[Row]:
        if layer not in kept:
            kept[layer] = [row_of(layer, each) for each in features(shipped, layer)]
        return kept[layer]

    return download


def features(client: httpx.Client, layer: str) -> Iterator[dict[str, Any]]:
    page = client.get(f"/collections/{layer}/items", params={"limit": 10_000}).json()
    while True:
        yield from page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return
        page = client.get(following[0]).json()


def row_of(layer: str, feature: dict[str, Any]) -> Row:
    row: Row = {"key": feature["id"], **feature["properties"]}
    for field in LAYERS[layer].fields:
        value = row[field.name]
        if value is not None and field.kind is Kind.DATETIME:
            row[field.name] = datetime.fromisoformat(value.removesuffix("Z"))
        if value is not None and field.kind is Kind.DATE:
            row[field.name] = date.fromisoformat(value)
    geometry = feature["geometry"]
    row["geometry"] = None if geometry is None else shapely.from_geojson(json.dumps(geometry))
    return row


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_kept_to_in_both_languages(
    shipped: httpx.Client, downloaded: Callable[[str], list[Row]], name: str
) -> None:
    for layer, text, test in CLASSES[name]:
        wanted = count(downloaded(layer), test)
        as_json = json.dumps(cql2.parse_text(text).to_json())
        for written, language in ((text, "cql2-text"), (as_json, "cql2-json")):
            given = {"filter": written, "filter-lang": language, "limit": "1"}
            response = shipped.get(f"/collections/{layer}/items", params=given)
            assert response.status_code == 200, response.text
            assert response.json()["numberMatched"] == wanted, written


def count(found: list[Row], test: Test) -> int:
    return sum(passes(test, row) for row in found)
