"""What there is to know about a cluster, without changing, starting or fetching anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.cluster import postmaster
from db.cluster.server import ROLE
from db.cluster.sessions import DATABASE, answers
from db.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

    from db.cluster.binaries import Binaries, Way
    from db.cluster.home import Home


@dataclass(frozen=True)
class Status:
    """A cluster at one moment; None where there is nothing yet.

    ``url`` has its password masked; ``kept`` says that the server goes on without a user.
    """

    home: Path
    running: bool
    kept: bool
    pid: int | None
    port: int | None
    url: str | None
    data: Path | None
    postgres: str | None
    postgis: str | None
    way: Way | None


def status_of(home: Home, binaries: Binaries | None) -> Status:
    """Look at a cluster.

    Parameters
    ----------
    home : its folder, which need not exist
    binaries : what would run it
    """
    data = home.existing_data()
    found = postmaster.find(data) if data else None
    password = home.password()
    port = (found.port if found else None) or home.port()
    return Status(
        home=home.path,
        running=bool(data and found and port and password and answers(port, password, data)),
        kept=found is not None and home.kept() == found.pid,
        pid=found.pid if found else None,
        port=port,
        url=url_of(home, masked=True) if port and password else None,
        data=data,
        postgres=binaries.version if binaries else None,
        postgis=binaries.postgis if binaries else None,
        way=binaries.way if binaries else None,
    )


def url_of(home: Home, *, masked: bool) -> str:
    """Compose the URL of the database as psycopg, psql and QGIS read it.

    Raises
    ------
    ClusterError
        When the cluster was never started.
    """
    port, password = home.port(), home.password()
    if port is None or password is None:
        raise ClusterError(f"there is no database in {home.path} yet: start it first")
    shown = "****" if masked else password
    return f"postgresql://{ROLE}:{shown}@127.0.0.1:{port}/{DATABASE}"
