"""Exports as jobs: what somebody asks for, and the file that is made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

from pydantic import Field

from db.analyses.parameters import Names, Parameters
from db.asof import version_as_of
from db.cql2.condition import condition
from db.cql2.filter import Filter
from db.engine import create_engine
from db.errors import InvalidQuery, UnknownLayer
from db.export import export_layer
from db.jobs.queue import finish, session_of, writing
from db.layers.catalogue import layer_named
from db.made_files import MadeFiles
from db.query import LayerQuery, SortKey, field_of, rows_of
from db.read import Counts, at_version
from db.transaction import reading
from gis.errors import GisError
from gis.export import FORMATS
from gis.fields import Kind
from gis.foreign_box import parse_box
from gis.interval import parse_interval
from gis.likeness import nearest
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.jobs.orders import Order
    from db.layers.layer import Layer
    from gis.formats.format import Format

EXPORT = "export"
"""What such jobs are called where others have the name of a method."""

T = TypeVar("T")

Text = Annotated[str, Field(max_length=4_000)]


class ExportParameters(Parameters):
    """What is asked for, in the words of a layer's items."""

    collection: Text
    """The layer."""
    f: Text
    """The format."""
    bbox: tuple[Annotated[float, Field(allow_inf_nan=False)], ...] | None = Field(
        default=None, min_length=4, max_length=6
    )
    """Features that meet this box: west, south, east, north in degrees."""
    datetime: Annotated[str, Field(max_length=100)] | None = None
    """Features that share a moment with this date, moment or interval `a/b`."""
    asof: Annotated[str, Field(max_length=100)] | None = None
    """The data as recorded by then: a date, a moment or a snapshot."""
    filter: Text | None = None
    """Features of which this expression of CQL2 text is true."""
    properties: Annotated[Names, Field(max_length=200)] | None = None
    """Fields wanted; all where missing."""
    sortby: Names = ()
    """Fields to sort by; `-` before a name for the greatest first."""


@dataclass(frozen=True, slots=True)
class AskedExport:
    """What parameters ask for."""

    layer: Layer
    query: LayerQuery
    format: Format


def asked_export(parameters: ExportParameters) -> AskedExport:
    """What is asked for, its state of the data apart.

    Raises
    ------
    InvalidQuery
        A value breaks the rule of its parameter.
    """
    try:
        layer = layer_named(parameters.collection)
    except UnknownLayer as fault:
        raise InvalidQuery(
            "collection", parameters.collection, "it is a collection", nearest=fault.nearest
        ) from fault
    if parameters.f not in FORMATS:
        rule = f"it is one of {', '.join(FORMATS)}"
        raise InvalidQuery("f", parameters.f, rule, nearest=nearest(parameters.f, FORMATS))
    query = LayerQuery(
        sort_by=tuple(_sort_key(layer, name) for name in parameters.sortby),
        properties=parameters.properties,
    )
    for name in parameters.properties or ():
        field_of(layer, name, "properties")
    if parameters.bbox is not None:
        text = ",".join(map(repr, parameters.bbox))
        query = replace(query, bbox=_read("bbox", text, lambda text: parse_box(text, CRS84)))
    if parameters.datetime is not None:
        query = replace(query, interval=_read("datetime", parameters.datetime, parse_interval))
    if parameters.filter is not None:
        query = replace(query, filter=Filter(parameters.filter))
        condition(layer, rows_of(layer, None), Filter(parameters.filter))
    return AskedExport(layer, query, FORMATS[parameters.f])


def file_name(job: UUID | str, format: Format) -> str:
    """The name under which the file of a job is kept."""
    return f"{job}.{format.extension}"


def make_export(database: str, order: Order, tell: Callable[[float, str], None]) -> None:
    """Make the file of a job, and end the job; without it, if it was dismissed meanwhile.

    Parameters
    ----------
    database : str
        URL.
    order : Order
    tell : callable
        Told the share that is done, and in words.

    Raises
    ------
    InvalidQuery, FileTooLarge, gis.errors.GisError, DbError
        It cannot be made.
    """
    parameters = ExportParameters.model_validate(order.parameters)
    asked = asked_export(parameters)
    engine = create_engine(
        database,
        pool_size=1,
        statement_timeout_s=order.seconds,
        application=session_of(order.job),
    )
    try:
        with reading(engine) as connection:
            query = asked.query
            if parameters.asof is not None:
                query = replace(query, version=version_as_of(connection, parameters.asof))
            version, shown = at_version(connection, query)
            total = Counts().matched(connection, asked.layer, shown, version)
        files = MadeFiles(Path(order.folder), order.files_mb << 20, order.kept_s)
        name = file_name(order.job, asked.format)

        def write(path: Path, check: Callable[[int], None]) -> None:
            def progress(features: int) -> None:
                check(features)
                tell(features / max(total, 1), f"{features:,} of {total:,} features")

            pinned = replace(query, version=version)
            export_layer(engine, asked.layer, pinned, path, asked.format.id, progress)

        files.make(name, write).close()
        message = f"{total:,} features at version {version} of the data"
        with writing(engine) as connection:
            is_wanted = finish(connection, UUID(order.job), message, order.kept_s)
        if not is_wanted:
            files.drop(name)
    finally:
        engine.dispose()


def _sort_key(layer: Layer, name: str) -> SortKey:
    key = SortKey(name.removeprefix("-"), name.startswith("-"))
    if field_of(layer, key.name, "sortby").kind is Kind.TEXTS:
        raise InvalidQuery("sortby", key.name, "a list of values has no order")
    return key


def _read(name: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except GisError as fault:
        raise InvalidQuery(name, text, fault.rule) from fault
