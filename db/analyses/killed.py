"""People killed in several incidents together, as a range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from db.analyses.selection import Incidents

FIELDS = ("killed_low", "killed_best", "killed_high")
"""Fields of the layer ``incidents`` that have to be read for it."""


@dataclass(frozen=True, slots=True)
class Killed:
    """Hard bounds of a sum, ``None`` where not known; ``unknown`` incidents have no figure."""

    low: int | None
    high: int | None
    unknown: int


def killed_in(inside: Incidents) -> Killed:
    """Bounds of the sum of people killed.

    The lower bound adds up what is known at least. The upper bound is missing as soon as one
    incident's is: an unknown figure is not 0.
    """
    lows, highs = inside.fields["killed_low"], inside.fields["killed_high"]
    low_sum = None if np.isnan(lows).all() else int(np.nansum(lows))
    high_sum = None if np.isnan(highs).any() else int(highs.sum())
    if low_sum is not None and high_sum is not None and low_sum > high_sum:
        # Imported figures may be out of order; a sum of them is a range all the same.
        low_sum, high_sum = high_sum, low_sum
    unknown = np.isnan(lows) & np.isnan(highs) & np.isnan(inside.fields["killed_best"])
    return Killed(low_sum, high_sum, int(unknown.sum()))
