"""Days since 1970-01-01, as arrays of incidents have them, and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from gis.precision import TimeExtent

if TYPE_CHECKING:
    import numpy.typing as npt

    from db.analyses.selection import Incidents

_DAY_0 = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class PossibleDays:
    """First and last civil day, both included, on which each incident may have begun, (n,).

    Whole numbers; NaN where an end of its time is open or not known.
    """

    first: npt.NDArray[np.float64]
    last: npt.NDArray[np.float64]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Whether there is a first and a last day, (n,)."""
        return ~np.isnan(self.first) & ~np.isnan(self.last)

    @property
    def certain(self) -> npt.NDArray[np.bool_]:
        """Whether there is but one day, (n,)."""
        return np.asarray(self.first == self.last)

    def of(self, rows: npt.NDArray[np.bool_]) -> PossibleDays:
        """Those of some of the incidents."""
        return PossibleDays(self.first[rows], self.last[rows])


def days_of_beginning(incidents: Incidents) -> PossibleDays:
    """The days on which each incident may have begun.

    What happened at an unknown moment of an interval may have begun on each of its days; what
    lasted began on the first.

    Parameters
    ----------
    incidents : Incidents
        Read with the field ``time_extent``.
    """
    first = np.floor(incidents.start)
    # The end is the first moment after: a day is [d, d], and midnight belongs to the day before.
    last = np.maximum(np.ceil(incidents.end) - 1.0, first)
    lasted = incidents.fields["time_extent"] == TimeExtent.THROUGHOUT.value
    return PossibleDays(first, np.where(lasted & ~np.isnan(first), first, last))


def moment_of(days: float) -> datetime | None:
    """The moment of civil time that is so many days after 1970; none for NaN."""
    if np.isnan(days):
        return None
    whole = _DAY_0 + timedelta(microseconds=round(days * 86_400e6))
    return whole.replace(tzinfo=None)


def day_of(moment: datetime) -> int:
    """The day of a moment of civil time, counted from 1970."""
    return (moment.replace(tzinfo=UTC) - _DAY_0).days


def days_of(moment: datetime) -> float:
    """The days from 1970 to a moment of civil time, with their fraction."""
    return (moment.replace(tzinfo=UTC) - _DAY_0) / timedelta(days=1)
