"""A total for everybody, where only parts are estimated."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from db.vocabulary import EstimateRule, Harm, PersonStatus
from seeds.records import EstimateRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seeds.records import IncidentRecord

SEPARATE = frozenset(
    {
        PersonStatus.CIVILIAN,
        PersonStatus.STATE_FORCES,
        PersonStatus.FOREIGN_FORCES,
        PersonStatus.PEACEKEEPER,
        PersonStatus.MILITANT,
        PersonStatus.UNKNOWN,
    }
)
"""Kinds of people of whom nobody is of two; the sides of a dataset overlap them."""


def with_totals(incident: IncidentRecord) -> IncidentRecord:
    """The incident with an estimate for everybody, for each harm that has only parts.

    The lower bound is the sum of the parts' lower bounds, as far as they are known. The best
    figure is the sum of theirs, if every part has one. There is no upper bound: a report that
    counts soldiers does not say that nobody else was harmed. A total that the coder states is left
    alone, and none is made where it would be empty.
    """
    parts: defaultdict[Harm, list[EstimateRecord]] = defaultdict(list)
    for estimate in incident.estimates:
        parts[estimate.harm].append(estimate)
    totals = [
        total
        for harm, found in parts.items()
        if all(part.person_status is not PersonStatus.ALL for part in found)
        and (total := _total(harm, found)) is not None
    ]
    return replace(incident, estimates=(*incident.estimates, *totals))


def _total(harm: Harm, found: Sequence[EstimateRecord]) -> EstimateRecord | None:
    parts = [part for part in found if part.person_status in SEPARATE]
    lows = [part.low for part in parts if part.low is not None]
    bests = [part.best for part in parts if part.best is not None]
    low = sum(lows) if lows else None
    best = sum(bests) if parts and len(bests) == len(parts) else None
    if low is None and best is None:
        return None
    listed = ", ".join(part.person_status.replace("_", " ") for part in parts)
    return EstimateRecord(
        harm=harm,
        person_status=PersonStatus.ALL,
        low=low,
        best=best,
        rule=EstimateRule.SUM_OF_PARTS,
        note=f"Sum of the estimates for: {listed}.",
    )
