"""initdb, settings and start: the commands of PostgreSQL on one data folder.

Nothing here waits for another program or decides whether it should be done; see
`db.cluster.cluster`.
"""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from db.cluster.home import write
from db.cluster.postmaster import PID_FILE
from db.errors import CommandFailed, PortInUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.cluster.account import Account
    from db.cluster.binaries import Binaries
    from db.cluster.home import Home

ROLE = "liptako"
SETTINGS_FILE = "liptako.conf"
START_SECONDS = 120
LOG_BYTES = 10 << 20
SHARED_MEMORY = Path("/dev/shm")
SMALL_SHARED_MEMORY_BYTES = 128 << 20

# Digits, because a minimal system has no "localhost"; no Unix socket, because its path may be no
# longer than 107 bytes and would have to be guarded as well.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C.UTF-8",  # `start` reads the log
    "jit": "off",  # its first use costs half a second, more than it ever saves here
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
EPHEMERAL = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True)
class Server:
    """The programs, the user and the folders that together make a server."""

    binaries: Binaries
    account: Account
    home: Home
    durable: bool = True

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home.data(self.binaries.major)

    def initialise(self, lock: int) -> None:
        """Make the data folder, complete or not at all.

        Parameters
        ----------
        lock : descriptor that every process at work in the folder holds

        Raises
        ------
        CommandFailed
        """
        new = self.data.with_name(self.data.name + ".tmp")
        if new.exists():
            shutil.rmtree(new)
        self.home.require_space()
        if self.home.password() is None:
            self.home.new_password(self.account)
        new.mkdir(mode=0o700)
        self.account.own(new)
        options = [] if self.durable else ["--no-sync", "--wal-segsize=1"]
        self._initdb(new, self.home.password_file, options, lock)
        with (new / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\ninclude '{SETTINGS_FILE}'\n")
            file.flush()
            os.fsync(file.fileno())
        write(new / SETTINGS_FILE, self.settings(0), 0o600, self.account)
        new.rename(self.data)

    def _initdb(self, folder: Path, password: Path, options: Sequence[str], lock: int) -> None:
        done = self.account.run(
            [
                self.binaries.program("initdb"),
                f"--pgdata={folder}",
                f"--username={ROLE}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Sorts the same on every machine, and survives a new version of its C library.
                "--locale=C.UTF-8",
                *options,
            ],
            env=self.binaries.environment(),
            pass_fds=(lock,),
        )
        if done.returncode != 0:
            raise CommandFailed("initdb", done.stdout)

    def settings(self, port: int) -> str:
        """Compose our part of the server's settings."""
        chosen = SETTINGS | ({} if self.durable else EPHEMERAL)
        # Containers are given 64 MB, and parallel queries fail when it is full.
        if _size(SHARED_MEMORY) < SMALL_SHARED_MEMORY_BYTES:
            chosen = chosen | {"max_parallel_workers_per_gather": "0"}
        lines = (f"{name} = '{value}'" for name, value in chosen.items())
        return "\n".join(
            [
                "# Written anew at each start; use ALTER SYSTEM instead.",
                f"port = {port}",
                *lines,
                "",
            ]
        )

    def launch(self, port: int, lock: int) -> None:
        """Start the server and wait until it takes connections.

        Parameters
        ----------
        port : on 127.0.0.1
        lock : descriptor that the server inherits, and holds until its last process ends

        Raises
        ------
        PortInUse
            Only when the server's log says so.
        CommandFailed
            For any other reason, with the last lines of the log.
        """
        write(self.data / SETTINGS_FILE, self.settings(port), 0o600, self.account)
        self._turn_log()
        # What pg_ctl prints goes to the log as well: a pipe would be inherited by the server, and
        # reading it would last as long as the server lives.
        with self.home.log.open("ab") as log:
            begin = log.tell()
            done = self.account.run(
                [
                    self.binaries.program("pg_ctl"),
                    "start",
                    "--wait",
                    f"--timeout={START_SECONDS}",
                    "--silent",
                    f"--pgdata={self.data}",
                    f"--log={self.home.log}",
                ],
                env=self.binaries.environment(),
                out=log,
                pass_fds=(lock,),
            )
        if done.returncode != 0:
            self._tell_why(port, begin)

    def _tell_why(self, port: int, begin: int) -> NoReturn:
        with self.home.log.open("rb") as log:
            log.seek(begin)
            told = log.read().decode("utf-8", "replace")
        if "Address already in use" in told:
            raise PortInUse(port)
        raise CommandFailed("starting the database server", told)

    def forget_dead_postmaster(self) -> None:
        """Remove the pid file of a server that is known to be dead.

        PostgreSQL does so by itself unless the number belongs to a living process of the same
        user by now; then it would refuse to start for ever.
        """
        (self.data / PID_FILE).unlink(missing_ok=True)

    def set_password(self, password: str, lock: int) -> None:
        """Give the role its password while the server is down.

        Raises
        ------
        CommandFailed
        """
        self._single(self.data, f"ALTER ROLE {ROLE} PASSWORD '{password}'", lock)

    def prove(self, extensions: Sequence[str], scratch: Path, lock: int) -> None:
        """See that a database can be made with these programs, and that extensions load.

        Parameters
        ----------
        extensions : what is to be created
        scratch : a folder to make the database in, and to remove it from
        lock : descriptor that the processes hold

        Raises
        ------
        CommandFailed
        """
        proof = scratch / "proof"
        proof.mkdir(mode=0o700)
        self.account.own(proof)
        write(proof / "password", "proof\n", 0o600, self.account)
        self._initdb(proof / "data", proof / "password", ["--no-sync"], lock)
        for name in extensions:
            self._single(proof / "data", f"CREATE EXTENSION {name}", lock)
        shutil.rmtree(proof)

    def _single(self, data: Path, statement: str, lock: int) -> None:
        done = self.account.run(
            [
                self.binaries.program("postgres"),
                "--single",
                "-D",
                data,
                "-c",
                "jit=off",
                "postgres",
            ],
            env=self.binaries.environment(),
            text_in=statement + "\n",
            pass_fds=(lock,),
        )
        # It ends with status 0 whatever becomes of the statement.
        if done.returncode != 0 or "ERROR:" in done.stdout:
            raise CommandFailed(statement.partition(" PASSWORD")[0], done.stdout)

    def _turn_log(self) -> None:
        log = self.home.log
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name("server.log.1"))
        if not log.exists():
            write(log, "", 0o600, self.account)


def free_port() -> int:
    """Find a port on 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _size(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).total
    except OSError:
        return 0
