"""The border nearest to a group of incidents, by the measures that ``borders`` made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from db.analyses.selection import past_version
from db.history import as_of
from db.layers.derived import BORDER_DISTANCE
from db.models.derived import Measure
from db.models.places import Boundary
from db.vocabulary import BoundaryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from db.analyses.selection import Incidents

FIELDS = ("border_distance_m", "border_distance_low_m", "border_distance_high_m")
"""Fields of the layer ``incidents`` that have to be read for it."""


SAME_M = 0.01
"""Distances to a border that differ by less are one."""


@dataclass(frozen=True, slots=True)
class NearestBorder:
    """Distance of the nearest incident of a group; ``None`` where none was measured.

    ``low_m`` and ``high_m`` hold whichever incident is the nearest in truth, and whichever source
    of boundaries is right.
    """

    border: str | None
    metres: float | None
    low_m: float | None
    high_m: float | None


def nearest_borders(
    connection: Connection, groups: Sequence[Incidents]
) -> tuple[NearestBorder, ...]:
    """The nearest border of each group, read with :data:`FIELDS`."""
    nearest = [_nearest(group) for group in groups]
    version = past_version(connection, groups[0]) if groups else None
    names = _names(connection, [key for key in nearest if key is not None], version)
    return tuple(
        NearestBorder(
            None if key is None else _name(names.get(key, ()), _least(group, FIELDS[0])),
            *(_least(group, name) for name in FIELDS),
        )
        for group, key in zip(groups, nearest, strict=True)
    )


def _name(measured: Sequence[tuple[str, float]], least_m: float | None) -> str | None:
    """The border at the least distance; none if that is of a border not measured by itself."""
    for name, metres in measured:
        if least_m is not None and abs(metres - least_m) <= SAME_M:
            return name
    return None


def _nearest(group: Incidents) -> int | None:
    metres = group.fields[FIELDS[0]]
    return None if np.isnan(metres).all() else int(group.key[np.nanargmin(metres)])


def _least(group: Incidents, name: str) -> float | None:
    known = group.fields[name][~np.isnan(group.fields[name])]
    return float(known.min()) if known.size else None


def _names(
    connection: Connection, keys: Sequence[int], version: int | None
) -> dict[int, list[tuple[str, float]]]:
    """Incident -> borders with the distance to each, summed up over sources."""
    boundary, measure = as_of(Boundary, version), as_of(Measure, version)
    borders = select(boundary.c.code).where(boundary.c.kind == BoundaryKind.BORDER.value)
    asked = (
        select(measure.c.incident_id, measure.c.target, measure.c.value)
        .where(
            measure.c.incident_id.in_(keys),
            measure.c.is_current,
            measure.c.name == BORDER_DISTANCE,
            measure.c.boundary_id.is_(None),
            measure.c.target.in_(borders),
        )
        .order_by(measure.c.incident_id, measure.c.target)
    )
    found: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for key, name, metres in connection.execute(asked).all() if keys else []:
        if key is not None and name is not None and metres is not None:
            found[key].append((name, metres))
    return found
