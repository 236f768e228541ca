"""A private PostgreSQL server with PostGIS: one folder, any number of programs."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from db.cluster import packages, postmaster
from db.cluster.account import account_for
from db.cluster.binaries import EXTENSIONS, Binaries, Way
from db.cluster.checks import Check, examine
from db.cluster.choice import at_hand, choose, fitting
from db.cluster.home import Home
from db.cluster.locks import Lock
from db.cluster.server import ROLE, Server
from db.cluster.sessions import DATABASE
from db.cluster.starting import bring_up
from db.cluster.status import Status, status_of, url_of
from db.errors import ClusterInUse, HomeUnusable, NoPostgis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from db.cluster.account import Account


def _silent(_: str) -> None:
    """Tell nobody."""


class Cluster:
    """A private server; started or attached to, and stopped by the last program that used it.

    Parameters
    ----------
    home : the folder of the server (LIPTAKO_HOME)
    durable : False for throw-away data: a crash of the machine may destroy it
    port : None for the port used last (at first 54330, or a free one); 0 for any free one;
        otherwise exactly this one
    way : whose programs: ``installed``, ``packages``, or None for whichever there are
    packages_folder : where packages are unpacked; by default `home`
    say : told what is being done, one sentence at a time

    Examples
    --------
    >>> with Cluster(Path("/var/lib/liptako")) as cluster:  # doctest: +SKIP
    ...     psycopg.connect(cluster.url())
    """

    def __init__(
        self,
        home: Path,
        *,
        durable: bool = True,
        port: int | None = None,
        way: Way | None = None,
        packages_folder: Path | None = None,
        say: Callable[[str], None] = _silent,
    ) -> None:
        # Symbolic links are resolved once, since the server names its folder without them.
        self.home = Home(Path(os.path.realpath(home)))
        self.durable = durable
        self._wanted_port = port
        self._way = way
        self._packages = Home(Path(os.path.realpath(packages_folder or home)))
        self._say = say
        self._users = Lock(self.home.lock("users"))

    # -- start and stop ----------------------------------------------------------------------

    def start(self, *, keep: bool = False) -> str:
        """Start the server, or attach to it if it runs.

        Parameters
        ----------
        keep : let it run on when its last user leaves, until `stop`

        Returns
        -------
        str
            ``postgresql://liptako:<password>@127.0.0.1:<port>/liptako``

        Raises
        ------
        ClusterError
            One of its children: no PostGIS, an unusable folder, data of another version ...
        """
        if sys.platform != "linux":
            raise NoPostgis([f"the private server runs on Linux only, this is {sys.platform}"])
        self.home.prepare()
        with self._alone():
            server = self._server()
            running = bring_up(server, self._wanted_port, self._say)
            if keep:
                self.home.keep(running.pid, server.account)
            self._users.take(shared=True)
        return self.url()

    def leave(self) -> bool:
        """Use the server no longer; stop it if nobody else does, unless it is kept.

        Returns
        -------
        bool
            Whether it was stopped.

        Raises
        ------
        ClusterError
        """
        return self._end(kept_too=False)

    def stop(self) -> bool:
        """Use the server no longer; stop it if nobody else does, even if it is kept.

        Returns
        -------
        bool
            Whether it was stopped.

        Raises
        ------
        ClusterError
        """
        return self._end(kept_too=True)

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    # -- what there is -----------------------------------------------------------------------

    def url(self, *, masked: bool = False) -> str:
        """Give the URL of the database as psycopg, psql and QGIS read it.

        Parameters
        ----------
        masked : put asterisks for the password, for a screen that others see

        Raises
        ------
        ClusterError
            When the cluster was never started.
        """
        with _translated(self.home.path):
            return url_of(self.home, masked=masked)

    def status(self) -> Status:
        """Tell what there is, without changing or fetching anything."""
        with _translated(self.home.path):
            return status_of(self.home, self._binaries_at_hand())

    def doctor(self) -> list[Check]:
        """Check all that a private server needs, without changing or fetching anything."""
        return list(examine(self.home, self._packages.path, self._way))

    def client_command(self, name: str) -> tuple[list[str], dict[str, str]]:
        """Give the command line and the environment of psql, pg_dump ... on the database.

        A program that takes our place by ``exec`` keeps our hold on the server.

        Raises
        ------
        ClusterError
            When the cluster was never started, or its programs are gone.
        """
        self.url()
        if self._users.held:
            self._users.outlive_exec()
        binaries = self._binaries_at_hand()
        if binaries is None:
            raise NoPostgis(["the programs that this database was made with are gone"])
        place = [f"--port={self.home.port()}", f"--username={ROLE}", f"--dbname={DATABASE}"]
        argv = [str(binaries.program(name)), "--host=127.0.0.1", *place]
        secret = {"PGPASSWORD": self.home.password() or "", "PGSSLMODE": "disable"}
        inherited = {name: text for name, text in os.environ.items() if name[:2] != "PG"}
        return argv, inherited | binaries.libraries() | secret

    # -- what is done rarely -----------------------------------------------------------------

    def reset(self) -> None:
        """Stop the server and delete its data; the port and the password stay as they are.

        Raises
        ------
        ClusterInUse
            When another program uses the server.
        """
        with self._nobody_else():
            self._stop_server()
            for major in self.home.majors():
                # Renamed first: a deletion cut short must not leave half a data folder.
                gone = self.home.data(major).rename(self.home.path / f"pg{major}.tmp")
                shutil.rmtree(gone)

    def upgrade(self) -> Binaries:
        """Fetch the packages anew, for the bug fixes and security updates made since.

        An installed server is the business of the machine's administrator: it is left alone.

        Returns
        -------
        Binaries
            What the next start will use.

        Raises
        ------
        ClusterInUse
            When another program uses the server.
        """
        self.home.prepare()
        with self._nobody_else():
            server = self._server()
            if server.binaries.way == "installed":
                return server.binaries
            self._stop_server()
            folder, major = self._packages.path, server.binaries.major
            return packages.fetch(folder, major, self._prove(server.account), self._say, anew=True)

    # -- within --------------------------------------------------------------------------------

    def _server(self) -> Server:
        data = self.home.existing_data()
        account = account_for(self.home.path, data)
        if data and data.stat().st_uid != account.uid:
            raise HomeUnusable(self.home.path, f"{data.name} belongs to another user")
        self.home.require_entry(account)
        if self._packages != self.home:
            self._packages.prepare()
            self._packages.require_entry(account)
        prove = self._prove(account)
        binaries = choose(self.home, self._packages.path, self._way, prove, self._say)
        return Server(binaries, account, self.home, self.durable)

    def _prove(self, account: Account) -> packages.Proof:
        def prove(binaries: Binaries, scratch: Path, lock: int) -> None:
            Server(binaries, account, self.home).prove(EXTENSIONS, scratch, lock)

        return prove

    def _binaries_at_hand(self) -> Binaries | None:
        usable, _ = at_hand(self._packages.path, self._way)
        return fitting(usable, self.home.majors())

    def _end(self, *, kept_too: bool) -> bool:
        if not self.home.path.is_dir():
            return False
        with self._alone():
            self._users.release()
            if not self._users.attempt():
                return False
            try:
                return self._stop_server(kept_too=kept_too)
            finally:
                self._users.release()

    def _stop_server(self, *, kept_too: bool = True) -> bool:
        data = self.home.existing_data()
        running = postmaster.find(data) if data else None
        if data is None or running is None:
            return False
        if not kept_too and self.home.kept() == running.pid:
            return False
        postmaster.stop(running, data)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = Lock(self.home.lock("start"))
        with _translated(self.home.path):
            lock.take(waiting=lambda: self._say("Another program starts the database: waiting"))
            with lock:
                yield

    @contextmanager
    def _nobody_else(self) -> Iterator[None]:
        with self._alone():
            self._users.release()
            if not self._users.attempt():
                raise ClusterInUse(self.home.path)
            try:
                yield
            finally:
                self._users.release()


@contextmanager
def _translated(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HomeUnusable(
            home, f"{error.strerror}: {error.filename or ''}{_owner(home)}"
        ) from error


def _owner(home: Path) -> str:
    uid = home.stat().st_uid if home.exists() else os.geteuid()
    return (
        ""
        if uid == os.geteuid()
        else f" (the folder belongs to user {uid}, this is {os.geteuid()})"
    )
