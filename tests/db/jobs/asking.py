"""Jobs for tests: what is asked for, and a database in which a computation has to wait."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from db.analyses.cluster_parameters import ClusterParameters
from db.jobs.job import Limits, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 60.0

LIMITS = Limits(running=1, waiting=2, per_client=2, seconds=30.0, memory_mb=2_048, kept_s=3_600.0)

SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'liptako job %'"
)


def ticket(client: str = "192.0.2.1", **chosen: Any) -> Ticket:
    """A job of the method ``clusters``, over incidents everywhere."""
    parameters = ClusterParameters(**{"region": None, "min_points": 2, **chosen})
    return Ticket(
        method="clusters",
        parameters=parameters.model_dump(mode="json"),
        asked={"outputs": ["clusters"], "is_raw": False},
        client=client,
    )


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    give_up = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up, "it did not come to that"
        time.sleep(0.05)


@contextmanager
def held_up(url: str) -> Iterator[None]:
    """Have every computation wait in the database."""
    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE liptako.incident IN ACCESS EXCLUSIVE MODE")
        yield
        holder.rollback()


def number(url: str, query: str) -> int:
    """The number that a query gives."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def descendants(pid: int) -> list[int]:
    """Processes that a process started, and those started by them; zombies are none."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if status[0] != "Z":
                children.setdefault(int(status[1]), []).append(int(folder.name))
    found, left = [], [pid]
    while left:
        born = children.get(left.pop(), [])
        found += born
        left += born
    return found


def computing(pid: int | None = None) -> list[int]:
    """Processes of jobs below a process: children of a nursery."""
    every = descendants(os.getpid() if pid is None else pid)
    nurseries = [one for one in every if _is_nursery(one)]
    return [one for one in nurseries if any(one in descendants(other) for other in nurseries)]


def _is_nursery(pid: int) -> bool:
    try:
        return b"db.jobs.nursery" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
