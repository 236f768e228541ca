"""One tile of a layer: single features where there are few, cells where there are many."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from db.layers.depictions import depiction_of
from db.query import LayerQuery
from db.tiles.statements import (
    cells_statement,
    crowd_statement,
    given_cells_statement,
    points_statement,
    shapes_statement,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from db.layers.layer import Layer
    from db.tiles.overview import Overviews
    from gis.tile_matrix import Tile

MOST_FEATURES = 2_000
"""Most points that a tile shows one by one; a tile with more shows cells. Of the deepest matrix,
tiles show all points one by one, however many there are: no deeper tile could."""


def make_tile(
    connection: Connection,
    overviews: Overviews,
    layer: Layer,
    query: LayerQuery,
    tile: Tile,
    now: int,
) -> bytes:
    """A tile as a Mapbox vector tile; empty where nothing lies.

    Parameters
    ----------
    connection : Connection
        A transaction that sees version ``now`` as the present.
    overviews : Overviews
        Those of the process.
    layer : Layer
        One that has a geometry.
    query : LayerQuery
        Which features; without ``properties``, those of the layer's depiction travel with them.
    tile : Tile
    now : int

    Raises
    ------
    InTheMaking
        It needs an overview that another thread is making.
    """
    depiction = depiction_of(layer)
    shown = (
        query if query.properties is not None else replace(query, properties=depiction.properties)
    )
    if layer.geometry != "Point":
        return _bytes(connection, shapes_statement(layer, shown, tile))
    if tile.matrix == tile.set.deepest:
        return _bytes(connection, points_statement(layer, shown, tile))
    if _asks_for_all(query):
        overview = overviews.of(connection, layer, tile.set, now, query.version)
        if overview.features(tile) > MOST_FEATURES:
            cells = overview.cells(tile)
            return _bytes(connection, given_cells_statement(layer, depiction, cells))
    elif _crowd(connection, layer, query, tile) > MOST_FEATURES:
        return _bytes(connection, cells_statement(layer, depiction, query, tile))
    return _bytes(connection, points_statement(layer, shown, tile))


def _asks_for_all(query: LayerQuery) -> bool:
    return replace(query, version=None, properties=None) == LayerQuery()


def _crowd(connection: Connection, layer: Layer, query: LayerQuery, tile: Tile) -> int:
    return int(connection.scalar(crowd_statement(layer, query, tile, MOST_FEATURES)) or 0)


def _bytes(connection: Connection, asked: Select[tuple[bytes]]) -> bytes:
    return bytes(connection.scalar(asked) or b"")
