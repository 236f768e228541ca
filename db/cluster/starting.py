"""From whatever state a data folder is in to a server that answers.

The caller holds ``start.lock``: no other program starts or stops this server meanwhile. What can
be found all the same: a server that runs, starts, recovers or stops; one that was killed a moment
ago and still looks alive; a pid file whose process is long dead, or whose number another program
has by now; backends that outlive their killed server; an initdb whose program was killed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from db.cluster import postmaster
from db.cluster.locks import Lock
from db.cluster.server import free_port
from db.cluster.sessions import answers, ensure_database
from db.errors import ClusterError, CommandFailed, HomeUnusable, PortInUse, StillRunning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from db.cluster.postmaster import Postmaster
    from db.cluster.server import Server

DEFAULT_PORT = 54330
PORT_ATTEMPTS = 10
ANSWER_SECONDS = 600.0  # recovering from a crash in the midst of a great import takes minutes
LEFTOVER_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5
MOST_LAUNCHES = 3


def bring_up(server: Server, wanted_port: int | None, say: Callable[[str], None]) -> Postmaster:
    """Attach to the server of the data folder, or make the folder and start it.

    Parameters
    ----------
    server : what to run
    wanted_port : None for the port used last, 0 for any free one; not looked at when it runs
    say : told when something takes time

    Returns
    -------
    Postmaster
        The server that answers now.

    Raises
    ------
    StillRunning
        When processes of a dead server do not end.
    PortInUse
        When the port asked for is not to be had.
    CommandFailed
        When PostgreSQL fails; the end of its log is in the message.
    """
    lock = Lock(server.home.lock("server"))
    begun = time.monotonic()
    launches = 0
    pause = FIRST_PAUSE_SECONDS
    while True:
        waited = time.monotonic() - begun
        found = postmaster.find(server.data)
        if found:
            if found.port and _attach(server, found.port):
                return found
            if waited > ANSWER_SECONDS:
                raise CommandFailed("attaching to the database", f"process {found.pid} is silent")
        # The server and each of its backends hold this lock, so nothing of it is left alive.
        elif launches < MOST_LAUNCHES and lock.attempt():
            with lock:
                _launch(server, wanted_port, lock.fileno(), say)
            launches += 1
            begun, pause = time.monotonic(), 0.0
        elif waited > LEFTOVER_SECONDS:
            raise StillRunning(server.data, postmaster.leftovers(server.data))
        elif launches == MOST_LAUNCHES:
            raise CommandFailed("starting the database", f"it ended at once; see {server.home.log}")
        time.sleep(pause)
        pause = min(max(2 * pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


def _attach(server: Server, port: int) -> bool:
    password = server.home.password()
    if password is None:
        raise ClusterError(
            f"a server runs on {server.data}, but {server.home.password_file} is gone: "
            "stop it, and the next start sets a new password"
        )
    if not answers(port, password, server.data):
        return False
    if server.home.port() != port:
        server.home.keep_port(port, server.account)
    ensure_database(port, password)
    return True


def _launch(server: Server, wanted_port: int | None, lock: int, say: Callable[[str], None]) -> None:
    _make_ready(server, lock, say)
    for port in _ports(server, wanted_port):
        try:
            say(f"Starting PostgreSQL {server.binaries.version} on port {port}")
            server.launch(port, lock)
        except PortInUse:
            if wanted_port:
                raise
            say(f"Port {port} is in use: taking another")
            continue
        except CommandFailed as error:
            if "pre-existing shared memory block" in error.output:
                left = postmaster.leftovers(server.data)
                raise StillRunning(server.data, left) from error
            # A long recovery outlasts pg_ctl's patience, not ours.
            if postmaster.find(server.data) is None:
                raise
        return
    raise CommandFailed("starting the database", f"{PORT_ATTEMPTS} ports in a row were in use")


def _make_ready(server: Server, lock: int, say: Callable[[str], None]) -> None:
    if not server.data.exists():
        say(f"Creating the database in {server.data}")
        server.initialise(lock)
    elif not (server.data / "PG_VERSION").is_file():
        raise HomeUnusable(server.home.path, f"{server.data} is not a data folder of PostgreSQL")
    elif server.home.password() is None:
        server.forget_dead_postmaster()
        server.set_password(server.home.new_password(server.account), lock)
    else:
        server.forget_dead_postmaster()


def _ports(server: Server, wanted: int | None) -> Iterator[int]:
    if wanted:
        yield wanted
        return
    last = server.home.port() or (DEFAULT_PORT if wanted is None else None)
    if last:
        yield last
    for _ in range(PORT_ATTEMPTS):
        yield free_port()
