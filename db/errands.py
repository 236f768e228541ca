"""What somebody waits for in the database, and how it is called off when nobody does any more.

A client that hangs up leaves a statement behind that may run for its whole time limit, on a
connection that others wait for. Whoever takes a request sets an :class:`Errand` in :data:`ERRAND`;
the connections that are used for it (`db.transaction.reading`) make themselves known to it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING

import psycopg

from db.errors import CalledOff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from sqlalchemy import Connection

CANCEL_TIMEOUT_S = 2.0
PATIENCE_S = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 1.0


class Errand:
    """The statements that run on behalf of one request; threads share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: list[psycopg.Connection[Any]] = []
        self._is_off = False

    @property
    def is_off(self) -> bool:
        """Whether it was called off."""
        return self._is_off

    @property
    def is_running(self) -> bool:
        """Whether a connection is in use for it."""
        return bool(self._running)

    def call_off(self) -> None:
        """Cancel what runs, and let nothing begin; return when nothing runs, or after a while.

        A cancellation that arrives between two statements is lost, so it is sent again.
        """
        give_up = time.monotonic() + PATIENCE_S
        pause = FIRST_PAUSE_S
        while self._cancel() and time.monotonic() < give_up:
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    @contextmanager
    def running(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """Use a connection for it.

        Raises
        ------
        CalledOff
            It was called off before.
        """
        with self._lock:
            if self._is_off:
                raise CalledOff
            self._running.append(connection)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(connection)

    def _cancel(self) -> bool:
        # Under the lock: no connection goes back to the pool, and to another request, while a
        # cancellation is on its way to it.
        with self._lock:
            self._is_off = True
            for connection in self._running:
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=CANCEL_TIMEOUT_S)
            return bool(self._running)


ERRAND: ContextVar[Errand | None] = ContextVar("errand", default=None)
"""What the current request does in the database; ``None`` where nobody can call it off."""


@contextmanager
def errand_of(connection: Connection) -> Iterator[Errand | None]:
    """Use a connection for the errand of the current request, where there is one.

    Raises
    ------
    CalledOff
        It was called off before.
    """
    errand = ERRAND.get()
    driver = connection.connection.driver_connection
    if errand is None or not isinstance(driver, psycopg.Connection):
        yield None
        return
    with errand.running(driver):
        yield errand
