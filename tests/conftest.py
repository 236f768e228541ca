"""Databases for tests: real PostGIS, one server per session, one clone of a template per test."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.postgis import PostgisServer, serving_postgis
from tests.pyqgis.session import Qgis, running_qgis

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = count()


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[PostgisServer]:
    """Start a server with PostGIS on which databases can be created."""
    with serving_postgis() as server:
        yield server


@pytest.fixture(scope="session")
def template_database(postgis_server: PostgisServer) -> Iterator[str]:
    """Make a database with our tables and no rows; not to be connected to."""
    from db.migrate import upgrade

    name = f"liptako_{os.getpid()}_template_test"
    upgrade(postgis_server.create(name, "template0"))
    postgis_server.close(name)
    yield name
    postgis_server.drop(name)


@pytest.fixture
def database_url(postgis_server: PostgisServer, template_database: str) -> Iterator[str]:
    """Clone a database of the test's own, with our tables and no rows."""
    yield from _database(postgis_server, template_database)


@pytest.fixture
def empty_database_url(postgis_server: PostgisServer) -> Iterator[str]:
    """Make a database of the test's own with nothing in it, not even PostGIS."""
    yield from _database(postgis_server, "template0")


def _database(server: PostgisServer, template: str) -> Iterator[str]:
    name = f"liptako_{os.getpid()}_{next(NUMBERS)}_test"
    yield server.create(name, template)
    server.drop(name)


@pytest.fixture(scope="session")
def shipped_database(postgis_server: PostgisServer, template_database: str) -> Iterator[str]:
    """Load all that is shipped, and run all analyses; for tests that only read."""
    from db.analyses.methods import METHODS
    from db.analyses.run import APPLICATION, run_method
    from db.engine import connect
    from seeds.everything import load_everything

    for url in _database(postgis_server, template_database):
        for _ in load_everything(url, lambda _: None):
            pass
        for method in METHODS.values():
            with connect(url, application=APPLICATION) as connection:
                run_method(connection, method)
                connection.commit()
        yield url


@pytest.fixture(scope="session")
def qgis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Qgis]:
    """Start a QGIS without a window; see :mod:`tests.pyqgis.session`."""
    with running_qgis(tmp_path_factory.mktemp("qgis")) as running:
        yield running
