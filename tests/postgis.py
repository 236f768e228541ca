"""A PostGIS server for tests, and databases on it that are made and dropped by the dozen."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from db.cluster.cluster import Cluster
from db.settings import Settings, plain_url

if TYPE_CHECKING:
    from collections.abc import Iterator

PLENTY_BYTES = 4 << 30


@dataclass(frozen=True)
class PostgisServer:
    """A server on which we may create databases; `admin_url` names one that we may connect to."""

    admin_url: str

    def url(self, name: str) -> str:
        return urlsplit(self.admin_url)._replace(path=f"/{name}").geturl()

    def create(self, name: str, template: str) -> str:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def close(self, name: str) -> None:
        """Refuse connections from now on: a template that is in use cannot be cloned."""
        statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        self._execute(statement.format(sql.Identifier(name)))
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}"
        self._execute(sql.SQL(query).format(sql.Literal(name)))

    def drop(self, name: str) -> None:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(statement.format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def cluster_home() -> Iterator[Path]:
    """Make a folder for a cluster: under /root, or below pytest's, root's server could not run."""
    with tempfile.TemporaryDirectory(
        prefix="liptako-test-", dir=memory(), ignore_cleanup_errors=True
    ) as name:
        Path(name).chmod(0o755 if os.geteuid() == 0 else 0o700)
        yield Path(name)


def memory() -> Path | None:
    """Name a folder in memory if there is plenty, where tests take half the time."""
    folder = Path("/dev/shm")
    if "TMPDIR" in os.environ or not os.access(folder, os.W_OK):
        return None
    return folder if shutil.disk_usage(folder).free >= PLENTY_BYTES else None


def throw_away_cluster(home: Path, *, port: int = 0, durable: bool = False) -> Cluster:
    """Give a cluster whose data need not survive, and whose programs are fetched only once."""
    settings = Settings()
    return Cluster(
        home, durable=durable, port=port, way=settings.postgres, packages_folder=settings.home
    )


@contextmanager
def serving_postgis() -> Iterator[PostgisServer]:
    """Start a server for the tests, or take that of TEST_DATABASE_URL."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given_server(given)
        return
    with cluster_home() as home, throw_away_cluster(home) as cluster:
        yield PostgisServer(cluster.url())


def given_server(url: str) -> PostgisServer:
    """Take a server of the user's, if the name of the database says that it is for tests."""
    name = urlsplit(plain_url(url)).path.lstrip("/")
    if not name.endswith("_test"):
        raise ValueError(f"TEST_DATABASE_URL names the database {name!r}: it must end in _test")
    return PostgisServer(plain_url(url))
