"""All features at once, and what the database itself needs to send them."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import psycopg

from scripts.measure.cases import MOST, items_path
from scripts.measure.plain import PLAIN, SCHEMA
from scripts.measure.processes import Memory, postgres_of, watched
from scripts.measure.ready import ALL
from scripts.measure.servers import LEAST, OURS

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.measure.load import Taken
    from scripts.measure.servers import Server

READ = 2**18
SAMPLES = 5
STREAMS = {OURS: f"/collections/{PLAIN}/items?f=json&download=true", LEAST: "/all"}
COPIES = {
    "COPY of the ready text": ALL,
    "COPY of the rows, text": f"COPY {SCHEMA}.{PLAIN} TO STDOUT",
    "COPY of the rows, binary": f"COPY {SCHEMA}.{PLAIN} TO STDOUT (FORMAT binary)",
}


@dataclass(frozen=True, slots=True)
class Whole:
    """What it took to have all features.

    Parameters
    ----------
    name : str
    wall_s, first_s : float
        Until the last byte and the first.
    server_s, database_s : float
        CPU seconds.
    size : int
        Bytes.
    memory : Memory, optional
        Of the server meanwhile.
    """

    name: str
    wall_s: float
    first_s: float
    server_s: float
    database_s: float
    size: int
    memory: Memory | None = None


def streamed(server: Server) -> Whole:
    """All features in one answer."""
    before = server.tree.cpu_s(), server.database.cpu_s()
    with watched(server.tree) as memory:
        wall_s, first_s, size = _read(server, STREAMS[server.name], None)
    return Whole(
        server.name,
        wall_s,
        first_s,
        server.tree.cpu_s() - before[0],
        server.database.cpu_s() - before[1],
        size,
        memory,
    )


def walked(server: Server, incidents: int) -> Whole:
    """All features by pages, reckoned from a few of them that lie evenly over the whole.

    A page by ``offset`` costs more the further down it is, and cost grows evenly: so the mean of
    pages in the middle of equal parts is the mean of all.
    """
    part = incidents // SAMPLES
    limit = min(MOST, part)
    paths = [
        items_path(server.name, f"limit={limit}&offset={part * n + (part - limit) // 2}")
        for n in range(SAMPLES)
    ]
    taken = server.take(paths, 0, fewest=SAMPLES)
    pages = incidents / limit
    return _times(server.name, taken, pages)


def _times(name: str, taken: Taken, pages: float) -> Whole:
    each = pages / SAMPLES
    first_s = taken.seconds[0]
    size = int(taken.size * pages)
    return Whole(
        name, taken.wall_s * each, first_s, taken.server_s * each, taken.database_s * each, size
    )


def copied(url: str) -> list[Whole]:
    """The same out of the database by ``COPY``, to a client that drops it."""
    database = postgres_of(url)
    found = []
    with psycopg.connect(url, autocommit=True) as connection:
        for name, statement in COPIES.items():
            before = time.perf_counter(), database.cpu_s()
            size, first_s = 0, 0.0
            with connection.cursor().copy(statement.encode()) as copy:
                for chunk in copy:
                    first_s = first_s or time.perf_counter() - before[0]
                    size += len(chunk)
            wall_s = time.perf_counter() - before[0]
            found.append(Whole(name, wall_s, first_s, 0.0, database.cpu_s() - before[1], size))
    return found


class _Key(msgspec.Struct):
    id: int


class _Collection(msgspec.Struct):
    features: list[_Key]
    numberMatched: int


def keys_streamed(server: Server, folder: Path) -> int:
    """How many different features are in the one answer with all of them, which must be whole."""
    file = folder / "all.geojson"
    _read(server, STREAMS[OURS], file)
    found = msgspec.json.decode(file.read_bytes(), type=_Collection)
    file.unlink()
    keys = {feature.id for feature in found.features}
    if not len(keys) == len(found.features) == found.numberMatched:
        raise RuntimeError(f"{len(keys)} of {found.numberMatched} features came")
    return len(keys)


def _read(server: Server, path: str, into: Path | None) -> tuple[float, float, int]:
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise RuntimeError(f"{path} was answered {answer.status}")
    out = None if into is None else into.open("wb")
    first = answer.read(1)
    first_s, size = time.perf_counter() - begun, 1
    if out is not None:
        out.write(first)
    while chunk := answer.read1(READ):
        size += len(chunk)
        if out is not None:
            out.write(chunk)
    if out is not None:
        out.close()
    connection.close()
    return time.perf_counter() - begun, first_s, size
