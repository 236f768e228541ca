"""The search of a scan statistic: every circle and stretch of time, for the data and for chance.

Counts are summed up over stretches of time once, then over the sorted neighbours of each location,
so that each window costs an addition. Replications are searched many at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from gis.errors import InvalidSetting
from gis.scan_models import PermutationModel
from gis.scan_shuffles import ShuffledSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.circles import Circles
    from gis.crs import FloatArray, IntArray
    from gis.scan_models import Model

Number = TypeVar("Number", np.int64, np.float64)

#: Numbers held at once in one array.
NUMBERS_AT_ONCE = 4_000_000

#: Digits to which scores are compared: sums in another order differ beyond.
DECIMALS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Stretches of time: from step ``first`` up to, not including, step ``after``; (w,) each."""

    first: IntArray
    after: IntArray

    @property
    def most(self) -> int:
        """Steps of the longest."""
        return int((self.after - self.first).max())

    @property
    def any_length(self) -> bool:
        """Whether they may begin and end at any step, and last from one step on."""
        shortest = int((self.after - self.first).min(initial=2))
        return shortest == 1 and bool(self.after.min() < self.after.max())

    def telling(self, by_step: IntArray) -> npt.NDArray[np.bool_]:
        """Which can be best among those with these incidents by step, (steps,) -> (w,).

        One that begins or ends without an incident holds as many as a shorter one, of more that
        are expected.
        """
        if not self.any_length:
            return np.ones(self.first.size, dtype=np.bool_)
        some = by_step > 0
        return np.asarray(some[self.first] & some[self.after - 1])

    def sums(self, by_step: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Sums over each stretch, (..., steps) -> (..., w)."""
        upto = np.zeros((*by_step.shape[:-1], by_step.shape[-1] + 1), dtype=by_step.dtype)
        np.cumsum(by_step, axis=-1, out=upto[..., 1:])
        summed: npt.NDArray[Number] = upto[..., self.after] - upto[..., self.first]
        return summed


def stretches(steps: int, *, least: int, most: int, alive: bool) -> Stretches:
    """Return the stretches of ``least`` to ``most`` steps; if alive, those that last to the end.

    Raises
    ------
    InvalidSetting
        If no length is possible.
    """
    if not 1 <= least <= most:
        raise InvalidSetting((least, most), "a window lasts from 1 step up to its longest")
    first, after = np.triu_indices(steps)
    after = after + 1
    chosen = (after - first >= least) & (after - first <= most)
    if alive:
        chosen &= after == steps
    return Stretches(first[chosen], after[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best window around one location."""

    circles: Circles
    last: int
    """Position of the last location in ``circles.near``."""
    first_step: int
    after_step: int
    observed: int
    expected: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What is searched: circles, stretches of time, and the model.

    Windows with fewer than ``least_incidents`` are not scored.
    """

    circles: Sequence[Circles]
    stretches: Stretches
    model: Model
    least_incidents: int

    def best(self, counts: IntArray) -> list[Best]:
        """Return the best window around each location that has one, (locations, steps) counts.

        Of equal scores the smallest circle wins, then the earliest and shortest stretch; it begins
        and ends with an incident, unless stretches last to the end or have a least length.
        """
        by_stretch = self.stretches.sums(counts)
        expected_by_stretch = self.stretches.sums(self.model.expected)
        found = []
        for around in self.circles:
            telling = np.flatnonzero(self.stretches.telling(counts[around.near].sum(axis=0)))
            if not telling.size:
                continue
            windows = np.ix_(around.near, telling)
            within = np.cumsum(by_stretch[windows], axis=0)
            expected = np.cumsum(expected_by_stretch[windows], axis=0)
            score = self._scores(within, expected, around)
            place, stretch = np.unravel_index(
                int(np.argmax(np.round(score, DECIMALS))), score.shape
            )
            if score[place, stretch] > 0:
                found.append(
                    Best(
                        circles=around,
                        last=int(place),
                        first_step=int(self.stretches.first[telling[stretch]]),
                        after_step=int(self.stretches.after[telling[stretch]]),
                        observed=int(within[place, stretch]),
                        expected=float(expected[place, stretch]),
                        score=float(score[place, stretch]),
                    )
                )
        return found

    def greatest(self, seed: int, first: int, replications: int) -> FloatArray:
        """Greatest score anywhere in each of some replications, (replications,)."""
        quick = self._shuffled()
        return (
            self._greatest_anywhere(seed, first, replications)
            if quick is None
            else self._greatest_of_shuffles(quick, seed, first, replications)
        )

    def _shuffled(self) -> ShuffledSearch | None:
        """The search from the incidents, where it is possible, and less work."""
        if not isinstance(self.model, PermutationModel) or not self.stretches.any_length:
            return None
        steps = self.model.expected.shape[1]
        windows = sum(around.near.size for around in self.circles) * self.stretches.first.size
        quick = ShuffledSearch(
            self.circles,
            self.model,
            steps=steps,
            most=self.stretches.most,
            least_incidents=self.least_incidents,
        )
        return quick if quick.work < windows else None

    def _greatest_of_shuffles(
        self, quick: ShuffledSearch, seed: int, first: int, replications: int
    ) -> FloatArray:
        assert isinstance(self.model, PermutationModel)
        greatest = np.zeros(replications)
        at_once = max(1, NUMBERS_AT_ONCE // max(1, self.model.incidents))
        for low in range(0, replications, at_once):
            steps = range(first + low, first + min(low + at_once, replications))
            shuffles = np.stack([self.model.shuffle(seed, step) for step in steps])
            greatest[low : low + len(steps)] = quick.greatest(shuffles)
        return greatest

    def _greatest_anywhere(self, seed: int, first: int, replications: int) -> FloatArray:
        greatest = np.zeros(replications)
        expected_by_stretch = self.stretches.sums(self.model.expected)
        for low in range(0, replications, self._at_once):
            steps = range(first + low, first + min(low + self._at_once, replications))
            counts = np.stack([self.model.replicate(seed, step) for step in steps])
            by_stretch = self.stretches.sums(counts)
            part = greatest[low : low + len(steps)]
            for around in self.circles:
                within = np.cumsum(by_stretch[:, around.near], axis=1)
                expected = np.cumsum(expected_by_stretch[around.near], axis=0)
                score = self._scores(within, expected, around)
                np.maximum(part, score.max(axis=(1, 2)), out=part)
        return greatest

    def _scores(self, within: IntArray, expected: FloatArray, around: Circles) -> FloatArray:
        score = self.model.scores(expected).of(within)
        score[within < self.least_incidents] = 0.0
        score[..., ~around.ends, :] = 0.0
        return score

    @property
    def _at_once(self) -> int:
        """How many replications are searched together."""
        numbers = len(self.model.expected) * len(self.stretches.first)
        return max(1, NUMBERS_AT_ONCE // max(1, numbers))
