"""What can go wrong below HTTP and above the disk.

Everything this package raises on purpose is a `DbError`: one sentence that states the value and the
rule, followed by what to do where there is something to do. The same facts are carried as
attributes. Errors of drivers and of the operating system are translated where they occur.

`ClusterError` and its children come from the private database server (`db.cluster`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WAYS_OUT = """\
There are three ways to a database:
  1. install PostGIS (as root):  apt-get install postgresql postgresql-postgis
  2. use a PostGIS of your own:  DATABASE_URL=postgresql://user:password@host/database
  3. start one in a container:   docker run -e POSTGRES_PASSWORD=secret -p 5432:5432 postgis/postgis
     and set DATABASE_URL=postgresql://postgres:secret@127.0.0.1:5432/postgres"""


class DbError(Exception):
    """Base of every error that `db` raises on purpose."""


class InvalidDatabaseUrl(DbError):
    """A database URL of a form that we do not speak."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        super().__init__(
            f"DATABASE_URL begins with {scheme!r}; it must be "
            "postgresql://user:password@host:port/database (psycopg is the only driver)"
        )


class DumpFailed(DbError):
    """A dump that could not be written or brought back."""

    def __init__(self, told: str) -> None:
        self.told = told.strip()
        super().__init__(f"the dump failed, and nothing has changed: {self.told or 'no reason'}")


class NotEmpty(DbError):
    """A database that has data already, where a dump is to be brought back."""

    def __init__(self) -> None:
        self.rule = "a dump is brought back into an empty database, unless its data may go (--yes)"
        super().__init__(f"there are data already: {self.rule}")


class ClusterError(DbError):
    """Base of what goes wrong with the private database server."""


class NoPostgis(ClusterError):
    """No PostgreSQL with PostGIS was found, and none could be fetched."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        tried = "\n".join(f"  - {reason}" for reason in reasons)
        super().__init__(f"No usable PostgreSQL with PostGIS:\n{tried}\n{WAYS_OUT}")


class HomeUnusable(ClusterError):
    """The folder LIPTAKO_HOME cannot hold a database."""

    def __init__(self, home: Path, rule: str) -> None:
        self.home = home
        self.rule = rule
        super().__init__(f"LIPTAKO_HOME={home} cannot hold the database: {rule}")


class AccountUnavailable(ClusterError):
    """PostgreSQL refuses to run as this user, and no other could be taken."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The database server cannot run as this user: {reason}\n{WAYS_OUT}")


class LockTimeout(ClusterError):
    """Another program has held a lock for longer than we wait."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        super().__init__(f"another program has held {path} for more than {seconds:.0f} seconds")


class ClusterInUse(ClusterError):
    """What was asked for needs the server to itself, and others use it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(f"the database in {home} is in use by another program: stop that first")


class OtherMajor(ClusterError):
    """The data folder belongs to another major version of PostgreSQL."""

    def __init__(self, folder: Path, found: int, offered: int) -> None:
        self.folder = folder
        self.found = found
        self.offered = offered
        super().__init__(
            f"{folder} was made by PostgreSQL {found}, but only PostgreSQL {offered} is here: "
            f"dump it with version {found} and load the dump, or move the folder away to begin anew"
        )


class PortInUse(ClusterError):
    """Something else listens on the port that was asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"port {port} on 127.0.0.1 is in use by another program: choose another")


class StillRunning(ClusterError):
    """Processes of a server that died hold the data folder."""

    def __init__(self, folder: Path, pids: Sequence[int]) -> None:
        self.folder = folder
        self.pids = tuple(pids)
        named = ", ".join(map(str, pids)) or "in another container, or of another user"
        super().__init__(
            f"processes of a database server still hold {folder}: {named}; "
            "wait for their queries to end, or end them"
        )


class CommandFailed(ClusterError):
    """A command of PostgreSQL or apt failed; its last lines are in the message."""

    def __init__(self, command: str, output: str, advice: str = "") -> None:
        self.command = command
        self.output = output
        tail = "\n".join(f"  {line}" for line in output.strip().splitlines()[-12:])
        super().__init__("\n".join(filter(None, (f"{command} failed:", tail, advice))))


class DatabaseUnreachable(DbError):
    """Nothing answers at a database URL, or it refuses the user."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason.strip()
        super().__init__(f"no database answers at {url}: {self.reason}")


class MissingExtension(DbError):
    """The database lacks an extension that this role may not create."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason.strip()
        super().__init__(
            f"the extension {name} is missing and could not be created ({self.reason}); "
            f'ask an administrator to run in this database: CREATE EXTENSION "{name}";'
        )


class RuleBroken(DbError):
    """A row that breaks a rule of the tables; ``rule`` is the constraint's name."""

    def __init__(self, rule: str | None, detail: str) -> None:
        self.rule = rule
        self.detail = detail.strip()
        super().__init__(f"the database refuses this: {self.detail}")


class NotMigrated(DbError):
    """The database is not at the revision that this program needs."""

    def __init__(self, found: str | None, needed: str | None) -> None:
        self.found = found
        self.needed = needed
        super().__init__(
            f"the database is at revision {found or 'none'}, this program needs {needed}: "
            "run `liptako migrate`"
        )


