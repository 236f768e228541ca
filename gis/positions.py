"""Where rows stand, and how far apart: on the ellipsoid, or in a plane that the caller vouches for.

The product measures geodesics. The two planar distances are here for data that were never anything
but planar (a town grid in metres), and to repeat what others have published.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from gis.crs import (
    GREATEST_RADIUS_M,
    LEAST_RADIUS_M,
    FloatArray,
    IntArray,
    checked_lonlat,
    geodesic_m,
)
from gis.errors import InvalidGeometry


class Metric(StrEnum):
    """How the distance between two places is taken."""

    GEODESIC = "geodesic"
    """Longitude and latitude on WGS 84; the shortest way on the ellipsoid, in metres."""
    EUCLIDEAN = "euclidean"
    """x and y in a plane; the straight line, in the unit of the plane."""
    MANHATTAN = "manhattan"
    """x and y in a plane; along its two axes, in the unit of the plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Places of n rows.

    ``x`` and ``y`` (n,) are longitude and latitude in degrees (``GEODESIC``), or metres in a plane.
    NaN is a missing place. No rows are no places.
    """

    x: npt.ArrayLike
    y: npt.ArrayLike
    metric: Metric = Metric.GEODESIC

    def checked(self) -> Coordinates:
        """Return the coordinates as float arrays, both NaN where one was.

        Raises
        ------
        InvalidGeometry
            If the shapes differ, or a coordinate is out of range or infinite.
        """
        if self.metric is Metric.GEODESIC:
            return Coordinates(*checked_lonlat(self.x, self.y), self.metric)
        x = np.atleast_1d(np.array(self.x, dtype=np.float64)) + 0.0
        y = np.atleast_1d(np.array(self.y, dtype=np.float64)) + 0.0
        if x.ndim != 1 or x.shape != y.shape:
            raise InvalidGeometry((x.shape, y.shape), "x and y are flat arrays of one length")
        if np.isinf(x).any() or np.isinf(y).any():
            raise InvalidGeometry("infinite", "a coordinate is a finite number")
        missing = np.isnan(x) | np.isnan(y)
        x[missing] = y[missing] = np.nan
        return Coordinates(x, y, self.metric)


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """Checked coordinates, (n,) float64 each."""

    x: FloatArray
    y: FloatArray
    metric: Metric

    def of(self, rows: npt.NDArray[np.bool_] | IntArray) -> Coordinates:
        """Return some of the rows."""
        return Coordinates(self.x[rows], self.y[rows], self.metric)

    def distance_m(self, i: IntArray, j: IntArray) -> FloatArray:
        """Distance between rows; ``i`` and ``j`` broadcast. The same both ways."""
        low, high = np.minimum(i, j), np.maximum(i, j)
        x, y, other_x, other_y = self.x[low], self.y[low], self.x[high], self.y[high]
        if self.metric is Metric.GEODESIC:
            return geodesic_m(x, y, other_x, other_y)
        if self.metric is Metric.MANHATTAN:
            return np.asarray(np.abs(x - other_x) + np.abs(y - other_y))
        return np.asarray(np.hypot(x - other_x, y - other_y))


def least_geodesic_m(chord: FloatArray) -> FloatArray:
    """Length below which no geodesic over a chord can fall: the inverse of ``longest_chord_m``."""
    return _arc_m(chord, GREATEST_RADIUS_M)


def greatest_geodesic_m(chord: FloatArray) -> FloatArray:
    """Length above which no geodesic over a chord can rise: the inverse of ``shortest_chord_m``."""
    return _arc_m(chord, LEAST_RADIUS_M)


def _arc_m(chord: FloatArray, radius: float) -> FloatArray:
    return np.asarray(2 * radius * np.arcsin(np.minimum(chord / (2 * radius), 1.0)))
