"""``liptako export``."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.values import parse_value
from db.asof import version_as_of
from db.cluster.serving import serving_database
from db.cql2.condition import condition
from db.cql2.filter import Filter
from db.engine import create_engine
from db.errors import InvalidQuery
from db.knowledge import KNOWN_BY, RULE, Knowledge, parse_knowledge
from db.layers.catalogue import LAYERS, layer_named
from db.query import LayerQuery, field_of, rows_of
from db.read import Counts, at_version
from db.settings import Settings
from db.snapshots.names import is_name
from db.transaction import reading
from gis.bbox import parse_bbox
from gis.interval import parse_interval
from scripts.liptako.console import ERR, OUT, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from db.export import Exported
    from db.layers.layer import Layer
    from db.query import Value
    from gis.formats.format import Format


def export(
    layer: Annotated[
        str | None, typer.Argument(help="Which layer; none with --all.", show_default=False)
    ] = None,
    path: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="gpkg, parquet, fgb, geojson, geojsonseq, csv, xlsx, shp, kml or kmz; "
            "default: by the name of the file."
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every layer, in one GeoPackage.", show_default=False)
    ] = False,
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    datetime: Annotated[str | None, typer.Option(help="Date, month or interval: a/b.")] = None,
    asof: Annotated[
        str | None, typer.Option(help="As recorded by then: a date, a moment or a snapshot.")
    ] = None,
    properties: Annotated[str | None, typer.Option(help="Fields wanted, with commas.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="field=value; may be given more than once.")
    ] = None,
    filter: Annotated[str | None, typer.Option(help="An expression of CQL2 text.")] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            help="By which rule figures are made from claims: envelope, consensus, latest, "
            "most_reliable or official; default: coded."
        ),
    ] = None,
    known_by: Annotated[
        str | None,
        typer.Option(help="Only what reports say that were published by this day: 2020-01-11."),
    ] = None,
) -> None:
    """Write a layer, a part of it, or with --all every layer to a file."""
    query = LayerQuery(
        bbox=parse_bbox(bbox) if bbox else None,
        interval=parse_interval(datetime) if datetime else None,
    )
    if every:
        for name, given in (
            ("LAYER", layer),
            ("--format", format),
            ("--properties", properties),
            ("--where", where),
            ("--filter", filter),
            ("--rule", rule),
            ("--known-by", known_by),
        ):
            if given:
                raise InvalidQuery(name, given, "--all is every layer whole, as a GeoPackage")
        done = _export_all(query, path or Path("liptako.gpkg"), asof)
    else:
        described = layer_named(layer or "")
        asked = replace(
            query,
            properties=tuple(properties.split(",")) if properties else None,
            equals=tuple(equal(described, text) for text in where or ()),
            filter=_filter(described, filter),
            knowledge=_knowledge(described, rule, known_by),
        )
        done = _export_layer(described, asked, path, format, asof)
    OUT.print(f"{done.path}: {done.features:,} features at data version {done.version}")


def _export_layer(
    layer: Layer, query: LayerQuery, path: Path | None, format: str | None, asof: str | None
) -> Exported:
    from db.export import export_layer
    from gis.export import format_named, format_of_file

    chosen = format_named(format or (format_of_file(path) if path else "geojson"))
    target = path or Path(f"{layer.id}.{chosen.extension}")
    with _engine() as engine:
        with reading(engine) as connection:
            query = _as_of(connection, query, asof)
            version, asked = at_version(connection, query)
            total = Counts().matched(connection, layer, asked, version)
        _tell_losses(chosen)
        with _progress() as progress:
            task = progress.add_task(layer.id, total=total)
            return export_layer(
                engine,
                layer,
                query,
                target,
                chosen.id,
                lambda features: progress.update(task, completed=features),
                snapshot=_snapshot(asof),
            )


def _export_all(query: LayerQuery, path: Path, asof: str | None) -> Exported:
    from db.bundle import export_all
    from gis.export import format_named

    counts = Counts()
    with _engine() as engine:
        with reading(engine) as connection:
            query = _as_of(connection, query, asof)
            version, asked = at_version(connection, query)
            totals = {
                layer.id: counts.matched(connection, layer, asked, version)
                for layer in LAYERS.values()
            }
        _tell_losses(format_named("gpkg"))
        with _progress() as progress:
            task = progress.add_task("all layers", total=sum(totals.values()))
            done: dict[str, int] = {}

            def tell(layer: str, features: int) -> None:
                done[layer] = features
                progress.update(task, description=layer, completed=sum(done.values()))

            return export_all(engine, path, query, tell, snapshot=_snapshot(asof))


@contextmanager
def _engine() -> Iterator[Engine]:
    with serving_database(Settings(), say) as url:
        engine = create_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()


def _snapshot(asof: str | None) -> str | None:
    """The snapshot by whose name a state is asked for, if it is."""
    return asof if asof is not None and is_name(asof) else None


def _tell_losses(format: Format) -> None:
    """Say what the file will not keep, before it is written."""
    ERR.print(f"[bold]{escape(format.title)} cannot keep:[/]")
    for loss in format.losses:
        ERR.print(f"[dim]·[/] {escape(loss.what)}. {escape(loss.instead)}")


def equal(layer: Layer, text: str) -> tuple[str, Value]:
    """The condition that ``field=value`` states.

    Raises
    ------
    InvalidQuery
        It is written otherwise, or the layer has no such field.
    """
    name, found, value = text.partition("=")
    if not found:
        raise InvalidQuery("where", text, "it is written field=value")
    return name, parse_value(field_of(layer, name, "where"), value)


def _knowledge(layer: Layer, rule: str | None, known_by: str | None) -> Knowledge:
    for name, text in ((RULE, rule), (KNOWN_BY, known_by)):
        if text is not None and name not in layer.knowledge:
            raise InvalidQuery(name, text, f"the layer {layer.id!r} has nothing to do with it")
    return parse_knowledge(rule, known_by)


def _filter(layer: Layer, text: str | None) -> Filter | None:
    if text is None:
        return None
    filter = Filter(text)
    condition(layer, rows_of(layer, None), filter)  # refused before a server is started
    return filter


def _as_of(connection: Connection, query: LayerQuery, asof: str | None) -> LayerQuery:
    return query if asof is None else replace(query, version=version_as_of(connection, asof))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=ERR,
        transient=True,
    )
