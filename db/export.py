"""A layer -> a file: one transaction, one state of the data, never all rows at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from db.knowledge import KNOWN_BY, RULE
from db.layers.sheets import sheets_of
from db.models.state import DataVersion
from db.query import LayerQuery, Shape, count, selected_fields, sort_kinds
from db.read import at_version, batches
from db.snapshots.kept import snapshot_named
from db.transaction import reading
from gis.errors import TooMuchForFormat
from gis.estimates import Rule
from gis.export import format_named, write_features
from gis.formats.features import Cited, Colophon, Features
from gis.reference_systems import CRS84
from gis.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from db.layers.layer import Layer
    from gis.formats.format import Format
    from gis.reference_systems import ReferenceSystem

ALWAYS = ("time_precision", "time_extent", "place_precision", "radius_m", "licence", "attribution")
"""Fields that a file has even where the query leaves them out: precision, licence and attribution
travel with every row."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written: where, how many features it has, and the state of the data."""

    path: Path
    features: int
    version: int


def export_layer(
    engine: Engine,
    layer: Layer,
    query: LayerQuery,
    path: Path,
    format: str,
    progress: Callable[[int], None] | None = None,
    *,
    system: ReferenceSystem = CRS84,
    snapshot: str | None = None,
) -> Exported:
    """Write the features of a layer that match a query to a file.

    The file appears under its name when it is whole; one of that name stays until then.

    Parameters
    ----------
    engine : Engine
    layer : Layer
    query : LayerQuery
        ``properties`` is widened by :data:`ALWAYS`.
    path : Path
    format : str
        Identifier of a format of :mod:`gis.export`.
    progress : callable, optional
        Told the number of features so far, every few thousand. What it raises ends the export.
    system : ReferenceSystem
        Of the coordinates in the file.
    snapshot : str, optional
        By whose name the state was asked for: the file says so. Without it, it says nothing of
        snapshots that there are of the same state, as there may be more tomorrow.

    Raises
    ------
    gis.errors.UnsupportedFormat
        There is no such format.
    gis.errors.TooMuchForFormat
        The features do not fit into a file of the format; told before any is written.
    gis.whole_file.UnwritableFile
        The file cannot be written; where its folder is the cause, this is told before anything is
        read.
    db.errors.InvalidQuery
        The layer has no such field.
    db.errors.UnknownSnapshot
    db.errors.DbError
        See :func:`db.transaction.reading`.
    """
    chosen, wanted = format_named(format), widened(layer, query)
    with whole_file(path, chosen.extension) as partial, reading(engine) as connection:
        version, asked = at_version(connection, replace(wanted, by_place=chosen.by_place))
        _check_count(connection, layer, asked, chosen)
        colophon = colophon_of(connection, layer, query, version, snapshot)
        features = features_of(connection, layer, asked, chosen, progress, system)
        return Exported(path, write_features(partial, chosen, features, colophon), version)


def features_of(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    format: Format,
    progress: Callable[[int], None] | None = None,
    system: ReferenceSystem = CRS84,
) -> Features:
    """The features that match a query, as a format takes them; read when they are gone through."""
    return Features(
        batches(connection, layer, query, system=system, shape=Shape(format.geometry.value)),
        selected_fields(layer, query),
        layer.geometry if query.with_geometry else None,
        lead=len(sort_kinds(layer, query)),
        system=system,
        progress=progress,
    )


def _check_count(connection: Connection, layer: Layer, query: LayerQuery, format: Format) -> None:
    if format.most_features is None:
        return
    matched = connection.scalar(count(layer, query)) or 0
    found = min(matched, matched if query.limit is None else query.limit)
    if found > format.most_features:
        raise TooMuchForFormat(found, f"{format.title} holds at most {format.most_features:,}")


def query_text(query: LayerQuery) -> str:
    """What a query asks, in the words of the API's parameters; it is the same for the same query.

    Examples
    --------
    >>> query_text(LayerQuery(equals=(("country", "MLI"),), limit=10))
    'country=MLI; limit=10'
    >>> query_text(LayerQuery())
    'all features'
    """
    return "; ".join(f"{name}={value}" for name, value in _asked(query)) or "all features"


def _asked(query: LayerQuery) -> Iterator[tuple[str, object]]:
    if query.item is not None:
        yield "item", query.item
    if query.bbox is not None:
        box = query.bbox
        yield "bbox", ",".join(map(repr, (box.west, box.south, box.east, box.north)))
    if query.interval is not None:
        start, end = query.interval.start, query.interval.end
        yield "datetime", f"[{_moment(start)}, {_moment(end)})"
    if query.knowledge.rule is not Rule.CODED:
        yield RULE, query.knowledge.rule.value
    if query.knowledge.known_by is not None:
        yield KNOWN_BY, query.knowledge.known_by.isoformat()
    yield from query.equals
    if query.filter is not None:
        yield "filter", query.filter.text
        yield "filter-lang", query.filter.language.value
        if query.filter.system != CRS84:
            yield "filter-crs", query.filter.system.uri
    if query.sort_by:
        keys = (("-" if key.descending else "") + key.name for key in query.sort_by)
        yield "sortby", ",".join(keys)
    if query.properties is not None:
        yield "properties", ",".join(query.properties)
    if not query.with_geometry:
        yield "skipGeometry", "true"
    for name in ("limit", "offset", "after"):
        if value := getattr(query, name):
            yield name, value


def _moment(moment: datetime | None) -> str:
    return ".." if moment is None else moment.isoformat()


def widened(layer: Layer, query: LayerQuery) -> LayerQuery:
    """The query with the fields that a file always has."""
    if query.properties is None:
        return query
    always = tuple(name for name in ALWAYS if layer.field(name) is not None)
    found = replace(query, properties=(*query.properties, *always))
    selected_fields(layer, found)  # a name that is not the layer's is refused before all else
    return found


def colophon_of(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    version: int,
    snapshot: str | None = None,
) -> Colophon:
    """What a file says of a layer in a state of the data, asked for by the name of a snapshot."""
    asked = widened(layer, query)
    fields = tuple(selected_fields(layer, asked))
    return Colophon(
        layer=layer.id,
        title=layer.title,
        description=layer.description,
        keywords=layer.keywords,
        version=version,
        recorded_at=recorded_at(connection, version),
        query=query_text(query),
        sheets=sheets_of(layer, fields, with_geometry=asked.with_geometry),
        snapshot=None if snapshot is None else _cited(connection, layer, snapshot),
    )


def _cited(connection: Connection, layer: Layer, name: str) -> Cited:
    manifest = snapshot_named(connection, name).manifest
    stated = manifest["layers"].get(layer.id)
    return Cited(name, manifest["content"], None if stated is None else stated["sha256"])


def recorded_at(connection: Connection, version: int) -> datetime | None:
    """When a version of the data was recorded; missing where there is no such version."""
    moment = select(DataVersion.recorded_at).where(DataVersion.version == version)
    return connection.scalar(moment)
