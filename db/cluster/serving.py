"""A database for as long as we run: the one in DATABASE_URL, else a private cluster."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from db.cluster.cluster import Cluster
from db.settings import plain_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from db.settings import Settings

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def cluster_of(settings: Settings, say: Callable[[str], None] = lambda _: None) -> Cluster:
    """Give the private cluster that the settings describe, without starting it."""
    return Cluster(settings.home, way=settings.postgres, say=say)


@contextmanager
def serving_database(
    settings: Settings, say: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """Yield the URL of the database to use, and see that it is there meanwhile.

    With ``DATABASE_URL`` nothing is started. Otherwise the private cluster is, or is attached to;
    at the end, SIGTERM and SIGHUP included, it is stopped unless another program uses it.

    Parameters
    ----------
    settings : `db.settings.Settings`
    say : told what is being done, one sentence at a time

    Yields
    ------
    str
        A plain ``postgresql://`` URL, password included.

    Raises
    ------
    InvalidDatabaseUrl, ClusterError
    """
    if settings.database_url is not None:
        yield plain_url(settings.database_url)
        return
    cluster = cluster_of(settings, say)
    with _ending_on_signals():
        try:
            yield cluster.start()
        finally:
            cluster.leave()


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    # By default these signals end the program on the spot, and the server would be left running.
    # SIGINT raises KeyboardInterrupt as it is; only the main thread may set handlers.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _end) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
