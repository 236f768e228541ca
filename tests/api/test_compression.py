"""Answers over the wire, compressed: what is sent is read raw, and decoded here."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Any

import brotli
import httpx
import pytest
import zstandard
from starlette.applications import Starlette
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from api.compression import COMPRESSIBLE, PIECE_BYTES, Compression
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

ITEMS = "/collections/incidents/items"
PAGE = {"limit": "30"}
LONG = b"0123456789abcdef" * 8 * PIECE_BYTES
DECODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda packed: zlib.decompress(packed, 31),
    "br": brotli.decompress,
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed),
}


def raw(client: httpx.Client, path: str, method: str = "GET", **more: str) -> httpx.Response:
    """Ask with headers; the content of the answer is what was sent."""
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    headers.setdefault("accept-encoding", "identity")
    with client.stream(method, path, headers=headers) as response:
        sent = b"".join(response.iter_raw())
    response.extensions["sent"] = sent
    return response


@pytest.mark.parametrize("coding", DECODED)
def test_a_page_is_the_same_in_every_coding(client: httpx.Client, coding: str) -> None:
    plain = raw(client, f"{ITEMS}?limit=30")
    packed = raw(client, f"{ITEMS}?limit=30", accept_encoding=coding)
    assert packed.headers["content-encoding"] == coding
    assert DECODED[coding](packed.extensions["sent"]) == plain.extensions["sent"]
    assert len(packed.extensions["sent"]) < len(plain.extensions["sent"]) / 3
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["vary"]
        assert "Accept," in response.headers["vary"]
    for name in ("link", "content-crs", "content-type", "last-modified"):
        assert packed.headers[name] == plain.headers[name]


def test_each_coding_has_a_validator_of_its_own(client: httpx.Client) -> None:
    tags = {raw(client, ITEMS, accept_encoding=name).headers["etag"] for name in DECODED}
    tags.add(raw(client, ITEMS).headers["etag"])
    assert len(tags) == 4
    assert not any(tag.startswith("W/") for tag in tags)


@pytest.mark.parametrize("coding", DECODED)
def test_a_compressed_answer_is_known_by_its_own_tag(client: httpx.Client, coding: str) -> None:
    tag = raw(client, ITEMS, accept_encoding=coding).headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}'):
        again = raw(client, ITEMS, accept_encoding=f"{coding}, x;q=0.1", if_none_match=sent)
        assert again.status_code == 304
        assert again.headers["etag"] == tag
        assert "Accept-Encoding" in again.headers["vary"]
        assert "content-encoding" not in again.headers


def test_the_tag_of_a_coding_that_the_client_cannot_read_is_not_known(client: httpx.Client) -> None:
    tag = raw(client, ITEMS, accept_encoding="br").headers["etag"]
    again = raw(client, ITEMS, accept_encoding="gzip", if_none_match=tag)
    assert again.status_code == 200
    assert again.headers["content-encoding"] == "gzip"


def test_a_plain_copy_is_still_known_to_who_reads_gzip(client: httpx.Client) -> None:
    tag = raw(client, ITEMS).headers["etag"]
    again = raw(client, ITEMS, accept_encoding="gzip", if_none_match=tag)
    assert (again.status_code, again.headers["etag"]) == (304, tag)


@pytest.mark.parametrize("path", [ITEMS, "/", "/health", "/static/liptako.css", "/nowhere"])
@pytest.mark.parametrize("coding", [*DECODED, "identity"])
def test_head_has_the_headers_of_get(client: httpx.Client, path: str, coding: str) -> None:
    get = raw(client, path, accept_encoding=coding)
    head = raw(client, path, "HEAD", accept_encoding=coding)
    assert head.extensions["sent"] == b""
    # How a body is framed is no property of it (RFC 9110, 9.3.2), and left out where there is none.
    passing = ("date", "transfer-encoding", "x-request-id")
    shown = [{k: v for k, v in one.headers.items() if k not in passing} for one in (get, head)]
    assert shown[0] == shown[1]


def test_a_small_body_is_left_alone(client: httpx.Client) -> None:
    response = raw(client, "/health", accept_encoding="gzip")
    assert "content-encoding" not in response.headers
    assert int(response.headers["content-length"]) == len(response.extensions["sent"])
    assert "Accept-Encoding" in response.headers["vary"]


@pytest.mark.parametrize(
    "media_type, is_compressed",
    [
        ("application/geo+json", True),
        ("application/geo+json-seq", True),
        ("application/problem+json", True),
        ("application/vnd.oai.openapi+json;version=3.0", True),
        ("application/geopackage+sqlite3", True),
        ("application/vnd.mapbox-vector-tile", True),
        ("application/flatgeobuf", True),
        ("text/csv", True),
        ("image/svg+xml", True),
        ("image/png", False),
        ("application/zip", False),
        ("application/vnd.apache.parquet", False),
        ("application/octet-stream", False),
    ],
)
def test_what_is_compressed(media_type: str, is_compressed: bool) -> None:
    matched = COMPRESSIBLE.fullmatch(media_type.partition(";")[0])
    assert (matched is not None) == is_compressed


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Open a client of answers that our own resources do not give."""
    file: Path = tmp_path_factory.mktemp("odd") / "long.json"
    file.write_bytes(LONG)

    def text(**headers: str) -> Callable[[Request], Response]:
        return lambda _: Response(LONG[:5000], headers=headers, media_type="application/json")

    app = Starlette(
        routes=[
            Route("/file", lambda _: FileResponse(file, media_type="application/json")),
            Route("/long", lambda _: Response(LONG, media_type="application/json")),
            Route("/packed", text(**{"Content-Encoding": "gzip"})),
            Route("/fixed", text(**{"Cache-Control": "no-transform"})),
            Route("/nothing", lambda _: Response(status_code=204)),
            Route("/stream", lambda _: StreamingResponse(iter([LONG] * 2), media_type="text/csv")),
        ]
    )
    with serving(Compression(app)) as base, httpx.Client(base_url=base, timeout=30) as opened:
        yield opened


