"""Bodies compressed as they pass, for clients that ask for it.

Nothing is held back: each piece of a stream is compressed and flushed, so that its first byte
leaves when it would have left without us. A compressed body is another representation, and has a
validator of its own (RFC 9110, 8.8.3.3): the tag of the plain one with the coding in it. A client
that sends it back gets its 304 with the tag that it knows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from api.encodings import Coding, coding_asked, codings_accepted, encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.encodings import Encoder

LEAST_BYTES = 1_024
"""A shorter body fits into a packet or two anyway."""

PIECE_BYTES = 256 * 1_024
"""A longer body is compressed in pieces, between which other requests have their turn."""

COMPRESSIBLE = re.compile(
    r"text/.+|.+\+(?:json|xml|yaml|json-seq|sqlite3)|application/(?:json|xml|yaml|json-seq|x-ndjson"
    r"|javascript|flatgeobuf|vnd\.sqlite3|vnd\.mapbox-vector-tile|x-protobuf"
    r"|vnd\.apache\.arrow\.(?:stream|file))"
)
"""Media types that grow smaller; images, archives and Parquet are compressed in themselves."""

_OPAQUE = re.compile(r'"([^"]*)"')
_CODED = re.compile(r'"([^"]*)-(zstd|br|gzip)"')


class Compression:
    """Wraps an application whose bodies are plain."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request; compress the answer if the client and the body are for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = ", ".join(headers.getlist("accept-encoding"))
        tags = headers.get("if-none-match", "")
        known = _known(tags, codings_accepted(asked))
        if known:
            plain = _CODED.sub(lambda tag: f'"{tag[1]}"' if tag[1] in known else tag[0], tags)
            rest = [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]
            scope = {**scope, "headers": [*rest, (b"if-none-match", plain.encode("latin-1"))]}
        # A part of a body is a part of the plain one.
        coding = None if "range" in headers else coding_asked(asked)
        await self._app(scope, receive, _Passage(send, coding, known))


def _known(tags: str, accepted: Sequence[Coding]) -> dict[str, str]:
    """Tags of ours that the client sent, by the tags of the plain bodies that they stand for."""
    names = {coding.value for coding in accepted}
    return {plain: f"{plain}-{coding}" for plain, coding in _CODED.findall(tags) if coding in names}


class _Passage:
    """One answer on its way out.

    Parameters
    ----------
    send : callable
    coding : Coding, optional
        That the client asks for.
    known : dict
        As :func:`_known` gives it.
    """

    def __init__(self, send: Send, coding: Coding | None, known: dict[str, str]) -> None:
        self._send = send
        self._coding = coding
        self._known = known
        self._start: Message | None = None
        self._encoder: Encoder | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body":
            await self._continue(message)
        else:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        if message["status"] == 304:
            headers.add_vary_header("Accept-Encoding")
            self._name_as_known(headers)
        elif _may_be_compressed(headers):
            headers.add_vary_header("Accept-Encoding")
            if self._coding is not None:
                # Whether it is worth while depends on the body.
                self._start = message
                return
        await self._send(message)

    def _name_as_known(self, headers: MutableHeaders) -> None:
        tag = headers.get("etag")
        if tag is not None:
            headers["ETag"] = _OPAQUE.sub(lambda it: f'"{self._known.get(it[1], it[1])}"', tag)

    async def _continue(self, message: Message) -> None:
        body: bytes = message.get("body", b"")
        more: bool = message.get("more_body", False)
        if self._start is not None:
            start, self._start = self._start, None
            if await self._is_whole(start, body, more):
                return
        if self._encoder is None:
            await self._send(message)
            return
        for begin in range(0, len(body), PIECE_BYTES):
            packed = self._encoder.piece(body[begin : begin + PIECE_BYTES])
            await self._send({"type": "http.response.body", "body": packed, "more_body": True})
        if not more:
            last = self._encoder.last(b"")
            await self._send({"type": "http.response.body", "body": last, "more_body": False})

    async def _is_whole(self, start: Message, body: bytes, more: bool) -> bool:
        """Send the head, and a body that is compressed in one go; whether that was all."""
        assert self._coding is not None
        headers = MutableHeaders(scope=start)
        stated = headers.get("content-length")
        length = len(body) if not more and stated is None else stated
        if length is not None and int(length) < LEAST_BYTES:
            await self._send(start)
            return False
        headers["Content-Encoding"] = self._coding.value
        tag = headers.get("etag")
        if tag is not None:
            headers["ETag"] = _OPAQUE.sub(rf'"\1-{self._coding.value}"', tag)
        del headers["content-length"], headers["accept-ranges"]
        stream = encoder(self._coding)
        if more or not 0 < len(body) <= PIECE_BYTES:
            await self._send(start)
            self._encoder = stream
            return False
        packed = stream.last(body)
        headers["Content-Length"] = str(len(packed))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": packed, "more_body": False})
        return True


def _may_be_compressed(headers: MutableHeaders) -> bool:
    taken = ("content-encoding", "content-range")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        COMPRESSIBLE.fullmatch(media_type) is not None
        and not any(name in headers for name in taken)
        and "no-transform" not in headers.get("cache-control", "")
    )
