"""Bytes and their validators: every answer can be asked again for the price of a header.

Validators are strong: the same validator means the same bytes. Compressed bytes are others, and
:mod:`api.compression` gives them another validator.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from api.links import link_header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from api.links import Link
    from gis.reference_systems import ReferenceSystem

REVALIDATE = "no-cache"
"""Keep the answer, and ask each time whether it still holds."""


class Chunked(Response):
    """A body that is at hand in pieces, sent one by one as the client takes them.

    Nothing is held for it but the pieces: no connection, no thread, so a client that reads slowly
    or hangs up costs nobody anything.

    Parameters
    ----------
    chunks : sequence of bytes
    media_type : str
    headers : mapping
    """

    def __init__(
        self, chunks: Sequence[bytes], media_type: str, headers: Mapping[str, str]
    ) -> None:
        self._chunks = chunks
        length = str(sum(map(len, chunks)))
        super().__init__(None, 200, {**headers, "content-length": length}, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the body."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def tag_of(*parts: object) -> str:
    """A strong entity tag of what an answer depends on."""
    return f'"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


def validators(tag: str, modified: datetime | None = None) -> dict[str, str]:
    """The headers by which an answer can be asked again."""
    headers = {"ETag": tag, "Cache-Control": REVALIDATE, "Vary": "Accept"}
    if modified is not None:
        last = min(whole_second(modified), datetime.now(UTC).replace(microsecond=0))
        headers["Last-Modified"] = format_datetime(last, usegmt=True)
    return headers


def content_crs(system: ReferenceSystem) -> dict[str, str]:
    """The header that says in which system the coordinates of an answer are."""
    return {"Content-Crs": f"<{system.uri}>"}


def is_known(request: Request, tag: str, modified: datetime | None = None) -> bool:
    """Whether the client has this very answer already (RFC 9110, 13.1.2 and 13.1.3).

    A date counts for a client that names no tag.
    """
    known = request.headers.get("if-none-match")
    if known is None:
        return modified is not None and _is_unmodified(request, whole_second(modified))
    if known.strip() == "*":
        return True
    tags = (part.strip().removeprefix("W/") for part in known.split(","))
    return tag in tags


def _is_unmodified(request: Request, modified: datetime) -> bool:
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (TypeError, ValueError):  # what is no date is passed over
        return False
    return modified <= (since if since.tzinfo is not None else since.replace(tzinfo=UTC))


def whole_second(moment: datetime) -> datetime:
    """The next whole second, as HTTP has no others.

    Rounded down, a state would have the date of the one that was shown earlier in that second.
    """
    return (moment + timedelta(microseconds=999_999)).astimezone(UTC).replace(microsecond=0)


def not_modified(headers: Mapping[str, str]) -> Response:
    """The answer to a client that has it already."""
    return Response(status_code=304, headers=headers)


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    links: Sequence[Link] = (),
    modified: datetime | None = None,
) -> Response:
    """A document that is cheap to make; its validator is made of its bytes."""
    headers = validators(tag_of(media_type, body), modified)
    if is_known(request, headers["ETag"], modified):
        return not_modified(headers)
    if links:
        headers["Link"] = link_header(links)
    return Response(body, headers=headers, media_type=media_type)


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """A document as JSON."""
    return msgspec.json.encode(document)
