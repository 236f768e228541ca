"""The process that bears those that compute: ``python -m db.jobs.nursery``.

It has imported all that a computation needs, so that a job begins at once, and has no thread and no
connection of its own, so that it may fork. Commands come through its input, words go through its
output (:mod:`db.jobs.orders`). When its input ends, the server that started it has gone: it ends
its children, and itself.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import msgspec

from db.jobs.child import MEMORY_RULE, TIME_RULE, bound, compute
from db.jobs.orders import Command, Fault, FaultKind, Lines, Word, line_of

if TYPE_CHECKING:
    from db.jobs.orders import Order

ENDING = (signal.SIGTERM, signal.SIGINT)

_OUT_OF_MEMORY = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS}
"""How a process ends whose C code gets no memory and does not ask why."""


class Nursery:
    """Children by their job, and what is said of them.

    Parameters
    ----------
    read, write : int
        Descriptors of commands and of words.
    """

    def __init__(self, read: int, write: int) -> None:
        self._commands = Lines(read)
        self._read = read
        self._write = write
        self._database = ""
        self._children: dict[str, int] = {}
        self._ends: dict[str, float] = {}
        self._told: dict[str, Fault] = {}
        self._awake, self._ring = os.pipe()
        for end in (self._awake, self._ring):
            os.set_blocking(end, False)

    def run(self) -> None:
        """Do what is told until nobody tells any more."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._read, selectors.EVENT_READ)
            selector.register(self._awake, selectors.EVENT_READ)
            while not self._commands.is_closed:
                selector.select(self._patience())
                Lines(self._awake).read()
                for line in self._commands.read():
                    self._obey(msgspec.json.decode(line, type=Command))
                self._end_late_ones()
                self._bury()
        for job in self._children:
            self._kill(job)

    def _obey(self, command: Command) -> None:
        if command.database is not None:
            self._database = command.database
        if command.begin is not None:
            self._begin(command.begin)
        if command.stop is not None:
            self._kill(command.stop)

    def _begin(self, order: Order) -> None:
        child = os.fork()
        if child == 0:
            self._live(order)
        self._children[order.job] = child
        self._ends[order.job] = time.monotonic() + order.seconds

    def _live(self, order: Order) -> NoReturn:
        """Be the child."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*ENDING, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.close(self._read)
            bound(order)
            status = compute(self._database, order, self._write)
        finally:
            # Nothing of the nursery is to be done twice: no buffers, no handlers at exit.
            os._exit(status)

    def _patience(self) -> float | None:
        if not self._ends:
            return None
        return max(min(self._ends.values()) - time.monotonic(), 0.0)

    def _end_late_ones(self) -> None:
        now = time.monotonic()
        for job in [job for job, end in self._ends.items() if end <= now]:
            self._told[job] = Fault(kind=FaultKind.LIMIT, rule=TIME_RULE)
            del self._ends[job]
            self._kill(job)

    def _kill(self, job: str) -> None:
        # A child that is not buried yet keeps its number, so nobody else can have it.
        if job in self._children:
            os.kill(self._children[job], signal.SIGKILL)

    def _bury(self) -> None:
        for job, child in list(self._children.items()):
            buried, status = os.waitpid(child, os.WNOHANG)
            if not buried:
                continue
            del self._children[job]
            self._ends.pop(job, None)
            fault = self._told.pop(job, None)
            if fault is None and -os.WTERMSIG(status) in _OUT_OF_MEMORY:
                fault = Fault(kind=FaultKind.LIMIT, rule=MEMORY_RULE)
            os.write(self._write, line_of(Word(job=job, fault=fault, has_ended=True)))


def main() -> None:
    """Run with the input and output of this process."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    # What a library prints must not come among the words.
    write = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    Nursery(sys.stdin.fileno(), write).run()


if __name__ == "__main__":
    main()
