"""Pairs of incidents that are close in space and in time, and the chains that they make.

Where places are known to a radius and dates to an interval, a pair is close for certain, close as
reported, or possibly close. Each of the three holds the one before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from gis.clusters import GREATEST_RADIUS_KM, Period
from gis.crs import BoolArray, FloatArray, IntArray, checked_lonlat
from gis.errors import InvalidGeometry, InvalidSetting
from gis.neighbours import Nearness, Neighbourhoods, Sites, site_distance_m, sites

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS_AT_ONCE = 1_000_000

UNLINKED = -1


class Closeness(StrEnum):
    """How sure it is that two incidents were close; in this order each includes those before."""

    CERTAIN = "certain"
    """Wherever they lie within their radii, and whenever within their intervals."""
    REPORTED = "reported"
    """At their points, and at some moments of their intervals."""
    POSSIBLE = "possible"
    """At some places within their radii, and at some moments of their intervals."""


RANKS = tuple(Closeness)


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Pairs of rows, (p,) each, by their first and then by their second row.

    ``first < second``; ``low_m <= metres <= high_m`` is the geodesic distance with its bounds by
    the radii, ``days_low <= days_high`` the gap in time with its bounds by the intervals, and
    ``rank`` the position of the pair's closeness in ``RANKS``.
    """

    first: IntArray
    second: IntArray
    low_m: FloatArray
    metres: FloatArray
    high_m: FloatArray
    days_low: FloatArray
    days_high: FloatArray
    rank: IntArray

    def of(self, chosen: BoolArray | IntArray) -> Links:
        """Return some of the pairs."""
        return Links(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """When incidents happened: closed intervals in days from any origin, (n,) each.

    ``lasted`` tells an incident that went on throughout its interval from one that happened at an
    unknown moment of it.
    """

    start: npt.ArrayLike
    end: npt.ArrayLike
    lasted: npt.ArrayLike


def links(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    times: Times,
    *,
    within_km: float,
    days: float,
    closeness: Closeness = Closeness.POSSIBLE,
    most: int = 1_000_000,
    of: npt.ArrayLike = True,
) -> Links:
    """Find all pairs of incidents within a distance and a number of days of each other.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees
    radius_m : (n,) array_like, metres, >= 0
        The true place lies within it. All are searched to twice the greatest: leave out those that
        are too vague to tell.
    times : Times
    within_km, days : float, >= 0
        Limits, both inclusive.
    closeness : Closeness
        The least sure pairs that are wanted.
    most : int
        More pairs than that are counted and refused.
    of : () or (n,) array_like of bool
        Only pairs whose first row is marked.

    Returns
    -------
    Links
        A row without place, radius or time is in none; no rows make no pairs.

    Raises
    ------
    InvalidGeometry
        If a coordinate, a radius or the distance is out of range.
    InvalidInterval
        If the times do not fit the places, or an interval ends before it starts.
    InvalidSetting
        If there are too many pairs; the error's value is how many there are.
    """
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    if (radius < 0).any() or np.isinf(radius).any():
        raise InvalidGeometry(radius.tolist(), "a radius is a finite number of metres >= 0")
    known = ~np.isnan(radius)
    widest = float(radius[known & ~np.isnan(x)].max(initial=0.0))
    if not 0 <= within_km or within_km + 2 * widest / 1000 > GREATEST_RADIUS_KM:
        rule = f"a distance with the radii on both ends lies in 0 to {GREATEST_RADIUS_KM:g} km"
        raise InvalidGeometry(within_km, rule)
    start, end = Period(times.start, times.end, days).checked(x.size)
    wanted = np.broadcast_to(np.asarray(of, dtype=np.bool_), x.shape)
    lasted = np.broadcast_to(np.asarray(times.lasted, dtype=np.bool_), x.shape)
    nearness = Nearness(radius_m=within_km * 1000.0 + 2 * widest, days=days)
    at = sites(np.where(known, x, np.nan), y, start, end, nearness)
    found: list[Links] = []
    count = 0
    for block in _candidates(at, nearness):
        pairs = _measured(block.of(wanted[block.i]), radius, start, end, lasted)
        pairs = _ranked(pairs, within_km * 1000.0, days)
        pairs = pairs.of(pairs.rank <= RANKS.index(closeness))
        count += pairs.first.size
        if count > most:
            found.clear()
        else:
            found.append(pairs)
    if count > most:
        raise InvalidSetting(count, f"there are at most {most:,} pairs")
    every = Links(*(np.concatenate(parts) for parts in zip(*map(_parts, found), strict=True)))
    return every.of(np.lexsort((every.second, every.first)))


def chains(rows: int, pairs: Links) -> IntArray:
    """Chain of each row, (rows,): all that hang together by pairs, however indirectly.

    Numbered from 0 by their first row; ``UNLINKED`` (-1) for a row in no pair.
    """
    graph = coo_array(
        (np.ones(pairs.first.size, np.bool_), (pairs.first, pairs.second)), shape=(rows, rows)
    )
    component = connected_components(graph, directed=False)[1]
    linked = np.zeros(rows, dtype=np.bool_)
    linked[pairs.first] = linked[pairs.second] = True
    _, first, member = np.unique(component[linked], return_index=True, return_inverse=True)
    chain = np.full(rows, UNLINKED, dtype=np.int64)
    chain[linked] = np.argsort(np.argsort(first))[member]
    return chain


def shortest_tree(rows: int, pairs: Links) -> IntArray:
    """Positions of the pairs that hold all chains together over the least distance, sorted.

    A minimum spanning forest (Kruskal 1956) of the reported distances; of equal ones, the pair
    that comes first.
    """
    order = np.argsort(pairs.metres, kind="stable")
    weight = np.empty(order.size, dtype=np.float64)
    # By rank, so that a distance of 0 is an edge, and no two weigh the same.
    weight[order] = np.arange(order.size) + 1.0
    graph = coo_array((weight, (pairs.first, pairs.second)), shape=(rows, rows)).tocsr()
    kept = minimum_spanning_tree(graph).data
    return np.sort(order[kept.astype(np.int64) - 1])


@dataclass(frozen=True, slots=True, eq=False)
class _RowPairs:
    i: IntArray
    j: IntArray
    metres: FloatArray

    def of(self, chosen: BoolArray) -> _RowPairs:
        return _RowPairs(self.i[chosen], self.j[chosen], self.metres[chosen])


def _candidates(at: Sites, nearness: Nearness) -> Iterator[_RowPairs]:
    """Pairs of rows within the widest reach, each once; an empty block if there are none."""
    order = np.argsort(at.row, kind="stable")
    order = order[np.count_nonzero(at.row < 0) :]
    first = np.concatenate(([0], np.cumsum(at.weight)))
    stacked = np.flatnonzero(at.weight > 1)
    yield from _spelt_out(at, order, first, stacked, stacked, np.zeros(stacked.size))
    for block in Neighbourhoods(at, nearness).blocks(np.ones(at.lon.size, dtype=np.bool_)):
        once = block.i < block.j
        i, j = block.i[once], block.j[once]
        yield from _spelt_out(at, order, first, i, j, site_distance_m(at, i, j))


def _spelt_out(
    at: Sites, order: IntArray, first: IntArray, a: IntArray, b: IntArray, metres: FloatArray
) -> Iterator[_RowPairs]:
    """Pairs of rows of pairs of sites, a million or so at once."""
    size = at.weight[a] * at.weight[b]
    cuts = np.flatnonzero(np.diff(np.cumsum(size) // PAIRS_AT_ONCE)) + 1
    for low, high in pairwise((0, *cuts.tolist(), size.size)):
        of = np.repeat(np.arange(low, high), size[low:high])
        within = np.arange(of.size) - np.repeat(
            np.cumsum(size[low:high]) - size[low:high], size[low:high]
        )
        across = at.weight[b[of]]
        one, other = first[a[of]] + within // across, first[b[of]] + within % across
        # Of a site with itself every pair is there twice, and every row with itself.
        once = (a != b)[of] | (one < other)
        i, j = order[one[once]], order[other[once]]
        yield _RowPairs(np.minimum(i, j), np.maximum(i, j), metres[of[once]])


def _measured(
    pairs: _RowPairs, radius: FloatArray, start: FloatArray, end: FloatArray, lasted: BoolArray
) -> Links:
    i, j = pairs.i, pairs.j
    reach = radius[i] + radius[j]
    least = np.maximum(np.maximum(start[j] - end[i], start[i] - end[j]), 0.0)
    most = np.maximum(end[j] - start[i], end[i] - start[j])
    # A moment of one interval is furthest from all of another at one of its own ends.
    from_i = np.maximum(np.maximum(start[i] - start[j], end[j] - end[i]), 0.0)
    from_j = np.maximum(np.maximum(start[j] - start[i], end[i] - end[j]), 0.0)
    most = np.select(
        (lasted[i] & lasted[j], lasted[i], lasted[j]), (least, from_i, from_j), default=most
    )
    return Links(
        first=i,
        second=j,
        low_m=np.maximum(pairs.metres - reach, 0.0),
        metres=pairs.metres,
        high_m=pairs.metres + reach,
        days_low=least,
        days_high=most,
        rank=np.full(i.size, len(RANKS), dtype=np.int64),
    )


def _ranked(pairs: Links, within_m: float, days: float) -> Links:
    """Set the rank of each pair; beyond the last of ``RANKS`` for one that is not close."""
    may = pairs.days_low <= days
    certain = (pairs.high_m <= within_m) & (pairs.days_high <= days)
    reported, possible = may & (pairs.metres <= within_m), may & (pairs.low_m <= within_m)
    pairs.rank[:] = np.select((certain, reported, possible), (0, 1, 2), default=len(RANKS))
    return pairs


def _parts(pairs: Links) -> tuple[npt.NDArray[np.generic], ...]:
    return tuple(getattr(pairs, name) for name in pairs.__slots__)
