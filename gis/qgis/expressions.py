"""Expressions of QGIS, written from depictions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from gis.symbol_classes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gis.depiction import Scale
    from gis.symbol_classes import Test

MM_A_PIXEL = 25.4 / 96


def column(name: str) -> str:
    """A field.

    Examples
    --------
    >>> column("killed_low")
    '"killed_low"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float) -> str:
    """A constant.

    Examples
    --------
    >>> literal("l'eau"), literal(10.0)
    ("'l''eau'", '10')
    """
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return f"{value:.12g}"


def listed(values: Iterable[str | float]) -> str:
    """Constants with commas between."""
    return ", ".join(literal(value) for value in values)


def condition(tests: Iterable[Test]) -> str:
    """Tests that are all true; empty for none."""
    return " AND ".join(_condition(test) for test in tests)


def _condition(test: Test) -> str:
    field = column(test.field)
    if test.kind is Kind.IN:
        return f"{field} IN ({listed(test.values)})"
    if test.kind is Kind.NOT_IN:
        return f"({field} IS NULL OR {field} NOT IN ({listed(test.values)}))"
    if test.kind is Kind.AT_LEAST:
        return f"{field} >= {literal(test.values[0])}"
    if test.kind is Kind.NOT_AT_LEAST:
        return f"({field} IS NULL OR {field} < {literal(test.values[0])})"
    if test.kind is Kind.BELOW:
        return f"{field} < {literal(test.values[0])}"
    return f"{field} IS NOT NULL" if test.kind is Kind.KNOWN else f"{field} IS NULL"


def size(scale: Scale) -> str:
    """The size of a scale in millimetres: straight between two stops, constant beyond."""
    field = column(scale.field)
    stops = [(figure, millimetres(pixels)) for figure, pixels in scale.stops]
    cases = [f"WHEN {field} IS NULL THEN {literal(millimetres(scale.unknown))}"]
    for (low, least), (high, most) in pairwise(stops):
        grown = f"scale_linear({field}, {literal(low)}, {literal(high)}, {least:g}, {most:g})"
        cases.append(f"WHEN {field} < {literal(high)} THEN {grown}")
    return f"CASE {' '.join(cases)} ELSE {stops[-1][1]:g} END"


def millimetres(pixels: float) -> float:
    """Pixels of 1/96 inch as millimetres.

    Examples
    --------
    >>> millimetres(96)
    25.4
    """
    return round(pixels * MM_A_PIXEL, 3)
