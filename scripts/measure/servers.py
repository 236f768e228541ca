"""The servers side by side: started over one database, and ended together.

``liptako``    as ``liptako serve`` starts it, one process
``no cache``   the same, without a cache of tiles
``ready``      :mod:`scripts.measure.ready`, the least that a server can do
``tipg``, ``pygeoapi``   see :mod:`scripts.measure.peers`

Each is one process beside the database, answers at most ten requests at once, and writes no line
for a request.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.measure import peers
from scripts.measure.load import FEWEST, Taken, measured
from scripts.measure.peers import Program
from scripts.measure.processes import Tree, free_port, postgres_of, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OURS, UNCACHED, LEAST, TIPG, PYGEOAPI = "liptako", "no cache", "ready", "tipg", "pygeoapi"
NAMES = (OURS, UNCACHED, LEAST, TIPG, PYGEOAPI)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and the database behind it."""

    name: str
    port: int
    tree: Tree
    database: Tree

    def take(
        self, paths: Iterable[str], seconds: float, *, connections: int = 1, fewest: int = FEWEST
    ) -> Taken:
        """Ask for paths for so long; see :func:`scripts.measure.load.measured`."""
        return measured(
            self.port,
            paths,
            self.tree,
            self.database,
            connections=connections,
            seconds=seconds,
            fewest=fewest,
        )


@contextmanager
def servers(url: str, folder: Path) -> Iterator[dict[str, Server]]:
    """Start all servers over a database that has the tables of :mod:`scripts.measure.plain`.

    Parameters
    ----------
    url : str
        Of the database.
    folder : Path
        For their logs and configuration.
    """
    database = postgres_of(url)
    programs = (
        _ours(OURS, url, free_port(), {}),
        _ours(UNCACHED, url, free_port(), {"LIPTAKO_TILE_CACHE_MB": "0"}),
        _least(url, free_port()),
        peers.tipg(url, free_port()),
        peers.pygeoapi(url, free_port(), folder),
    )
    with ExitStack() as held:
        started = {}
        for program in programs:
            ready = f"http://127.0.0.1:{program.port}{program.ready}"
            log = folder / f"{program.name.replace(' ', '-')}.log"
            tree = held.enter_context(running(program.command, program.env, ready, log))
            started[program.name] = Server(program.name, program.port, tree, database)
        yield started


def _ours(name: str, url: str, port: int, env: dict[str, str]) -> Program:
    command = [str(Path(sys.executable).with_name("liptako")), "serve", f"--port={port}"]
    env = {"DATABASE_URL": url, "LIPTAKO_ACCESS_LOG": "false", **env}
    return Program(name, command, env, port, "/health")


def _least(url: str, port: int) -> Program:
    command = [sys.executable, "-m", "scripts.measure.ready", url, str(port)]
    return Program(LEAST, command, {}, port, "/items/1")
