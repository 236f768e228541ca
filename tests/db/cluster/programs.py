"""Programs that use a cluster, and ways to look at them and at the server from outside."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from db.cluster import postmaster

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.cluster.cluster import Cluster
    from db.cluster.postmaster import Postmaster

ROOT = Path(__file__).parents[3]

# Tells the URL, waits for a line, then tells whether it stopped the server.
USER = """
import sys
from pathlib import Path
from tests.postgis import throw_away_cluster
cluster = throw_away_cluster(Path(sys.argv[1]))
print(cluster.start(), flush=True)
sys.stdin.readline()
print(cluster.leave(), flush=True)
"""

# Serves until it is told to end by a signal.
SERVER = """
import signal, sys, time
from db.cluster.serving import serving_database
from db.settings import Settings
# A shell starts what it puts in the background with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with serving_database(Settings.model_validate({"LIPTAKO_HOME": sys.argv[1]})) as url:
    print(url, flush=True)
    time.sleep(60)
"""


class Program:
    """A Python program that runs beside us."""

    def __init__(self, source: str, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", source, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def finish(self) -> str:
        out, _ = self.process.communicate("\n", timeout=30)
        return out.strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)


def server_of(cluster: Cluster) -> Postmaster:
    data = cluster.home.existing_data()
    assert data is not None
    found = postmaster.find(data)
    assert found is not None
    return found


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)
