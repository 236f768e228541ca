"""What the pages of collections and of their features show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media
from api.params import BBOX, DATETIME, FILTER, LIMIT, PROPERTIES, SORTBY
from db.query import selected_fields, sort_kinds
from gis.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.links import Base, Link
    from api.paging import Page
    from db.layers.layer import Layer
    from db.query import LayerQuery
    from db.read import Row


def items_table(
    base: Base, layer: Layer, query: LayerQuery, page: Page[list[Row]], links: Sequence[Link]
) -> dict[str, Any]:
    """A page of features as a table: of each, its address and the values of its fields."""
    lead = len(sort_kinds(layer, query))
    path = f"/collections/{layer.id}/items"
    rows = [
        {
            "href": base.href(f"{path}/{row[lead]}", [(media.PARAMETER, "html")]),
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
        "links": {link["rel"]: link["href"] for link in links},
    }


def collection_values(base: Base, layer: Layer, found: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a collection shows, its terms apart."""
    return {
        "layer": layer,
        "collection": found,
        "links": {link["rel"].rpartition("/")[2]: link["href"] for link in found["links"]},
        "examples": examples(base, layer, found),
    }


def examples(base: Base, layer: Layer, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Requests that work on this layer as it is now: what each asks, and its address."""
    asked: list[tuple[str, list[tuple[str, str]]]] = [("The first ten", [(LIMIT, "10")])]
    extent = found["extent"]
    if "spatial" in extent:
        west, south, east, north = extent["spatial"]["bbox"][0]
        box = f"{west:.2f},{south:.2f},{(west + east) / 2:.2f},{(south + north) / 2:.2f}"
        asked.append(("In a box (west, south, east, north)", [(BBOX, box)]))
    if "temporal" in extent:
        end = extent["temporal"]["interval"][0][1] or "2023-01-01"
        asked.append(("From the first of a year on", [(DATETIME, f"{end[:4]}-01-01/..")]))
    worded = next((field for field in layer.fields if field.words), None)
    if worded is not None:
        asked.append((f"By {worded.title.lower()}", [(worded.name, worded.words[0])]))
    asked.append(("With a filter", [(FILTER, _filter(layer))]))
    first, second = layer.fields[0].name, layer.fields[1].name
    asked.append(("Two fields only, sorted", [(PROPERTIES, f"{first},{second}"), (SORTBY, first)]))
    path = f"/collections/{layer.id}/items"
    return [(title, base.href(path, pairs)) for title, pairs in asked]


def _filter(layer: Layer) -> str:
    """An expression that shows what a filter can do, and is true of something."""
    text, number = (
        next((field.name for field in layer.fields if field.kind in kinds), None)
        for kinds in ((Kind.TEXT,), (Kind.COUNT, Kind.INTEGER, Kind.NUMBER))
    )
    parts = [f"CASEI({text}) LIKE CASEI('%A%')"] if text else []
    if number:
        parts.append(f"({number} >= 1 OR {number} IS NULL)")
    return " AND ".join(parts)
