"""Into which groups of a table incidents fall: certainly, possibly, with which share."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Double, cast, select

from db.analyses.parameters import By
from db.history import as_of
from db.layers.derived import BORDER_DISTANCE, NEAREST, within_name
from db.models.actors import Actor
from db.models.derived import Measure
from db.models.incidents import ActorRole

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from sqlalchemy import Connection

    from db.analyses.selection import Incidents
    from gis.crs import BoolArray, FloatArray, IntArray


FIELDS: dict[By, tuple[str, ...]] = {
    By.NONE: (),
    By.COUNTRY: ("country",),
    By.ADM1: ("country", "adm1"),
    By.EVENT_TYPE: ("event_type",),
    By.ACTOR: (),
    By.BORDER_BAND: (
        "border_distance_m",
        "border_distance_low_m",
        "border_distance_high_m",
    ),
}
"""Fields of the layer ``incidents`` that have to be read for each."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Groups and who is in them.

    Parameters
    ----------
    names : tuple of str or None
        In the order in which they are shown; ``None`` for incidents of which the group is not
        known.
    row, group : (m,) int64
        Which incident may be in which group.
    share : (m,) float64
        With what share, in [0, 1].
    certain : (m,) bool
        Whether it certainly is.
    overlap : bool
        Whether an incident may be in several at once, so that groups do not add up.
    """

    names: tuple[str | None, ...]
    row: IntArray
    group: IntArray
    share: FloatArray
    certain: BoolArray
    overlap: bool = False


def groups_of(
    connection: Connection,
    incidents: Incidents,
    by: By,
    *,
    version: int | None = None,
    within_km: Sequence[float] = (),
) -> Groups:
    """The groups of incidents.

    Parameters
    ----------
    connection : Connection
    incidents : Incidents
        Read with the :data:`FIELDS` of ``by``.
    by : By
    version : int, optional
        State of the data at which parties and distances are looked up; the present if missing.
    within_km : sequence of float
        Rising limits of bands of distance from the nearest border.
    """
    if by is By.BORDER_BAND:
        return _bands(connection, incidents, within_km, version)
    if by is By.ACTOR:
        return _actors(connection, incidents, version)
    if by is By.ADM1:
        both = zip(*(incidents.fields[name].tolist() for name in FIELDS[by]), strict=True)
        told = [f"{country or '?'}: {unit}" if unit else None for country, unit in both]
    elif by is By.NONE:
        return _named(["all"] * incidents.size, ("all",))
    else:
        told = incidents.fields[FIELDS[by][0]].tolist()
    names = sorted({name for name in told if name})
    return _named(told, (*names, None) if None in told else tuple(names))


def _named(told: Sequence[str | None], names: tuple[str | None, ...]) -> Groups:
    number: dict[Hashable, int] = {name: position for position, name in enumerate(names)}
    n = len(told)
    return Groups(
        names=names,
        row=np.arange(n),
        group=np.array([number[name] for name in told], dtype=np.int64),
        share=np.ones(n),
        certain=np.ones(n, dtype=np.bool_),
    )


def _actors(connection: Connection, incidents: Incidents, version: int | None) -> Groups:
    """Every party with a role in the incident, each with the whole of it."""
    role = as_of(ActorRole, version).alias("role")
    actor = as_of(Actor, version).alias("actor")
    asked = (
        select(role.c.incident_id, actor.c.name)
        .select_from(role.join(actor, actor.c.actor_id == role.c.actor_id))
        .distinct()
        .order_by(role.c.incident_id, actor.c.name)
    )
    pairs: list[tuple[int, str | None]] = []
    seen = np.zeros(incidents.size, dtype=np.bool_)
    position = {key: row for row, key in enumerate(incidents.key.tolist())}
    for key, name in connection.execute(asked):
        row = position.get(key)
        if row is not None:
            pairs.append((row, name))
            seen[row] = True
    pairs += [(row, None) for row in np.flatnonzero(~seen).tolist()]
    names = sorted({name for _, name in pairs if name})
    every = (*names, None) if not seen.all() else tuple(names)
    found = _named([name for _, name in pairs], every)
    return Groups(
        names=every,
        row=np.array([row for row, _ in pairs], dtype=np.int64),
        group=found.group,
        share=found.share,
        certain=found.certain,
        overlap=True,
    )


def _bands(
    connection: Connection,
    incidents: Incidents,
    within_km: Sequence[float],
    version: int | None,
) -> Groups:
    """Bands that the bounds of the distance allow, each with its probability.

    A band has its upper limit, and not its lower one; the first has 0. Where the run of ``borders``
    has no probabilities of these limits, the share is all in the band of the point.
    """
    limits = np.array(within_km) * 1000.0
    names = band_names(within_km)
    metres, low, high = (incidents.fields[name] for name in FIELDS[By.BORDER_BAND])
    within = _within(connection, incidents, within_km, version)
    likely = ~np.isnan(within).any(axis=1)
    known = ~(np.isnan(low) | np.isnan(high)) & (likely | ~np.isnan(metres))
    first, last = (np.searchsorted(limits, one, side="left") for one in (low, high))
    bands = np.arange(len(names))
    share = (bands == np.searchsorted(limits, metres, side="left")[:, None]).astype(np.float64)
    ends = np.zeros(incidents.size), within, np.ones(incidents.size)
    share[likely] = np.maximum(np.diff(np.column_stack(ends), axis=1), 0.0)[likely]
    possible = (bands >= first[:, None]) & (bands <= last[:, None]) | (share > 0)
    row, group = np.nonzero(possible & known[:, None])
    rest = np.flatnonzero(~known)
    return Groups(
        names=(*names, None) if rest.size else names,
        row=np.concatenate((row, rest)),
        group=np.concatenate((group, np.full(rest.size, len(names)))),
        share=np.concatenate((share[row, group], np.ones(rest.size))),
        certain=np.concatenate(
            (possible.sum(axis=1)[row] == 1, np.ones(rest.size, dtype=np.bool_))
        ),
    )


def _within(
    connection: Connection,
    incidents: Incidents,
    within_km: Sequence[float],
    version: int | None,
) -> FloatArray:
    """Probabilities of at most each limit, (n, limits), by the current run of ``borders``.

    NaN where it has none: other limits were chosen, or the place cannot be computed with.
    """
    measure = as_of(Measure, version).alias("measure")
    chances = [cast(measure.c.detail[within_name(limit)].astext, Double) for limit in within_km]
    asked = select(measure.c.incident_id, *chances).where(
        measure.c.name == BORDER_DISTANCE,
        measure.c.target == NEAREST,
        measure.c.boundary_id.is_(None),
        measure.c.claim_id.is_(None),
        measure.c.is_current,
    )
    found = {row[0]: row[1:] for row in connection.execute(asked)}
    nothing = (None,) * len(within_km)
    every = [found.get(key, nothing) for key in incidents.key.tolist()]
    return np.array(every, dtype=np.float64).reshape(incidents.size, len(within_km))


def band_names(within_km: Sequence[float]) -> tuple[str, ...]:
    """What the bands between limits are called.

    Examples
    --------
    >>> band_names((10.0, 50.0))
    ('0-10 km', '10-50 km', 'over 50 km')
    """
    edges = [f"{limit:g}" for limit in (0.0, *within_km)]
    between = [f"{low}-{high} km" for low, high in itertools.pairwise(edges)]
    return (*between, f"over {edges[-1]} km")
