"""What a server and its nursery say to one another: JSON, a line each.

Lines are shorter than a pipe writes at once, so those of several children never mix.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Any

import msgspec

LONGEST_TEXT = 300
"""Characters of a text that is told; four bytes each, and still within a pipe's atomic write."""


class FaultKind(StrEnum):
    """Why a job failed."""

    INVALID = "invalid"
    """Something asked for cannot be answered."""
    LIMIT = "limit"
    """It took more time or memory than is granted."""
    LOST = "lost"
    """The process that computed it has gone."""
    FAULT = "fault"
    """A fault of ours; the log has it."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A job to be computed.

    Parameters
    ----------
    job, method : str
    parameters : dict
    seconds, memory_mb, kept_s, folder, files_mb
        As of :class:`db.jobs.job.Limits`.
    """

    job: str
    method: str
    parameters: dict[str, Any]
    seconds: float
    memory_mb: int
    kept_s: float
    folder: str
    files_mb: int


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line to the nursery: the database, at first; then a job to begin, or one to stop."""

    database: str | None = None
    begin: Order | None = None
    stop: str | None = None


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a job failed; see :attr:`db.jobs.job.Job.fault`."""

    kind: FaultKind
    rule: str
    parameter: str | None = None
    value: str | None = None
    nearest: str | None = None


class Word(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line from the nursery about a job: how far it is, why it fails, or that it has ended."""

    job: str
    share: float | None = None
    doing: str = ""
    fault: Fault | None = None
    has_ended: bool = False


class Lines:
    """Lines out of a pipe, without waiting for them.

    Parameters
    ----------
    descriptor : int
        Made non-blocking.
    """

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._rest = b""
        self.is_closed = False

    def read(self) -> list[bytes]:
        """The lines that are there now; :attr:`is_closed` tells that no more will come."""
        while not self.is_closed:
            try:
                piece = os.read(self._descriptor, 1 << 16)
            except BlockingIOError:
                break
            self.is_closed = not piece
            self._rest += piece
        *whole, self._rest = self._rest.split(b"\n")
        return [line for line in whole if line]


def line_of(said: Command | Word) -> bytes:
    """A line, its end included."""
    return msgspec.json.encode(said) + b"\n"


def shortened(text: str) -> str:
    """A text that fits into a line."""
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
