"""Files as bodies: whole or a range of them, told by one validator (RFC 9110, 14)."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, BinaryIO

import anyio
from anyio import to_thread
from starlette.responses import Response

from api.errors import RangeNotSatisfiable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

PIECE = 256 * 1024
STALLED_S = 120.0
"""A client that takes nothing for so long is taken for gone."""

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})", re.IGNORECASE)


class FileBody(Response):
    """A file that is open, or a range of it, read and sent in pieces; closed at the end.

    It may be deleted meanwhile: what is open can still be read.

    Parameters
    ----------
    file : binary file
    span : range
        Bytes to send.
    status : int
    media_type : str
    headers : mapping
    """

    def __init__(
        self,
        file: BinaryIO,
        span: range,
        status: int,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        self._file = file
        self._span = span
        super().__init__(None, status, {**headers, "content-length": str(len(span))}, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes."""
        try:
            start = {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
            await send(start)
            if scope["method"] != "HEAD":
                await self._send(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._file.close()

    async def _send(self, send: Send) -> None:
        self._file.seek(self._span.start)
        left = len(self._span)
        while left:
            piece = await to_thread.run_sync(self._file.read, min(PIECE, left))
            if not piece:
                raise OSError("a file became shorter while it was sent")
            left -= len(piece)
            with anyio.fail_after(STALLED_S):
                await send({"type": "http.response.body", "body": piece, "more_body": True})


def file_response(
    request: Request, file: BinaryIO, media_type: str, headers: Mapping[str, str]
) -> Response:
    """The answer to a request for a file: all of it, or the range that is asked for.

    Parameters
    ----------
    request : Request
    file : binary file
        Closed at the end of the answer.
    media_type : str
    headers : mapping
        Its validator among them: a range is of that very file, or nothing (``If-Range``).

    Raises
    ------
    RangeNotSatisfiable
        It begins behind the end of the file.
    """
    size = os.fstat(file.fileno()).st_size
    # Without it a proxy may compress, and a range would be of other bytes.
    control = f"{headers['Cache-Control']}, no-transform"
    headers = {**headers, "Accept-Ranges": "bytes", "Cache-Control": control}
    span = None
    if request.method == "GET" and _is_of_this_file(request, headers):
        try:
            span = range_asked(request.headers.get("range"), size)
        except RangeNotSatisfiable:
            file.close()
            raise
    if span is None:
        return FileBody(file, range(size), 200, media_type, headers)
    told = f"bytes {span.start}-{span.stop - 1}/{size}"
    return FileBody(file, span, 206, media_type, {**headers, "Content-Range": told})


def range_asked(text: str | None, size: int) -> range | None:
    """The bytes that a header asks for; ``None`` for all of them.

    A header that is no range of bytes, or several, is passed over, as it may be (RFC 9110, 14.2).

    Raises
    ------
    RangeNotSatisfiable
        It begins behind the end.

    Examples
    --------
    >>> range_asked("bytes=0-9", 100), range_asked("bytes=-5", 100), range_asked("bytes=90-", 100)
    (range(0, 10), range(95, 100), range(90, 100))
    """
    found = _RANGE.fullmatch((text or "").strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(size - int(found[2]), 0), size
    else:
        start = int(found[1])
        if found[2] and int(found[2]) < start:
            return None
        stop = min(int(found[2]) + 1, size) if found[2] else size
    if start >= size or start == stop:
        raise RangeNotSatisfiable(text or "", size)
    return range(start, stop)


def _is_of_this_file(request: Request, headers: Mapping[str, str]) -> bool:
    condition = request.headers.get("if-range")
    if condition is None:
        return True
    # Only the same strong validator will do; a date, only if it is the very same.
    return condition.strip() in (headers["ETag"], headers.get("Last-Modified"))
