"""Totals over a selection of a layer: as ranges, with what nobody knows counted beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, and_, any_, case, cast, false, func, literal, not_, select

from db.joins import selected_from
from db.query import conditions, rows_asked
from gis.estimates import Rule

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.layers.layer import Column, Layer
    from db.query import LayerQuery

DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of one figure over the features of a selection, those apart that are parts.

    Parameters
    ----------
    low : int or None
        No fewer than this: the sum of all lower ends that are known; ``None`` where none is.
    best : int or None
        The sum of the best figures; ``None`` as soon as one feature has none.
    high : int or None
        No more than this: the sum of the upper ends; ``None`` as soon as one is open or unknown.
    known, open, unknown : int
        Features with any figure; those among them without an upper end; those without any figure.
    disputed : int or None
        Features whose figure is disputed; ``None`` for figures as coded.
    """

    low: int | None
    best: int | None
    high: int | None
    known: int
    open: int
    unknown: int
    disputed: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a selection, by name of the figure.

    ``matched`` features match, ``parts`` of which are left out of the sums, because the figures of
    another feature of the layer include theirs.
    """

    matched: int
    parts: int
    figures: dict[str, Total]


def totals(connection: Connection, layer: Layer, query: LayerQuery) -> Totals:
    """Add up the figures of the features that match.

    Figures that are out of order are taken as the range from the least to the greatest of them.
    Nothing that matches gives totals of 0, which is true of nobody.

    Parameters
    ----------
    connection : Connection
    layer : Layer
        One that names figures which may be added up.
    query : LayerQuery
        Its page, order and fields are passed over.
    """
    rows = rows_asked(layer, query)
    is_part = false() if rows.is_part is None else rows.is_part
    columns: dict[str, Column] = {
        "is_part": is_part,
        **{
            f"{name}_{bound}": rows.columns[f"{name}_{bound}"]
            for name in layer.summed
            for bound in ("low", "best", "high")
        },
        DISPUTED: rows.columns[DISPUTED],
    }
    matching = select(*(column.label(name) for name, column in columns.items())).where(
        *conditions(layer, query, rows)
    )
    found = selected_from(matching, rows.source).subquery("found")
    asked: list[Column] = [func.count(), _number(found.c.is_part)]
    for name in layer.summed:
        low, best, high = (found.c[f"{name}_{bound}"] for bound in ("low", "best", "high"))
        whole = not_(found.c.is_part)
        known = and_(whole, func.num_nonnulls(low, best, high) > 0)
        least = case((low.is_not(None), func.least(low, best, high)))
        most = case((high.is_not(None), func.greatest(low, best, high)))
        contested = literal(name, Text) == any_(found.c[DISPUTED])
        asked += [
            *(_sum(each, whole) for each in (least, best, most)),
            *(_number(and_(whole, each.is_not(None))) for each in (low, best, high)),
            _number(known),
            _number(and_(whole, func.num_nonnulls(low, best, high) == 0)),
            _number(and_(whole, func.coalesce(contested, False))),
        ]
    row: tuple[Any, ...] = tuple(connection.execute(select(*asked)).one())
    matched, parts, *numbers = row
    summed = matched - parts
    figures = {
        name: _total(summed, *numbers[at : at + 9], is_coded=query.knowledge.rule is Rule.CODED)
        for name, at in zip(layer.summed, range(0, len(numbers), 9), strict=True)
    }
    return Totals(matched, parts, figures)


def _total(
    summed: int,
    low: int,
    best: int,
    high: int,
    lows: int,
    bests: int,
    highs: int,
    known: int,
    unknown: int,
    disputed: int,
    *,
    is_coded: bool,
) -> Total:
    return Total(
        low=low if lows or not summed else None,
        best=best if bests == summed else None,
        high=high if highs == summed else None,
        known=known,
        open=known - highs,
        unknown=unknown,
        disputed=None if is_coded else disputed,
    )


def _sum(figure: Column, counted: Column) -> Column:
    return cast(func.coalesce(func.sum(figure).filter(counted), 0), BigInteger)


def _number(counted: Column) -> Column:
    return func.count().filter(counted)
