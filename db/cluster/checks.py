"""What ``liptako db doctor`` prints: one named check after another, and what to do about a fault.

Nothing is changed, started or fetched.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.cluster import postmaster
from db.cluster.account import account_for
from db.cluster.choice import at_hand, fitting
from db.cluster.home import FREE_BYTES, NETWORK_FILESYSTEMS, Home, filesystem
from db.cluster.packages import ZONES, manifest
from db.cluster.server import SHARED_MEMORY, SMALL_SHARED_MEMORY_BYTES
from db.cluster.sessions import answers
from db.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from db.cluster.binaries import Way


@dataclass(frozen=True)
class Check:
    """One finding; ``cure`` says what to do and is '' when all is well."""

    name: str
    ok: bool
    finding: str
    cure: str = ""


def examine(home: Home, folder: Path, way: Way | None) -> Iterator[Check]:
    """Check what a private server needs, from the machine to the running server.

    Parameters
    ----------
    home : of the cluster; it need not exist
    folder : where packages are unpacked
    way : whose programs may be used

    Yields
    ------
    Check
    """
    yield _check("system", sys.platform == "linux", sys.platform, "set DATABASE_URL")
    zones = (ZONES / "Europe" / "London").exists()
    yield _check("time zones", zones, str(ZONES), "apt-get install tzdata")
    yield from _of_folder(home)
    yield _of_shared_memory()
    yield _guarded("user", lambda: _of_account(home))
    yield _guarded("programs", lambda: _of_programs(home, folder, way))
    yield _guarded("password", lambda: _of_password(home))
    yield _guarded("server", lambda: _of_server(home))


def _check(name: str, ok: bool, finding: str, cure: str) -> Check:
    return Check(name, ok, finding, "" if ok else cure)


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except ClusterError as error:
        return Check(name, False, str(error), "see the finding")
    except OSError as error:
        return Check(name, False, str(error), "run as the user that the database belongs to")


def _of_folder(home: Home) -> Iterator[Check]:
    there = next(path for path in (home.path, *home.path.parents) if path.exists())
    usable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    finding = str(home.path) if usable else f"{there} is not a folder writable for this user"
    yield _check("folder", usable, finding, "set LIPTAKO_HOME to a folder of your own")
    kind = filesystem(there)
    local = kind not in NETWORK_FILESYSTEMS
    yield _check("file system", local, kind or "unknown", "set LIPTAKO_HOME to a local disk")
    free = shutil.disk_usage(there).free
    yield _check("disk", free >= FREE_BYTES, f"{free >> 20} MiB free", "make 1 GiB of room")


def _of_shared_memory() -> Check:
    size = shutil.disk_usage(SHARED_MEMORY).total if SHARED_MEMORY.exists() else 0
    ok = size >= SMALL_SHARED_MEMORY_BYTES
    cure = "queries run without parallel workers; in a container, give --shm-size=256m"
    return _check("shared memory", ok, f"{SHARED_MEMORY}: {size >> 20} MiB", cure)


def _of_account(home: Home) -> Check:
    there = Home(next(path for path in (home.path, *home.path.parents) if path.exists()))
    account = account_for(there.path, home.existing_data(), make=False)
    there.require_entry(account)
    return Check("user", True, account.name)


def _of_programs(home: Home, folder: Path, way: Way | None) -> Check:
    usable, reasons = at_hand(folder, way)
    chosen = fitting(usable, home.majors())
    if chosen:
        count = len(manifest(chosen))
        origin = f"{count} packages in {chosen.prefix}" if count else f"installed in {chosen.bin}"
        return Check(
            "programs", True, f"PostgreSQL {chosen.version}, PostGIS {chosen.postgis}, {origin}"
        )
    if home.majors():
        cure = f"PostgreSQL {home.majors()[0]} is needed to read the data: start fetches it"
        return Check("programs", False, "; ".join(reasons), cure)
    fetchable = way != "installed" and bool(shutil.which("apt-get"))
    cure = "apt-get install postgresql postgresql-postgis, or set DATABASE_URL"
    finding = "; ".join([*reasons, "the first start fetches packages"] if fetchable else reasons)
    return _check("programs", fetchable, finding, cure)


def _of_password(home: Home) -> Check:
    if home.password() is None:
        ok = not home.majors()
        return _check("password", ok, "none yet", "stop the server: the next start sets a new one")
    mode = home.password_file.stat().st_mode & 0o777
    cure = f"chmod 600 {home.password_file}"
    return _check("password", mode & 0o077 == 0, f"{home.password_file} {mode:o}", cure)


def _of_server(home: Home) -> Check:
    data = home.existing_data()
    found = postmaster.find(data) if data else None
    if data is None or found is None:
        left = postmaster.leftovers(data) if data else []
        finding = f"down, but processes {left} still work in {data}" if left else "down"
        return _check("server", not left, finding, "wait for their queries to end, or end them")
    password = home.password()
    ok = bool(found.port and password and answers(found.port, password, data))
    finding = f"process {found.pid} on 127.0.0.1:{found.port}"
    return _check("server", ok, finding if ok else f"{finding}: no answer", f"read {home.log}")
