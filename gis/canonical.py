"""Rows -> canonical lines: the one text in which features have a hash.

A feature is a line of canonical JSON (RFC 8785: sorted names, no white space, one way to write
each text and number) and a line feed::

    {"geometry":"0101000000...","id":7,"properties":{"country":"NER","killed_low":71.5}}

The geometry is its well-known binary (OGC 06-103r4, little-endian, WGS 84, east before north) in
lower-case hexadecimal digits: every bit of a coordinate counts, and no program's way to write
decimals does. Dates and moments are texts as in RFC 3339, a moment with ``Z`` and with microseconds
only where there are any. What is missing is ``null``, and so is a number that is not finite.

Whoever has the rows, in whatever file, can make these lines with any implementation of RFC 8785.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec
import rfc8785

from gis.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gis.fields import Field

ENCODING = "liptako-lines/1"
"""Name of this text; another one would have another number."""

_NUMBERS = (Kind.COUNT, Kind.NUMBER)
_EXACT = 2**53
"""From here on not every whole number is a double, and RFC 8785 writes them in a way of its own."""
_SMALL = 1e-3
"""Below it, msgspec writes an exponent sooner than RFC 8785 does."""


class LineEncoder:
    """Turns rows into canonical lines.

    Parameters
    ----------
    fields : sequence of Field
        Of the row's values after the geometry, in order.
    lead : int
        Values at the head of a row that are passed over.

    Notes
    -----
    A row is ``(*lead values, key, geometry as well-known binary or None, *field values)``. The
    lines do not depend on the order of the fields.
    """

    def __init__(self, fields: Sequence[Field], lead: int) -> None:
        placed = sorted(enumerate(fields, lead + 2), key=lambda each: each[1].name)
        names = [(field.name, Any) for _, field in placed]
        self._properties = msgspec.defstruct("Properties", names, gc=False)
        # Names in the order of the alphabet, which is that of RFC 8785 for those that we have.
        self._feature = msgspec.defstruct(
            "Feature", [("geometry", Any), ("id", Any), ("properties", self._properties)], gc=False
        )
        self._order = [place for place, _ in placed]
        self._numbers = [n for n, (_, field) in enumerate(placed) if field.kind in _NUMBERS]
        self._lead = lead
        self._encode = msgspec.json.Encoder().encode_lines

    def lines(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """The lines of some rows; nothing for no rows."""
        return self._encode([self._make(row) for row in rows])

    def _make(self, row: Sequence[Any]) -> Any:
        values = [row[place] for place in self._order]
        for place in self._numbers:
            if values[place] is not None:
                values[place] = number(values[place])
        key, geometry = row[self._lead], row[self._lead + 1]
        shape = None if geometry is None else geometry.hex()
        return self._feature(shape, key, self._properties(*values))


def number(value: float) -> int | float | msgspec.Raw | None:
    """A number as what msgspec writes in the canonical way; missing where it is not finite.

    Examples
    --------
    >>> number(7.0), number(-0.0), number(0.25), number(float("nan"))
    (7, 0, 0.25, None)
    """
    if not isfinite(value):
        return None
    size = abs(value)
    if size < _EXACT and value == int(value):
        return int(value)
    if _SMALL <= size < _EXACT:
        return value
    return msgspec.Raw(rfc8785.dumps(float(value)))


def canonical(document: Mapping[str, Any]) -> bytes:
    """A document as canonical JSON (RFC 8785); its numbers are whole."""
    return rfc8785.dumps(dict(document))
