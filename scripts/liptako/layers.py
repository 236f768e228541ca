"""``liptako layers`` and ``liptako export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.values import parse_value
from db.cluster.serving import serving_database
from db.engine import create_engine
from db.errors import InvalidQuery
from db.layers.catalogue import LAYERS, layer_named
from db.query import LayerQuery, field_of
from db.read import Counts, at_version, reading
from db.settings import Settings
from gis.bbox import parse_bbox
from gis.interval import parse_interval
from scripts.liptako.console import ERR, OUT, say, table

if TYPE_CHECKING:
    from db.layers.layer import Layer
    from db.query import Value


def layers(
    layer: Annotated[str | None, typer.Argument(help="Show the fields of this layer.")] = None,
) -> None:
    """List the layers with their number of features, or the fields of one layer."""
    if layer is not None:
        described = layer_named(layer)
        fields = [(f.name, f.kind.value, f.unit, f.meaning) for f in described.fields]
        table(described.title, ("field", "type", "unit", "meaning"), fields)
        return
    with serving_database(Settings(), say) as url, reading(create_engine(url)) as connection:
        version, query = at_version(connection, LayerQuery())
        counts = Counts()
        rows = [
            (one.id, one.geometry or "none", counts.matched(connection, one, query, version))
            for one in LAYERS.values()
        ]
    table(f"Layers at data version {version}", ("layer", "geometry", "features"), rows)


def export(
    layer: Annotated[str, typer.Argument(help="Which layer.")],
    path: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="gpkg, parquet, fgb, geojson, geojsonseq or csv; default: by the name of the file."
        ),
    ] = None,
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    datetime: Annotated[str | None, typer.Option(help="Date, month or interval: a/b.")] = None,
    properties: Annotated[str | None, typer.Option(help="Fields wanted, with commas.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="field=value; may be given more than once.")
    ] = None,
) -> None:
    """Write a layer, or a part of it, to a file."""
    from db.export import export_layer
    from gis.export import format_of_file

    described = layer_named(layer)
    query = LayerQuery(
        bbox=parse_bbox(bbox) if bbox else None,
        interval=parse_interval(datetime) if datetime else None,
        properties=tuple(properties.split(",")) if properties else None,
        equals=tuple(_equal(described, text) for text in where or ()),
    )
    chosen = format or (format_of_file(path) if path else "geojson")
    target = path or Path(f"{layer}.{chosen}")
    with serving_database(Settings(), say) as url:
        engine = create_engine(url)
        with reading(engine) as connection:
            version, asked = at_version(connection, query)
            total = Counts().matched(connection, described, asked, version)
        with _progress() as progress:
            task = progress.add_task(layer, total=total)
            done = export_layer(
                engine,
                described,
                query,
                target,
                chosen,
                lambda features: progress.update(task, completed=features),
            )
    OUT.print(f"{done.path}: {done.features:,} features at data version {done.version}")


def _equal(layer: Layer, text: str) -> tuple[str, Value]:
    name, found, value = text.partition("=")
    if not found:
        raise InvalidQuery("where", text, "it is written field=value")
    return name, parse_value(field_of(layer, name, "where"), value)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=ERR,
        transient=True,
    )
