"""What a feature says of its time, and which features meet a stretch of it: not the server's word.

A client knows of a feature its first and its last second; both belong to it. What is missing is
open, so a feature that states neither meets every stretch.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.layers.catalogue import LAYERS
from gis.fields import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.api.conformance.asking import Node

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def time_fields(layer: str) -> list[str]:
    """The names of the fields for start and end; none for a layer without time."""
    fields = LAYERS[layer].fields
    return [f.name for role in (Role.START, Role.END) for f in fields if f.role is role]


def lasting(feature: Node, layer: str) -> tuple[datetime | None, datetime | None]:
    """First and last second of a feature."""
    names = time_fields(layer)
    if not names:
        return None, None
    start, end = (feature["properties"][name] for name in names)
    return _first(start), _last(end)


def meeting(
    features: Iterable[Node], layer: str, first: datetime | None, last: datetime | None
) -> set[int]:
    """Keys of the features that share a second with a stretch, both ends included."""
    found = set()
    for feature in features:
        start, end = lasting(feature, layer)
        begins = start is None or last is None or start <= last
        ends = end is None or first is None or end >= first
        if begins and ends:
            found.add(feature["id"])
    return found


def _first(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=None)


def _last(text: str | None) -> datetime | None:
    found = _first(text)
    is_a_day = found is not None and text is not None and len(text) == len("2019-12-10")
    return found + DAY - SECOND if found is not None and is_a_day else found
