"""A small world behind a real server, for tests that only read it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from db.engine import create_engine
from db.snapshots.creation import create_snapshot
from tests.api.serving import Recorder, serving
from tests.api.world import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgis import PostgisServer


@pytest.fixture(scope="session")
def world_url(postgis_server: PostgisServer, template_database: str) -> Iterator[str]:
    """Make a database with the small world and a snapshot of it; nobody writes to it."""
    name = f"liptako_{os.getpid()}_world_test"
    url = postgis_server.create(name, template_database)
    build(url)
    engine = create_engine(url)
    create_snapshot(engine, "first")
    engine.dispose()
    yield url
    postgis_server.drop(name)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Have files kept in a folder of this run."""
    return Settings(files_folder=tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def address(world_url: str, settings: Settings) -> Iterator[str]:
    """Serve the small world."""
    with serving(create_app(settings, world_url)) as base:
        yield base


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """Open a client of the small world, as a program has it: without any preference."""
    with httpx.Client(base_url=address, timeout=30) as opened:
        yield opened


@pytest.fixture(scope="session")
def shipped(shipped_database: str, settings: Settings) -> Iterator[Recorder]:
    """Serve all that is shipped, and write down what is asked."""
    recorder = Recorder(create_app(settings, shipped_database))
    with serving(recorder) as base:
        recorder.address = base
        yield recorder
