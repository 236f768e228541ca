"""``liptako layers``."""

from __future__ import annotations

from typing import Annotated

import typer

from db.asof import version_as_of
from db.cluster.serving import serving_database
from db.engine import create_engine
from db.layers.catalogue import LAYERS, layer_named
from db.query import LayerQuery
from db.read import Counts, at_version
from db.settings import Settings
from db.transaction import reading
from scripts.liptako.console import say, table


def layers(
    layer: Annotated[str | None, typer.Argument(help="Show the fields of this layer.")] = None,
    asof: Annotated[
        str | None, typer.Option(help="As recorded by then: a date, a moment or a snapshot.")
    ] = None,
) -> None:
    """List the layers with their number of features, or the fields of one layer."""
    if layer is not None:
        described = layer_named(layer)
        fields = [(f.name, f.kind.value, f.unit, f.meaning) for f in described.fields]
        table(described.title, ("field", "type", "unit", "meaning"), fields)
        return
    with serving_database(Settings(), say) as url, reading(create_engine(url)) as connection:
        asked = None if asof is None else version_as_of(connection, asof)
        version, query = at_version(connection, LayerQuery(version=asked))
        counts = Counts()
        rows = [
            (one.id, one.geometry or "none", counts.matched(connection, one, query, version))
            for one in LAYERS.values()
        ]
    table(f"Layers at data version {version}", ("layer", "geometry", "features"), rows)
