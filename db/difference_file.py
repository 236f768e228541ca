"""What differs between two states, as a GeoPackage with a table for each kind of change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from db.asof import state_of
from db.difference import CHANGE, CHANGED_FIELDS, GEOMETRY, Change, all_differences
from db.export import query_text
from db.query import LayerQuery, Shape, sort_kinds
from gis.fields import Field, Kind
from gis.formats.features import Colophon, Features
from gis.formats.geopackage import write_layers
from gis.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from db.difference import Difference
    from db.layers.layer import Layer
    from db.touched import Span

KINDS: dict[str, tuple[Change, ...]] = {
    "added": (Change.CREATED,),
    "changed": (Change.CHANGED,),
    "retracted": (Change.RETRACTED, Change.MERGED, Change.REMOVED),
}
"""The tables, and the changes that each holds."""

BEFORE = Field(
    "before",
    Kind.TEXT,
    "Values before",
    "JSON object of the changed fields with their values before; the geometry left out.",
)
BATCH = 1_000


def write_differences(
    path: Path,
    connection: Connection,
    layers: Sequence[Layer],
    query: LayerQuery,
    span: Span,
    now: int,
) -> dict[str, int]:
    """Write the differences of layers between the two ends of a span.

    The differences are gone through once for each table, so that no more than a page is held.

    Parameters
    ----------
    path : Path
        It appears when it is whole.
    connection : Connection
        One transaction.
    layers : sequence of Layer
        Of one, the tables are called ``added``, ``changed`` and ``retracted``; of several, the
        name of the layer stands before. What has gone is shown as it was last.
    query : LayerQuery
        Which features.
    span : Span
    now : int
        The version that the connection sees.

    Returns
    -------
    dict
        How many features each table has, by its name.
    """
    tables = [
        _table(connection, layer, query, span, now, kind, alone=len(layers) == 1)
        for layer in layers
        for kind in KINDS
    ]
    with whole_file(path, "gpkg") as partial:
        write_layers(partial, tables)
    return {colophon.layer: features.count for features, colophon in tables}


def _table(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    span: Span,
    now: int,
    kind: str,
    *,
    alone: bool,
) -> tuple[Features, Colophon]:
    lead = len(sort_kinds(layer, LayerQuery()))
    found = all_differences(connection, layer, query, span, now, Shape.WKB)
    rows = (_row(each, lead) for each in found if each.change in KINDS[kind] and _is_shown(each))
    fields = (CHANGE, CHANGED_FIELDS, BEFORE, *layer.fields)
    until = state_of(connection, span.until)
    colophon = Colophon(
        layer=kind if alone else f"{layer.id}_{kind}".replace("-", "_"),
        title=f"{layer.title}: {kind}",
        description=f"{layer.description} Here: what was {kind} between two states of the data.",
        keywords=layer.keywords,
        version=span.until,
        recorded_at=until.recorded_at,
        query=f"versions {span.since} to {span.until}; {query_text(query)}",
    )
    return Features(_batches(rows), fields, layer.geometry, lead=lead), colophon


def _is_shown(difference: Difference) -> bool:
    """Whether there is a row to write; of what may not be shown any more there is only a key."""
    return difference.after is not None or difference.before is not None


def _row(difference: Difference, lead: int) -> tuple[Any, ...]:
    row = difference.after or difference.before
    assert row is not None
    names = ", ".join(each.name for each in difference.fields) or None
    before = {each.name: each.old for each in difference.fields if each.name != GEOMETRY}
    text = msgspec.json.encode(before).decode() if difference.fields else None
    place = lead + 2
    return (*row[:place], difference.change.value, names, text, *row[place:])


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
