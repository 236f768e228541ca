"""Whether a server runs on a data folder, and how it is stopped.

``postmaster.pid`` says which process it is, ``/proc`` whether it still is. The file alone proves
nothing: it survives ``kill -9``, and its number may belong to another program by then.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from db.errors import CommandFailed

PID_FILE = "postmaster.pid"
STOP_SECONDS = 120.0
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Postmaster:
    """A server process that lives, and what it wrote about itself.

    ``port`` is None and ``status`` '' as long as it has not written them.
    """

    pid: int
    port: int | None
    status: str


def find(data: Path) -> Postmaster | None:
    """Find the living server of a data folder; None when there is none.

    That it lives does not mean that it answers: it may be starting, stopping, or about to die.
    """
    try:
        lines = (data / PID_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    fields = [line.strip() for line in lines] + [""] * 8
    if not fields[0].isdecimal() or not serves(int(fields[0]), data):
        return None
    port = int(fields[3]) if fields[3].isdecimal() else None
    return Postmaster(int(fields[0]), port or None, fields[7])


def serves(pid: int, data: Path) -> bool:
    """Tell whether a process is a postgres whose arguments name this data folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return False
    # A dead process that its parent has not collected yet has no arguments left.
    named = any(word.startswith("/") and Path(word) == data for word in words[1:])
    return Path(words[0]).name in ("postgres", "postmaster") and named


def stop(running: Postmaster, data: Path) -> None:
    """Stop a server: running queries are broken off, what was committed is kept.

    By a signal rather than by pg_ctl, so that a server can be stopped whose programs are gone.

    Raises
    ------
    CommandFailed
        When it lives on for `STOP_SECONDS`.
    """
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGINT)
    end = time.monotonic() + STOP_SECONDS
    while serves(running.pid, data):
        if time.monotonic() > end:
            raise CommandFailed("stopping the database", f"process {running.pid} goes on")
        time.sleep(POLL_SECONDS)


def leftovers(data: Path) -> list[int]:
    """List the processes at work in a data folder: backends outlive a postmaster that was killed.

    Only those that we may look at: our own, or all of them as root.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                at_work = os.readlink(entry / "cwd") == str(data)
            except OSError:
                continue
            if at_work:
                found.append(int(entry.name))
    return sorted(found)
