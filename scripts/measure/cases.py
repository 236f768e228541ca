"""What is asked of each server: the same features, in the words of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import msgspec

from gis.tile_matrix import WEB_MERCATOR_QUAD
from scripts.measure.plain import PLAIN, SCHEMA
from scripts.measure.servers import LEAST, OURS, PYGEOAPI, TIPG, UNCACHED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIMITS = (10, 100, 1_000, 10_000)
MOST = 10_000
"""Features on a page of any of them."""

VARIANTS = 400
"""Different boxes, for what is to be asked for the first time each time."""

# No incident lies at the ends of the interval: tipg leaves out what does at the later one.
DATETIME = "2018-01-01T00:00:00Z/2020-12-31T12:00:00Z"
BOX = (-3.0, 13.0, 3.0, 16.0)
_IN_THE_MIDDLE = (1.5, 14.5)
ZOOMS = (5, 7, 10)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is asked.

    Parameters
    ----------
    name : str
    paths : mapping of server to paths
        Asked for in turn; a server that is not named is not asked.
    exact : bool
        Whether the first answers are compared, feature by feature.
    once : bool
        Whether each path is asked for only once.
    """

    name: str
    paths: Mapping[str, Sequence[str]]
    exact: bool = True
    once: bool = False


def items_path(server: str, query: str) -> str:
    """The path of a page."""
    if server in (OURS, UNCACHED):
        return f"/collections/{PLAIN}/items?f=json&{query}"
    if server == LEAST:
        return f"/items?{query}"
    if server == TIPG:
        return f"/collections/{SCHEMA}.{PLAIN}/items?f=geojson&{query}"
    return f"/collections/{PLAIN}/items?f=json&{query}"


def pages(port: int) -> list[Case]:
    """Pages of what lies in a box and an interval.

    Parameters
    ----------
    port : int
        Where our server is asked for the address of a second page.
    """
    narrowed = f"bbox={','.join(map(str, BOX))}&datetime={DATETIME}"
    found = []
    for limit in LIMITS:
        query = f"limit={limit}&{narrowed}"
        first = fetched(port, items_path(OURS, query))
        same = {name: [items_path(name, query)] for name in (OURS, LEAST, TIPG, PYGEOAPI)}
        found.append(Case(f"page of {limit:,}, filtered", same))
        if (following := _next(first)) is not None:
            last = first["features"][-1]["id"]
            further = {
                OURS: [following],
                LEAST: [items_path(LEAST, f"{query}&after={last}")],
                TIPG: [items_path(TIPG, f"{query}&offset={limit}")],
                PYGEOAPI: [items_path(PYGEOAPI, f"{query}&offset={limit}")],
            }
            found.append(Case(f"page of {limit:,}, filtered, the next", further))
    return found


def first_pages() -> Case:
    """Pages of 10 that nobody has asked for before, so that each is counted."""
    queries = [
        f"limit=10&bbox={BOX[0] - n / 1e4},{BOX[1]},{BOX[2]},{BOX[3]}&datetime={DATETIME}"
        for n in range(1, VARIANTS + 1)
    ]
    asked = {
        name: [items_path(name, query) for query in queries] for name in (OURS, TIPG, PYGEOAPI)
    }
    return Case("page of 10, filtered, never asked before", asked, once=True)


def others(port: int, incidents: int) -> list[Case]:
    """A page without a filter, one feature, and a page far down."""
    asked = (OURS, LEAST, TIPG, PYGEOAPI)
    deep = incidents * 9 // 10
    plain = {name: [items_path(name, "limit=10")] for name in asked}
    large = {name: [items_path(name, "limit=1000")] for name in asked}
    keys = range(1, incidents, max(incidents // 100, 1))
    single = {name: [item_path(name, key) for key in keys] for name in asked}
    far = {
        OURS: [walked(port, deep)],
        LEAST: [items_path(LEAST, f"limit=100&after={deep}")],
        TIPG: [items_path(TIPG, f"limit=100&offset={deep}")],
        PYGEOAPI: [items_path(PYGEOAPI, f"limit=100&offset={deep}")],
    }
    return [
        Case("page of 10, all", plain),
        Case("page of 1,000, all", large),
        Case("one feature", single),
        Case(f"page of 100 from row {deep:,}", far),
    ]


def tiles() -> list[Case]:
    """Tiles over the middle of the incidents: of ours without and with a cache, of tipg."""
    found = []
    for zoom in ZOOMS:
        column, row = _tile_of(zoom)
        ours = f"/collections/{PLAIN}/tiles/{WEB_MERCATOR_QUAD.id}/{zoom}/{row}/{column}"
        theirs = f"/collections/{SCHEMA}.{PLAIN}/tiles/{WEB_MERCATOR_QUAD.id}"
        asked = {UNCACHED: [ours], OURS: [ours], TIPG: [f"{theirs}/{zoom}/{column}/{row}"]}
        found.append(Case(f"tile {zoom}/{row}/{column}", asked, exact=False))
    return found


def item_path(server: str, key: int) -> str:
    """The path of a feature."""
    if server == LEAST:
        return f"/items/{key}"
    collection = f"{SCHEMA}.{PLAIN}" if server == TIPG else PLAIN
    form = "geojson" if server == TIPG else "json"
    return f"/collections/{collection}/items/{key}?f={form}"


def walked(port: int, row: int) -> str:
    """The path of our page of 100 that begins after so many features: by ``next`` from the first.

    A cursor says where a page begins and not how long it is.
    """
    path = items_path(OURS, f"limit={MOST}")
    passed = 0
    while passed < row:
        step = min(MOST, row - passed)
        page = fetched(port, path.replace(f"limit={MOST}", f"limit={step}"))
        passed += len(page["features"])
        path = _next(page) or path
        path = path.replace(f"limit={step}", f"limit={MOST}")
    return path.replace(f"limit={MOST}", "limit=100")


def fetched(port: int, path: str) -> Any:
    """A document of a server."""
    with urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return msgspec.json.decode(answer.read())


def _next(page: Any) -> str | None:
    for link in page["links"]:
        if link["rel"] == "next":
            parts = urlsplit(link["href"])
            return f"{parts.path}?{parts.query}"
    return None


def _tile_of(zoom: int) -> tuple[int, int]:
    """Column and row of the tile over the middle of the incidents."""
    lon, lat = (math.radians(degrees) for degrees in _IN_THE_MIDDLE)
    column = (lon / math.pi + 1) / 2 * 2**zoom
    row = (1 - math.asinh(math.tan(lat)) / math.pi) / 2 * 2**zoom
    return int(column), int(row)
