"""How many pairs of rows, close in space, have a gap in time that lies in each band.

Times are whole seconds here, so that every comparison is exact and both ways of counting (pair by
pair, and from sorted lists) agree to the last pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.bands import Closed
from gis.errors import InvalidInterval

if TYPE_CHECKING:
    from gis.bands import Bands
    from gis.close_pairs import CrowdedPairs, RowPairs
    from gis.crs import FloatArray, IntArray

SECONDS_A_DAY = 86_400

#: Longer ago, or later, than this no incident is dated: it keeps gaps within int64.
GREATEST_DAY = 1e9

#: What is further apart than any two times.
_FOREVER = np.iinfo(np.int64).max // 4


def whole_seconds(days: FloatArray) -> IntArray:
    """Return times in seconds, rounded.

    Raises
    ------
    InvalidInterval
        If a time is beyond a thousand million days.
    """
    wrong = np.abs(days) > GREATEST_DAY
    if wrong.any():
        raise InvalidInterval(float(days[wrong][0]), f"a day lies within +/-{GREATEST_DAY:g}")
    return np.asarray(np.rint(days * SECONDS_A_DAY), dtype=np.int64)


class GapCounter:
    """Counts gaps by the bands of time.

    Counts are cumulative up to each edge of the bands, (edges,): the differences are the bands. A
    band that starts at 0 starts below every gap. ``at_most`` (edges,) is the last whole second up
    to each edge, -1 for none.
    """

    def __init__(self, bands: Bands) -> None:
        edges = np.asarray(bands.edges)
        # A gap in whole seconds is below an edge if it is at most the last second before it; both
        # kinds of bands become "at most".
        left = bands.closed is Closed.LEFT
        finite = np.minimum(edges * SECONDS_A_DAY, float(2**60))
        last = np.ceil(finite) - 1 if left else np.floor(finite)
        self.at_most = np.where(np.isinf(edges), _FOREVER, last.astype(np.int64))
        if edges[0] == 0:
            self.at_most[0] = -1

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return int(self.at_most.size)

    def in_pairs(self, seconds: IntArray, pairs: RowPairs) -> IntArray:
        """Pairs by band of space and edge of time, (bands of space, edges)."""
        gap = np.abs(seconds[pairs.i] - seconds[pairs.j])
        counts = np.zeros((pairs.start.size - 1, self.at_most.size), dtype=np.int64)
        for band, (low, high) in enumerate(zip(pairs.start[:-1], pairs.start[1:], strict=True)):
            within = gap[low:high]
            counts[band] = [np.count_nonzero(within <= edge) for edge in self.at_most.tolist()]
        return counts

    def in_crowds(self, seconds: IntArray, pairs: CrowdedPairs, bands: int) -> IntArray:
        """Pairs by band of space and edge of time, (bands, edges), from sorted times."""
        counts = np.zeros((bands, self.at_most.size), dtype=np.int64)
        ranked = {
            int(site): np.sort(seconds[pairs.members(int(site))])
            for site in np.union1d(pairs.a, pairs.b)
        }
        for a, b, band in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.band.tolist(), strict=True):
            if a == b:
                counts[band] += self.among(ranked[a])
            else:
                counts[band] += self._between(ranked[a], ranked[b])
        return counts

    def among(self, ranked: IntArray) -> IntArray:
        """Pairs of one sorted list of times, each once, up to each edge."""
        both_ways = self._between(ranked, ranked)
        itself = np.where(self.at_most >= 0, ranked.size, 0)
        return np.asarray((both_ways - itself) // 2)

    def around(self, seconds: IntArray) -> IntArray:
        """How many other rows lie in each band of days around each row, (n, bands)."""
        ranked = np.sort(seconds)
        upto = [
            np.searchsorted(ranked, seconds + edge, side="right")
            - np.searchsorted(ranked, seconds - edge, side="left")
            - 1
            if edge >= 0
            else np.zeros(seconds.size, dtype=np.int64)
            for edge in self.at_most.tolist()
        ]
        return np.diff(np.stack(upto, axis=1), axis=1)

    def _between(self, ranked: IntArray, other: IntArray) -> IntArray:
        """Pairs of one time of each of two sorted lists, up to each edge."""
        few, many = (ranked, other) if ranked.size < other.size else (other, ranked)
        return np.array(
            [
                (
                    np.searchsorted(many, few + edge, side="right")
                    - np.searchsorted(many, few - edge, side="left")
                ).sum()
                if edge >= 0
                else 0
                for edge in self.at_most.tolist()
            ],
            dtype=np.int64,
        )
