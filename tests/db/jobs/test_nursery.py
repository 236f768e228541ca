"""The process that computes, with methods that misbehave."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest

from db.jobs.orders import Command, FaultKind, Lines, Order, Word, line_of
from tests.db.jobs.asking import PATIENCE_S, descendants, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

DRIVER = """
import time
import numpy as np
from db.analyses.method import Method
from db.analyses.methods import METHODS
from db.analyses.parameters import Parameters
from db.jobs.nursery import main

def method(compute):
    METHODS[compute.__name__] = Method(
        compute.__name__, "1", "", "", Parameters, compute, layers=()
    )

@method
def busy(connection, chosen, progress):
    print("this is no word")
    progress(0.5, "turning")
    while True:
        pass

@method
def asleep(connection, chosen, progress):
    from sqlalchemy import text
    connection.execute(text("SELECT pg_sleep(600)"))

@method
def greedy(connection, chosen, progress):
    kept = [np.ones(1 << 24) for _ in range(1000)]

@method
def broken(connection, chosen, progress):
    raise RuntimeError("the secret of the database")

main()
"""


class Talk:
    """A nursery, and what it said."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._input = process.stdin
        self._lines = Lines(process.stdout.fileno())
        self.words: list[Word] = []

    def say(self, command: Command) -> None:
        self._input.write(line_of(command))
        self._input.flush()

    def hang_up(self) -> None:
        self._input.close()

    def heard(self, job: str) -> list[Word]:
        self.words += [msgspec.json.decode(line, type=Word) for line in self._lines.read()]
        return [word for word in self.words if word.job == job]

    def begin(self, method: str, seconds: float = PATIENCE_S, memory_mb: int = 1_024) -> str:
        job = str(uuid4())
        order = Order(
            job=job,
            method=method,
            parameters={},
            seconds=seconds,
            memory_mb=memory_mb,
            kept_s=60,
            folder="",
            files_mb=1,
        )
        self.say(Command(begin=order))
        return job

    def end_of(self, job: str) -> list[Word]:
        wait_until(lambda: any(word.has_ended for word in self.heard(job)))
        return self.heard(job)


@pytest.fixture(scope="module")
def shared() -> Iterator[Talk]:
    with nursery() as talk:
        yield talk


@pytest.fixture
def talk(shared: Talk, database_url: str) -> Talk:
    shared.say(Command(database=database_url))
    return shared


@contextmanager
def nursery() -> Iterator[Talk]:
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Talk(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def test_a_job_that_takes_too_long_is_ended(talk: Talk) -> None:
    words = talk.end_of(talk.begin("busy", seconds=1.0))
    assert [word.share for word in words if word.share is not None] == [0.5]
    (fault,) = [word.fault for word in words if word.fault is not None]
    assert (fault.kind, "longer" in fault.rule) == (FaultKind.LIMIT, True)


def test_so_is_one_that_waits_for_the_database(talk: Talk) -> None:
    words = talk.end_of(talk.begin("asleep", seconds=1.0))
    assert next(word.fault.kind for word in words if word.fault is not None) is FaultKind.LIMIT


def test_a_job_that_takes_too_much_memory_is_ended(talk: Talk) -> None:
    words = talk.end_of(talk.begin("greedy", memory_mb=512))
    (fault,) = [word.fault for word in words if word.fault is not None]
    assert (fault.kind, "memory" in fault.rule) == (FaultKind.LIMIT, True)


def test_a_fault_of_ours_keeps_its_secrets(talk: Talk) -> None:
    words = talk.end_of(talk.begin("broken"))
    (fault,) = [word.fault for word in words if word.fault is not None]
    assert fault.kind is FaultKind.FAULT
    assert "secret" not in fault.rule


def test_a_job_is_stopped_and_others_go_on(talk: Talk) -> None:
    stopped, other = talk.begin("busy"), talk.begin("busy")
    wait_until(lambda: len(descendants(talk.process.pid)) == 2)
    talk.say(Command(stop=stopped))
    assert [word.fault for word in talk.end_of(stopped) if word.has_ended] == [None]
    assert len(descendants(talk.process.pid)) == 1
    talk.say(Command(stop=str(uuid4())))
    assert not any(word.has_ended for word in talk.heard(other))
    talk.say(Command(stop=other))
    talk.end_of(other)


def test_children_end_with_whoever_started_the_nursery(database_url: str) -> None:
    with nursery() as talk:
        talk.say(Command(database=database_url))
        talk.begin("busy")
        wait_until(lambda: len(descendants(talk.process.pid)) == 1)
        (child,) = descendants(talk.process.pid)
        talk.hang_up()
        assert talk.process.wait(PATIENCE_S) == 0
        wait_until(lambda: not _is_alive(child))


def test_it_does_nothing_while_there_is_nothing_to_do(talk: Talk) -> None:
    talk.end_of(talk.begin("broken"))
    before = _ticks(talk.process.pid)
    time.sleep(0.5)
    assert _ticks(talk.process.pid) == before


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _ticks(pid: int) -> list[str]:
    """Time that a process has computed, by the system's count."""
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[11:13]
