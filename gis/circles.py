"""Circles around each location, from neighbour to neighbour: the windows of a scan in space.

Locations at one distance enter together, since a circle holds both or neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from gis.crs import ecef_m, longest_chord_m
from gis.errors import InvalidSetting
from gis.neighbours import ROUNDING_M
from gis.positions import Coordinates, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.crs import BoolArray, FloatArray, IntArray

#: Locations whose distances follow one another by no more are equally far.
TIE_M = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Circles:
    """The circles around one location.

    ``near`` (k,) are locations by their distance ``metres`` (k,) from it. The circles are those
    that end (``ends`` (k,) true) with the location: it and all before it are within.
    """

    centre: int
    near: IntArray
    metres: FloatArray
    ends: BoolArray


def circles(
    places: Coordinates, at_risk: FloatArray, *, share: float, radius_m: float | None
) -> Iterator[Circles]:
    """Yield the circles around each location that are small enough.

    Parameters
    ----------
    places : Coordinates
        m locations, none missing.
    at_risk : (m,) float64, >= 0
        What ``share`` is a share of: population, expected or observed incidents.
    share : float
        Greatest share of it within a circle, above 0 and at most 1.
    radius_m : float, optional
        Greatest radius, included, to a thousandth of a millimetre.

    Raises
    ------
    InvalidSetting
        If the share or the radius is out of range.
    """
    if not 0 < share <= 1:
        raise InvalidSetting(share, "a circle holds a share above 0 and up to 1")
    if radius_m is not None and not radius_m >= 0:
        raise InvalidSetting(radius_m, "a radius is 0 metres or more")
    within = _Candidates(places, radius_m)
    most = share * at_risk.sum() * (1 + 1e-12)
    for centre in range(places.x.size):
        candidates = within.of(centre)
        metres = places.distance_m(np.array(centre), candidates)
        # By number where equally far, so that the order is always the same.
        order = np.lexsort((candidates, metres))
        near, metres = candidates[order], metres[order]
        ends = np.append(np.diff(metres) > TIE_M, True)
        small = np.cumsum(at_risk[near]) <= most
        if radius_m is not None:
            small &= metres <= radius_m + TIE_M
        last = int(np.flatnonzero(ends & small).max(initial=-1)) + 1
        if last:
            yield Circles(centre, near[:last], metres[:last], ends[:last])


class _Candidates:
    """The locations that may lie within a radius of another."""

    def __init__(self, places: Coordinates, radius_m: float | None) -> None:
        self._everything = np.arange(places.x.size)
        self._tree = None
        if radius_m is None or not places.x.size:
            return
        geodesic = places.metric is Metric.GEODESIC
        self._points = (
            ecef_m(places.x, places.y) if geodesic else np.column_stack((places.x, places.y))
        )
        # In a plane a Manhattan distance is never below the straight one.
        reach = longest_chord_m(radius_m) if geodesic else np.asarray(radius_m * (1 + 1e-9))
        self._reach = float(reach) + ROUNDING_M + 2 * TIE_M
        self._tree = cKDTree(self._points)

    def of(self, centre: int) -> IntArray:
        """Return the candidates of one location, itself included."""
        if self._tree is None:
            return self._everything
        found = self._tree.query_ball_point(self._points[centre], self._reach)
        return np.asarray(found, dtype=np.int64)
