"""What a filter matches, and the same rows in Python, from which other code says what it should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import shapely

from db.cql2.filter import Filter, Language
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, Shape, keys_statement, selected_fields, sort_columns
from db.read import batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

Row: TypeAlias = dict[str, Any]
Test: TypeAlias = "Callable[[Row], bool | None]"


@dataclass(frozen=True)
class Asking:
    """A connection to all that is shipped."""

    connection: Connection

    def matched(self, layer: str, text: str, language: Language = Language.TEXT) -> set[int]:
        """Keys of the features that match a filter."""
        query = LayerQuery(filter=Filter(text, language))
        return set(self.connection.scalars(keys_statement(LAYERS[layer], query)))

    def wanted(self, layer: str, test: Test) -> set[int]:
        """Keys of the rows that pass a test in Python; a comparison with None passes none."""
        return {row["key"] for row in rows(self.connection, layer) if passes(test, row)}


def passes(test: Test, row: Row) -> bool:
    try:
        return bool(test(row))
    except TypeError:
        return False


@cache
def rows(connection: Connection, layer_id: str) -> list[Row]:
    """All rows of a layer, with ``key`` and ``geometry``, and moments without a zone."""
    layer, query = LAYERS[layer_id], LayerQuery()
    lead = len(sort_columns(layer, query, layer.rows(None)))
    names = ["key", "geometry", *(field.name for field in selected_fields(layer, query))]
    found = [row for some in batches(connection, layer, query, shape=Shape.WKB) for row in some]
    return [_plain(dict(zip(names, row[lead:], strict=True))) for row in found]


def _plain(row: Row) -> Row:
    geometry = row["geometry"]
    row["geometry"] = None if geometry is None else shapely.from_wkb(bytes(geometry))
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = value.astimezone(UTC).replace(tzinfo=None)
    return row
