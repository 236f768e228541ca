"""What the cells of a UCDP GED row may hold: text -> value, by the name of the column.

The columns are typed by name and never by inference: ``gwnoa`` looks like a number for 138,884 rows
and then holds ``2;200;900``.

References
----------
UCDP Georeferenced Event Dataset Codebook (Uppsala Conflict Data Program), versions 19.1 to 26.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from seeds.errors import RowFault
from seeds.rows import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seeds.rows import Row

LAYOUT_OLD = tuple(
    "id year active_year type_of_violence conflict_new_id conflict_name dyad_new_id dyad_name"
    " side_a_new_id gwnoa side_a side_b_new_id gwnob side_b number_of_sources source_article"
    " source_office source_date source_headline source_original where_prec where_coordinates adm_1"
    " adm_2 latitude longitude geom_wkt priogrid_gid country country_id region event_clarity"
    " date_prec date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown low best"
    " high".split()
)
"""The 42 columns of 19.1, which every later layout has too."""

LAYOUT = tuple(
    "id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id"
    " conflict_name dyad_dset_id dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a"
    " side_b_dset_id side_b_new_id side_b number_of_sources source_article source_office"
    " source_date source_headline source_original where_prec where_coordinates where_description"
    " adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country country_id region event_clarity"
    " date_prec date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown best high low"
    " gwnoa gwnob".split()
)
"""The 49 columns of 20.1 to 26.1 in their order, which a file without a header is read by."""

_WHOLE = re.compile(r"[0-9]{1,12}")
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]+)?(?:[eE]-?[0-9]{1,2})?")
# 20.1 and later write a midnight behind the date, 19.1 does not.
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: 00:00:00(?:\.0+)?)?")
_LAST_DAY = date.max - timedelta(days=1)


class BrokenRule(ValueError):
    """What a cell should hold; caught where the column is known."""


Reader: TypeAlias = "Callable[[str], Any]"


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise BrokenRule("a whole number of at most 12 digits, 0 or more")
    return int(text)


def _count_or_none(text: str) -> int | None:
    """``-1`` is UCDP's "not counted"."""
    return None if text == "-1" else _whole(text)


def _one_to(most: int) -> Reader:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) == 1 and 1 <= int(text) <= most):
            raise BrokenRule(f"a code from 1 to {most}")
        return int(text)

    return read


def _degrees(most: float) -> Reader:
    def read(text: str) -> float:
        if not _DEGREES.fullmatch(text) or abs(value := float(text)) > most:
            raise BrokenRule(f"degrees from -{most:g} to {most:g}, as a decimal number")
        return value

    return read


def _flag(text: str) -> bool:
    # 1 and 0 until 24.1, true and false since 25.1.
    if text.lower() not in ("0", "1", "true", "false"):
        raise BrokenRule("1 or 0, or true or false")
    return text.lower() in ("1", "true")


def _date(text: str) -> date:
    match = _DATE.fullmatch(text)
    try:
        if match and (day := date.fromisoformat(match[1])) <= _LAST_DAY:
            return day
    except ValueError:
        pass  # An impossible day, as 2019-02-30, breaks the same rule as an unreadable one.
    raise BrokenRule("a day of the calendar, written YYYY-MM-DD")


def _text(text: str) -> str | None:
    return text.strip() or None


def _name(text: str) -> str:
    if not (name := text.strip()):
        raise BrokenRule("a name")
    return name


READERS: Mapping[str, Reader] = {
    "id": _whole,
    "active_year": _flag,
    "type_of_violence": _one_to(3),
    "dyad_name": _name,
    "side_a_new_id": _whole,
    "side_a": _name,
    "gwnoa": _text,
    "side_b_new_id": _whole,
    "side_b": _name,
    "gwnob": _text,
    "number_of_sources": _count_or_none,
    "source_original": _text,
    "where_prec": _one_to(7),
    "where_coordinates": _text,
    "adm_1": _text,
    "adm_2": _text,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "country": _name,
    "country_id": _whole,
    "event_clarity": _one_to(2),
    "date_prec": _one_to(5),
    "date_start": _date,
    "date_end": _date,
    "deaths_a": _whole,
    "deaths_b": _whole,
    "deaths_civilians": _whole,
    "deaths_unknown": _whole,
    "low": _whole,
    "best": _whole,
    "high": _whole,
}
"""The columns that our records are made of."""

_REST: Mapping[str, Reader] = {
    "year": _whole,
    "conflict_new_id": _whole,
    "dyad_new_id": _whole,
    "priogrid_gid": _whole,
    "conflict_name": _name,
    "geom_wkt": _name,
    "region": _name,
}
"""Columns that only tell a row from something else."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The typed cells of one row; the names are those of the columns."""

    id: int
    active_year: bool
    type_of_violence: int
    dyad_name: str
    side_a_new_id: int
    side_a: str
    gwnoa: str | None
    side_b_new_id: int
    side_b: str
    gwnob: str | None
    number_of_sources: int | None
    source_original: str | None
    where_prec: int
    where_coordinates: str | None
    adm_1: str | None
    adm_2: str | None
    latitude: float
    longitude: float
    country: str
    country_id: int
    event_clarity: int
    date_prec: int
    date_start: date
    date_end: date
    deaths_a: int
    deaths_b: int
    deaths_civilians: int
    deaths_unknown: int
    low: int
    best: int
    high: int


def read(file: str, row: Row) -> Cells | list[RowFault]:
    """The typed cells of a row, or a fault for each cell that breaks the rule of its column."""
    values: dict[str, Any] = {}
    faults: list[RowFault] = []
    for column, reader in READERS.items():
        try:
            values[column] = reader(row.cells[column])
        except BrokenRule as rule:
            faults.append(fault(file, row, column, str(rule)))
    return faults or Cells(**values)


def fault(file: str, row: Row, column: str, rule: str) -> RowFault:
    """The fault of one cell of a row."""
    return RowFault(file, row.line, column, row.cells[column][:SHOWN], rule)


def headerless(first: Sequence[str]) -> tuple[str, ...] | None:
    """The 49 columns, for a first row of 49 cells each of which is what its column holds.

    Candidate releases have come without a header (24.0.1).
    """
    if len(first) != len(LAYOUT):
        return None
    cells = dict(zip(LAYOUT, first, strict=True))
    try:
        for column, reader in (*READERS.items(), *_REST.items()):
            reader(cells[column])
    except BrokenRule:
        return None
    return LAYOUT
