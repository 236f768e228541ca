"""Sums of ranges by cell of a table, each cell for itself."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gis.sums import RangeModel, RangeSum, sum_of_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.crs import IntArray
    from gis.parts.engine import Arrays, Engine

_RANGES = ("low", "best", "high", "share", "certain")
_ENDS = ("low", "best", "high", "independent", "dependent")
_COUNTS = ("closed", "open", "unknown")


def cell_sums(ranges: Arrays, first: IntArray, model: RangeModel) -> list[RangeSum]:
    """Add up the ranges of each cell.

    Parameters
    ----------
    ranges : mapping
        ``low``, ``best``, ``high``, ``share`` and ``certain`` (m,), as of
        :func:`gis.sums.sum_of_ranges`, cell by cell.
    first : (cells + 1,) int64
        Where the ranges of each cell begin, and at last m.
    model : RangeModel
    """
    return [
        sum_of_ranges(
            *(ranges[name][low:high] for name in ("low", "best", "high")),
            share=ranges["share"][low:high],
            certain=ranges["certain"][low:high],
            model=model,
        )
        for low, high in pairwise(first.tolist())
    ]


def sums_in_parts(
    engine: Engine, ranges: Arrays, first: IntArray, model: RangeModel
) -> list[RangeSum]:
    """Add up as :func:`cell_sums` does, a stretch of cells with about as many ranges to each."""
    parts = engine.parts_for(int(first[-1]))
    if parts < 2:
        return cell_sums(ranges, first, model)
    kept = engine.keep(_parts(parts, ranges, first))
    found: list[RangeSum] = []
    for part in engine.map(sum_part, kept, model=model):
        found += [_sum(*row) for row in zip(*(part[name].tolist() for name in _TOLD), strict=True)]
    return found


def _parts(parts: int, ranges: Arrays, first: IntArray) -> Iterator[Arrays]:
    # A cell without ranges weighs something, too: there may be many of them.
    weight = first + np.arange(first.size)
    ends = np.linspace(0, weight[-1], parts + 1)[1:-1]
    cuts = np.unique([0, *np.searchsorted(weight, ends).tolist(), first.size - 1])
    for low, high in pairwise(cuts.tolist()):
        here = slice(int(first[low]), int(first[high]))
        size = np.diff(first[low : high + 1])
        # One more row than ranges for each cell, so that cells without any are in the file.
        cell = np.repeat(np.arange(size.size), size + 1)
        head = np.concatenate(([0], np.cumsum(size + 1)[:-1]))
        body = np.ones(cell.size, dtype=np.bool_)
        body[head] = False
        columns = {}
        for name in _RANGES:
            values = np.zeros(cell.size, dtype=ranges[name].dtype)
            values[body] = ranges[name][here]
            columns[name] = values
        yield {**columns, "cell": cell, "counts": body}


def sum_part(part: Arrays, *, model: RangeModel) -> Arrays:
    """Sums of the cells of a part, by the names of :class:`gis.sums.RangeSum`; NaN for none."""
    counts = part["counts"]
    ranges = {name: part[name][counts] for name in _RANGES}
    size = np.bincount(part["cell"]) - 1
    sums = cell_sums(ranges, np.concatenate(([0], np.cumsum(size))), model)
    told = np.array([_told(one) for one in sums], dtype=np.float64).reshape(-1, len(_TOLD))
    return dict(zip(_TOLD, told.T, strict=True))


_TOLD = (
    "low",
    "best",
    "high",
    "independent_low",
    "independent_high",
    "dependent_low",
    "dependent_high",
    *_COUNTS,
)


def _told(one: RangeSum) -> list[float]:
    missing = (None, None)
    every = (
        one.low,
        one.best,
        one.high,
        *(one.independent or missing),
        *(one.dependent or missing),
        one.closed,
        one.open,
        one.unknown,
    )
    return [np.nan if value is None else value for value in every]


def _sum(*told: float) -> RangeSum:
    low, best, high, *ends, closed, open_, unknown = (None if np.isnan(v) else v for v in told)
    independent, dependent = ends[:2], ends[2:]
    return RangeSum(
        low=low,
        best=best,
        high=high,
        independent=None if None in independent else tuple(independent),  # type: ignore[arg-type]
        dependent=None if None in dependent else tuple(dependent),  # type: ignore[arg-type]
        closed=int(closed or 0),
        open=int(open_ or 0),
        unknown=int(unknown or 0),
    )
