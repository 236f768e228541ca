"""apt with lists, cache and status of its own: for any user, beside the system's.

It knows the sources, keys, preferences and proxies of the machine, but none of its hooks, and it
believes that nothing is installed. apt goes on to check every signature and every hash; the
system's apt is neither changed nor locked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST = Path("/etc/apt")
# Of the machine's settings, those that say how to reach an archive and which release to prefer.
TAKEN_OVER = re.compile(
    r"^(?:Acquire::(?!IndexTargets|Changelogs|Languages|CompressionTypes|GzipIndexes|cdrom)\S+"
    r'|APT::Default-Release) ".+";$'
)
SETTINGS = """\
Dir::Etc::main "/dev/null";
Dir::Etc::parts "{root}/none";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "{root}/sources.list.d";
Dir::State "{root}/state";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Log "{root}";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Debug::NoLocking "true";
"""
# A source that never answers costs this twice, and must not hold up the others for long.
IMPATIENT = ("-oAcquire::Retries=0", "-oAcquire::http::Timeout=15", "-oAcquire::https::Timeout=15")


@dataclass(frozen=True)
class Package:
    """A package of one version, and the names of what it depends on."""

    name: str
    version: str
    provides: tuple[str, ...]
    depends: tuple[tuple[str, ...], ...]
    """Each dependency is a tuple of alternatives."""

    @property
    def pinned(self) -> str:
        """The package as apt's command line names one version of it."""
        return f"{self.name}={self.version}"


class Apt:
    """A private apt in a folder that exists and is empty."""

    def __init__(self, root: Path, pass_fds: tuple[int, ...] = ()) -> None:
        self.root = root
        self._pass_fds = pass_fds

    def set_up(self) -> None:
        """Write the private settings.

        Raises
        ------
        CommandFailed
            When there is no apt, or it won't say how it is set up.
        """
        for name in ("none", "sources.list.d", "state/lists/partial", "cache/archives/partial"):
            (self.root / name).mkdir(parents=True)
        (self.root / "status").touch()
        (self.root / "sources.list").touch()
        for source in [HOST / "sources.list", *sorted((HOST / "sources.list.d").glob("*"))]:
            self._copy(source)
        taken = [
            line for line in self._run("apt-config", "dump").splitlines() if TAKEN_OVER.match(line)
        ]
        architecture = self._run("dpkg", "--print-architecture").strip()
        own = SETTINGS.format(root=self.root, architecture=architecture)
        (self.root / "apt.conf").write_text("\n".join([*taken, own]), encoding="utf-8")

    def _copy(self, source: Path) -> None:
        # A list that this user may not read holds a subscription's password: do without it.
        if source.suffix in (".list", ".sources") and os.access(source, os.R_OK):
            shutil.copyfile(source, self.root / source.relative_to(HOST))

    def update(self) -> str:
        """Fetch the lists of packages; return what apt had to say.

        A source that can't be reached fails the whole command although the others were fetched, so
        its status says nothing: whether the packages are found says all.
        """
        return self._run("apt-get", *IMPATIENT, "update", check=False)

    def names(self, prefix: str) -> list[str]:
        """List the packages whose names begin so."""
        return self._run("apt-cache", "pkgnames", prefix).split()

    def closure(self, names: Iterable[str]) -> dict[str, Package]:
        """Resolve packages and all that they need, as if nothing were installed.

        Returns
        -------
        dict
            The packages by name.
        """
        plan = self._run("apt-get", "--simulate", "install", *names)
        chosen = re.findall(r"^Inst (\S+) \((\S+)", plan, re.MULTILINE)
        # One call for all: a call per package costs half a minute.
        shown = self._run("apt-cache", "show", *(f"{name}={version}" for name, version in chosen))
        packages = (parse_package(stanza) for stanza in shown.split("\n\n") if stanza.strip())
        return {package.name: package for package in packages}

    def download(self, packages: Iterable[Package]) -> list[Path]:
        """Fetch packages; apt checks their signatures and hashes."""
        folder = self.root / "debs"
        folder.mkdir()
        self._run("apt-get", "download", *(package.pinned for package in packages), cwd=folder)
        return sorted(folder.glob("*.deb"))

    def _run(self, *argv: str, check: bool = True, cwd: Path | None = None) -> str:
        environment = os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        if (self.root / "apt.conf").exists():
            environment["APT_CONFIG"] = str(self.root / "apt.conf")
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                env=environment,
                cwd=cwd or self.root,
                pass_fds=self._pass_fds,
                start_new_session=True,
                check=False,
            )
        except OSError as error:
            raise CommandFailed(argv[0], f"{error.strerror}: {error.filename}") from error
        if check and done.returncode != 0:
            raise CommandFailed(" ".join(argv[:3]), done.stderr or done.stdout)
        return done.stdout if check else done.stdout + done.stderr


def parse_package(stanza: str) -> Package:
    """Read a package from the paragraph that ``apt-cache show`` prints of it."""
    fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", stanza, re.MULTILINE))
    needs = ", ".join(fields[key] for key in ("Pre-Depends", "Depends") if key in fields)
    return Package(
        fields["Package"],
        fields["Version"],
        _names(fields.get("Provides", ""), ","),
        tuple(_names(one, "|") for one in needs.split(",") if one.strip()),
    )


def _names(text: str, separator: str) -> tuple[str, ...]:
    # "libc6 (>= 2.36)", "python3:any" and "perlapi-5.36.0" are named by their first word.
    return tuple(re.split(r"[\s:(]", part.strip())[0] for part in text.split(separator) if part)
