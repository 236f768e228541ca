"""What the pages of collections and of their features show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api import media
from api.page_links import download_links
from api.params import BBOX, DATETIME, EXCLUDE, FILTER, LIMIT, PROPERTIES, SORTBY
from api.schemas import code_field
from db.query import selected_fields, sort_kinds
from gis.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.links import Base, Link
    from api.maps import Map
    from api.paging import Page
    from db.layers.layer import Layer
    from db.query import LayerQuery
    from db.read import Row


def items_table(
    base: Base,
    layer: Layer,
    query: LayerQuery,
    page: Page[list[Row]],
    links: Sequence[Link],
    downloads: Sequence[Link],
    drawn: Map | None,
) -> dict[str, Any]:
    """A page of features as a table: of each, its address and the values of its fields."""
    lead = len(sort_kinds(layer, query))
    path = f"/collections/{layer.id}/items"
    rows = [
        {
            "href": base.page(f"{path}/{row[lead]}"),
            "key": row[lead],
            "located": row[lead + 1] is not None,
            "cells": row[lead + 2 :],
        }
        for part in page.parts
        for row in part
    ]
    return {
        "layer": layer,
        "fields": selected_fields(layer, query),
        "rows": rows,
        "matched": page.matched,
        "links": {link["rel"]: link["href"] for link in links if link["rel"] != "alternate"},
        "alternates": [link for link in links if link["rel"] == "alternate"],
        "downloads": downloads,
        "map": drawn,
    }


def collection_values(base: Base, layer: Layer, found: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a collection shows, its terms apart."""
    return {
        "layer": layer,
        "collection": found,
        "links": {link["rel"].rpartition("/")[2]: link["href"] for link in found["links"]},
        "downloads": download_links(base, layer, {}),
        "examples": examples(base, layer, found),
    }


@dataclass(frozen=True, slots=True)
class Example:
    """A request that works: what it asks, its parameters as people write them, and its address."""

    title: str
    text: str
    href: str


def examples(base: Base, layer: Layer, found: Mapping[str, Any]) -> list[Example]:
    """Requests that work on this layer as it is now."""
    asked: list[tuple[str, list[tuple[str, str]]]] = [("The first ten", [(LIMIT, "10")])]
    extent = found["extent"]
    if "spatial" in extent:
        west, south, east, north = extent["spatial"]["bbox"][0]
        box = f"{west:.2f},{south:.2f},{(west + east) / 2:.2f},{(south + north) / 2:.2f}"
        asked.append(("In a box (west, south, east, north), or of unknown place", [(BBOX, box)]))
    if "temporal" in extent:
        end = extent["temporal"]["interval"][0][1] or "2023-01-01"
        title = f"From {end[:4]} on, or of unknown time"
        asked.append((title, [(DATETIME, f"{end[:4]}-01-01/..")]))
    worded = next((field for field in layer.fields if field.words), None)
    if worded is not None:
        asked.append((f"By {worded.title.lower()}", [(worded.name, worded.words[0])]))
    asked += [(title, [(FILTER, text)]) for title, text in _filters(layer)]
    first, second = layer.fields[0].name, layer.fields[1].name
    asked.append(("Two fields only, sorted", [(PROPERTIES, f"{first},{second}"), (SORTBY, first)]))
    asked.append(("Without a field", [(EXCLUDE, layer.fields[-1].name)]))
    path = f"/collections/{layer.id}/items"
    return [
        Example(
            title,
            "&".join(f"{name}={text}" for name, text in pairs),
            base.href(path, [*pairs, (media.PARAMETER, media.Form.HTML.value)]),
        )
        for title, pairs in asked
    ]


def _filters(layer: Layer) -> Iterator[tuple[str, str]]:
    """Expressions that show what a filter can do on the fields that the layer has."""
    code = code_field(layer)
    texts = [field for field in layer.fields if field.kind is Kind.TEXT and not field.words]
    text = next((field for field in texts if field.name != code), None)
    kinds = (Kind.COUNT, Kind.INTEGER, Kind.NUMBER)
    number = next((field for kind in kinds for field in layer.fields if field.kind is kind), None)
    if text is not None:
        title = f"{text.title} with an 'a' in it, large or small"
        yield title, f"CASEI({text.name}) LIKE CASEI('%A%')"
    if number is not None:
        unit = f" ({number.unit})" if number.unit else ""
        title, asked = f"{number.title}{unit}: at least one", f"{number.name} >= 1"
        if number.nullable:
            title, asked = f"{title}, or not known", f"{asked} OR {number.name} IS NULL"
        yield title, asked
