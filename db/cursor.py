"""Where a walk over the pages of a layer stands: an opaque text for the ``next`` link.

A cursor carries the version of the data at which the walk began and the sort values of the last
feature, so each further page is read at that same state: a walk shows each feature once, whatever
is written meanwhile. It carries the count taken on the first page, too, so no page counts again,
and the keys of the features with which the walk began, so no page shows them again.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import msgspec
from sqlalchemy import Integer, SmallInteger

from db.errors import InvalidQuery
from db.exemplars import SAMPLE
from db.query import LayerQuery, Value, rows_of, sort_columns, sort_kinds
from gis.fields import Kind

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

    from db.layers.layer import Column, Layer

PARAMETER = "cursor"

_GREATEST_OF_ALL = 2**63 - 1
_GREATEST: dict[type[TypeEngine[Any]], int] = {SmallInteger: 2**15 - 1, Integer: 2**31 - 1}
"""Greatest whole number of a column's type, where it is not a big one."""


_Key: TypeAlias = Annotated[int, msgspec.Meta(ge=-_GREATEST_OF_ALL, le=_GREATEST_OF_ALL)]


@dataclass(frozen=True, slots=True)
class Cursor:
    """State of a walk.

    Parameters
    ----------
    version : int
        Version of the data at which the walk began.
    matched : int
        Features that match the query at that version.
    after : tuple
        Sort values of the last feature shown.
    leading : tuple of int
        Keys of the features that the walk lists before all others.
    """

    version: int
    matched: int
    after: tuple[Value, ...]
    leading: tuple[int, ...] = ()


class _Wire(msgspec.Struct, array_like=True):
    digest: str
    version: Annotated[int, msgspec.Meta(ge=0, le=_GREATEST_OF_ALL)]
    matched: Annotated[int, msgspec.Meta(ge=0, le=_GREATEST_OF_ALL)]
    after: list[str | int | float | None]
    leading: Annotated[list[_Key], msgspec.Meta(max_length=SAMPLE)] = []


def encode_cursor(layer: Layer, query: LayerQuery, cursor: Cursor) -> str:
    """The text of a cursor; it fits a URL as it is."""
    after = [v.isoformat() if isinstance(v, date) else v for v in cursor.after]
    leading = list(cursor.leading)
    wire = _Wire(_digest(layer, query), cursor.version, cursor.matched, after, leading)
    return urlsafe_b64encode(msgspec.json.encode(wire)).rstrip(b"=").decode()


def decode_cursor(layer: Layer, query: LayerQuery, text: str) -> Cursor:
    """Read a cursor that :func:`encode_cursor` made for the same layer and question.

    Raises
    ------
    InvalidQuery
        The text is no cursor, or belongs to another layer, filter or order: its count and its
        position would be wrong here.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        wire = msgspec.json.decode(urlsafe_b64decode(padded), type=_Wire)
    except (UnicodeEncodeError, BadBase64, msgspec.DecodeError) as fault:
        raise InvalidQuery(PARAMETER, text, "it is not a cursor of a 'next' link") from fault
    columns = [column for column, _ in sort_columns(layer, query, rows_of(layer, None))]
    if wire.digest != _digest(layer, query) or len(wire.after) != len(columns):
        raise InvalidQuery(PARAMETER, text, "it belongs to another layer, filter or order")
    try:
        triples = zip(wire.after, sort_kinds(layer, query), columns, strict=True)
        after = tuple(_value(value, kind, column) for value, kind, column in triples)
    except (TypeError, ValueError) as fault:
        raise InvalidQuery(PARAMETER, text, "its position cannot be read") from fault
    return Cursor(wire.version, wire.matched, after, tuple(wire.leading))


def query_identity(layer: Layer, query: LayerQuery) -> str:
    """What a count depends on, apart from the version: the layer and its conditions, as text."""
    whole = LayerQuery()
    asked = replace(
        query,
        version=None,
        sort_by=(),
        properties=None,
        with_geometry=whole.with_geometry,
        limit=None,
        after=None,
        offset=0,
        leading=(),
        by_place=False,
    )
    return f"{layer.id} {asked!r}"


def _digest(layer: Layer, query: LayerQuery) -> str:
    asked = f"{query_identity(layer, query)} {query.sort_by}"
    return blake2b(asked.encode(), digest_size=6).hexdigest()


def _value(value: str | int | float | None, kind: Kind, column: Column) -> Value:
    """A sort value that the column can be compared with: a cursor may have been forged."""
    if value is None:
        return None
    if kind is Kind.DATE:
        return date.fromisoformat(_text(value))
    if kind is Kind.DATETIME:
        return _civil(datetime.fromisoformat(_text(value)))
    if kind is Kind.NUMBER:
        return _real(value)
    if kind in (Kind.INTEGER, Kind.COUNT):
        return _whole(value, _GREATEST.get(type(column.type), _GREATEST_OF_ALL))
    return _text(value)


def _whole(value: str | int | float, greatest: int) -> int:
    if not isinstance(value, int) or not -greatest <= value <= greatest:
        raise ValueError(f"a whole number is at most {greatest}")
    return value


def _text(value: str | int | float) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError("a date or a text is written as text")
    return value


def _civil(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("civil time has no zone")
    return moment


def _real(value: str | int | float) -> float:
    if isinstance(value, str):
        raise TypeError("a number is not written as text")
    return float(value)
