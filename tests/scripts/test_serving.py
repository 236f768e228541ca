"""The server as a process: its workers, its log, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import IO, TYPE_CHECKING

import httpx
import psycopg
import pytest

from tests.api.test_metrics import ROUTE, counted, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ITEMS = "/collections/incidents/items"
PATIENCE_S = 60.0
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'liptako serve' AND wait_event_type = 'Lock'"
)
OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'liptako serve'"
)


@dataclass(frozen=True)
class Running:
    """A server that runs in a process of its own."""

    process: subprocess.Popen[str]
    address: str

    def end(self) -> tuple[int, str]:
        """Tell it to end; gives its status, and what it wrote after its address."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up, "it did not come to that"
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=PATIENCE_S).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def server(url: str, *arguments: str, **settings: str) -> Iterator[Running]:
    """Start ``liptako serve``; when it tells its address, it answers."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from scripts.liptako.app import main; main()"),
            *("serve", "--port", "0", *arguments),
        ],
        env={"DATABASE_URL": url, "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1", **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        found = re.search(r"http://\S+", first_line(process.stdout))
        assert found
        assert answers(found[0])
        yield Running(process, found[0])
    finally:
        process.kill()
        process.communicate()


def first_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def number(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def slow_request(url: str, address: str) -> Iterator[tuple[psycopg.Connection, list[object]]]:
    """Have a request wait in the database; gives what holds it up, and where its end is put."""
    ends: list[object] = []

    def ask() -> None:
        try:
            ends.append(httpx.get(f"{address}{ITEMS}", timeout=PATIENCE_S).status_code)
        except httpx.TransportError as fault:
            ends.append(fault)

    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE liptako.incident IN ACCESS EXCLUSIVE MODE")
        asking = Thread(target=ask)
        asking.start()
        wait_until(lambda: number(url, WAITING) == 1)
        yield holder, ends
        asking.join()


def refuses(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("workers", ["1", "2"])
def test_running_requests_end_before_the_server_does(database_url: str, workers: str) -> None:
    with (
        server(database_url, "--workers", workers, LIPTAKO_SHUTDOWN_GRACE_S="30") as running,
        slow_request(database_url, running.address) as (holder, ends),
    ):
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(running.address))
        assert running.process.poll() is None
        assert ends == []
        holder.rollback()
        wait_until(lambda: ends == [200])
        assert running.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_outlasts_the_time_of_grace_is_cut(database_url: str, workers: str) -> None:
    settings = {"LIPTAKO_SHUTDOWN_GRACE_S": "1", "LIPTAKO_STATEMENT_TIMEOUT_S": "0"}
    with (
        server(database_url, "--workers", workers, **settings) as running,
        slow_request(database_url, running.address) as (_, ends),
    ):
        assert running.end()[0] == 0
        wait_until(lambda: len(ends) == 1)
        assert ends != [200]
        # The lock is still held: its statement ends because it is called off.
        wait_until(lambda: number(database_url, OPEN) == 0)


def test_workers_count_together_and_are_started_anew(database_url: str, tmp_path: Path) -> None:
    settings = {"LIPTAKO_METRICS": "true", "TMPDIR": str(tmp_path)}
    with server(database_url, "--workers", "2", **settings) as running:
        for _ in range(40):
            assert httpx.get(f"{running.address}{ITEMS}").status_code == 200
        tellings = [counted(httpx.get(f"{running.address}/metrics").text) for _ in range(6)]
        asked = {"method": "GET", "route": ROUTE, "status": "200"}
        assert {value(told, "liptako_requests_total", **asked) for told in tellings} == {40}
        assert len(list(tmp_path.iterdir())) == 1
        pids = workers_of(running.process.pid)
        os.kill(pids[0], signal.SIGKILL)
        wait_until(lambda: len(set(workers_of(running.process.pid)) - {pids[0]}) == 2)
        wait_until(lambda: answers(running.address))
        assert running.end()[0] == 0
    assert list(tmp_path.iterdir()) == []


def workers_of(pid: int) -> list[int]:
    """The processes that answer requests; each was started by ``spawn``."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    return [int(child) for child in children if b"spawn_main" in command_of(child)]


def command_of(pid: str) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_line_of_the_log_is_an_object(database_url: str, workers: str) -> None:
    settings = {"LIPTAKO_LOG_FORMAT": "json", "LIPTAKO_LOG_TO": "stdout"}
    with server(database_url, "--workers", workers, **settings) as running:
        httpx.get(f"{running.address}{ITEMS}?limit=2", headers={"X-Request-ID": "one"})
        status, out = running.end()
    assert status == 0
    lines = [json.loads(line) for line in out.splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "one"]
    assert (line["path"], line["query"], line["status"]) == (ITEMS, "limit=2", 200)
    assert line["duration_ms"] >= line["first_byte_ms"] > 0
