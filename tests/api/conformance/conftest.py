"""The real server on all that is shipped, and its layers as read by other ways than `bbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
import shapely

from api.app import create_app
from api.settings import Settings
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, Shape, sort_kinds
from db.read import batches
from db.transaction import reading
from tests.api.conformance.asking import EVERY_FEATURE, OPENAPI, Node, get, pages
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

Geometries = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
"""Keys of the features of a layer, and their geometries at full precision or None."""


@pytest.fixture(scope="session")
def shipped_address(shipped_database: str) -> Iterator[str]:
    with serving(create_app(Settings(), shipped_database)) as base:
        yield base


@pytest.fixture(scope="session")
def shipped(shipped_address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shipped_address, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="session")
def description(shipped: httpx.Client) -> Node:
    return get(shipped, "/api", OPENAPI)


@pytest.fixture(scope="session")
def downloads(shipped: httpx.Client) -> dict[str, list[Node]]:
    """Take every feature of every layer, without geometry, as a client gets them."""
    found: dict[str, list[Node]] = {}
    for layer in LAYERS:
        first = get(
            shipped, f"/collections/{layer}/items", limit=EVERY_FEATURE, skipGeometry="true"
        )
        found[layer] = [each for page in pages(shipped, first) for each in page["features"]]
    return found


@pytest.fixture(scope="session")
def geometries(shipped_database: str) -> dict[str, Geometries]:
    """Read the geometry of every feature as it is stored, for shapely to judge."""
    engine = create_engine(shipped_database, pool_size=1)
    found: dict[str, Geometries] = {}
    with reading(engine) as connection:
        for layer in LAYERS.values():
            query = LayerQuery(properties=())
            lead = len(sort_kinds(layer, query))
            rows = [r for rs in batches(connection, layer, query, shape=Shape.WKB) for r in rs]
            found[layer.id] = (
                np.array([row[lead] for row in rows]),
                shapely.from_wkb([row[lead + 1] for row in rows]),
            )
    engine.dispose()
    return found
