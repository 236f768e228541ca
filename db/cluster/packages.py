"""PostgreSQL and PostGIS out of Debian's signed packages, unpacked into a folder.

Nothing is installed and no root is needed: PostgreSQL finds its files relative to its programs.
What is unpacked gets no security updates by itself; ``liptako db upgrade`` fetches it anew.

Left out are documentation, compiled-in-advance code for the JIT (which is off) and what only the
raster and the 3D parts of PostGIS need; the C library is the machine's own, since a program must
never see two of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from db.cluster.apt import Apt, Package
from db.cluster.binaries import EXTENSIONS, OLDEST_MAJOR, Binaries, at
from db.cluster.home import Home
from db.cluster.locks import Lock
from db.errors import CommandFailed, NoPostgis

if TYPE_CHECKING:
    from collections.abc import Iterable

PRUNED = re.compile(
    r"libgdal\d.*|libsfcgal.*|libllvm.*|perl.*|libperl.*|postgresql-(client-)?common|ssl-cert"
    r"|locales|ucf|debconf.*|libc6|libgcc-s1|libcrypt1|tzdata|sysvinit-utils|lsb-base|adduser|dpkg|tar|sensible-utils"
)
DROPPED = ("doc", "man", "info", "locale", "lintian", "bug", "doc-base")
POSTGIS_PACKAGE = re.compile(r"postgresql-(\d+)-postgis-3")
ZONES = Path("/usr/share/zoneinfo")

Proof = Callable[[Binaries, Path, int], None]
"""Raises unless the binaries can be used; gets a folder to work in, and a lock that its processes
hold."""


def unpacked(folder: Path) -> list[Binaries]:
    """List the servers unpacked under a folder earlier, newest first."""
    prefixes = [path for path in folder.glob("packages-*") if re.search(r"-\d+$", path.name)]
    found = [binaries for prefix in prefixes if (binaries := _look(prefix))]
    usable = [binaries for binaries in found if not binaries.missing()]
    return sorted(usable, key=lambda binaries: binaries.major, reverse=True)


def manifest(binaries: Binaries) -> list[str]:
    """List what was unpacked as ``package=version``; empty for an installed server."""
    if binaries.prefix is None:
        return []
    return (binaries.prefix / "MANIFEST").read_text(encoding="utf-8").split()


def fetch(
    folder: Path,
    major: int | None,
    prove: Proof,
    say: Callable[[str], None],
    *,
    anew: bool = False,
) -> Binaries:
    """Fetch and unpack a server with PostGIS into ``<folder>/packages-<major>``.

    Parameters
    ----------
    folder : where to; it exists
    major : the version of PostgreSQL that is wanted; None for the newest
    prove : called with the result before it is accepted; raises when that is of no use
    say : told what is being done
    anew : fetch even when there is such a folder already

    Raises
    ------
    NoPostgis
        When this machine's apt cannot give it; says why.
    HomeUnusable
        When the disk is full.
    """
    lock = Lock(folder / "packages.lock")
    lock.take(waiting=lambda: say("Another program is fetching the packages: waiting"))
    with lock:
        # Another program may have fetched them while we waited.
        ready = [one for one in unpacked(folder) if major in (None, one.major)]
        if ready and not anew:
            return ready[0]
        if not (ZONES / "Europe" / "London").exists():
            raise NoPostgis([f"{ZONES} is missing: install tzdata (apt-get install tzdata)"])
        work = folder / "packages.tmp"
        if work.exists():  # left by a program that was killed
            shutil.rmtree(work)
        Home(folder).require_space()
        work.mkdir()
        work.chmod(0o755)  # whatever the umask: the user of the server works in it
        try:
            return _fetch(work, major, prove, say, lock.fileno())
        except CommandFailed as error:
            raise NoPostgis([f"fetching Debian's packages: {error}"]) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _fetch(
    work: Path,
    wanted: int | None,
    prove: Proof,
    say: Callable[[str], None],
    lock: int,
) -> Binaries:
    say("Looking for PostgreSQL and PostGIS among Debian's packages (nothing will be installed)")
    (work / "apt").mkdir()
    apt = Apt(work / "apt", pass_fds=(lock,))
    apt.set_up()
    told = apt.update()
    major = _major(apt, wanted, told)
    names = [f"postgresql-{major}", f"postgresql-client-{major}", f"postgresql-{major}-postgis-3"]
    packages = prune(apt.closure(names), names)
    say(f"Fetching PostgreSQL {major} with PostGIS: {len(packages)} packages, about 60 MB")
    debs = apt.download(packages)
    say("Unpacking and trying them out")
    prefix = work / f"packages-{major}"
    _unpack(debs, prefix, lock)
    _tidy(prefix, major)
    listing = "\n".join(sorted(package.pinned for package in packages))
    (prefix / "MANIFEST").write_text(listing + "\n", encoding="utf-8")
    binaries = _require(prefix)
    prove(binaries, work, lock)
    return _accept(prefix, work.parent / prefix.name)


def _major(apt: Apt, wanted: int | None, told: str) -> int:
    names = (POSTGIS_PACKAGE.fullmatch(name) for name in apt.names("postgresql-"))
    majors = sorted(int(match[1]) for match in names if match)
    fit = [major for major in majors if major >= OLDEST_MAJOR and wanted in (None, major)]
    if fit:
        return fit[-1]
    faults = "\n".join(line for line in told.splitlines() if line.startswith(("E:", "W:", "Err")))
    offered = f"it offers {majors}" if majors else "it offers none"
    name = f"postgresql-{wanted or 'N'}-postgis-3"
    raise CommandFailed("apt-get update", f"{faults}\nno package {name}: {offered}")


def prune(packages: dict[str, Package], wanted: Iterable[str]) -> list[Package]:
    """Walk from the wanted packages along what they depend on, leaving out `PRUNED`.

    Parameters
    ----------
    packages : everything that an installation would bring, by name
    wanted : where to begin

    Returns
    -------
    list of Package
        Sorted by name; without what only pruned packages need.
    """
    providers = {name: package for package in packages.values() for name in package.provides}
    kept: dict[str, Package] = {}
    ahead = list(wanted)
    while ahead:
        name = ahead.pop()
        package = packages.get(name) or providers.get(name)
        if package is None or package.name in kept or PRUNED.fullmatch(package.name):
            continue
        kept[package.name] = package
        for alternatives in package.depends:
            present = [one for one in alternatives if one in packages or one in providers]
            ahead.extend(present[:1])
    return sorted(kept.values(), key=lambda package: package.name)


def _unpack(debs: list[Path], prefix: Path, lock: int) -> None:
    prefix.mkdir(mode=0o755)

    def extract(deb: Path) -> None:
        argv = ["dpkg-deb", "--extract", str(deb), str(prefix)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, pass_fds=(lock,))
        if done.returncode != 0:
            raise CommandFailed(f"dpkg-deb --extract {deb.name}", done.stderr)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(extract, debs))


def _tidy(prefix: Path, major: int) -> None:
    # dpkg-deb gives the folder itself the mode that the packages state.
    prefix.chmod(0o755)
    for name in DROPPED:
        shutil.rmtree(prefix / "usr" / "share" / name, ignore_errors=True)
    shutil.rmtree(_bin(prefix, major).parent / "lib" / "bitcode", ignore_errors=True)
    # postgis.control is a link that Debian makes when it installs the package.
    extensions = _share(prefix, major) / "extension"
    for control in extensions.glob("*-3.control"):
        link = extensions / control.name.replace("-3.control", ".control")
        link.unlink(missing_ok=True)
        link.symlink_to(control.name)


def _require(prefix: Path) -> Binaries:
    binaries = _look(prefix)
    lacking = binaries.missing() if binaries else ["a server that runs"]
    if binaries is None or lacking:
        raise CommandFailed("unpacking", f"the packages lack {', '.join(lacking)}")
    modules = ["postgis-3", *EXTENSIONS[1:]]
    libraries = [binaries.bin.parent / "lib" / f"{name}.so" for name in modules]
    files = [binaries.program("postgres"), binaries.program("psql"), *libraries]
    done = subprocess.run(
        ["ldd", *files], capture_output=True, text=True, env=binaries.environment(), check=False
    )
    told = done.stdout + done.stderr
    absent = [line for line in told.splitlines() if "not found" in line]
    if absent or done.returncode != 0:
        raise CommandFailed("ldd", "\n".join(absent) or told)
    return binaries


def _accept(prefix: Path, final: Path) -> Binaries:
    old = prefix.with_name("old")
    if final.exists():
        final.rename(old)
    prefix.rename(final)
    binaries = _look(final)
    assert binaries is not None  # it was proved a moment ago, under another name
    return binaries


def _look(prefix: Path) -> Binaries | None:
    match = re.search(r"-(\d+)$", prefix.name)
    if match is None or not (prefix / "MANIFEST").is_file():
        return None
    major = int(match[1])
    return at(_bin(prefix, major), "packages", _share(prefix, major), prefix)


def _bin(prefix: Path, major: int) -> Path:
    return prefix / "usr" / "lib" / "postgresql" / str(major) / "bin"


def _share(prefix: Path, major: int) -> Path:
    return prefix / "usr" / "share" / "postgresql" / str(major)
