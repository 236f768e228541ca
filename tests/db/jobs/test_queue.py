from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.clusters import METHOD
from db.analyses.run import run_method
from db.engine import create_engine
from db.errors import DatabaseUnreachable, QueueFull, TooManyJobs, UnknownJob
from db.history import current_version
from db.jobs import queue
from db.jobs.orders import Fault, FaultKind
from db.jobs.queue import writing
from db.vocabulary import JobStatus
from tests.db.jobs.asking import LIMITS, ticket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy import Engine

    from db.jobs.job import Job

FAULT = Fault(kind=FaultKind.FAULT, rule="it failed")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, pool_size=5)
    yield engine
    engine.dispose()


def submitted(engine: Engine, client: str = "192.0.2.1") -> UUID:
    with writing(engine) as connection:
        return queue.submit(connection, ticket(client), LIMITS)


def claimed(engine: Engine) -> Job | None:
    with writing(engine) as connection:
        return queue.claim(connection, LIMITS)


def stands(engine: Engine, job: UUID) -> Job:
    with writing(engine) as connection:
        return queue.job_of(connection, job)


def stored_run(engine: Engine, job: UUID) -> tuple[int, bool]:
    with writing(engine) as connection:
        chosen = ClusterParameters(region=None)
        run = run_method(connection, METHOD, chosen, keep_s=LIMITS.kept_s).run_id
        return run, queue.succeed(connection, job, run)


def test_jobs_are_claimed_in_the_order_of_their_coming(engine: Engine) -> None:
    first, second = submitted(engine), submitted(engine)
    assert stands(engine, first).status is JobStatus.ACCEPTED
    job = claimed(engine)
    assert job is not None
    assert (job.job_id, job.status, job.method) == (first, JobStatus.RUNNING, "clusters")
    assert claimed(engine) is None, "one runs already"
    with writing(engine) as connection:
        queue.fail(connection, first, FAULT, LIMITS)
    job = claimed(engine)
    assert job is not None
    assert job.job_id == second


def test_no_more_are_taken_than_may_wait_and_run(engine: Engine) -> None:
    for client in ("a", "b", "c"):
        submitted(engine, client)
    with pytest.raises(QueueFull):
        submitted(engine, "d")


def test_one_client_has_its_share(engine: Engine) -> None:
    submitted(engine)
    submitted(engine)
    with pytest.raises(TooManyJobs):
        submitted(engine)
    submitted(engine, "192.0.2.2")


def test_limits_hold_over_all_who_claim_at_once(engine: Engine) -> None:
    limits = replace(LIMITS, running=2, waiting=20, per_client=20)
    with writing(engine) as connection:
        for _ in range(10):
            queue.submit(connection, ticket(), limits)

    def claim_one(_: int) -> object:
        with writing(engine) as connection:
            return queue.claim(connection, limits)

    with ThreadPoolExecutor(5) as pool:
        found = [job for job in pool.map(claim_one, range(10)) if job is not None]
    assert len(found) == 2


def test_who_claimed_a_job_says_how_far_it_is(engine: Engine) -> None:
    job = submitted(engine)
    claimed(engine)
    with writing(engine) as connection:
        assert queue.still_running(connection, {job: (40, "half")}) == {job}
        assert queue.still_running(connection, {job: (30, "more")}) == {job}
    found = stands(engine, job)
    assert (found.progress, found.message) == (40, "more")
    with writing(engine) as connection:
        queue.dismiss(connection, job, LIMITS)
        assert queue.still_running(connection, {job: (50, "")}) == set()
        assert queue.still_running(connection, {}) == set()


def test_a_job_of_which_nothing_is_heard_has_failed(engine: Engine, database_url: str) -> None:
    job = submitted(engine)
    claimed(engine)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE liptako.job SET lease_until = now() - interval '1 second'")
    found = stands(engine, job)
    assert found.status is JobStatus.FAILED
    assert found.fault is not None
    assert found.fault["kind"] == "lost"
    with writing(engine) as connection:
        listed = queue.jobs_of(connection, "192.0.2.1", statuses=["failed"], limit=9)
        assert [each.job_id for each in listed] == [job]
        assert queue.tidy(connection, LIMITS) is False
    assert stands(engine, job).finished_at is not None
    assert stored_run(engine, job)[1] is False


def test_a_job_that_succeeds_has_its_run_for_as_long_as_that_is_kept(engine: Engine) -> None:
    job = submitted(engine)
    claimed(engine)
    run, counted = stored_run(engine, job)
    assert counted
    found = stands(engine, job)
    assert (found.status, found.progress, found.run_id) == (JobStatus.SUCCESSFUL, 100, run)
    with writing(engine) as connection:
        queue.fail(connection, job, FAULT, LIMITS)
    assert stands(engine, job) == found, "what has ended does not end again"


def test_a_dismissed_job_lets_go_of_its_results(engine: Engine, database_url: str) -> None:
    job = submitted(engine)
    claimed(engine)
    stored_run(engine, job)
    with writing(engine) as connection:
        assert queue.dismiss(connection, job, LIMITS).status is JobStatus.DISMISSED
        assert queue.dismiss(connection, job, LIMITS).run_id is None
    with psycopg.connect(database_url) as connection2:
        assert connection2.execute("SELECT count(*) FROM liptako.analysis_run").fetchone() == (0,)


def test_a_failed_job_can_be_dismissed(engine: Engine) -> None:
    job = submitted(engine)
    with writing(engine) as connection:
        queue.fail(connection, job, FAULT, LIMITS)
        found = queue.dismiss(connection, job, LIMITS)
    assert (found.status, found.fault) == (JobStatus.DISMISSED, None)


def test_what_has_expired_is_there_no_longer(engine: Engine, database_url: str) -> None:
    job = submitted(engine)
    claimed(engine)
    run, _ = stored_run(engine, job)
    past = "now() - interval '1 second'"
    with psycopg.connect(database_url) as connection:
        connection.execute(f"UPDATE liptako.job SET expires_at = {past}")
        connection.execute(f"UPDATE liptako.analysis_run SET expires_at = {past}")
    with pytest.raises(UnknownJob):
        stands(engine, job)
    with writing(engine) as connection2:
        queue.tidy(connection2, LIMITS)
    with psycopg.connect(database_url) as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM liptako.job), (SELECT count(*) FROM liptako.analysis_run)"
        ).fetchone()
    assert run
    assert left == (0, 0)


def test_a_list_has_the_jobs_of_one_client_latest_first(engine: Engine) -> None:
    first, second = submitted(engine), submitted(engine)
    submitted(engine, "elsewhere")
    with writing(engine) as connection:
        listed = queue.jobs_of(connection, "192.0.2.1", limit=9)
        assert [job.job_id for job in listed] == [second, first]
        paged = queue.jobs_of(connection, "192.0.2.1", limit=1, offset=1)
        assert [job.job_id for job in paged] == [first]
        assert queue.jobs_of(connection, "192.0.2.1", methods=["borders"], limit=9) == []


def test_a_job_that_there_is_not(engine: Engine) -> None:
    with writing(engine) as connection, pytest.raises(UnknownJob):
        queue.dismiss(connection, uuid4(), LIMITS)


def test_jobs_make_no_version_of_the_data(engine: Engine) -> None:
    job = submitted(engine)
    claimed(engine)
    stored_run(engine, job)
    with writing(engine) as connection:
        assert current_version(connection) == 0


def test_a_database_that_is_away_is_told_as_such() -> None:
    away = create_engine("postgresql://me@127.0.0.1:9/nowhere")
    with pytest.raises(DatabaseUnreachable), writing(away):
        raise AssertionError("there is no connection")
