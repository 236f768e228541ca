"""Programs that are measured: CPU seconds and memory of a process and all below it, by ``/proc``.

Wall time on a shared machine says little about a program; the CPU time that it took says more.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROC = Path("/proc")
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
START_SECONDS = 180
END_SECONDS = 15
SAMPLE_SECONDS = 0.1


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Tree:
    """A process and its children, which may come and go."""

    pid: int

    def cpu_s(self) -> float:
        """CPU seconds of all of them so far, those that have ended included."""
        own, children = _spent(self.pid)
        # Those that have ended are in the sums of who waited for them.
        return own + children + sum(Tree(child).cpu_s() for child in _children(self.pid))

    def rss_mb(self) -> float:
        """Megabytes of memory in use, shared pages counted for each process."""
        try:
            pages = int((PROC / str(self.pid) / "statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            return 0.0
        return pages * PAGE_MB + sum(Tree(child).rss_mb() for child in _children(self.pid))


def _spent(pid: int) -> tuple[float, float]:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0
    fields = text.rpartition(")")[2].split()
    own, children = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
    return own * TICK_S, children * TICK_S


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in (PROC / str(pid) / "task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def postgres_of(url: str) -> Tree:
    """The database server behind a URL, which runs on this machine.

    Raises
    ------
    RuntimeError
        It runs elsewhere, so nothing can be known of its CPU time.
    """
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        pid = row[0] if row else 0
        try:
            fields = (PROC / str(pid) / "stat").read_text()
        except FileNotFoundError:
            fields = ""
        if "(postgres)" not in fields:
            raise RuntimeError("the database does not run on this machine: unset DATABASE_URL")
        return Tree(int(fields.rpartition(")")[2].split()[1]))


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], ready_url: str, log: Path
) -> Iterator[Tree]:
    """Start a program, wait until it answers at a URL, and end it with all below it.

    Raises
    ------
    RuntimeError
        It ended, or did not answer in time; the message has the end of its log.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(command),
            env={**os.environ, **env},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, ready_url, log)
        yield Tree(process.pid)
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < START_SECONDS:
        if process.poll() is not None:
            break
        try:
            with urlopen(url, timeout=START_SECONDS):
                return
        except (HTTPError, URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"{process.args!r} does not answer:\n{log.read_text()[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(END_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return


@dataclass
class Memory:
    """The memory of a process over a while, sampled."""

    samples: list[float] = field(default_factory=list)

    @property
    def peak_mb(self) -> float:
        """The most of all samples."""
        return max(self.samples, default=0.0)

    def quarters_mb(self) -> list[float]:
        """The most in each quarter of the while: equal where memory does not grow."""
        ends = [len(self.samples) * part // 4 for part in range(5)]
        return [max(self.samples[start : max(end, start + 1)]) for start, end in pairwise(ends)]


@contextmanager
def watched(tree: Tree) -> Iterator[Memory]:
    """Sample the memory of a process while something else goes on."""
    memory = Memory([tree.rss_mb()])
    over = Event()

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS):
            memory.samples.append(tree.rss_mb())

    thread = Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()