@pytest.mark.parametrize("path, plain", [("/file", LONG), ("/long", LONG), ("/stream", LONG * 2)])
def test_a_long_body_comes_whole_and_without_a_length(
    odd: httpx.Client, path: str, plain: bytes
) -> None:
    response = raw(odd, path, accept_encoding="gzip")
    assert DECODED["gzip"](response.extensions["sent"]) == plain
    assert "content-length" not in response.headers
    assert "accept-ranges" not in response.headers
    head = raw(odd, path, "HEAD", accept_encoding="gzip")
    assert "content-length" not in head.headers
    assert head.headers["content-encoding"] == "gzip"


def test_a_part_is_a_part_of_the_plain_body(odd: httpx.Client) -> None:
    response = raw(odd, "/file", accept_encoding="gzip", range="bytes=16-31")
    assert response.status_code == 206
    assert response.extensions["sent"] == b"0123456789abcdef"


@pytest.mark.parametrize("path", ["/packed", "/fixed", "/nothing"])
def test_what_must_not_be_touched_is_left_as_it_is(odd: httpx.Client, path: str) -> None:
    packed, plain = raw(odd, path, accept_encoding="br"), raw(odd, path)
    assert packed.headers.get("content-encoding") == plain.headers.get("content-encoding")
    assert packed.extensions["sent"] == plain.extensions["sent"]


@pytest.mark.parametrize("coding", DECODED)
def test_a_stream_is_never_held_back(coding: str) -> None:
    sent: list[Any] = []

    async def application(_: Scope, __: Receive, send: Send) -> None:
        media_type, tag = (b"content-type", b"text/csv"), (b"etag", b'W/"x"')
        await send({"type": "http.response.start", "status": 200, "headers": [media_type, tag]})
        for piece in (b"first ", b"", b"second "):
            before = len(sent)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            assert len(sent) > before or not piece
        await send({"type": "http.response.body", "body": b"last", "more_body": False})

    async def keep(message: Any) -> None:
        sent.append(message)

    async def nothing() -> Any:
        raise AssertionError("nobody reads the request")

    asked = [(b"accept-encoding", coding.encode())]
    scope = {"type": "http", "method": "GET", "headers": asked}
    asyncio.run(Compression(application)(scope, nothing, keep))
    assert (b"etag", f'W/"x-{coding}"'.encode()) in sent[0]["headers"]
    assert DECODED[coding](b"".join(message["body"] for message in sent[1:])) == (
        b"first second last"
    )
    assert [message["more_body"] for message in sent[1:]][-1] is False
