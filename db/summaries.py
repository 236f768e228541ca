"""What is true of a whole layer at one state of the data: its extent, the terms of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, func, literal, select

from db.history import Throughout
from db.joins import selected_from
from db.layers.layer import last_moment
from db.query import LayerQuery, conditions, rows_of
from db.remembered import Remembered

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from db.layers.layer import Layer

LICENCE = "licence"
ATTRIBUTION = "attribution"


@dataclass(frozen=True, slots=True)
class Extent:
    """What a layer covers: west, south, east, north in degrees; first and last moment."""

    bounds: tuple[float, float, float, float] | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, order=True)
class Terms:
    """Under which licence rows of a layer stand, and which words are printed with them."""

    licence: str
    attribution: str


class Extents:
    """Extents of layers, each found once for a state of the data."""

    def __init__(self) -> None:
        self._known: Remembered[Extent] = Remembered(200)

    def of(
        self, connection: Connection, layer: Layer, now: int, version: int | None = None
    ) -> Extent:
        """The extent of a layer at a version, where ``now`` is the present."""
        return self._known.get((layer.id, now, version), lambda: extent(connection, layer, version))


class LayerTerms:
    """Terms of layers, each found once for a state of the data."""

    def __init__(self) -> None:
        self._known: Remembered[tuple[Terms, ...]] = Remembered(200)

    def of(
        self, connection: Connection, layer: Layer, now: int, version: int | None = None
    ) -> tuple[Terms, ...]:
        """The terms of a layer's rows at a version, where ``now`` is the present."""
        return self._known.get((layer.id, now, version), lambda: terms(connection, layer, version))


def extent(connection: Connection, layer: Layer, version: int | None = None) -> Extent:
    """The box and the interval that hold every feature of a layer, at a version or the present.

    ``bounds`` is ``None`` for a layer without geometry, or without any feature that has one; an
    end is ``None`` where nothing is dated or some feature is open at that end.
    """
    rows = rows_of(layer, None if version is None else Throughout(version))
    if rows.geometry is None and rows.period is None:
        return Extent(None, None, None)
    where = conditions(layer, LayerQuery(), rows)
    columns: list[Any] = []
    if rows.geometry is not None:
        box = func.ST_Extent(rows.geometry)
        columns += [func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box)]
    else:
        columns += [None] * 4
    if rows.period is not None:
        period = rows.period
        columns += [
            func.min(func.lower(period)),
            func.max(last_moment(period)),
            func.coalesce(func.bool_or(func.lower_inf(period)), False),
            func.coalesce(func.bool_or(func.upper_inf(period)), False),
        ]
    else:
        columns += [None, None, True, True]
    row = connection.execute(selected_from(select(*columns).where(*where), rows.source)).one()
    bounds = None if row[0] is None else (row[0], row[1], row[2], row[3])
    return Extent(bounds, None if row[6] else row[4], None if row[7] else row[5])


def terms(connection: Connection, layer: Layer, version: int | None = None) -> tuple[Terms, ...]:
    """The different terms of a layer's rows, in order; none for a layer whose rows name none."""
    rows = rows_of(layer, None if version is None else Throughout(version))
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
