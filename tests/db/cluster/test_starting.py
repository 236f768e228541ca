"""Every state that a data folder can be found in, brought about for real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest

from db.cluster import postmaster, starting
from db.cluster.account import account_for
from db.errors import ClusterError, CommandFailed, HomeUnusable, OtherMajor, PortInUse, StillRunning
from tests.db.cluster.programs import USER, Program, query, server_of, wait_until
from tests.postgis import throw_away_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from db.cluster.cluster import Cluster


def data_of(cluster: Cluster) -> Path:
    data = cluster.home.existing_data()
    assert data is not None
    return data


def write_pid_file(cluster: Cluster, pid: int) -> None:
    lines = [pid, data_of(cluster), 1700000000, cluster.home.port(), "", "127.0.0.1", "", "ready"]
    (data_of(cluster) / postmaster.PID_FILE).write_text("\n".join(map(str, lines)) + "\n")


def test_eight_programs_start_one_server(home: Path, new_cluster: Cluster) -> None:
    programs = [Program(USER, home) for _ in range(8)]
    urls = {program.line() for program in programs}
    log = new_cluster.home.log.read_text()
    stopped = [program.finish() for program in programs]
    assert len(urls) == 1
    assert urls.pop().startswith("postgresql://liptako:")
    assert log.count("listening on IPv4") == 1
    assert sorted(stopped) == ["False"] * 7 + ["True"]


def test_data_and_port_survive_a_restart(home: Path, cluster: Cluster) -> None:
    url = cluster.start()
    query(url, "CREATE TABLE t AS SELECT 7 AS n")
    assert cluster.stop()
    again = throw_away_cluster(home)
    with again:
        assert again.url() == url
        assert query(url, "TABLE t") == [(7,)]


def test_starting_twice_is_starting_once(cluster: Cluster) -> None:
    assert cluster.start() == cluster.start()
    assert cluster.stop()


def test_a_killed_server_is_started_anew_with_all_that_was_committed(home: Path) -> None:
    with throw_away_cluster(home, durable=True) as cluster:
        url = cluster.url()
        query(url, "CREATE TABLE t AS SELECT 7 AS n")
        killed = server_of(cluster).pid
        os.kill(killed, signal.SIGKILL)
        # At once: for a moment it still looks alive.
        assert cluster.start() == url
        assert server_of(cluster).pid != killed
        assert query(url, "TABLE t") == [(7,)]


def test_a_query_that_outlives_its_killed_server(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.start()
    connection = psycopg.connect(url)
    backend = connection.info.backend_pid

    def work() -> None:
        # Computes without a pause in which it would notice that its postmaster is gone.
        with suppress(psycopg.Error):
            connection.execute("SELECT count(*) FROM generate_series(1, 1e10::bigint)")

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(
        lambda: (
            ("active",) in query(url, f"SELECT state FROM pg_stat_activity WHERE pid = {backend}")
        )
    )
    os.kill(server_of(cluster).pid, signal.SIGKILL)
    monkeypatch.setattr(starting, "LEFTOVER_SECONDS", 0.5)
    with pytest.raises(StillRunning) as caught:
        cluster.start()
    assert backend in caught.value.pids
    os.kill(backend, signal.SIGKILL)
    thread.join()
    connection.close()
    assert cluster.start() == url


def test_a_program_that_is_killed_leaves_no_trace(home: Path, cluster: Cluster) -> None:
    program = Program(USER, home)
    url = program.line()
    pid = server_of(cluster).pid
    program.kill()
    assert cluster.start() == url
    assert server_of(cluster).pid == pid
    assert cluster.stop()


def test_a_program_killed_during_initdb(home: Path, new_cluster: Cluster) -> None:
    program = Program(USER, home)
    wait_until(lambda: any(home.glob("pg*.tmp/PG_VERSION")))
    program.kill()  # its initdb goes on
    assert query(new_cluster.start(), "SELECT 1") == [(1,)]
    assert not list(home.glob("*.tmp"))


def test_what_a_killed_initdb_left_is_removed(home: Path, cluster: Cluster) -> None:
    cluster.start()
    data = data_of(cluster)
    assert cluster.stop()
    data.rename(home / f"{data.name}.tmp")
    (home / f"{data.name}.tmp" / "PG_VERSION").unlink()
    assert query(cluster.start(), "SELECT 1") == [(1,)]
    assert not list(home.glob("*.tmp"))


def test_a_stale_pid_file_of_no_process(cluster: Cluster) -> None:
    url = cluster.start()
    cluster.stop()
    gone = subprocess.Popen(["true"])
    gone.wait()
    write_pid_file(cluster, gone.pid)
    assert not cluster.status().running
    assert cluster.start() == url


def test_a_stale_pid_file_whose_number_another_process_has(cluster: Cluster) -> None:
    url = cluster.start()
    account = account_for(cluster.home.path, data_of(cluster))
    cluster.stop()
    other = subprocess.Popen(
        ["sleep", "60"],
        user=account.uid if account.switch else None,
        cwd="/",
    )
    write_pid_file(cluster, other.pid)
    assert cluster.start() == url
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_server_that_others_started_is_attached_to(cluster: Cluster) -> None:
    url = cluster.start()
    pid = server_of(cluster).pid
    cluster.home.port_file.unlink()
    assert cluster.start() == url
    assert server_of(cluster).pid == pid


def test_data_of_another_major_is_left_alone(home: Path, new_cluster: Cluster) -> None:
    old = home / "pg9"
    old.mkdir(parents=True)
    account = account_for(home, None)
    account.own(old)
    (old / "PG_VERSION").write_text("9\n")
    with pytest.raises(OtherMajor, match="made by PostgreSQL 9") as caught:
        new_cluster.start()
    assert (caught.value.found, caught.value.folder) == (9, old)
    assert (old / "PG_VERSION").exists()


def test_a_folder_that_is_not_of_postgresql(cluster: Cluster) -> None:
    cluster.start()
    data = data_of(cluster)
    cluster.stop()
    (data / "PG_VERSION").rename(data / "PG_VERSION.away")
    with pytest.raises(HomeUnusable, match="not a data folder"):
        cluster.start()
    (data / "PG_VERSION.away").rename(data / "PG_VERSION")


def test_a_port_in_use_is_given_up_and_the_new_one_kept(cluster: Cluster) -> None:
    url = cluster.start()
    port = cluster.home.port()
    cluster.stop()
    with socket.socket() as occupant:
        occupant.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        occupant.bind(("127.0.0.1", port))
        occupant.listen()
        assert cluster.start() != url
    moved = cluster.home.port()
    assert moved != port
    cluster.stop()
    cluster.start()
    assert cluster.home.port() == moved


def test_a_port_that_was_asked_for_is_not_exchanged(home: Path) -> None:
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        port = occupant.getsockname()[1]
        wanting = throw_away_cluster(home, port=port)
        with pytest.raises(PortInUse, match=str(port)):
            wanting.start()
    assert f":{port}/" in wanting.start()
    wanting.stop()


def test_a_start_that_fails_for_another_reason_keeps_the_port(cluster: Cluster) -> None:
    cluster.start()
    port = cluster.home.port()
    cluster.stop()
    auto = data_of(cluster) / "postgresql.auto.conf"
    before = auto.read_text()
    auto.write_text("max_connections = many\n")
    with pytest.raises(CommandFailed, match="max_connections"):
        cluster.start()
    auto.write_text(before)
    cluster.start()
    assert cluster.home.port() == port


def test_a_lost_password_is_set_anew(cluster: Cluster) -> None:
    url = cluster.start()
    cluster.home.password_file.unlink()
    with pytest.raises(ClusterError, match="is gone"):
        cluster.start()
    cluster.stop()
    assert cluster.start() != url
    assert query(cluster.url(), "SELECT 1") == [(1,)]


def test_the_environment_of_other_servers_does_no_harm(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {
        "PGHOST": "nowhere.invalid",
        "PGPORT": "1",
        "PGSSLMODE": "verify-full",
        "PGOPTIONS": "-c nonsense=1",
        "PGDATA": "/nonexistent",
        "LANG": "xx_YY.UTF-8",
        "LC_ALL": "xx_YY.UTF-8",
        "TZ": "America/New_York",
    }
    for name, text in others.items():
        monkeypatch.setenv(name, text)
    cluster.start()
    assert cluster.status().running
