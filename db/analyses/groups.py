"""Into which groups of a table incidents fall: certainly, possibly, with which share."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from db.analyses.parameters import By
from db.history import as_of
from db.models.actors import Actor
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
        State of the data at which parties are looked up; the present if missing.
    within_km : sequence of float
        Rising limits of bands of distance from the nearest border.
    """
    if by is By.BORDER_BAND:
        return _bands(incidents, within_km)
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
    role, actor = as_of(ActorRole, version).alias("role"), Actor.__table__.alias("actor")
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


def _bands(incidents: Incidents, within_km: Sequence[float]) -> Groups:
    """Bands that the bounds of the distance allow; the share is all in that of the point.

    A band has its upper limit, and not its lower one; the first has 0.
    """
    limits = np.array(within_km) * 1000.0
    names = band_names(within_km)
    metres, low, high = (incidents.fields[name] for name in FIELDS[By.BORDER_BAND])
    known = ~(np.isnan(metres) | np.isnan(low) | np.isnan(high))
    here, first, last = (_band(limits, one[known]) for one in (metres, low, high))
    rows = np.flatnonzero(known)
    times = last - first + 1
    entry = np.repeat(np.arange(rows.size), times)
    group = np.arange(entry.size) - np.repeat(np.cumsum(times) - times, times) + first[entry]
    rest = np.flatnonzero(~known)
    return Groups(
        names=(*names, None) if rest.size else names,
        row=np.concatenate((rows[entry], rest)),
        group=np.concatenate((group, np.full(rest.size, len(names)))),
        share=np.concatenate(((group == here[entry]).astype(np.float64), np.ones(rest.size))),
        certain=np.concatenate((times[entry] == 1, np.ones(rest.size, dtype=np.bool_))),
    )


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


def _band(limits: FloatArray, metres: FloatArray) -> npt.NDArray[np.int64]:
    return np.searchsorted(limits, metres, side="left").astype(np.int64)
