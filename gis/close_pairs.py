"""Pairs of rows that are close in space, each with its band of distance, in bounded memory.

Rows on one place are one site: sites are searched, and only then are pairs of sites spelt out as
pairs of rows. Two sites with very many rows each are not spelt out at all, since how many of their
rows are close in time can be counted from the two sorted lists of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from gis.errors import InvalidSetting
from gis.neighbours import ROUNDING_M, Nearness, Neighbourhoods, Sites, sites
from gis.positions import (
    Coordinates,
    Metric,
    greatest_geodesic_m,
    least_geodesic_m,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gis.bands import Bands
    from gis.crs import FloatArray, IntArray

#: Pairs of rows held at once.
PAIRS_AT_ONCE = 2_000_000

#: From this many pairs of rows on, two sites are counted from their sorted times.
CROWDED = 100_000

#: Above this the bounds between chord and geodesic, on which the search rests, wear thin.
GREATEST_REACH_M = 5_000_000.0

#: Planar trees round; candidates are taken with this relative margin and decided by the distance.
PLANAR_MARGIN = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class RowPairs:
    """Pairs of rows in the order of their bands: ``i``, ``j`` (p,) int32.

    ``start`` (bands + 1,): the pairs of band k are those from ``start[k]`` to ``start[k + 1]``.
    """

    i: npt.NDArray[np.int32]
    j: npt.NDArray[np.int32]
    start: IntArray

    def by_band(self, bands: int) -> IntArray:
        """How many pairs each of the bands holds, (bands,)."""
        return np.diff(self.start)[:bands]


@dataclass(frozen=True, slots=True, eq=False)
class CrowdedPairs:
    """Pairs of crowded sites ``a`` and ``b`` (q,) and their ``band`` (q,); a site with itself too.

    The rows of site s are ``rows[first[s] : first[s + 1]]``.
    """

    a: IntArray
    b: IntArray
    band: IntArray
    rows: IntArray
    first: IntArray

    def by_band(self, bands: int) -> IntArray:
        """How many pairs of rows each of the bands holds, (bands,)."""
        size = np.diff(self.first)
        both = size[self.a] * size[self.b]
        pairs = np.where(self.a == self.b, (both - size[self.a]) // 2, both)
        held = np.zeros(bands, dtype=np.int64)
        np.add.at(held, self.band, pairs)
        return held

    def members(self, site: int) -> IntArray:
        """Rows of a site."""
        return self.rows[self.first[site] : self.first[site + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class _SitePairs:
    a: IntArray
    b: IntArray
    band: IntArray

    def of(self, chosen: npt.NDArray[np.bool_] | IntArray | slice) -> _SitePairs:
        return _SitePairs(self.a[chosen], self.b[chosen], self.band[chosen])


class ClosePairs:
    """All pairs of rows whose distance lies in one of some bands, each pair once.

    Parameters
    ----------
    places : Coordinates
        None of them missing.
    bands : Bands
        An unbounded last band is left out: its pairs are all the others.

    Raises
    ------
    InvalidSetting
        If a geodesic band reaches beyond 5,000 km.
    """

    def __init__(self, places: Coordinates, bands: Bands) -> None:
        if places.metric is Metric.GEODESIC and bands.reach > GREATEST_REACH_M:
            raise InvalidSetting(bands.reach, f"a band reaches up to {GREATEST_REACH_M:.0f} m")
        self._bands = bands
        self._finite = bands.count - int(bands.unbounded)
        nothing = np.zeros_like(places.x)
        self._nearness = Nearness(bands.reach)
        self._at = sites(places.x, places.y, nothing, nothing, self._nearness)
        self._metric = places.metric
        self._rows = np.argsort(self._at.row, kind="stable")
        self._first = np.concatenate(([0], np.cumsum(self._at.weight)))

    def blocks(self) -> Iterator[RowPairs | CrowdedPairs]:
        """Yield the pairs, a few million at most at once."""
        weight = self._at.weight
        for pairs in self._site_pairs():
            size = weight[pairs.a] * weight[pairs.b]
            crowded = size >= CROWDED
            if crowded.any():
                many = pairs.of(crowded)
                yield CrowdedPairs(many.a, many.b, many.band, self._rows, self._first)
            few, size = pairs.of(~crowded), size[~crowded]
            cuts = np.flatnonzero(np.diff(np.cumsum(size) // PAIRS_AT_ONCE)) + 1
            for low, high in pairwise((0, *cuts.tolist(), size.size)):
                yield self._spelt_out(few.of(slice(low, high)), size[low:high])

    def _spelt_out(self, pairs: _SitePairs, size: IntArray) -> RowPairs:
        """Pairs of rows of pairs of sites."""
        order = np.argsort(pairs.band, kind="stable")
        pairs, size = pairs.of(order), size[order]
        of = np.repeat(np.arange(size.size), size)
        within = np.arange(of.size) - np.repeat(np.cumsum(size) - size, size)
        across = self._at.weight[pairs.b][of]
        i = self._first[pairs.a][of] + within // across
        j = self._first[pairs.b][of] + within % across
        # Of a site with itself every pair is there twice, and every row with itself.
        once = (pairs.a != pairs.b)[of] | (i < j)
        i, j, band = self._rows[i[once]], self._rows[j[once]], pairs.band[of[once]]
        start = np.searchsorted(band, np.arange(self._bands.count + 1))
        return RowPairs(i.astype(np.int32), j.astype(np.int32), start)

    def _site_pairs(self) -> Iterator[_SitePairs]:
        """Pairs of sites in a finite band, each once, and sites with themselves."""
        here = int(self._bands.of(0.0))
        if here < self._finite:
            stacked = np.flatnonzero(self._at.weight > 1)
            yield _SitePairs(stacked, stacked, np.full(stacked.size, here))
        search = self._geodesic if self._metric is Metric.GEODESIC else self._planar
        for pairs in search():
            yield pairs.of((pairs.band < self._finite) & (pairs.a < pairs.b))

    def _geodesic(self) -> Iterator[_SitePairs]:
        around = Neighbourhoods(self._at, self._nearness)
        places = Coordinates(self._at.lon, self._at.lat, self._metric)
        for found in around.blocks(np.ones(self._at.lon.size, dtype=np.bool_)):
            once = found.of(found.i < found.j)
            band = self._bands.of(least_geodesic_m(once.chord_m - ROUNDING_M))
            other = self._bands.of(greatest_geodesic_m(once.chord_m + ROUNDING_M))
            unclear = np.flatnonzero(band != other)
            metres = places.distance_m(once.i[unclear], once.j[unclear])
            band[unclear] = self._bands.of(metres)
            yield _SitePairs(once.i, once.j, band)

    def _planar(self) -> Iterator[_SitePairs]:
        p = 1.0 if self._metric is Metric.MANHATTAN else 2.0
        places = Coordinates(self._at.lon, self._at.lat, self._metric)
        for a, b in _planar_candidates(self._at, self._bands.reach * (1 + PLANAR_MARGIN), p):
            yield _SitePairs(a, b, self._bands.of(places.distance_m(a, b)))


def _planar_candidates(at: Sites, reach: float, p: float) -> Iterator[tuple[IntArray, IntArray]]:
    """Candidates ``a`` and ``b``, a few million at once, in both directions."""
    points: FloatArray = np.column_stack((at.lon, at.lat))
    if not points.size:
        return
    tree = cKDTree(points)
    share = np.cumsum(tree.query_ball_point(points, reach, p=p, return_length=True))
    cuts = np.flatnonzero(np.diff(share // PAIRS_AT_ONCE)) + 1
    for low, high in pairwise((0, *cuts.tolist(), at.lon.size)):
        found = cKDTree(points[low:high]).sparse_distance_matrix(
            tree, reach, p=p, output_type="ndarray"
        )
        yield found["i"] + low, found["j"]
