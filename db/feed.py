"""The feed of a layer: what to change in a copy of it, from one state of the data to the present.

A :class:`Token` says at which state a copy stands. It is an opaque text, bound to the layer and the
selection that was copied, and to this database: it carries the moment at which its version was
recorded, so that it is not taken for the version of the same number in another database, or in one
that was restored from an older dump.

A walk over the pages of one answer leads to one state, whatever is written meanwhile; a copy agrees
with a state of the layer when it has taken in the last page.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated

import msgspec
from sqlalchemy import select

from db.cursor import query_identity
from db.difference import Page, differences
from db.errors import InvalidQuery, OutdatedToken
from db.models.state import DataVersion
from db.touched import Span

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.layers.layer import Layer
    from db.query import LayerQuery

PARAMETER = "since"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GREATEST = 2**63 - 1
_Number = Annotated[int, msgspec.Meta(ge=0, le=_GREATEST)]
_Key = Annotated[int, msgspec.Meta(ge=-_GREATEST, le=_GREATEST)]


@dataclass(frozen=True, slots=True)
class Token:
    """Where a copy of a selection stands.

    Parameters
    ----------
    version : int
        The state that it agrees with; 0 for an empty copy.
    until : int, optional
        The state to which the pages of an answer lead, between two of them.
    after : int, optional
        Key of the last feature that was brought to that state.
    """

    version: int
    until: int | None = None
    after: int | None = None


class _Wire(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    digest: str
    version: _Number
    recorded: _Key
    until: _Number | None = None
    ended: _Key | None = None
    after: _Key | None = None


@dataclass(frozen=True, slots=True)
class Installment:
    """A page of the feed.

    Parameters
    ----------
    page : Page
        What to change in the copy.
    span : Span
        From which state to which its walk leads.
    token : str
        With which to ask next.
    is_last : bool
        Whether the copy agrees with the end of the span once it has taken this page in.
    """

    page: Page
    span: Span
    token: str
    is_last: bool


def token_at(connection: Connection, layer: Layer, query: LayerQuery, version: int) -> str:
    """The token of a copy of what a query asks for, read at a version."""
    return _written(connection, layer, query, Token(version))


def read_token(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    text: str,
    *,
    parameter: str = PARAMETER,
) -> Token:
    """The token of a text, which a parameter gave.

    Raises
    ------
    InvalidQuery
        It is no token, or one of another layer or selection.
    OutdatedToken
        This database never was in that state: the copy has to be made anew.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        wire = msgspec.json.decode(urlsafe_b64decode(padded), type=_Wire)
    except (UnicodeEncodeError, BadBase64, msgspec.DecodeError) as fault:
        rule = "it is a token that this service gave, or left out for an empty copy"
        raise InvalidQuery(parameter, text, rule) from fault
    if wire.digest != _digest(layer, query):
        raise InvalidQuery(parameter, text, "it belongs to another layer or selection")
    if wire.recorded != _recorded(connection, wire.version) or not _is_walk(connection, wire):
        raise OutdatedToken(text)
    return Token(wire.version, wire.until, wire.after)


def installment(
    connection: Connection, layer: Layer, query: LayerQuery, token: Token, now: int, limit: int
) -> Installment:
    """The page of the feed that a token asks for.

    Parameters
    ----------
    connection : Connection
        One transaction.
    layer : Layer
    query : LayerQuery
        The selection of the copy; pages and order are passed over.
    token : Token
        ``Token(0)`` for an empty copy.
    now : int
        The version that the connection sees.
    limit : int
        Most features on the page.
    """
    until = now if token.until is None else token.until
    span = Span(token.version, until)
    page = differences(connection, layer, query, span, now, limit=limit, after=token.after)
    following = Token(until) if page.last is None else Token(token.version, until, page.last)
    text = _written(connection, layer, query, following)
    return Installment(page, span, text, page.last is None)


def _written(connection: Connection, layer: Layer, query: LayerQuery, token: Token) -> str:
    recorded = _recorded(connection, token.version)
    assert recorded is not None
    digest = _digest(layer, query)
    ended = None if token.until is None else _recorded(connection, token.until)
    wire = _Wire(digest, token.version, recorded, token.until, ended, token.after)
    return urlsafe_b64encode(msgspec.json.encode(wire)).rstrip(b"=").decode()


def _recorded(connection: Connection, version: int) -> int | None:
    """When a version was recorded, in microseconds; of version 0 none is known: 0."""
    if version == 0:
        return 0
    asked = select(DataVersion.recorded_at).where(DataVersion.version == version)
    moment = connection.scalar(asked)
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def _is_walk(connection: Connection, wire: _Wire) -> bool:
    if wire.until is None:
        return wire.after is None
    return wire.until >= wire.version and _recorded(connection, wire.until) == wire.ended


def _digest(layer: Layer, query: LayerQuery) -> str:
    return blake2b(query_identity(layer, query).encode(), digest_size=6).hexdigest()
