from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from db.cluster import binaries
from db.cluster.binaries import EXTENSIONS
from db.cluster.cluster import Cluster
from db.errors import ClusterError, ClusterInUse, HomeUnusable, NoPostgis
from tests.db.cluster.programs import USER, Program, query, server_of
from tests.postgis import cluster_home, throw_away_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def closed_home() -> Iterator[Path]:
    """Make a folder in which the user of the server can do nothing, and name one below it."""
    with cluster_home() as folder:
        # To root every folder is open, but not to the user that root gives way to.
        folder.chmod(0o700 if os.geteuid() == 0 else 0o500)
        yield folder / "cluster"
        folder.chmod(0o700)


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide every installed server, and apt."""
    monkeypatch.setattr(binaries, "SERVER_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))


def test_the_extensions_that_migrations_create_are_there(cluster: Cluster) -> None:
    url = cluster.start()
    for name in EXTENSIONS:
        query(url, f"CREATE EXTENSION {name}")
    assert query(url, "SELECT ST_AsText(ST_MakePoint(-0.5, 14.5))") == [("POINT(-0.5 14.5)",)]
    assert query(url, "SELECT unaccent('Ménaka')") == [("Menaka",)]
    # PROJ finds its data base: Web Mercator of the point of origin.
    projected = "SELECT ST_X(ST_Transform(ST_SetSRID(ST_MakePoint(180, 0), 4326), 3857))::int"
    assert query(url, projected) == [(20037508,)]


def test_postgis_is_brought_up_to_its_library(cluster: Cluster) -> None:
    url = cluster.start()
    query(url, "CREATE EXTENSION postgis")
    query(url, "UPDATE pg_extension SET extversion = '3.0.0' WHERE extname = 'postgis'")
    cluster.start()
    version = "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"
    assert query(url, version) == [(cluster.status().postgis,)]


def test_the_database_speaks_utf_8_and_utc(cluster: Cluster) -> None:
    url = cluster.start()
    assert query(url, "SHOW server_encoding") == [("UTF8",)]
    assert query(url, "SHOW timezone") == [("UTC",)]
    assert query(url, "SELECT timestamptz '2021-03-15 12:00Z' AT TIME ZONE 'Africa/Lagos'") != []


def test_it_stops_only_for_the_last_one_out(home: Path, cluster: Cluster) -> None:
    url = cluster.start()
    other = Program(USER, home)
    assert other.line() == url
    assert not cluster.stop()
    assert query(url, "SELECT 1") == [(1,)]
    assert other.finish() == "True"
    with pytest.raises(psycopg.OperationalError):
        query(url, "SELECT 1")


def test_a_server_that_is_kept_runs_on_until_it_is_stopped(home: Path, cluster: Cluster) -> None:
    url = cluster.start(keep=True)
    assert cluster.status().kept
    assert not cluster.leave()
    with throw_away_cluster(home) as user:
        assert user.url() == url
    assert query(url, "SELECT 1") == [(1,)]
    assert cluster.stop()
    cluster.start()
    assert not cluster.status().kept
    assert cluster.leave()


def test_stopping_what_does_not_run(new_cluster: Cluster) -> None:
    assert not new_cluster.stop()
    new_cluster.start()
    assert new_cluster.stop()
    assert not new_cluster.stop()


@pytest.mark.parametrize("password", ["", "liptako", "postgres"])
def test_nobody_is_let_in_without_the_password(cluster: Cluster, password: str) -> None:
    cluster.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host="127.0.0.1",
            port=cluster.home.port(),
            user="liptako",
            password=password,
            dbname="liptako",
            passfile="/nonexistent",
        )


def test_no_rule_trusts_anybody_and_no_socket_lies_about(cluster: Cluster) -> None:
    url = cluster.start()
    rules = query(url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules")
    assert rules == [("scram-sha-256",)]
    assert query(url, "SHOW listen_addresses") == [("127.0.0.1",)]
    assert query(url, "SHOW unix_socket_directories") == [("",)]
    assert cluster.home.password_file.stat().st_mode & 0o777 == 0o600


def test_the_server_does_not_run_as_root(new_cluster: Cluster) -> None:
    new_cluster.start()
    owner = Path(f"/proc/{server_of(new_cluster).pid}").stat().st_uid
    data = new_cluster.home.existing_data()
    assert owner != 0
    assert owner == (os.geteuid() or owner)
    assert data is not None
    assert (data.stat().st_uid, data.stat().st_mode & 0o777) == (owner, 0o700)


def test_a_folder_that_cannot_be_used_is_named(closed_home: Path) -> None:
    with pytest.raises(HomeUnusable) as caught:
        throw_away_cluster(closed_home).start()
    assert str(closed_home) in str(caught.value)
    assert "LIPTAKO_HOME" in caught.value.rule


def test_without_postgis_and_without_apt_the_three_ways_are_told(
    home: Path, nothing_installed: None
) -> None:
    with pytest.raises(NoPostgis) as caught:
        Cluster(home).start()
    for way in ("apt-get install", "DATABASE_URL=postgresql://", "docker run"):
        assert way in str(caught.value)
    assert "no PostgreSQL server is installed" in caught.value.reasons


def test_unpacking_can_be_forbidden(home: Path, nothing_installed: None) -> None:
    with pytest.raises(NoPostgis, match="LIPTAKO_POSTGRES=installed"):
        Cluster(home, way="installed").start()


def test_reset_empties_the_database_and_keeps_its_address(cluster: Cluster) -> None:
    url = cluster.start()
    query(url, "CREATE TABLE t ()")
    cluster.reset()
    assert not cluster.status().running
    assert cluster.start() == url
    assert query(url, "SELECT to_regclass('t')") == [(None,)]


def test_reset_refuses_while_others_use_the_server(home: Path, cluster: Cluster) -> None:
    other = Program(USER, home)
    url = other.line()
    with pytest.raises(ClusterInUse, match="in use"):
        cluster.reset()
    assert query(url, "SELECT 1") == [(1,)]
    assert other.finish() == "True"


def test_status_before_during_and_after(new_cluster: Cluster) -> None:
    before = new_cluster.status()
    assert (before.running, before.port, before.url, before.data) == (False, None, None, None)
    new_cluster.start()
    during = new_cluster.status()
    assert (during.running, during.pid) == (True, server_of(new_cluster).pid)
    assert during.postgis is not None
    assert during.postgis >= "3"
    new_cluster.stop()
    after = new_cluster.status()
    assert (after.running, after.pid, after.port) == (False, None, during.port)


def test_the_url_shows_no_password_when_masked(new_cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match="start it first"):
        new_cluster.url()
    new_cluster.start()
    password = new_cluster.home.password()
    assert password is not None
    assert password in new_cluster.url()
    assert password not in new_cluster.url(masked=True)
    assert ":****@" in new_cluster.url(masked=True)


def test_psql_reaches_the_database(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    cluster.start()
    argv, environment = cluster.client_command("psql")
    asked = [*argv, "--no-psqlrc", "--tuples-only", "--command", "SELECT current_database()"]
    told = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "liptako"


def test_the_doctor_finds_a_running_cluster_well(cluster: Cluster) -> None:
    cluster.start()
    faults = [check for check in cluster.doctor() if not check.ok and check.name != "shared memory"]
    assert faults == []


def test_the_doctor_tells_what_to_do(home: Path, nothing_installed: None) -> None:
    found = {check.name: check for check in Cluster(home).doctor()}
    assert not found["programs"].ok
    assert "DATABASE_URL" in found["programs"].cure


def test_a_folder_reached_by_a_symbolic_link(home: Path) -> None:
    home.mkdir(mode=0o755)
    link = home.with_name("link")
    link.symlink_to(home)
    with throw_away_cluster(link) as through_link, throw_away_cluster(home) as direct:
        assert through_link.url() == direct.url()
