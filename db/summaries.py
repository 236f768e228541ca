"""What is true of a whole layer at one state of the data: its extent, the terms of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, literal, select

from db.joins import selected_from
from db.query import LayerQuery, conditions, rows_of
from db.read import Extent, extent
from db.remembered import Remembered

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.layers.layer import Layer

LICENCE = "licence"
ATTRIBUTION = "attribution"


@dataclass(frozen=True, slots=True, order=True)
class Terms:
    """Under which licence rows of a layer stand, and which words are printed with them."""

    licence: str
    attribution: str


class Extents:
    """Extents of layers, each found once for a version of the data."""

    def __init__(self) -> None:
        self._known: Remembered[Extent] = Remembered(200)

    def of(self, connection: Connection, layer: Layer, now: int) -> Extent:
        """The extent of a layer at the present, which is version ``now``."""
        return self._known.get((layer.id, now), lambda: extent(connection, layer))


class LayerTerms:
    """Terms of layers, each found once for a version of the data."""

    def __init__(self) -> None:
        self._known: Remembered[tuple[Terms, ...]] = Remembered(200)

    def of(self, connection: Connection, layer: Layer, now: int) -> tuple[Terms, ...]:
        """The terms of a layer's rows at the present, which is version ``now``."""
        return self._known.get((layer.id, now), lambda: terms(connection, layer))


def terms(connection: Connection, layer: Layer) -> tuple[Terms, ...]:
    """The different terms of a layer's rows, in order; none for a layer whose rows name none."""
    rows = rows_of(layer, None)
    names = [name for name in (LICENCE, ATTRIBUTION) if layer.field(name) is not None]
    if not names:
        return ()
    columns: list[Any] = [
        cast(rows.columns[name], Text) if name in names else literal("")
        for name in (LICENCE, ATTRIBUTION)
    ]
    asked = select(*columns).distinct().where(*conditions(layer, LayerQuery(), rows))
    found = connection.execute(selected_from(asked, rows.source))
    return tuple(sorted(Terms(row[0] or "", row[1] or "") for row in found))
