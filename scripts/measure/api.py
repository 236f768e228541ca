"""Our server beside tipg and pygeoapi, over the same database, in one run.

Every server is asked in turn, round by round, so that what else the machine does hits all of them;
answers are compared before anything is timed. See docs/performance.md for what it printed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from db.cluster.serving import serving_database
from db.settings import Settings
from scripts.liptako.console import say
from scripts.measure import cases, peers, plain, whole
from scripts.measure.equality import compare
from scripts.measure.generated import generated_database
from scripts.measure.load import Taken
from scripts.measure.servers import LEAST, OURS, PYGEOAPI, TIPG, UNCACHED, servers
from scripts.measure.tables import Tables, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.measure.cases import Case
    from scripts.measure.servers import Server

ROUNDS = 3
SECONDS = 1.5
WARM = 2
QUICK_SECONDS = 0.4
CONNECTIONS = (1, 8, 32)
CROWDED = ("page of 10, all", "page of 100, filtered", "page of 1,000, all", "one feature")


class Bench:
    """Measurements of servers that run.

    Parameters
    ----------
    running : mapping of name to Server
    incidents : int
    rounds : int
    seconds : float
        For each server, case and round.
    """

    def __init__(
        self, running: dict[str, Server], incidents: int, rounds: int, seconds: float
    ) -> None:
        self._running = running
        self._incidents = incidents
        self._rounds = rounds
        self._seconds = seconds
        port = running[OURS].port
        self._cases = [
            cases.first_pages(),
            *cases.pages(port),
            *cases.others(port, incidents),
        ]

    def compared(self) -> Iterator[tuple[str, int]]:
        """Each case, and how many features were equal.

        Raises
        ------
        NotTheSame
            No time is worth anything then.
        """
        for case in self._cases:
            yield case.name, compare(case, self._running)

    def pages(self) -> Iterator[tuple[Case, dict[str, Taken]]]:
        """What each page took, with one connection."""
        yield from self._taken(self._cases)

    def tiles(self) -> Iterator[tuple[Case, dict[str, Taken]]]:
        """What each tile took, with one connection."""
        yield from self._taken(cases.tiles())

    def crowds(self) -> Iterator[tuple[Case, int, dict[str, Taken]]]:
        """What pages took with more and more connections."""
        for case in self._cases:
            if case.name in CROWDED:
                for connections in CONNECTIONS:
                    taken = {
                        name: self._running[name].take(
                            itertools.cycle(paths),
                            2 * self._seconds,
                            connections=connections,
                        )
                        for name, paths in case.paths.items()
                    }
                    yield case, connections, taken

    def _taken(self, asked: list[Case]) -> Iterator[tuple[Case, dict[str, Taken]]]:
        for case in asked:
            taken = {name: Taken() for name in case.paths}
            left = {
                # The first path was asked for when answers were compared.
                name: iter(paths[1:]) if case.once else itertools.cycle(paths)
                for name, paths in case.paths.items()
            }
            if not case.once:
                for name, paths in left.items():
                    self._running[name].take(paths, 0, fewest=WARM)
            for _ in range(self._rounds):
                for name, paths in left.items():
                    taken[name].add(self._running[name].take(paths, self._seconds))
            yield case, taken


def main() -> None:
    """Measure everything and print it as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=1_000_000, help="incidents to generate")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--keep", action="store_true", help="leave the database for the next run")
    given = parser.parse_args()
    rounds, seconds = (1, QUICK_SECONDS) if given.quick else (ROUNDS, SECONDS)
    tables = Tables()
    with (
        serving_database(Settings(), say) as server,
        tempfile.TemporaryDirectory(prefix="liptako-bench-") as scratch,
    ):
        say(f"Generating {given.incidents:,} incidents")
        with generated_database(server, given.incidents, keep=given.keep) as url:
            say("Making the tables that the others read")
            plain.make_plain(url)
            plain.make_ready(url)
            plain.settle(url)
            tables.told("Machine and versions", _machine(url))
            say("Starting the servers")
            with servers(url, Path(scratch)) as running:
                _measure(running, given.incidents, rounds, seconds, url, Path(scratch), tables)


def _measure(
    running: dict[str, Server],
    incidents: int,
    rounds: int,
    seconds: float,
    url: str,
    scratch: Path,
    tables: Tables,
) -> None:
    first = running[UNCACHED].take(cases.tiles()[0].paths[UNCACHED], 0, fewest=1)
    bench = Bench(running, incidents, rounds, seconds)
    say("Comparing answers")
    equal = dict(bench.compared())
    say("Pages")
    tables.pages("Pages, one connection", bench.pages(), (OURS, LEAST, TIPG, PYGEOAPI), equal)
    say("Tiles")
    tables.pages("Vector tiles, one connection", bench.tiles(), (UNCACHED, OURS, TIPG), {})
    tables.told("The first tile after a write", [("ms", number(1000 * first.seconds[0]))])
    say("Many connections")
    tables.crowds("Requests a second", bench.crowds(), (OURS, LEAST, TIPG, PYGEOAPI))
    say("Everything")
    rows = whole.copied(url)
    for _ in range(rounds):
        rows += [whole.streamed(running[name]) for name in (LEAST, OURS)]
    rows += [whole.walked(running[name], incidents) for name in (TIPG, PYGEOAPI)]
    tables.wholes("All features", rows)
    came = whole.keys_streamed(running[OURS], scratch)
    tables.told("Features in the one answer, each once", [("features", f"{came:,}")])


def _machine(url: str) -> list[tuple[str, str]]:
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT current_setting('server_version'), postgis_lib_version(),"
            " current_setting('shared_buffers'), pg_size_pretty(pg_database_size("
            "current_database())), pg_size_pretty(pg_total_relation_size('bench.incidents')),"
            " pg_size_pretty(pg_total_relation_size('bench.ready'))"
        ).fetchone()
    assert found is not None
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=peers.ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return [
        ("processor", f"{os.cpu_count()} x {_processor()}"),
        ("load before", " ".join(f"{load:.1f}" for load in os.getloadavg())),
        ("Python", platform.python_version()),
        ("PostgreSQL, PostGIS", f"{found[0]}, {found[1]}; shared_buffers {found[2]}"),
        ("database; plain table; ready text", "; ".join(found[3:])),
        ("liptako", commit),
        *((name, ", ".join(packages)) for name, packages in peers.PACKAGES.items()),
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
