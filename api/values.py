"""Text of a query parameter -> value of a field; what does not fit is refused, never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING

from db.errors import InvalidQuery
from gis.errors import InvalidInterval
from gis.fields import Field, Kind
from gis.interval import TICK, parse_interval
from gis.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.query import Value

LARGEST = 2**31 - 1
"""Greatest whole number that a field can hold; every count is a 32-bit integer or less."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_value(field: Field, text: str) -> Value:
    """Read the value that a field must have.

    Parameters
    ----------
    field : Field
    text : str
        A whole number may be written ``7`` or ``7.0``, as it leaves in GeoJSON. A moment is
        written like ``2019-12-10T12:00:00Z``.

    Raises
    ------
    InvalidQuery
        The text is no value of the field's kind, or none of its closed list.
    """
    return _READERS[field.kind](field, text)


def _text(field: Field, text: str) -> str:
    if field.words and text not in field.words:
        rule = f"it is one of {', '.join(field.words)}"
        raise InvalidQuery(field.name, text, rule, nearest=nearest(text, field.words))
    return text


def _number(field: Field, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    # float() takes "nan", "inf" and "1_000"; none of them is a JSON number.
    if not isfinite(number) or "_" in text:
        raise InvalidQuery(field.name, text, "it is a number")
    return number


def _whole(field: Field, text: str) -> int:
    number = _number(field, text)
    if not number.is_integer() or abs(number) > LARGEST:
        raise InvalidQuery(field.name, text, f"it is a whole number of at most {LARGEST}")
    return int(number)


def _date(field: Field, text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that the calendar does not have is refused like any other text
    raise InvalidQuery(field.name, text, "it is a day of the calendar, written like 2019-12-10")


def _moment(field: Field, text: str) -> datetime:
    rule = (
        "it is a moment, written like 2019-12-10T12:00:00Z; for days and intervals ask 'datetime'"
    )
    try:
        stretch = parse_interval(text)
    except InvalidInterval as fault:
        raise InvalidQuery(field.name, text, rule) from fault
    if stretch.start is None or stretch.end is None or stretch.end - stretch.start != TICK:
        raise InvalidQuery(field.name, text, rule)
    return stretch.start


def _refused(field: Field, text: str) -> Value:
    raise InvalidQuery(field.name, text, "a list of values cannot be asked for")


_READERS: dict[Kind, Callable[[Field, str], Value]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _whole,
    Kind.COUNT: _whole,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.DATETIME: _moment,
    Kind.TEXTS: _refused,
}
