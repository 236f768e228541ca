"""What is added up of a layer's rows: how many there are, and the figures that may be summed.

A sum leaves out rows whose figures another row of the layer includes (``Rows.is_part``), wherever
that other row lies. What nobody knows is counted and never taken for 0: the sum of lower bounds is
a lower bound of the total, and the sum of upper bounds is missing as soon as one of them is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, case, cast, false, func, literal, not_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.layers.layer import Column, Rows
    from gis.depiction import Depiction

FEATURES = "features"
PARTS = "parts"

COUNTED = (FEATURES,)
SUMMED = (FEATURES, PARTS, "low_sum", "low_known", "high_sum", "high_open", "unknown")
"""Names of what is added up, for layers without and with figures to sum."""


def added_up(depiction: Depiction) -> tuple[str, ...]:
    """The names of what is added up of a layer's rows."""
    return COUNTED if depiction.figures is None else SUMMED


def aggregates(rows: Rows, depiction: Depiction) -> dict[str, Column]:
    """Aggregates over rows, by the names of :func:`added_up`; all are whole numbers, none missing.

    Those of disjoint sets of rows may be added.
    """
    found: dict[str, Column] = {FEATURES: func.count()}
    if depiction.figures is None:
        return found
    low, best, high = (
        rows.columns[f"{depiction.figures}_{bound}"] for bound in ("low", "best", "high")
    )
    is_part = false() if rows.is_part is None else rows.is_part
    whole = not_(is_part)
    return found | {
        PARTS: _number(is_part),
        "low_sum": _sum(low, whole),
        "low_known": _number(and_(whole, low.is_not(None))),
        "high_sum": _sum(high, whole),
        "high_open": _number(and_(whole, high.is_(None))),
        "unknown": _number(and_(whole, func.num_nonnulls(low, best, high) == 0)),
    }


def told(added: Mapping[str, Column], depiction: Depiction) -> dict[str, Column]:
    """What is said of added-up rows, by name of the property; a property may be missing.

    ``features`` are all of them, ``parts`` those that the sums leave out.
    """
    found: dict[str, Column] = {FEATURES: added[FEATURES]}
    if depiction.figures is None:
        return found
    name = depiction.figures
    summed = added[FEATURES] > added[PARTS]
    return found | {
        PARTS: added[PARTS],
        f"{name}_low": case((added["low_known"] > 0, added["low_sum"])),
        f"{name}_high": case((and_(summed, added["high_open"] == 0), added["high_sum"])),
        f"{name}_high_open": added["high_open"],
        f"{name}_unknown": added["unknown"],
    }


def meanings(depiction: Depiction) -> dict[str, str]:
    """What each property of :func:`told` means, in a sentence."""
    found = {FEATURES: "Features in the cell."}
    if depiction.figures is None:
        return found
    name = depiction.figures
    return found | {
        PARTS: "Features that the sums leave out: another feature's figures include theirs.",
        f"{name}_low": "Sum of the lower bounds that are known; missing where none is.",
        f"{name}_high": "Sum of the upper bounds; missing as soon as one of them is not known.",
        f"{name}_high_open": "Features, of those summed, whose upper bound is not known.",
        f"{name}_unknown": "Features, of those summed, of which no figure at all is known.",
    }


def _number(condition: Column) -> Column:
    return func.count().filter(condition)


def _sum(figure: Column, condition: Column) -> Column:
    total = func.sum(cast(figure, BigInteger)).filter(condition)
    return cast(func.coalesce(total, literal(0)), BigInteger)
