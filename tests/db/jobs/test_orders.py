from __future__ import annotations

import os

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from db.jobs.orders import Command, Fault, FaultKind, Lines, Order, Word, line_of, shortened

ATOMIC = 4096
"""Bytes that POSIX writes to a pipe at once, at least on Linux."""


@given(st.text(), st.text(), st.text())
def test_a_word_fits_into_one_write(job: str, doing: str, value: str) -> None:
    fault = Fault(
        kind=FaultKind.INVALID,
        rule=shortened(doing * 9),
        parameter="filter",
        value=shortened(value * 9),
    )
    told = line_of(Word(job="0" * 36, doing=shortened(doing * 9), fault=fault))
    assert told.count(b"\n") == 1
    assert len(told) <= ATOMIC


def test_a_command_is_read_as_it_was_said() -> None:
    order = Order(
        job="j",
        method="m",
        parameters={"a": [1, None]},
        seconds=1,
        memory_mb=2,
        kept_s=3,
        folder="f",
        files_mb=4,
    )
    said = Command(begin=order)
    assert msgspec.json.decode(line_of(said), type=Command) == said


def test_lines_come_whole_and_without_waiting() -> None:
    read, write = os.pipe()
    lines = Lines(read)
    assert lines.read() == []
    os.write(write, b"one\ntw")
    assert lines.read() == [b"one"]
    os.write(write, b"o\n")
    assert not lines.is_closed
    os.close(write)
    assert lines.read() == [b"two"]
    assert lines.is_closed
    os.close(read)