class ViewInUse(DbError):
    """A view of a layer has to be made anew, and something of somebody else's is built on it."""

    def __init__(self, view: str, reason: str) -> None:
        self.view = view
        self.reason = reason.strip()
        super().__init__(
            f"the view {view} has to be made anew, but something is built on it: {self.reason}; "
            "drop that first, and make it again afterwards"
        )


class RoleRefused(DbError):
    """A role of the database that cannot be made, or not for what was asked."""

    def __init__(self, role: str, rule: str) -> None:
        self.value = role
        self.rule = rule
        super().__init__(f"the role {role!r} is refused: {rule}")


class InvalidQuery(DbError):
    """Something asked of a layer that it cannot answer: a name, a cursor, a value.

    ``parameter`` is the word that the caller used, so that an answer can point at it; ``nearest``
    is the valid name most like a misspelt one.
    """

    def __init__(
        self, parameter: str, value: object, rule: str, *, nearest: str | None = None
    ) -> None:
        self.parameter = parameter
        self.value = value
        self.rule = rule
        self.nearest = nearest
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"{parameter} {value!r} is refused: {rule}{hint}")


class OutdatedToken(DbError):
    """A token of a state of the data that this database never was in."""

    def __init__(self, token: str) -> None:
        self.parameter = "since"
        self.value = token
        self.rule = "it is of another database, or of one since restored: make the copy anew"
        super().__init__(f"since {token!r} is refused: {self.rule}")


class StandingRefused(DbError):
    """An incident that cannot be retracted, merged or restored as it stands."""

    def __init__(self, code: str, rule: str) -> None:
        self.value = code
        self.rule = rule
        super().__init__(f"incident {code!r} stays as it is: {rule}")


class UnknownLayer(DbError):
    """A layer that there is not."""

    def __init__(self, name: str, known: Sequence[str], *, nearest: str | None = None) -> None:
        self.name = name
        self.known = tuple(known)
        self.nearest = nearest
        hint = f"did you mean {nearest!r}?" if nearest else f"there are {', '.join(known)}"
        super().__init__(f"there is no layer {name!r}: {hint}")


class CalledOff(DbError):
    """A statement that was cancelled since nobody waits for its result any more."""

    def __init__(self) -> None:
        super().__init__("nobody waits for the result of this statement any more")


class StatementTimeout(DbError):
    """The database gave up a statement that took longer than the session allows."""

    def __init__(self, reason: str) -> None:
        self.reason = reason.strip()
        super().__init__(f"the database gave up after its time limit: {self.reason}")


class QueueFull(DbError):
    """As many jobs wait or run as this server takes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"{limit} jobs wait or run already, which is all that this server takes")


class TooManyJobs(DbError):
    """One client has as many jobs waiting or running as one may have."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"one client has at most {limit} jobs that wait or run: let one end first")


class UnknownJob(DbError):
    """A job that there is not, or no longer."""

    def __init__(self, name: str) -> None:
        self.value = name
        self.rule = "jobs and their results are kept for a while only"
        super().__init__(f"there is no job {name!r}: {self.rule}")


class UnknownRun(DbError):
    """A run of an analysis that there is not, or no longer."""

    def __init__(self, name: str) -> None:
        self.value = name
        self.rule = "runs that are not published are kept for a while only"
        super().__init__(f"there is no run {name!r}: {self.rule}")


class UnknownIncident(DbError):
    """An incident that there is not, or that is not shown."""

    def __init__(self, name: str, *, nearest: str | None = None) -> None:
        self.value = name
        self.nearest = nearest
        hint = f": did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"there is no incident {name!r}{hint}")


class UnknownSnapshot(DbError):
    """A snapshot that there is not."""

    def __init__(self, name: str, *, nearest: str | None = None) -> None:
        self.value = name
        self.nearest = nearest
        hint = f": did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"there is no snapshot {name!r}{hint}")


class SnapshotTaken(DbError):
    """A name that a snapshot has already: what was cited under it must stay what it is."""

    def __init__(self, name: str) -> None:
        self.value = name
        self.rule = "a snapshot keeps its name for good; choose another"
        super().__init__(f"there is a snapshot {name!r} already: {self.rule}")


class SigningKeyUnusable(DbError):
    """The file of a key that cannot sign or check signatures."""

    def __init__(self, value: str, rule: str) -> None:
        self.value = value
        self.rule = rule
        super().__init__(f"the key {value} cannot be used: {rule}")


class ManifestUnreadable(DbError):
    """A file that is not the manifest of a snapshot."""

    def __init__(self, value: str, rule: str) -> None:
        self.value = value
        self.rule = rule
        super().__init__(f"{value} is no manifest of a snapshot: {rule}")


class FilesUnusable(DbError):
    """The folder for files that are made over HTTP cannot be used."""

    def __init__(self, folder: Path, rule: str) -> None:
        self.value = str(folder)
        self.rule = rule
        super().__init__(f"files cannot be kept in {self.value!r}: {rule}")


class FileTooLarge(DbError):
    """A file that grows beyond what one may have."""

    def __init__(self, most_bytes: int) -> None:
        self.rule = f"it has at most {most_bytes >> 20:,} MB: ask for fewer features or fields"
        super().__init__(f"the file is refused: {self.rule}")
