"""One page of a layer: read whole at one state of the data; nothing is held while it is sent.

A page is bounded by its ``limit``, and by :data:`MOST_BYTES`: features with long outlines make a
shorter page. OGC API - Features allows a page shorter than asked for; the ``next`` link tells
whether there is more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from db.cursor import Cursor, encode_cursor
from db.query import Shape, sort_kinds
from db.read import batches, version_of
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Sized

    from sqlalchemy import Connection

    from db.exemplars import Exemplars
    from db.layers.layer import Layer
    from db.query import LayerQuery
    from db.read import Counts, Row
    from gis.reference_systems import ReferenceSystem

MOST_BYTES = 32 * 1024 * 1024
"""No further batch is read for a page that has grown so long."""

Part = TypeVar("Part", bound="Sized")


@dataclass(frozen=True, slots=True)
class Page(Generic[Part]):
    """What a page shows.

    Parameters
    ----------
    version : int
        State of the data at which it was read.
    matched : int
        Features that match on all pages together.
    returned : int
        Features on this one.
    parts : list
        Its batches of rows, each as the reader's ``make`` made it.
    cursor : str or None
        Where the next page begins; ``None`` on the last.
    """

    version: int
    matched: int
    returned: int
    parts: list[Part]
    cursor: str | None


def read_page(
    connection: Connection,
    counts: Counts,
    exemplars: Exemplars,
    layer: Layer,
    query: LayerQuery,
    walk: Cursor | None,
    now: int,
    make: Callable[[Sequence[Row]], Part],
    *,
    system: ReferenceSystem = CRS84,
    shape: Shape = Shape.GEOJSON,
) -> Page[Part]:
    """Read a page.

    Parameters
    ----------
    connection : Connection
        One transaction: version, count and rows agree.
    counts : Counts
    exemplars : Exemplars
        With which a walk begins, unless it is sorted by a field.
    layer : Layer
    query : LayerQuery
        With a limit.
    walk : Cursor, optional
        The walk that the page continues; its count is taken over.
    now : int
        Version of the data that the transaction sees.
    make : callable
        What becomes of a batch of rows.
    system : ReferenceSystem
        Of the coordinates; a walk may change it from page to page.
    shape : Shape
        Of the geometries in the rows.
    """
    version, query = version_of(query, now)
    if walk is None and not query.sort_by:
        query = replace(query, leading=exemplars.of(connection, layer, now, query.version))
    matched = counts.matched(connection, layer, query, now) if walk is None else walk.matched
    parts, returned, last = _read(connection, layer, query, make, system, shape)
    cursor = None
    if last is not None:
        after = last[: len(sort_kinds(layer, query))]
        cursor = encode_cursor(layer, query, Cursor(version, matched, after, query.leading))
    return Page(version, matched, returned, parts, cursor)


def _read(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    make: Callable[[Sequence[Row]], Part],
    system: ReferenceSystem,
    shape: Shape,
) -> tuple[list[Part], int, Row | None]:
    """Parts, number of features, and the last of them where there is more to come."""
    limit = query.limit or 0
    parts: list[Part] = []
    returned, size = 0, 0
    last: Row | None = None
    # One row more than is shown tells whether there is a next page.
    more = replace(query, limit=limit + 1)
    for rows in batches(connection, layer, more, system=system, shape=shape):
        if last is not None and (returned == limit or size > MOST_BYTES):
            return parts, returned, last
        shown = rows[: limit - returned]
        parts.append(make(shown))
        returned += len(shown)
        size += len(parts[-1])
        last = shown[-1]
        if len(shown) < len(rows):
            return parts, returned, last
    return parts, returned, None
