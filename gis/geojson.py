r"""Rows -> GeoJSON bytes, by batches.

Two habits of clients decide how values are written:

- QGIS before 3.44 guesses the type of a field from the first ten features, and its cache turns a
  missing integer into 0. A count that may be missing is therefore written with a fraction
  (``7.0``), which is read as a real number and keeps what is missing.
- QGIS 3.36 to 4.0 mangles ``\"`` and ``\\`` in strings; ``\u0022`` and ``\u005c`` are the same
  JSON and survive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gis.fields import Field

MEDIA_TYPE = "application/geo+json"
CHUNK = 64 * 1024
"""Least bytes that are handed on at once: one hand-over a feature costs 70 times as much."""


_QUOTE = ord('"')


class FeatureEncoder:
    """Turns rows into the members of a ``features`` array.

    Parameters
    ----------
    fields : sequence of Field
        Of the row's values after the geometry, in order.
    lead : int
        Values at the head of a row that are passed over (sort values of the page).

    Notes
    -----
    A row is ``(*lead values, key, geometry as GeoJSON text or None, *field values)``. Values are
    written as they are: texts, whole and real numbers, dates, moments (with a zone) and lists;
    what is missing is ``null``, and so is a real number that is not finite.
    """

    def __init__(self, fields: Sequence[Field], lead: int) -> None:
        names = [(field.name, Any) for field in fields]
        self._properties = msgspec.defstruct("Properties", names, gc=False)
        self._feature = msgspec.defstruct(
            "Feature",
            [("id", Any), ("geometry", Any), ("properties", self._properties)],
            tag_field="type",
            tag="Feature",
            gc=False,
        )
        self._lead = lead
        self._encode = msgspec.json.Encoder().encode

    def members(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """The features of some rows with commas between them; nothing for no rows."""
        return survives_qgis(self._encode([self._make(row) for row in rows])[1:-1])

    def lines(self, rows: Iterable[Sequence[Any]]) -> bytes:
        """The features of some rows as GeoJSON text sequences (RFC 8142) without separators."""
        return b"".join(survives_qgis(self._encode(self._make(row))) + b"\n" for row in rows)

    def feature(self, row: Sequence[Any], **members: Any) -> bytes:
        """One feature as a document of its own, with further members (``links``) at its end."""
        feature = survives_qgis(self._encode(self._make(row)))
        more = self._encode(members)[1:-1]
        return feature[:-1] + b"," + more + b"}" if more else feature

    def _make(self, row: Sequence[Any]) -> Any:
        lead = self._lead
        geometry = row[lead + 1]
        shape = None if geometry is None else msgspec.Raw(geometry.encode())
        return self._feature(row[lead], shape, self._properties(*row[lead + 2 :]))


def collection(parts: Iterable[bytes], tail: Callable[[], bytes]) -> Iterator[bytes]:
    """A FeatureCollection in chunks of at least :data:`CHUNK` bytes.

    Parameters
    ----------
    parts : iterable of bytes
        Each some features with commas between them; empty parts are passed over.
    tail : callable
        Gives further members of the collection as JSON without braces (``"links":[]``). It is
        called after the last part, so it may tell what the parts showed.
    """
    yield from chunked(_pieces(parts, tail))


def _pieces(parts: Iterable[bytes], tail: Callable[[], bytes]) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    between = b""
    for part in parts:
        if part:
            yield between + part
            between = b","
    rest = tail()
    yield b"]" + (b"," + rest if rest else b"") + b"}\n"


def chunked(pieces: Iterable[bytes], size: int = CHUNK) -> Iterator[bytes]:
    """The same bytes in chunks of at least ``size``, the last one excepted."""
    held: list[bytes] = []
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    if held:
        yield b"".join(held)


def survives_qgis(encoded: bytes) -> bytes:
    """The same JSON, written so that no QGIS mangles it."""
    # A search for one byte is several times as fast as one for two, and most bytes are no
    # backslashes: replacing both pairs took three times as long as encoding.
    first, *escaped = encoded.split(b"\\")
    if not escaped:
        return encoded
    return b"\\".join((first, *_renamed(iter(escaped))))


def _renamed(escaped: Iterator[bytes]) -> Iterator[bytes]:
    """What follows each backslash, with names for those of a quote and of a backslash."""
    for text in escaped:
        if not text:
            # The second backslash of a pair: what comes after it is plain.
            yield b"u005c" + next(escaped)
        elif text[0] == _QUOTE:
            yield b"u0022" + text[1:]
        else:
            yield text
