from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psycopg
import pytest

from db.cluster.packages import unpacked
from db.cluster.serving import cluster_of, serving_database
from db.settings import Settings
from tests.db.cluster.programs import SERVER, Program, query

if TYPE_CHECKING:
    from pathlib import Path

    from db.cluster.cluster import Cluster


@pytest.fixture(autouse=True)
def no_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def furnished(home: Path, cluster: Cluster) -> Path:
    """Give a stopped cluster the programs as well, so that they need not be fetched."""
    for binaries in unpacked(Settings().home):
        assert binaries.prefix is not None
        (home / binaries.prefix.name).symlink_to(binaries.prefix)
    return home


def settings(home: Path, **more: str) -> Settings:
    return Settings.model_validate({"LIPTAKO_HOME": home, **more})


def test_a_database_url_starts_nothing(home: Path) -> None:
    given = settings(home, DATABASE_URL="postgres://me@host/incidents")
    with serving_database(given) as url:
        assert url == "postgresql://me@host/incidents"
    assert not home.exists()


def test_the_cluster_lasts_as_long_as_the_block(furnished: Path) -> None:
    with serving_database(settings(furnished)) as url:
        assert query(url, "SELECT 1") == [(1,)]
    with pytest.raises(psycopg.OperationalError):
        query(url, "SELECT 1")


def test_the_cluster_is_stopped_when_the_block_fails(furnished: Path) -> None:
    url = ""

    def serve() -> None:
        nonlocal url
        with serving_database(settings(furnished)) as url:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        serve()
    with pytest.raises(psycopg.OperationalError):
        query(url, "SELECT 1")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_stops_the_server(furnished: Path, number: signal.Signals) -> None:
    program = Program(SERVER, furnished)
    url = program.line()
    assert query(url, "SELECT 1") == [(1,)]
    program.process.send_signal(number)
    program.process.communicate(timeout=30)
    assert program.process.returncode in (128 + number, -number)
    with pytest.raises(psycopg.OperationalError):
        query(url, "SELECT 1")


def test_the_settings_describe_the_cluster(home: Path) -> None:
    cluster = cluster_of(settings(home, LIPTAKO_POSTGRES="installed"))
    assert cluster.home.path == home
