from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from db.engine import create_engine
from db.jobs import queue
from db.jobs.dispatcher import Dispatcher
from db.jobs.queue import writing
from db.vocabulary import JobStatus
from tests.db.jobs.asking import (
    LIMITS,
    SESSIONS,
    computing,
    held_up,
    number,
    ticket,
    wait_until,
)
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy import Engine

    from db.jobs.job import Job


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with psycopg.connect(database_url) as connection:
        source = add_source(connection)
        for name in ("a", "b"):
            add_incident(connection, source, name)
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def dispatcher(engine: Engine) -> Iterator[Dispatcher]:
    made = Dispatcher(engine, LIMITS)
    yield made
    made.close()


def asked(dispatcher: Dispatcher, engine: Engine, **chosen: object) -> UUID:
    with writing(engine) as connection:
        job = queue.submit(connection, ticket(**chosen), dispatcher.limits)  # type: ignore[arg-type]  # parameters
    dispatcher.wake()
    return job


def stands(engine: Engine, job: UUID) -> Job:
    with writing(engine) as connection:
        return queue.job_of(connection, job)


def ended(engine: Engine, job: UUID) -> Job:
    wait_until(lambda: not stands(engine, job).is_unfinished)
    return stands(engine, job)


def is_running(engine: Engine, url: str, job: UUID) -> bool:
    return stands(engine, job).status is JobStatus.RUNNING and number(url, SESSIONS) == 1


def test_a_job_is_computed_in_another_process(engine: Engine, dispatcher: Dispatcher) -> None:
    first = asked(dispatcher, engine)
    job = ended(engine, first)
    assert (job.status, job.fault) == (JobStatus.SUCCESSFUL, None)
    with writing(engine) as connection:
        shown = connection.exec_driver_sql(
            "SELECT count(*) FROM liptako.result"
            " WHERE run_id = %s AND layer IN ('clusters', 'cluster-members')",
            (job.run_id,),
        ).scalar()
    assert shown == 3, "a cluster, and two members"


def test_what_is_invalid_fails_with_its_rule(engine: Engine, dispatcher: Dispatcher) -> None:
    job = ended(engine, asked(dispatcher, engine, region="nowhere"))
    assert job.status is JobStatus.FAILED
    assert job.fault is not None
    assert (job.fault["kind"], job.fault["parameter"], job.fault["value"]) == (
        "invalid",
        "region",
        "nowhere",
    )


def test_a_dismissed_job_is_really_stopped(
    engine: Engine, dispatcher: Dispatcher, database_url: str
) -> None:
    with held_up(database_url):
        job = asked(dispatcher, engine)
        wait_until(lambda: is_running(engine, database_url, job))
        assert len(computing()) == 1
        with writing(engine) as connection:
            queue.dismiss(connection, job, LIMITS)
        wait_until(lambda: not computing())
        wait_until(lambda: number(database_url, SESSIONS) == 0)
    assert stands(engine, job).status is JobStatus.DISMISSED
    assert ended(engine, asked(dispatcher, engine)).status is JobStatus.SUCCESSFUL


def test_a_child_that_is_killed_leaves_a_reason(
    engine: Engine, dispatcher: Dispatcher, database_url: str
) -> None:
    with held_up(database_url):
        job = asked(dispatcher, engine)
        wait_until(lambda: is_running(engine, database_url, job))
        (child,) = computing()
        os.kill(child, signal.SIGKILL)
        found = ended(engine, job)
    assert found.status is JobStatus.FAILED
    assert found.fault is not None
    assert found.fault["kind"] == "lost"


def test_two_servers_share_the_limits(
    engine: Engine, dispatcher: Dispatcher, database_url: str
) -> None:
    other = Dispatcher(engine, LIMITS)
    try:
        with held_up(database_url):
            first, second = asked(dispatcher, engine), asked(other, engine)
            wait_until(lambda: is_running(engine, database_url, first))
            other.wake()
            assert stands(engine, second).status is JobStatus.ACCEPTED
        assert ended(engine, first).status is JobStatus.SUCCESSFUL
        assert ended(engine, second).status is JobStatus.SUCCESSFUL
    finally:
        other.close()


def test_a_server_that_ends_says_so_of_its_jobs(
    engine: Engine, dispatcher: Dispatcher, database_url: str
) -> None:
    with held_up(database_url):
        job = asked(dispatcher, engine)
        wait_until(lambda: is_running(engine, database_url, job))
        dispatcher.close()
        assert computing() == []
        found = stands(engine, job)
    assert found.status is JobStatus.FAILED
    assert "end" in found.message
    dispatcher.wake()
    wait_until(lambda: number(database_url, SESSIONS) == 0)


def test_a_job_beyond_its_time_is_ended(engine: Engine, database_url: str) -> None:
    hasty = Dispatcher(engine, replace(LIMITS, seconds=1.0))
    try:
        with held_up(database_url):
            found = ended(engine, asked(hasty, engine))
        assert found.fault is not None
        assert found.fault["kind"] == "limit"
    finally:
        hasty.close()
