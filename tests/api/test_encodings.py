from __future__ import annotations

import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from api.encodings import Coding, coding_asked, codings_accepted, encoder

BROWSER = "gzip, deflate, br, zstd"


@pytest.mark.parametrize(
    "header, coding",
    [
        (None, None),
        ("", None),
        (BROWSER, Coding.ZSTD),
        ("gzip, deflate", Coding.GZIP),
        ("deflate", None),
        ("x-gzip", Coding.GZIP),
        ("GZIP", Coding.GZIP),
        ("br;q=0.5, gzip;q=0.9", Coding.GZIP),
        ("gzip;q=0.5,br ; q=0.5", Coding.BROTLI),
        ("zstd;q=0, *", Coding.BROTLI),
        ("*;q=0", None),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", Coding.GZIP),
        ("identity;q=0", None),
        ("gzip;q=0", None),
        ("gzip;q=broken", None),
        ("gzip;q=-1, br;q=1.0001", None),
        (", ;q=1, gzip", Coding.GZIP),
    ],
)
def test_the_coding_that_a_client_likes_best(header: str | None, coding: Coding | None) -> None:
    assert coding_asked(header) == coding


def test_every_coding_that_a_client_can_read() -> None:
    assert codings_accepted("gzip;q=0.1, br") == [Coding.BROTLI, Coding.GZIP]
    assert codings_accepted("*, br;q=0") == [Coding.ZSTD, Coding.GZIP]
    assert codings_accepted(None) == []


@given(st.text(max_size=60))
def test_any_header_is_read(header: str) -> None:
    asked = coding_asked(header)
    assert asked is None or asked in codings_accepted(header)


def read_so_far(coding: Coding, packed: bytes) -> bytes:
    """Decode a body that has not ended yet, as a client does that shows what it has."""
    if coding is Coding.GZIP:
        return zlib.decompressobj(31).decompress(packed)
    if coding is Coding.BROTLI:
        return bytes(brotli.Decompressor().process(packed))
    return zstandard.ZstdDecompressor().decompressobj().decompress(packed)


@given(st.sampled_from(Coding), st.lists(st.binary(max_size=300), max_size=5), st.binary())
def test_every_piece_can_be_read_when_it_arrives(
    coding: Coding, pieces: list[bytes], last: bytes
) -> None:
    stream = encoder(coding)
    packed, plain = b"", b""
    for piece in pieces:
        packed += stream.piece(piece)
        plain += piece
        assert read_so_far(coding, packed) == plain
    packed += stream.last(last)
    assert read_so_far(coding, packed) == plain + last
