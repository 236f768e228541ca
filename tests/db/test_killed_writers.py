"""A load that is killed, or whose server is, leaves all that it wrote or nothing, and can go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.engine import connect
from db.migrate import upgrade
from seeds.formats.ucdp_ged import DATASET
from seeds.load import load
from tests.db.cluster.programs import server_of, wait_until
from tests.db.intervals import check_intervals, check_summaries, state
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source, version
from tests.postgis import cluster_home, throw_away_cluster
from tests.seeds.ged import write
from tests.seeds.loading import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[Any]

ROOT = Path(__file__).parents[2]
NAME = "a load to be killed"
EDITION = "25.1"
ROWS = 1_200
LOADER = f"""
import sys
from pathlib import Path
from db.engine import connect
from seeds.formats.ucdp_ged import DATASET
from seeds.load import load
with connect(sys.argv[1], application={NAME!r}) as connection:
    load(connection, Path(sys.argv[2]), DATASET, edition={EDITION!r})
"""
TABLES = ("raw_row", "incident", "claim", "incident_summary", "external_id")


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ged") / "large.csv"
    return write(path, (event(number, deaths_a=str(number % 9)) for number in range(ROWS)))


@contextmanager
def loading(url: str, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a load in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", LOADER, url, str(file)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as process:
        yield process
        process.kill()


def backends(db: Connection, waiting: bool = False) -> list[int]:
    """The sessions of the load; those only that wait for a lock, if asked."""
    asked = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
    if waiting:
        asked += " AND wait_event_type = 'Lock'"
    return [row[0] for row in db.execute(asked.encode(), [NAME])]


def edited(db: Connection) -> dict[int, dict[str, Any]]:
    """Some incidents with a history, and what every version of it looked like."""
    source = add_source(db)
    report = add_report(db, source)
    seen = {}
    for number in range(3):
        incident = add_incident(db, source, f"edited-{number}")
        add_estimate(db, incident, low=number, best=None, high=None)
        add_claim(db, incident, report, f"edited-{number}", low=number)
        db.execute("UPDATE liptako.incident SET title = title || '+'")
        seen[version(db)] = state(db)
    return seen


def finish(url: str, db: Connection, file: Path, seen: dict[int, dict[str, Any]]) -> None:
    """Load what was not loaded, and see that nothing before it has changed."""
    with connect(url) as connection:
        load(connection, file, DATASET, edition=EDITION)
    assert db.execute("SELECT count(*) FROM liptako.incident").fetchone() == (ROWS + 3,)
    assert db.execute("SELECT count(*) FROM liptako.incident_summary").fetchone() == (ROWS + 3,)
    asked = "SELECT count(*) FROM liptako.data_version WHERE version > %s"
    assert db.execute(asked, [max(seen)]).fetchone() == (1,)
    for at, then in seen.items():
        assert state(db, at) == then
    check_intervals(db)
    check_summaries(db)


@pytest.mark.parametrize("table", TABLES)
def test_a_load_that_is_killed_at_a_table_leaves_all_or_nothing(
    database_url: str, large_file: Path, table: str
) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as db,
        psycopg.connect(database_url) as barrier,
    ):
        seen = edited(db)
        before = max(seen)
        barrier.execute(f"LOCK TABLE liptako.{table} IN EXCLUSIVE MODE".encode())
        with loading(database_url, large_file) as process:
            wait_until(lambda: backends(db, waiting=True) != [])
            process.send_signal(signal.SIGKILL)
            process.wait()
            barrier.rollback()
            wait_until(lambda: backends(db) == [])
        if version(db) == before:
            assert state(db) == seen[before]
            assert db.execute("SELECT count(*) FROM liptako.import_run").fetchone() == (0,)
        else:
            # It had said "commit" and did not hear the answer.
            assert table == "incident_summary"
        finish(database_url, db, large_file, seen)


def processes_of(postmaster: int) -> list[int]:
    """A server, and every process that it started."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *map(int, children)]


@pytest.mark.parametrize("who", ["the session of the load", "every process of the server"])
def test_a_server_that_is_killed_in_mid_load_has_all_that_was_committed_and_nothing_else(
    large_file: Path, who: str
) -> None:
    with cluster_home() as folder, throw_away_cluster(folder / "c", durable=True) as cluster:
        url = cluster.url()
        upgrade(url)
        # They are not closed in peace.
        with (
            closing(psycopg.connect(url, autocommit=True)) as db,
            closing(psycopg.connect(url)) as barrier,
        ):
            seen = edited(db)
            barrier.execute("LOCK TABLE liptako.claim IN EXCLUSIVE MODE")
            with loading(url, large_file) as process:
                wait_until(lambda: backends(db, waiting=True) != [])
                (session,) = backends(db)
                killed = server_of(cluster).pid
                victims = [session] if who.startswith("the session") else processes_of(killed)
                for victim in victims:
                    os.kill(victim, signal.SIGKILL)
                process.wait()
        # A server one of whose sessions was killed ends the others and starts itself anew.
        wait_until(lambda: answers(cluster.start()))
        with psycopg.connect(url, autocommit=True) as db:
            assert version(db) == max(seen)
            assert state(db) == seen[max(seen)]
            finish(url, db, large_file, seen)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
