"""Content codings: which one a request asks for, and bodies written in it piece by piece.

Speed counts, not the last percent: see ``docs/decisions`` on compression for what was measured.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import brotli
import zstandard
from isal import isal_zlib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GZIP_LEVEL, ZSTD_LEVEL, BROTLI_QUALITY = 1, 1, 1

_GZIP_WINDOW = 31
"""The greatest window, with the head and tail of a gzip file."""

_WEIGHT = re.compile(r"[01](?:\.\d{0,3})?")


class Coding(Enum):
    """The codings that we write, the one that is taken first among equals first."""

    ZSTD = "zstd"
    BROTLI = "br"
    GZIP = "gzip"


class Encoder(Protocol):
    """A body that is written in one coding."""

    def piece(self, plain: bytes) -> bytes:
        """Encode a piece, so that the client can read all of it as soon as it has it."""

    def last(self, plain: bytes) -> bytes:
        """Encode the last piece, and the end of the body."""


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor(ZSTD_LEVEL).compressobj()

    def piece(self, plain: bytes) -> bytes:
        done: bytes = self._stream.compress(plain)
        return done + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def last(self, plain: bytes) -> bytes:
        done: bytes = self._stream.compress(plain)
        return done + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Compressor(quality=BROTLI_QUALITY)

    def piece(self, plain: bytes) -> bytes:
        done: bytes = self._stream.process(plain)
        flushed: bytes = self._stream.flush()
        return done + flushed

    def last(self, plain: bytes) -> bytes:
        done: bytes = self._stream.process(plain)
        finished: bytes = self._stream.finish()
        return done + finished


class _Gzip:
    def __init__(self) -> None:
        self._stream = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, _GZIP_WINDOW)

    def piece(self, plain: bytes) -> bytes:
        return self._stream.compress(plain) + self._stream.flush(isal_zlib.Z_SYNC_FLUSH)

    def last(self, plain: bytes) -> bytes:
        return self._stream.compress(plain) + self._stream.flush(isal_zlib.Z_FINISH)


_ENCODERS: Mapping[Coding, type[Encoder]] = {
    Coding.ZSTD: _Zstd,
    Coding.BROTLI: _Brotli,
    Coding.GZIP: _Gzip,
}


def encoder(coding: Coding) -> Encoder:
    """A body that begins."""
    return _ENCODERS[coding]()


def coding_asked(accept_encoding: str | None) -> Coding | None:
    """The coding that a client likes best of ours; ``None`` for a body as it is.

    Parameters
    ----------
    accept_encoding : str, optional
        Value of the header (RFC 9110, 12.5.3). Where it is missing, nothing is compressed: the
        standard would allow it, but who asks for nothing may understand nothing.

    Examples
    --------
    >>> coding_asked("gzip, deflate"), coding_asked("br;q=0.5, gzip;q=0.9"), coding_asked(None)
    (<Coding.GZIP: 'gzip'>, <Coding.GZIP: 'gzip'>, None)
    """
    weights = _weights(accept_encoding)
    rest = weights.get("*", 0.0)
    best = max(Coding, key=lambda coding: weights.get(coding.value, rest))
    weight = weights.get(best.value, rest)
    # A client that prefers plain bodies says so; "identity" that is not named is merely allowed.
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else None


def codings_accepted(accept_encoding: str | None) -> list[Coding]:
    """All codings that a client can read."""
    weights = _weights(accept_encoding)
    rest = weights.get("*", 0.0)
    return [coding for coding in Coding if weights.get(coding.value, rest) > 0]


def _weights(accept_encoding: str | None) -> dict[str, float]:
    return dict(_named(accept_encoding or ""))


def _named(header: str) -> Iterable[tuple[str, float]]:
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name:
            yield name.removeprefix("x-"), _weight(parameters)


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()
            # A broken weight is no reason to refuse: the body goes out as it is.
            return min(float(value), 1.0) if _WEIGHT.fullmatch(value) else 0.0
    return 1.0
