"""Two writers at once, in every order of their steps: no interval overlaps, and none is missing."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import combinations
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.db.intervals import check_intervals, check_summaries, life, state
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source, version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Connection = psycopg.Connection[Any]

LOCKED = "SELECT FROM liptako.incident FOR UPDATE"
TITLE = "UPDATE liptako.incident SET title = '{writer}-{n}'"
LOW = "UPDATE liptako.estimate SET low = {n}"
CLAIM = (
    "INSERT INTO liptako.claim (code, incident_id, report_id, kind, statement, harm,"
    " person_status, low) SELECT '{writer}-{n}', incident_id, report_id, 'casualties', 'x',"
    " 'killed', 'all', {n} FROM liptako.incident, liptako.report"
)
NAME = "UPDATE liptako.source SET name = '{writer}-{n}'"
PROGRAMS = {
    "the same two tables": ((TITLE, LOW), (TITLE, LOW)),
    "two tables crosswise": ((TITLE, LOW), (LOW, TITLE)),
    "a claim, and the name it is told with": ((CLAIM, TITLE), (NAME, CLAIM)),
    "a row is locked before it is written": ((LOCKED, TITLE), (LOW, TITLE)),
    "both lock it and write another": ((LOCKED, LOW), (LOCKED, CLAIM)),
}
LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
ENDS = (("COMMIT", "COMMIT"), ("COMMIT", "ROLLBACK"), ("ROLLBACK", "COMMIT"))
LOST = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.InFailedSqlTransaction,
)


class Writer:
    """A session that runs its statements one after the other while others run theirs."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.connection = psycopg.connect(url, autocommit=True, application_name=name)
        self.connection.execute("SET deadlock_timeout = '30ms'")
        self.pid = self.connection.info.backend_pid
        self.thread = ThreadPoolExecutor(1)
        self.steps: list[Future[Any]] = []

    def submit(self, statement: str) -> None:
        self.steps.append(self.thread.submit(self.connection.execute, statement.encode()))

    @property
    def waits(self) -> bool:
        return not all(step.done() for step in self.steps)

    @property
    def lost(self) -> bool:
        """Whether a step failed, as one of two in a deadlock must; the transaction with it."""
        faults = [fault for step in self.steps if (fault := step.exception()) is not None]
        assert all(isinstance(fault, LOST) for fault in faults), faults
        return bool(faults)

    def close(self) -> None:
        self.thread.shutdown()
        self.connection.close()


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def writers(database_url: str) -> Iterator[tuple[Writer, Writer]]:
    pair = Writer(database_url, "one"), Writer(database_url, "two")
    yield pair
    for writer in pair:
        writer.close()


def settle(db: Connection, writers: Sequence[Writer]) -> None:
    """Wait until every writer has done its steps, or waits for one that has nothing to do."""
    end = time.monotonic() + 60
    idle = True
    while waiting := [writer.pid for writer in writers if writer.waits]:
        assert time.monotonic() < end, "the writers wait for ever"
        idle = len(waiting) < len(writers)
        (blocked,) = db.execute(
            "SELECT count(*) FROM unnest(%s::int[]) pid WHERE pg_blocking_pids(pid) <> '{}'",
            [waiting],
        ).fetchone() or (0,)
        # Where both wait for one another, the database ends one of them.
        if idle and blocked == len(waiting):
            return
        time.sleep(0.001)


def interleavings(first: int, second: int) -> Iterator[list[int]]:
    """Every order in which the steps of two can follow one another, as who is next."""
    for places in combinations(range(first + second), first):
        yield [0 if step in places else 1 for step in range(first + second)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_interleaving_of_two_transactions_leaves_a_whole_history(
    db: Connection, writers: tuple[Writer, Writer], program: str, level: str
) -> None:
    source = add_source(db)
    incident = add_incident(db, source)
    add_estimate(db, incident, low=0, best=None, high=None)
    add_claim(db, incident, add_report(db, source), "told", low=0)
    for writer in writers:
        writer.connection.execute(
            f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}".encode()
        )
    number = 0
    for ends in ENDS:
        for order in interleavings(3, 3):
            number += 1
            before, then = version(db), state(db)
            steps = [
                [text.format(writer=writer.name, n=number) for text in PROGRAMS[program][k]]
                for k, writer in enumerate(writers)
            ]
            for k, writer in enumerate(writers):
                writer.steps.clear()
                writer.submit("BEGIN")
                steps[k].append(ends[k])
            for k in order:
                writers[k].submit(steps[k].pop(0))
                settle(db, writers)
            settle(db, writers)
            committed = {
                writer.name
                for writer, how in zip(writers, ends, strict=True)
                if not writer.lost and how == "COMMIT"
            }
            drawn = db.execute(
                "SELECT application, version FROM liptako.data_version WHERE version > %s"
                " ORDER BY version",
                [before],
            ).fetchall()
            assert {name for name, _ in drawn} == committed, (order, ends)
            assert state(db, before) == then
            if "lock" not in program and level == "READ COMMITTED":
                # Who takes turns at the first written row meets no deadlock.
                assert not any(writer.lost for writer in writers)
            for name, at in drawn:
                written = state(db, at)
                assert any(name in str(row) or str(number) in str(row) for row in _new(written, at))
    check_intervals(db)
    check_summaries(db)
    assert state(db, version(db)) == state(db)
    for table, rows in state(db).items():
        if table in ("incident", "estimate", "source"):
            for row in rows:
                lives = life(db, table, row[0])
                # Never deleted, so it was there at every moment since it came.
                assert [until for _, until in lives[:-1]] == [since for since, _ in lives[1:]]


def _new(written: dict[str, list[tuple[Any, ...]]], at: int) -> list[tuple[Any, ...]]:
    """The rows that a version wrote, which name it."""
    return [row for rows in written.values() for row in rows if at in row]


@pytest.mark.parametrize("level", LEVELS)
def test_many_writers_of_one_incident_leave_one_row_for_each_commit(
    database_url: str, db: Connection, level: str
) -> None:
    source = add_source(db)
    incident = add_incident(db, source)
    add_estimate(db, incident, low=0, best=None, high=None)
    since = version(db)

    def write(number: int) -> int:
        done = 0
        with psycopg.connect(database_url, autocommit=True) as own:
            own.execute(f"SET default_transaction_isolation = '{level.lower()}'".encode())
            for turn in range(6):
                with own.transaction(force_rollback=turn == 3):
                    try:
                        own.execute("UPDATE liptako.estimate SET low = low + 1")
                        own.execute("UPDATE liptako.incident SET title = %s", [str(number)])
                    except psycopg.errors.SerializationFailure as lost:
                        raise psycopg.Rollback from lost
                    done += turn != 3
        return done

    with ThreadPoolExecutor(6) as pool:
        done = sum(pool.map(write, range(6)))
    lives = life(db, "incident", incident)
    assert len(lives) == done + 1
    assert lives[0][0] == since - 1
    assert [until for _, until in lives[:-1]] == [start for start, _ in lives[1:]]
    assert db.execute("SELECT low FROM liptako.estimate").fetchone() == (done,)
    check_intervals(db)
    check_summaries(db)
