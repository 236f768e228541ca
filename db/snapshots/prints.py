"""A layer at a version -> its canonical lines, and their hash.

Rows come in the order of their keys, a batch at a time, and are never held. Only what a layer shows
takes part: rows that may not leave are in no hash, so a hash tells nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import shapely

from db.query import LayerQuery, selected_fields, sort_kinds
from db.read import by_key, version_of
from gis.canonical import LineEncoder
from gis.fields import Role
from gis.formats.features import Features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from db.layers.layer import Layer
    from gis.formats.features import Batch

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Print:
    """What identifies the content of a layer at a version, and what it covers.

    Parameters
    ----------
    features : int
    size : int
        Bytes of its canonical lines.
    sha256 : str
        Of its canonical lines, in hexadecimal digits.
    licences, attributions : tuple of str
    bounds : tuple of float, optional
        West, south, east, north in degrees; missing where nothing has a place.
    start, end : datetime, optional
        First and last moment that is known of any feature.
    """

    features: int
    size: int
    sha256: str
    licences: tuple[str, ...]
    attributions: tuple[str, ...]
    bounds: Bounds | None
    start: datetime | None
    end: datetime | None


def lines(
    connection: Connection,
    layer: Layer,
    version: int,
    now: int,
    properties: Sequence[str] | None = None,
) -> Iterator[bytes]:
    """The canonical lines of a layer at a version, in batches.

    Parameters
    ----------
    connection : Connection
    layer : Layer
    version : int
    now : int
        The version that the transaction sees.
    properties : sequence of str, optional
        Fields that take part; all where missing.

    Raises
    ------
    InvalidQuery
        The layer has no such field.
    """
    features, encoder = _read(connection, layer, version, now, properties, None)
    for batch in features:
        yield encoder.lines(batch)


def print_of(
    connection: Connection,
    layer: Layer,
    version: int,
    now: int,
    properties: Sequence[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Print:
    """What identifies a layer at a version; the parameters are those of :func:`lines`.

    ``progress`` is told the number of features so far, after each batch.
    """
    features, encoder = _read(connection, layer, version, now, properties, progress)
    hashed, size = sha256(), 0
    covered = _Covered(features)
    for batch in features:
        text = encoder.lines(batch)
        hashed.update(text)
        size += len(text)
        covered.add(batch)
    return Print(
        features=features.count,
        size=size,
        sha256=hashed.hexdigest(),
        licences=features.licences,
        attributions=features.attributions,
        bounds=covered.bounds,
        start=covered.start,
        end=covered.end,
    )


def _read(
    connection: Connection,
    layer: Layer,
    version: int,
    now: int,
    properties: Sequence[str] | None,
    progress: Callable[[int], None] | None,
) -> tuple[Features, LineEncoder]:
    wanted = None if properties is None else tuple(properties)
    _, query = version_of(LayerQuery(version=version, properties=wanted), now)
    fields, lead = selected_fields(layer, query), len(sort_kinds(layer, query))
    rows = by_key(connection, layer, query)
    features = Features(rows, fields, layer.geometry, lead=lead, progress=progress)
    return features, LineEncoder(fields, lead)


class _Covered:
    """The box and the interval of the features that pass."""

    def __init__(self, features: Features) -> None:
        self.bounds: Bounds | None = None
        self.start: datetime | None = None
        self.end: datetime | None = None
        self._place = features.lead + 1
        dated = [(n, f.role) for n, f in enumerate(features.fields, features.lead + 2)]
        self._starts = [place for place, role in dated if role is Role.START]
        self._ends = [place for place, role in dated if role is Role.END]

    def add(self, batch: Batch) -> None:
        shapes = [row[self._place] for row in batch if row[self._place] is not None]
        if shapes:
            self._widen(shapely.total_bounds(shapely.from_wkb(shapes)).tolist())
        for place in self._starts:
            self.start = min(_known(batch, place, self.start), default=None)
        for place in self._ends:
            self.end = max(_known(batch, place, self.end), default=None)

    def _widen(self, box: list[float]) -> None:
        west, south, east, north = self.bounds or box
        self.bounds = (
            min(west, box[0]),
            min(south, box[1]),
            max(east, box[2]),
            max(north, box[3]),
        )


def _known(batch: Batch, place: int, before: Any) -> list[Any]:
    return [value for value in (before, *(row[place] for row in batch)) if value is not None]
