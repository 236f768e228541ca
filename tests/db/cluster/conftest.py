"""Clusters that may be maltreated: each test gets a folder of its own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.postgis import cluster_home, throw_away_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from db.cluster.cluster import Cluster


@pytest.fixture
def home() -> Iterator[Path]:
    """Make the folder of a cluster that does not exist yet."""
    with cluster_home() as folder:
        yield folder / "a cluster"


@pytest.fixture(scope="session")
def stopped_home() -> Iterator[Path]:
    """Make the folder of a cluster that was started and stopped once; it is only copied."""
    with cluster_home() as folder:
        with throw_away_cluster(folder / "cluster"):
            pass
        yield folder / "cluster"


@pytest.fixture
def new_cluster(home: Path) -> Iterator[Cluster]:
    """Give a cluster whose folder does not exist yet; it is stopped in the end."""
    cluster = throw_away_cluster(home)
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(stopped_home: Path, new_cluster: Cluster) -> Cluster:
    """Give a cluster that was started before and does not run; it is stopped in the end."""
    # Ten times as quick as an initdb, and it keeps the owners of the files.
    subprocess.run(["cp", "--archive", stopped_home, new_cluster.home.path], check=True)
    return new_cluster
