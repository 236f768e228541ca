"""What is told of several incidents together: their time, countries and actors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from db.analyses.days import moment_of

if TYPE_CHECKING:
    from datetime import datetime

    from db.analyses.selection import Incidents

FIELDS = ("country", "actors")
"""Fields of the layer ``incidents`` that have to be read for it."""

MOST_ACTORS = 12
"""Of how many actors a group tells by name."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment to the last; ``None`` is open. Not ``dated``: no time is known."""

    start: datetime | None
    end: datetime | None
    dated: bool


def period_of(inside: Incidents) -> Period:
    """From the first moment of the incidents to the last; an open end of one stays open."""
    dated = ~np.isnan(inside.start) | ~np.isnan(inside.end)
    starts, ends = inside.start[dated], inside.end[dated]
    if not dated.any():
        return Period(None, None, dated=False)
    start = None if np.isnan(starts).any() else moment_of(starts.min())
    end = None if np.isnan(ends).any() else moment_of(ends.max())
    return Period(start, end, dated=True)


def countries_of(inside: Incidents) -> str | None:
    """ISO codes of the countries as coded, by their letters."""
    return ", ".join(sorted(set(filter(None, inside.fields["country"].tolist())))) or None


def actors_of(inside: Incidents) -> str | None:
    """Actors with their roles, each with the number of its incidents, the most frequent first."""
    told: Counter[str] = Counter()
    for text in filter(None, inside.fields["actors"].tolist()):
        told.update(set(text.split("; ")))
    ranked = sorted(told.items(), key=lambda one: (-one[1], one[0]))
    named = [f"{name}: {number}" for name, number in ranked[:MOST_ACTORS]]
    if len(ranked) > MOST_ACTORS:
        named.append(f"{len(ranked) - MOST_ACTORS} more")
    return "; ".join(named) or None
