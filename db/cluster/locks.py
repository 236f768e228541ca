"""A lock on a file, freed by the kernel when its holder dies.

``flock`` belongs to the open file, not to the process: a child that inherits the file holds the
lock too. That is how a server keeps ``server.lock`` for as long as one of its processes lives, and
why nothing has to be cleaned up after ``kill -9``.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from db.errors import LockTimeout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLL_SECONDS = 0.05


class Lock:
    """An advisory lock, shared or exclusive; taken and released any number of times."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def fileno(self) -> int:
        """Give the descriptor to hand to a child that shall hold the lock too.

        Raises
        ------
        ValueError
            When the lock is not held.
        """
        if self._fd is None:
            raise ValueError(f"{self.path} is not held")
        return self._fd

    def attempt(self, *, shared: bool = False) -> bool:
        """Take the lock if that is possible at once; tell whether it was.

        A lock that this object holds already is released first.
        """
        self.release()
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        while True:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(fd, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(fd)
                return False
            if self._is_on_disk(fd):
                self._fd = fd
                return True
            # The file was deleted between open and flock: a lock on it would exclude nobody.
            os.close(fd)

    def take(
        self,
        *,
        shared: bool = False,
        seconds: float = 600.0,
        waiting: Callable[[], None] | None = None,
    ) -> None:
        """Take the lock, waiting for it if need be.

        Parameters
        ----------
        shared : hold it together with other sharers
        seconds : how long to wait at most
        waiting : called once, when the wait turns out to be longer than a second

        Raises
        ------
        LockTimeout
        """
        begun = time.monotonic()
        told = False
        while not self.attempt(shared=shared):
            waited = time.monotonic() - begun
            if waited > seconds:
                raise LockTimeout(self.path, seconds)
            if waited > 1 and waiting and not told:
                waiting()
                told = True
            time.sleep(POLL_SECONDS)

    def outlive_exec(self) -> None:
        """Let the program hold the lock that takes our place by ``exec``.

        Raises
        ------
        ValueError
            When the lock is not held.
        """
        os.set_inheritable(self.fileno(), True)

    def release(self) -> None:
        """Let go of the lock; children that inherited it still hold it. Harmless when not held."""
        if self._fd is not None:
            # Closing frees our hold alone, where LOCK_UN would free the children's too.
            os.close(self._fd)
            self._fd = None

    def _is_on_disk(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), os.stat(self.path))
        except FileNotFoundError:
            return False

    def __enter__(self) -> Lock:
        if not self.held:
            self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
