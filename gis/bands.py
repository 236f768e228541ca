"""Bands of distance or of days that say which of their ends belongs to them.

A pair at exactly 100 m is in ``[100, 200)`` or in ``(0, 100]``, never in both, and a table that
doesn't say which cannot be compared: a well-known calculator labels a band "1 to 100" and counts
``[0, 100)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gis.errors import InvalidSetting

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.crs import IntArray


class Closed(StrEnum):
    """Which end of each band belongs to it."""

    LEFT = "left"
    """``[a, b)``: what is exactly at the upper edge is in the next band."""
    RIGHT = "right"
    """``(a, b]``: what is exactly at the lower edge is in the band before. A first band that
    starts at 0 holds 0 too, since nothing can be below it."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Bands between rising edges, closed on one side.

    Parameters
    ----------
    edges : tuple of float
        At least two, 0 or more, rising; the last may be infinite. With ``Closed.RIGHT`` the first
        two may both be 0: the band ``[0, 0]`` holds what is at the same place, or on one day.
    closed : Closed
        ``LEFT`` unless given.

    Raises
    ------
    InvalidSetting
        If the edges are not such.

    Examples
    --------
    >>> Bands((0, 100, 200)).labels()
    ('[0, 100)', '[100, 200)')
    >>> Bands((0, 0, 100), Closed.RIGHT).labels()
    ('[0, 0]', '(0, 100]')
    >>> Bands((0, 100, 200)).of([0, 100, 199.9, 200])
    array([0, 1, 1, 2])
    """

    edges: tuple[float, ...]
    closed: Closed = Closed.LEFT

    def __post_init__(self) -> None:
        if len(self.edges) < 2:
            raise InvalidSetting(self.edges, "bands have at least two edges")
        if not all(0 <= edge for edge in self.edges) or np.isinf(self.edges[:-1]).any():
            raise InvalidSetting(
                self.edges, "edges are 0 or more, and only the last may be infinite"
            )
        point = self.closed is Closed.RIGHT and self.edges[:2] == (0, 0)
        if not all(a < b for a, b in pairwise(self.edges[int(point) :])):
            raise InvalidSetting(self.edges, "each edge is above the one before")

    @property
    def count(self) -> int:
        """How many bands there are."""
        return len(self.edges) - 1

    @property
    def unbounded(self) -> bool:
        """Whether the last band has no upper edge."""
        return bool(np.isinf(self.edges[-1]))

    @property
    def reach(self) -> float:
        """The last finite edge."""
        return float(self.edges[-2] if self.unbounded else self.edges[-1])

    def of(self, values: npt.ArrayLike) -> IntArray:
        """Band of each value, in its shape; ``count`` for what is in none, NaN included."""
        given = np.asarray(values, dtype=np.float64)
        left = self.closed is Closed.LEFT
        band = np.searchsorted(self.edges[1:], given, side="right" if left else "left")
        if self.unbounded:
            band = np.where(np.isinf(given), self.count - 1, band)
        lowest = self.edges[0]
        inside = given >= lowest if left or lowest == 0 else given > lowest
        return np.where(inside, band, self.count).astype(np.int64)

    def labels(self) -> tuple[str, ...]:
        """Bands as they are written in mathematics."""
        if self.closed is Closed.LEFT:
            return tuple(f"[{a:g}, {b:g})" for a, b in pairwise(self.edges))
        lowest = "[" if self.edges[0] == 0 else "("
        return tuple(
            f"{'(' if k else lowest}{a:g}, {b:g}]" for k, (a, b) in enumerate(pairwise(self.edges))
        )
