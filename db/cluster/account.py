"""The user that the server runs as.

PostgreSQL refuses to run as root. An ordinary user is the server's user; root gives way, in this
order, to the owner of the data that is there, the owner of the folder, the user behind ``sudo``,
``postgres``, or a system user ``liptako`` made for the purpose. Where no user can be changed to (a
container whose only user is root) or where the user has no name (a container run under a bare
number; initdb wants a name), a user namespace gives the server a named, unprivileged user over
the same files.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.errors import AccountUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

SYSTEM_USER = "liptako"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Account:
    """A user under whom commands are run.

    ``switch`` says that it is another user than ours; ``prefix`` is put before every command.
    """

    name: str
    uid: int
    gid: int
    switch: bool = False
    prefix: tuple[str, ...] = ()

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        text_in: str | None = None,
        out: IO[bytes] | int = subprocess.PIPE,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, away from our terminal and our working folder.

        Parameters
        ----------
        argv : the command and its arguments
        env : its whole environment; by default a bare search path
        text_in : what it reads; by default nothing
        out : where its output and its errors go; by default into the result
        pass_fds : descriptors that it inherits

        Raises
        ------
        OSError
            When the command cannot be run, or not as this user.
        """
        return subprocess.run(
            [*self.prefix, *argv],
            env=dict(env) if env is not None else {"PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL if text_in is None else None,
            input=text_in,
            stdout=out,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
            pass_fds=pass_fds,
            # Ctrl-C on our terminal must not cut short an initdb or a shutdown.
            start_new_session=True,
            check=False,
        )

    def works(self) -> bool:
        """Tell whether commands can be run as this user."""
        try:
            return self.run(["true"]).returncode == 0
        except OSError:
            return False

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this user can reach what lies in a folder."""
        return self.run(["test", "-x", folder]).returncode == 0

    def own(self, path: Path) -> None:
        """Make a file or folder that we created belong to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)


def account_for(home: Path, data: Path | None, *, make: bool = True) -> Account:
    """Choose the user that the server runs as.

    Parameters
    ----------
    home : the folder of the cluster, which exists
    data : its data folder, when there is one
    make : create a system user if root finds no other

    Raises
    ------
    AccountUnavailable
        When PostgreSQL would refuse every user that is to be had.
    """
    uid = os.geteuid()
    if uid != 0:
        user = _user(uid)
        return _account(user) if user else _mapped(f"user {uid} has no name in /etc/passwd")
    if not _can_switch():
        return _mapped("root may not change to another user here")
    for user in _candidates(home, data):
        account = _account(user, switch=True)
        if account.works():
            return account
    if not make:
        raise AccountUnavailable(f"the first start makes a system user {SYSTEM_USER!r}")
    return _account(_new_system_user(), switch=True)


def _account(user: pwd.struct_passwd, *, switch: bool = False) -> Account:
    return Account(user.pw_name, user.pw_uid, user.pw_gid, switch=switch)


def _user(key: int | str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(key) if isinstance(key, int) else pwd.getpwnam(key)
    except KeyError:
        return None


def _candidates(home: Path, data: Path | None) -> Iterator[pwd.struct_passwd]:
    sudo = os.environ.get("SUDO_UID", "")
    owners = [path.stat().st_uid for path in (data, home) if path is not None]
    keys: list[int | str] = [*owners, int(sudo) if sudo.isdecimal() else 0]
    for key in [*keys, "postgres", SYSTEM_USER]:
        user = _user(key)
        if user and user.pw_uid != 0:
            yield user


def _can_switch() -> bool:
    # Any number will do: in a namespace of a single user, setuid itself fails.
    return Account("probe", 65534, 65534, switch=True).works()


def _new_system_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=SYSTEM_PATH)
    if useradd is None:
        raise AccountUnavailable("there is no user to give way to, and no useradd to make one")
    made = subprocess.run(
        [useradd, "--system", "--home-dir", "/nonexistent", "--shell", "/bin/false", SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
    )
    user = _user(SYSTEM_USER)
    if user is None:
        raise AccountUnavailable(f"useradd {SYSTEM_USER}: {made.stderr.strip()}")
    return user


def _mapped(reason: str) -> Account:
    named = [user for user in pwd.getpwall() if user.pw_uid not in (0, 65534)]
    if not named:
        raise AccountUnavailable(f"{reason}, and /etc/passwd names no ordinary user")
    # The name only has to exist; the files keep the owner that they have outside.
    user = _user("postgres") or named[0]
    account = Account(
        user.pw_name,
        os.geteuid(),
        os.getegid(),
        prefix=("unshare", "--user", f"--map-user={user.pw_uid}", "--"),
    )
    if not account.works():
        raise AccountUnavailable(f"{reason}, and user namespaces are not allowed")
    return account
