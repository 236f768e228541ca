"""Which incidents are neighbours in space, or in space and time: exactly, and in bounded memory.

Rows at the same place (and time) are one *site* with a weight, because most incidents of a region
stand on the same few thousand towns. Candidates come from a tree of Earth-centred coordinates, with
time as a fourth axis; the geodesic decides where the chord cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from gis.crs import (
    BoolArray,
    FloatArray,
    IntArray,
    ecef_m,
    geodesic_m,
    longest_chord_m,
    shortest_chord_m,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Rounding of Earth-centred coordinates and of chords between them, with room to spare.
ROUNDING_M = 1e-7

#: Candidate pairs held at once (24 bytes each in the tree's own answer).
PAIRS_AT_ONCE = 1_000_000

#: Shortest stretch of time to which the fourth axis of a tree is scaled.
LEAST_REACH_DAYS = 1.0


class Gap(StrEnum):
    """Which gap between two intervals counts, where both are uncertain."""

    MAY = "may"
    """The smallest possible one: the two may have been that close."""
    MUST = "must"
    """The largest possible one: they must have been that close."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """What makes two incidents neighbours: at most ``radius_m`` and, if given, ``days`` apart."""

    radius_m: float
    days: float | None = None
    gap: Gap = Gap.MAY


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Distinct places and times in canonical order, by lon, lat, start, end: (s,) arrays.

    ``weight`` counts the rows at each site. ``row`` (n,) is the site of each row, -1 if missing.
    Without times, ``start`` and ``end`` are zeros.
    """

    lon: FloatArray
    lat: FloatArray
    start: FloatArray
    end: FloatArray
    weight: IntArray
    row: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Neighbours ``i`` and ``j`` (p,), sites; each pair in both directions, none with itself."""

    i: IntArray
    j: IntArray
    chord_m: FloatArray

    def of(self, chosen: BoolArray) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.i[chosen], self.j[chosen], self.chord_m[chosen])


def sites(
    lon: FloatArray, lat: FloatArray, start: FloatArray, end: FloatArray, nearness: Nearness
) -> Sites:
    """Collapse rows into sites.

    Rows stay apart that have the same place and interval but are no neighbours of one another: two
    incidents of the same month *may* both have been on one day, but they need not.
    """
    columns = np.stack((lon, lat, start, end))
    present = np.flatnonzero(~np.isnan(columns).any(axis=0))
    order = present[np.lexsort(columns[::-1, present])]
    ranked = columns[:, order]
    first = np.ones(order.size, dtype=np.bool_)
    first[1:] = (ranked[:, 1:] != ranked[:, :-1]).any(axis=0)
    if nearness.days is not None and nearness.gap is Gap.MUST:
        first |= ranked[3] - ranked[2] > nearness.days
    row = np.full(lon.size, -1, dtype=np.int64)
    row[order] = np.cumsum(first) - 1
    weight = np.bincount(row[order], minlength=int(first.sum()))
    at_lon, at_lat, at_start, at_end = ranked[:, first]
    return Sites(at_lon, at_lat, at_start, at_end, weight, row)


class Neighbourhoods:
    """The neighbours of every site, found when they are asked for and then forgotten.

    ``least`` (s,) is a number of sites, itself included, that are neighbours beyond doubt: it
    settles most core points without making a single pair.
    """

    def __init__(self, at: Sites, nearness: Nearness) -> None:
        self._at, self._nearness = at, nearness
        xyz = ecef_m(at.lon, at.lat)
        self._classes = [
            (own, [_Tree(xyz, at, own, other, nearness) for other in _length_classes(at, nearness)])
            for own in _length_classes(at, nearness)
        ]
        self._expected = np.ones(at.lon.size, dtype=np.int64)
        for own, trees in self._classes:
            self._expected[own] = sum(tree.count(own) for tree in trees)
        self.least = self._expected if nearness.days is None else np.ones_like(self._expected)

    def blocks(self, asking: BoolArray) -> Iterator[Pairs]:
        """Yield the neighbours ``j`` of some of the sites; a block has all those of its ``i``.

        A block holds about ``PAIRS_AT_ONCE`` candidates, or the candidates of one site.
        """
        for own, trees in self._classes:
            rows = own[asking[own]]
            share = np.cumsum(self._expected[rows]) // PAIRS_AT_ONCE
            for block in np.split(rows, np.flatnonzero(np.diff(share)) + 1) if rows.size else ():
                found = [_exact(tree.pairs(block), self._at, self._nearness) for tree in trees]
                yield Pairs(
                    np.concatenate([pairs.i for pairs in found]),
                    np.concatenate([pairs.j for pairs in found]),
                    np.concatenate([pairs.chord_m for pairs in found]),
                )


def _length_classes(at: Sites, nearness: Nearness) -> list[IntArray]:
    """Sort sites by the length of their interval, in octaves.

    A year-long interval may be near to everything within the year. Searched with the rest, it
    would make the search for all the others a year wide.
    """
    everything = np.arange(at.lon.size)
    if nearness.days is None or nearness.gap is Gap.MUST:
        return [everything] if everything.size else []
    unit = max(nearness.days, LEAST_REACH_DAYS)
    octave = np.ceil(np.log2(np.maximum((at.end - at.start) / unit, 1.0)))
    return [everything[octave == value] for value in np.unique(octave)]


class _Tree:
    """The sites of one class, in a tree that is scaled for questions from another class.

    Half the sum of two lengths is the difference between the gap of the intervals and that of their
    middles. So with the largest lengths of both classes the middles of neighbours lie within
    ``days``; time is scaled to make that as long as the reach in space, and neighbours then lie
    within a ball of sqrt(2) times the reach.
    """

    def __init__(
        self, xyz: FloatArray, at: Sites, own: IntArray, other: IntArray, nearness: Nearness
    ) -> None:
        self._other, self._xyz, self._middle = other, xyz, (at.start + at.end) / 2
        self._reach = float(longest_chord_m(nearness.radius_m)) + ROUNDING_M
        self._certain = max(float(shortest_chord_m(nearness.radius_m)) - ROUNDING_M, 0.0)
        self._metres_per_day = 0.0
        if nearness.days is not None:
            length = at.end - at.start
            slack = (length[own].max() + length[other].max()) / 2
            days = nearness.days + (slack if nearness.gap is Gap.MAY else 0.0)
            self._metres_per_day = self._reach / max(days, LEAST_REACH_DAYS)
            self._reach = self._certain = self._reach * 2**0.5 * (1 + 1e-9)
        self._tree = cKDTree(self._axes(other))

    def _axes(self, rows: IntArray) -> FloatArray:
        """Coordinates of sites in the tree: three of space, and one of time if it counts."""
        if self._metres_per_day == 0:
            return self._xyz[rows]
        return np.column_stack((self._xyz[rows], self._middle[rows] * self._metres_per_day))

    def count(self, rows: IntArray) -> IntArray:
        """Count the sites near each row: in space those beyond doubt, else the candidates."""
        found = self._tree.query_ball_point(self._axes(rows), self._certain, return_length=True)
        return np.asarray(found, dtype=np.int64)

    def pairs(self, block: IntArray) -> Pairs:
        """Return the candidates of a block."""
        found = cKDTree(self._axes(block)).sparse_distance_matrix(
            self._tree, self._reach, output_type="ndarray"
        )
        i, j = block[found["i"]], self._other[found["j"]]
        if self._metres_per_day == 0:
            return Pairs(i, j, found["v"])
        offset = self._xyz[i] - self._xyz[j]
        return Pairs(i, j, np.sqrt(np.einsum("pi,pi->p", offset, offset)))


def _exact(pairs: Pairs, at: Sites, nearness: Nearness) -> Pairs:
    """Keep the candidates that are neighbours."""
    near = pairs.chord_m < shortest_chord_m(nearness.radius_m) - ROUNDING_M
    unclear = np.flatnonzero(~near)
    far = pairs.chord_m[unclear] > longest_chord_m(nearness.radius_m) + ROUNDING_M
    unclear = unclear[~far]
    metres = site_distance_m(at, pairs.i[unclear], pairs.j[unclear])
    near[unclear] = metres <= nearness.radius_m
    near &= pairs.i != pairs.j
    if nearness.days is not None:
        near &= gap_days(at, pairs.i, pairs.j, nearness.gap) <= nearness.days
    return pairs.of(near)


def gap_days(at: Sites, i: IntArray, j: IntArray, gap: Gap) -> FloatArray:
    """Gap in days between the intervals of sites: the smallest possible, or the largest."""
    one, other = at.start[j] - at.end[i], at.start[i] - at.end[j]
    if gap is Gap.MAY:
        return np.maximum(np.maximum(one, other), 0.0)
    return -np.minimum(one, other)


def site_distance_m(at: Sites, i: IntArray, j: IntArray) -> FloatArray:
    """Geodesic between sites, always from the lower to the higher: the same both ways."""
    low, high = np.minimum(i, j), np.maximum(i, j)
    return geodesic_m(at.lon[low], at.lat[low], at.lon[high], at.lat[high])
