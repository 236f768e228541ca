"""Requests that are timed: one after another, or over many connections at once.

A client that does next to nothing, so that on a machine with few cores it takes little from the
servers that it measures: connections stay open, requests are bytes, answers are not parsed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scripts.measure.processes import Tree

BUFFER = 2**20
FEWEST = 3
"""Fewest requests of a round. PostgreSQL changes plans after five runs of a statement, so a case
takes several rounds."""


@dataclass
class Taken:
    """What requests took.

    Parameters
    ----------
    seconds : list of float
        Of each request, until its last byte.
    wall_s : float
        Of all of them.
    server_s, database_s : float
        CPU seconds of all of them.
    size : int
        Bytes of the last body.
    """

    seconds: list[float] = field(default_factory=list)
    wall_s: float = 0.0
    server_s: float = 0.0
    database_s: float = 0.0
    size: int = 0

    def add(self, other: Taken) -> None:
        """Take in another round of the same requests."""
        self.seconds += other.seconds
        self.wall_s += other.wall_s
        self.server_s += other.server_s
        self.database_s += other.database_s
        self.size = other.size

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of server and database a request."""
        return 1000 * (self.server_s + self.database_s) / len(self.seconds)

    @property
    def server_ms(self) -> float:
        """CPU milliseconds of the server alone a request."""
        return 1000 * self.server_s / len(self.seconds)

    @property
    def a_second(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.wall_s

    def percentile_ms(self, percent: int) -> float:
        """Milliseconds within which so many in a hundred requests were answered."""
        if len(self.seconds) < 2:
            return 1000 * self.seconds[0]
        return 1000 * quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


def measured(
    port: int,
    paths: Iterable[str],
    server: Tree,
    database: Tree,
    *,
    connections: int = 1,
    seconds: float,
    fewest: int = FEWEST,
) -> Taken:
    """Ask for paths, one after another, for so long, over so many connections.

    Raises
    ------
    RuntimeError
        An answer was not 200, had no length, or there were too few paths.
    """
    before = server.cpu_s(), database.cpu_s()
    taken = asyncio.run(_asked(port, iter(paths), connections, seconds, fewest))
    taken.server_s, taken.database_s = server.cpu_s() - before[0], database.cpu_s() - before[1]
    return taken


async def _asked(
    port: int, paths: Iterator[str], connections: int, seconds: float, fewest: int
) -> Taken:
    taken = Taken()
    begun = time.perf_counter()
    last = begun + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=BUFFER)
        while time.perf_counter() < last or len(taken.seconds) < fewest:
            start = time.perf_counter()
            path = next(paths, None)
            if path is None:
                raise RuntimeError(f"no more paths after {len(taken.seconds)} requests")
            taken.size = await _one(reader, writer, path)
            taken.seconds.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    taken.wall_s = time.perf_counter() - begun
    return taken


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    if b" 200 " not in head.partition(b"\r\n")[0] or not length:
        raise RuntimeError(f"{path} was answered {head.decode()}")
    await reader.readexactly(int(length))
    return int(length)
