"""Jobs of a server that runs as processes: two workers, and an end in the middle."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import httpx
import pytest

from tests.api.world import build
from tests.db.jobs.asking import SESSIONS, computing, descendants, held_up, number, wait_until
from tests.scripts.test_serving import server

EXECUTION = "/processes/clusters/execution"
ASYNC = {"Prefer": "respond-async"}
EVERYWHERE = {"inputs": {"region": None}}


@pytest.fixture
def world(database_url: str) -> str:
    build(database_url)
    return database_url


def begun(address: str) -> str:
    response = httpx.post(f"{address}{EXECUTION}", json=EVERYWHERE, headers=ASYNC, timeout=60)
    assert response.status_code == 201, response.text
    return str(response.headers["location"])


def status(job: str) -> str:
    return str(httpx.get(job, timeout=60).json()["status"])


def test_every_worker_knows_every_job_and_their_limits(world: str) -> None:
    with server(world, "--workers", "2") as running:
        with held_up(world):
            jobs = [begun(running.address) for _ in range(4)]
            wait_until(lambda: number(world, SESSIONS) == 1)
            # Each request is a connection of its own, taken by either worker.
            for job in jobs * 4:
                assert status(job) in ("accepted", "running")
            assert len(computing(running.process.pid)) == 1
            refused = httpx.post(
                f"{running.address}{EXECUTION}", json=EVERYWHERE, headers=ASYNC, timeout=60
            )
            assert refused.status_code == 429
            httpx.delete(jobs[0], timeout=60)
            wait_until(lambda: status(jobs[1]) == "running")
            assert status(jobs[0]) == "dismissed"
        for job in jobs[1:]:
            wait_until(lambda job=job: status(job) == "successful")  # type: ignore[misc]  # bound now
        assert running.end()[0] == 0


def test_a_server_that_is_told_to_end_takes_its_jobs_along(world: str) -> None:
    with held_up(world):
        with server(world) as running:
            job = begun(running.address)
            wait_until(lambda: number(world, SESSIONS) == 1)
            children = descendants(running.process.pid)
            assert running.end()[0] == 0
            wait_until(lambda: not any(map(is_alive, children)))
        wait_until(lambda: number(world, SESSIONS) == 0)
        with server(world) as again:
            found = httpx.get(f"{again.address}/jobs/{job.rpartition('/')[2]}").json()
    assert (found["status"], found["message"]) == (
        "failed",
        "the server that computed it was told to end",
    )


def test_a_server_that_is_killed_leaves_no_job_running_for_ever(world: str) -> None:
    with held_up(world):
        with server(world) as running:
            path = f"/jobs/{begun(running.address).rpartition('/')[2]}"
            waiting = f"/jobs/{begun(running.address).rpartition('/')[2]}"
            wait_until(lambda: number(world, SESSIONS) == 1)
            children = descendants(running.process.pid)
            assert len(children) == 2
            os.kill(running.process.pid, signal.SIGKILL)
            wait_until(lambda: not any(map(is_alive, children)))
        with server(world) as again:
            wait_until(lambda: status(f"{again.address}{path}") == "failed")
            results = httpx.get(f"{again.address}{path}/results")
            assert (results.status_code, results.json()["code"]) == (503, "JobLost")
            # The other one waits no longer: the new server computes it.
            wait_until(lambda: status(f"{again.address}{waiting}") == "running")


def is_alive(pid: int) -> bool:
    with suppress(OSError), open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
    return False
