"""The folder LIPTAKO_HOME: what lies in it, and what it must be able to do.

::

    pg15/            the data of PostgreSQL 15; another major gets another folder
    packages-15/     server programs unpacked from Debian packages, where none are installed
    password         of the role `liptako`, readable by its owner alone
    port             the port used last, so that saved connections stay valid
    kept             the server process that runs on without users, if one was told to
    server.log       what the server had to say
    *.lock           see `db.cluster.locks`
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.errors import HomeUnusable

if TYPE_CHECKING:
    from db.cluster.account import Account

FREE_BYTES = 1 << 30
# On these, a lock taken on one machine is not reliably seen on another.
NETWORK_FILESYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "fuse.sshfs", "fuse.s3fs"}
)
# pg_ctl hands the path to a shell within double quotes.
UNSAFE = re.compile(r'["$`\\\n\r]')


@dataclass(frozen=True)
class Home:
    """The paths of one private server."""

    path: Path

    @property
    def password_file(self) -> Path:
        """The file of the password."""
        return self.path / "password"

    @property
    def port_file(self) -> Path:
        """The file of the port used last."""
        return self.path / "port"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.path / "server.log"

    def lock(self, name: str) -> Path:
        """Name the file of a lock: start, users or server."""
        return self.path / f"{name}.lock"

    def data(self, major: int) -> Path:
        """Name the data folder of a major version of PostgreSQL."""
        return self.path / f"pg{major}"

    def majors(self) -> list[int]:
        """List the major versions of which there is data here, newest first."""
        found = (re.fullmatch(r"pg(\d+)", path.parent.name) for path in self._data_folders())
        return sorted((int(match[1]) for match in found if match), reverse=True)

    def _data_folders(self) -> list[Path]:
        try:
            return [path for path in self.path.glob("pg*/PG_VERSION") if path.is_file()]
        except OSError as error:
            raise HomeUnusable(self.path, str(error.strerror)) from error

    def existing_data(self) -> Path | None:
        """Name the newest data folder, looked for without having to enter it."""
        folders = [path for path in self.path.glob("pg*") if re.fullmatch(r"pg\d+", path.name)]
        return max(folders, key=lambda path: int(path.name[2:]), default=None)

    def prepare(self) -> None:
        """Make the folder, and see that locks and a database can live in it.

        Raises
        ------
        HomeUnusable
        """
        if UNSAFE.search(str(self.path)):
            raise HomeUnusable(self.path, 'the path must not contain any of " $ ` \\ or a new line')
        if self.path.is_relative_to("/proc") or self.path.is_relative_to("/sys"):
            raise HomeUnusable(self.path, "it is not on a disk")
        try:
            self._make()
        except OSError as error:
            raise HomeUnusable(self.path, f"{error.strerror}; set LIPTAKO_HOME") from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise HomeUnusable(self.path, "it is not writable for this user; set LIPTAKO_HOME")
        kind = filesystem(self.path)
        if kind in NETWORK_FILESYSTEMS:
            raise HomeUnusable(
                self.path,
                f"it is on a network file system ({kind}), where locks are not reliable; "
                "set LIPTAKO_HOME to a folder on a local disk, or DATABASE_URL",
            )

    def _make(self) -> None:
        # As root, the user that the server runs as must be able to pass through.
        mode = 0o755 if os.geteuid() == 0 else 0o700
        missing = [path for path in (self.path, *self.path.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            path.chmod(mode)

    def require_space(self) -> None:
        """See that there is room for a database.

        Raises
        ------
        HomeUnusable
            When less than 1 GiB is free.
        """
        free = shutil.disk_usage(self.path).free
        if free < FREE_BYTES:
            raise HomeUnusable(
                self.path, f"{free >> 20} MiB are free on its disk, {FREE_BYTES >> 20} are needed"
            )

    def require_entry(self, account: Account) -> None:
        """See that the user of the server can pass through to the folder.

        Raises
        ------
        HomeUnusable
        """
        if account.can_enter(self.path):
            return
        closed = next(
            folder
            for folder in (*reversed(self.path.parents), self.path)
            if not account.can_enter(folder)
        )
        raise HomeUnusable(
            self.path,
            f"root cannot run PostgreSQL, and the user {account.name!r}, who runs it instead, "
            f"may not enter {closed}; set LIPTAKO_HOME to a folder that every user can reach, "
            "such as /var/lib/liptako",
        )

    def password(self) -> str | None:
        """Read the password, or nothing when there is none yet."""
        return _read(self.password_file)

    def new_password(self, account: Account) -> str:
        """Invent the password and write it down for the account alone."""
        password = secrets.token_urlsafe(24)
        write(self.password_file, password + "\n", 0o600, account)
        return password

    def port(self) -> int | None:
        """Read the port used last, or nothing when there was none."""
        text = _read(self.port_file)
        return int(text) if text and text.isdecimal() else None

    def keep_port(self, port: int, account: Account) -> None:
        """Write down the port for the next time."""
        write(self.port_file, f"{port}\n", 0o644, account)

    def kept(self) -> int | None:
        """Read which server process is to run on without users, if any."""
        text = _read(self.path / "kept")
        return int(text) if text and text.isdecimal() else None

    def keep(self, pid: int, account: Account) -> None:
        """Write down that this server process is to run on without users.

        The process rather than a mere yes: a server started later is not kept for that.
        """
        write(self.path / "kept", f"{pid}\n", 0o644, account)


def write(path: Path, text: str, mode: int, account: Account) -> None:
    """Replace a small file at one stroke: a reader sees the old text or the new one."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with open(fd, "w", encoding="utf-8") as file:
        os.fchmod(fd, mode)
        file.write(text)
        file.flush()
        os.fsync(fd)
    account.own(new)
    new.replace(path)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def filesystem(path: Path) -> str:
    """Tell the kind of file system that a folder is on, as the kernel names it; '' if unknown."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    device = os.stat(path).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        fields = line.split()
        if fields[2] == number:
            return fields[fields.index("-") + 1]
    return ""
