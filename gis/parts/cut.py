"""Places cut into parts, each of about the same number, and the places near a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gis.errors import InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.crs import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of a part, and how far out each lies.

    ``row`` (r,) rises; ``ring`` (r,) is 0 for the part's own rows and k for those up to k times the
    reach away from its box.
    """

    row: IntArray
    ring: IntArray


def cut(xyz: FloatArray, parts: int, *, reach_m: float = 0.0, rings: int = 0) -> Iterator[Part]:
    """Cut places into parts by halves, each time across the longest side (a k-d tree's leaves).

    Parameters
    ----------
    xyz : (n, 3) float64, metres
        Earth-centred, none missing: so neither the antimeridian nor a pole is special.
    parts : int, >= 1
        Fewer come where there are fewer places, or so many at one place that no half is left.
    reach_m : float, >= 0
        Width of a ring, as a chord.
    rings : int, >= 0
        How many rings each part knows of.

    Yields
    ------
    Part
        Every row is one part's own. No places make no part.

    Raises
    ------
    InvalidSetting
        There is to be no part.

    Examples
    --------
    >>> east = np.array([[0.0, 0, 0], [10, 0, 0], [20, 0, 0], [30, 0, 0]])
    >>> [(part.row.tolist(), part.ring.tolist()) for part in cut(east, 2, reach_m=10, rings=1)]
    [([0, 1, 2], [0, 0, 1]), ([1, 2, 3], [1, 0, 0])]
    """
    if parts < 1:
        raise InvalidSetting(parts, "there is at least one part")
    for own in _halves(xyz, np.arange(len(xyz)), parts):
        if not rings:
            yield Part(own, np.zeros(own.size, dtype=np.int64))
            continue
        low, high = xyz[own].min(axis=0), xyz[own].max(axis=0)
        outside = np.hypot.reduce(np.maximum(np.maximum(low - xyz, xyz - high), 0.0), axis=1)
        # A place within the box may be another part's: it lies in the first ring.
        ring = np.full(len(xyz), rings + 1, dtype=np.int64)
        for number in range(rings, 0, -1):
            ring[outside <= number * reach_m] = number
        ring[own] = 0
        row = np.flatnonzero(ring <= rings)
        yield Part(row, ring[row])


def _halves(xyz: FloatArray, rows: IntArray, parts: int) -> Iterator[IntArray]:
    if not rows.size:
        return
    spread = np.ptp(xyz[rows], axis=0)
    if parts == 1 or not spread.any():
        yield np.sort(rows)
        return
    few = parts // 2
    # By rank and not by value: half of the places may have one and the same coordinate.
    order = rows[np.argsort(xyz[rows, int(np.argmax(spread))], kind="stable")]
    at = rows.size * few // parts
    yield from _halves(xyz, order[:at], few)
    yield from _halves(xyz, order[at:], parts - few)
