"""Processes that answer requests: one, or several that share a port; and how they end.

SIGTERM and SIGINT end the server in order: new connections are refused, running requests have
`LIPTAKO_SHUTDOWN_GRACE_S` to end, then what still runs in the database is called off. The database
itself, if it is ours, is stopped last, by whoever called :func:`run`. SIGHUP replaces several
workers one by one.
"""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from api import log
from api.app import create_app
from api.metrics import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket
    from types import FrameType

    from starlette.types import ASGIApp

    from api.settings import Settings

REACTS_WITHIN_S = 60
"""A worker that says nothing for so long is replaced; on a busy machine it may take 10 seconds to
start, and says nothing meanwhile.
"""

ENDING = (signal.SIGTERM, signal.SIGINT)
SUPERVISED = (*ENDING, signal.SIGHUP, signal.SIGQUIT, signal.SIGTTIN, signal.SIGTTOU)


def application(settings: Settings, url: str) -> ASGIApp:
    """The application of one worker, whose log goes where the settings say."""
    log.configure(settings)
    return create_app(settings, url)


def run(settings: Settings, url: str, listener: socket) -> None:
    """Serve until a signal ends it.

    Parameters
    ----------
    settings : Settings
    url : str
        Of the database.
    listener : socket
        Bound already.
    """
    config = uvicorn.Config(
        partial(application, settings, url),
        factory=True,
        workers=settings.workers,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        timeout_worker_healthcheck=REACTS_WITHIN_S,
        # The log, the addresses behind a proxy and the headers are ours (`api`).
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    with _signals_put_back():
        if settings.workers == 1:
            # uvicorn raises the signal that ended it once more, when all is done.
            for number in ENDING:
                signal.signal(number, _end)
            uvicorn.Server(config).run(sockets=[listener])
            return
        with _counting_together():
            log.configure(settings)
            workers = Workers(config, [listener])
            workers.run()
            if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
                raise SystemExit(1)


class Workers(Multiprocess):
    """Worker processes, started anew when they die."""

    def terminate_all(self) -> None:
        """End them; from here on nobody is let in."""
        for each in self.sockets:
            each.close()
        super().terminate_all()

    def keep_subprocess_alive(self) -> None:
        """Start anew those that died, and count what they counted as theirs no longer."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _end(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)


@contextmanager
def _signals_put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SUPERVISED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _counting_together() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="liptako-metrics-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]
