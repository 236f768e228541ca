"""Check of what a source says of a distance against the geometry.

"Seven miles from the border with Mali", "around 190 km from Niamey", "about 112 miles west of X": a
number in a unit, in a wording. The statement becomes an interval of metres, by the rounding of the
number in its own unit and by its wording, and is set against the interval that was measured.

The tolerances are conventions of this product, stated here and nowhere else; they are not findings
about how reporters round. A verdict speaks of the statement and the stored place together: where
they disagree, either may be wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gis.errors import InvalidInterval

if TYPE_CHECKING:
    from decimal import Decimal

    import numpy.typing as npt

#: What "about" and "almost" leave open, as a share of the number.
WORDING_SHARE = 0.1

#: A number that ends in zeros is taken as rounded, but by no more than this share of it.
ROUND_SHARE = 0.1

#: How much longer than the straight line a road may be before it explains nothing.
ROAD_FACTOR = 1.6


class Unit(StrEnum):
    """The unit in which the source gives its number."""

    METRE = "m"
    KILOMETRE = "km"
    MILE = "mile"
    NAUTICAL_MILE = "nautical_mile"


METRES = {Unit.METRE: 1.0, Unit.KILOMETRE: 1000.0, Unit.MILE: 1609.344, Unit.NAUTICAL_MILE: 1852.0}


class Wording(StrEnum):
    """How the source qualifies its number."""

    EXACT = "exact"
    """No qualifier: "seven miles"."""
    ABOUT = "about"
    """About, around, some, roughly, approximately."""
    ALMOST = "almost"
    """Almost, nearly, just under."""
    AT_LEAST = "at_least"
    """At least, more than, over."""
    AT_MOST = "at_most"
    """At most, less than, within, up to."""


class Verdict(StrEnum):
    """What the measurement says of the statement."""

    HOLDS = "holds"
    """The stated and the measured interval overlap."""
    LOW = "low"
    """The statement is lower than anything measured."""
    HIGH = "high"
    """The statement is higher than anything measured."""
    FITS_A_ROAD = "fits_a_road"
    """Higher than the straight line, and no more so than a road may be."""
    UNDETERMINED = "undetermined"
    """Nothing could be measured, for want of a place or of its radius."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A distance in the words of a source.

    ``value`` is the number as it was written, digits included: ``Decimal("7")`` is known to half a
    unit and ``Decimal("7.0")`` to a twentieth, so it must not have passed through a float.
    ``upper`` is the second number of "10 to 15 km".
    """

    value: Decimal
    unit: Unit
    wording: Wording = Wording.EXACT
    upper: Decimal | None = None

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0:
            raise InvalidInterval(self.value, "a stated distance is a finite number >= 0")
        if not self.last.is_finite() or self.last < self.value:
            raise InvalidInterval((self.value, self.upper), "a range runs from low to high")

    @property
    def last(self) -> Decimal:
        """The upper number of a range, and the number itself where there is only one."""
        return self.value if self.upper is None else self.upper

    @property
    def metres(self) -> float:
        """The number itself (the middle of a range), in metres."""
        return float(self.value + self.last) / 2 * METRES[self.unit]

    def interval_m(self) -> tuple[float, float]:
        """Return the least and the greatest distance in metres that the statement may mean.

        ========  ========================  ========================
        wording   down to                   up to
        ========  ========================  ========================
        exact     value - rounding          value + rounding
        about     value - max(rounding,     value + max(rounding,
                  10 %)                     10 %)
        almost    value - max(rounding,     value + half a digit
                  10 %)
        at_least  value - half a digit      infinity
        at_most   0                         value + half a digit
        ========  ========================  ========================

        *Half a digit* is half a unit of the last digit written. *Rounding* is half of the last
        digit that is not a zero before the decimal point, but at most 10 % of the number and at
        least half a digit: 7 is known to 0.5, 7.0 to 0.05, 112 to 0.5, 190 to 5, 100 to 10.

        Examples
        --------
        >>> from decimal import Decimal
        >>> Statement(Decimal(190), Unit.KILOMETRE).interval_m()
        (185000.0, 195000.0)
        >>> Statement(Decimal(190), Unit.KILOMETRE, Wording.ABOUT).interval_m()
        (171000.0, 209000.0)
        """
        low, high = float(self.value), float(self.last)
        down, up = _rounding(self.value), _rounding(self.last)
        if self.wording in (Wording.ABOUT, Wording.ALMOST):
            down, up = max(down, WORDING_SHARE * low), max(up, WORDING_SHARE * high)
        if self.wording in (Wording.ALMOST, Wording.AT_MOST):
            up = _half_digit(self.last)
        if self.wording is Wording.AT_LEAST:
            down, up = _half_digit(self.value), math.inf
        if self.wording is Wording.AT_MOST:
            down = low
        in_metres = METRES[self.unit]
        return max(low - down, 0.0) * in_metres, (high + up) * in_metres


def _half_digit(number: Decimal) -> float:
    """Half a unit of the last digit written."""
    return 0.5 * 10.0 ** min(_exponent(number), 0)


def _rounding(number: Decimal) -> float:
    """Half a unit of the last digit that is not a rounded zero, held between its two limits."""
    written = _exponent(number)
    rounded = 0.5 * 10.0 ** (written if written < 0 else _exponent(number.normalize()))
    return max(_half_digit(number), min(rounded, ROUND_SHARE * float(number)))


def _exponent(number: Decimal) -> int:
    """Power of ten of the last digit of a finite number."""
    return int(number.as_tuple().exponent)


@dataclass(frozen=True, slots=True)
class StatedCheck:
    """The verdict on a stated distance.

    ``low_m`` and ``high_m`` are what the statement may mean (``high_m`` may be infinite);
    ``ratio`` is the stated number over the middle of the measured interval, ``None`` where
    that is unknown or 0.
    """

    verdict: Verdict
    low_m: float
    high_m: float
    ratio: float | None


def check_distance(
    statement: Statement,
    measured_low_m: float | None,
    measured_high_m: float | None,
    *,
    between_places: bool,
) -> StatedCheck:
    """Set a stated distance against a measured one.

    Parameters
    ----------
    statement : Statement
    measured_low_m, measured_high_m : float or None, metres
        Bounds of the measured distance, radius of the place included; ``None`` or NaN for unknown.
    between_places : bool
        Whether the statement is a distance to a place, which may be that of a road. To a border
        nobody counts the kilometres of road.

    Raises
    ------
    InvalidInterval
        If the measured bounds are negative or in the wrong order.

    Examples
    --------
    >>> from decimal import Decimal
    >>> seven_miles = Statement(Decimal(7), Unit.MILE)
    >>> check_distance(seven_miles, 8_000.0, 18_000.0, between_places=False).verdict.value
    'holds'
    >>> check_distance(seven_miles, None, None, between_places=False).verdict.value
    'undetermined'
    """
    low, high = statement.interval_m()
    if measured_low_m is None or measured_high_m is None:
        return StatedCheck(Verdict.UNDETERMINED, low, high, None)
    if math.isnan(measured_low_m) or math.isnan(measured_high_m):
        return StatedCheck(Verdict.UNDETERMINED, low, high, None)
    if not 0 <= measured_low_m <= measured_high_m:
        rule = "measured distances run from a low >= 0 to a high"
        raise InvalidInterval((measured_low_m, measured_high_m), rule)
    middle = (measured_low_m + measured_high_m) / 2
    if high < measured_low_m:
        verdict = Verdict.LOW
    elif low <= measured_high_m:
        verdict = Verdict.HOLDS
    elif between_places and low <= ROAD_FACTOR * measured_high_m:
        verdict = Verdict.FITS_A_ROAD
    else:
        verdict = Verdict.HIGH
    return StatedCheck(verdict, low, high, statement.metres / middle if middle > 0 else None)


def share_holding(statement: Statement, node_metres: npt.NDArray[np.float64]) -> float | None:
    """Share of a place in which a stated distance holds.

    A verdict "holds" needs one point of the place; this says how much of it agrees, if every part
    is equally likely.

    Parameters
    ----------
    statement : Statement
    node_metres : (nodes,) float64, metres
        Distance from nodes of equal area of the place.

    Returns
    -------
    float or None
        In [0, 1]; none without nodes, or if one has no distance.
    """
    if not node_metres.size or np.isnan(node_metres).any():
        return None
    low, high = statement.interval_m()
    return float(((low <= node_metres) & (node_metres <= high)).mean())
