"""The best score of each shuffle of dates, from the incidents instead of from every window.

A window that does not begin and end on a day of one of its own incidents scores no higher than the
one that does. So the windows of a circle with k incidents are the pairs of them, and of those with
the same number c of incidents the best is the one in whose stretch the fewest incidents are
expected: one likelihood ratio for each circle and c. Where circles hold few incidents and time has
many steps this is a hundred times less work than adding up every stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.scan_models import poisson_llr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.circles import Circles
    from gis.crs import FloatArray, IntArray
    from gis.scan_models import PermutationModel

_NONE = np.iinfo(np.int64).max
"""More than are expected in any stretch."""


class ShuffledSearch:
    """Searches shuffles for stretches of 1 to ``most`` steps.

    ``work`` is about how many numbers are looked at for each shuffle.
    """

    def __init__(
        self,
        circles: Sequence[Circles],
        model: PermutationModel,
        *,
        steps: int,
        most: int,
        least_incidents: int,
    ) -> None:
        self._model, self._most, self._least = model, most, least_incidents
        by_place = np.argsort(model.location, kind="stable")
        upto = np.searchsorted(model.location[by_place], np.arange(model.expected.shape[0] + 1))
        self._zones: list[tuple[IntArray, list[int]]] = []
        self.work = 0.0
        for around in circles:
            rows = [by_place[upto[place] : upto[place + 1]] for place in around.near]
            within = np.cumsum([part.size for part in rows])
            # A circle whose last places reported nothing holds the incidents of the one before.
            sizes = [
                size for size in np.unique(within[around.ends]).tolist() if size >= self._least
            ]
            if sizes:
                self._zones.append((np.concatenate(rows), sizes))
                self.work += sum(size * (1 + size * most / steps) for size in sizes)

    def greatest(self, steps_of: IntArray) -> FloatArray:
        """Greatest score anywhere, (r,), for the steps of the incidents in r shuffles, (r, n)."""
        greatest = np.zeros(steps_of.shape[0])
        model = self._model
        upto = np.append(0, np.cumsum(np.bincount(steps_of[0], minlength=model.expected.shape[1])))
        for rows, sizes in self._zones:
            moment = steps_of[:, rows]
            for size in sizes:
                fewest = self._fewest(np.sort(moment[:, :size], axis=1), upto)
                if fewest.size:
                    counts = self._least + np.arange(len(fewest))[:, None]
                    known = fewest < _NONE
                    expected = np.where(known, fewest, 0) * (size / model.incidents)
                    score = np.where(known, poisson_llr(counts, expected, model.incidents), 0.0)
                    np.maximum(greatest, score.max(axis=0), out=greatest)
        return greatest

    def _fewest(self, moment: IntArray, upto: IntArray) -> IntArray:
        """Fewest incidents anywhere in a stretch that holds c = least, least + 1, ... of these.

        ``moment`` (r, k) are sorted steps; (c, r), ``_NONE`` where no stretch is short enough.
        """
        fewest = []
        size = moment.shape[1]
        for more in range(self._least - 1, size):
            first, last = moment[:, : size - more], moment[:, more:]
            short = last - first < self._most
            if not short.any():
                break
            everywhere = np.where(short, upto[last + 1] - upto[first], _NONE)
            fewest.append(everywhere.min(axis=1))
        return np.array(fewest, dtype=np.int64)
