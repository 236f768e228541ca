"""The programs of a PostgreSQL server that has PostGIS."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from db.cluster.account import SYSTEM_PATH

OLDEST_MAJOR = 14
EXTENSIONS = ("postgis", "btree_gist", "unaccent", "pg_trgm")
SERVER_FOLDERS = ("/usr/lib/postgresql", "/usr/pgsql-*", "/usr/local/pgsql", "/opt/postgresql")

Way = Literal["installed", "packages"]


@dataclass(frozen=True)
class Binaries:
    """Where the programs are, and what they are.

    ``prefix`` is the folder that packages were unpacked into; None for an installed server.
    """

    way: Way
    bin: Path
    version: str
    share: Path
    prefix: Path | None = None

    @property
    def major(self) -> int:
        """The major version of PostgreSQL."""
        return int(re.split(r"\D", self.version)[0])

    @property
    def postgis(self) -> str:
        """The version of PostGIS; '' when it is not there."""
        control = self.share / "extension" / "postgis.control"
        match = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text("utf-8"))
        return match[1] if match else ""

    def program(self, name: str) -> Path:
        """Name a program: postgres, initdb, pg_ctl, psql, pg_dump."""
        return self.bin / name

    def missing(self) -> list[str]:
        """List what these binaries lack for our purpose; empty when they will do."""
        programs = [name for name in ("initdb", "pg_ctl") if not self.program(name).exists()]
        controls = (self.share / "extension" / f"{name}.control" for name in EXTENSIONS)
        lacking = [path.stem for path in controls if not path.is_file()]
        old = [f"a version of at least {OLDEST_MAJOR}"] if self.major < OLDEST_MAJOR else []
        return [*old, *programs, *lacking]

    def environment(self) -> dict[str, str]:
        """Give the whole environment to run the programs in.

        Nothing of ours is inherited: PG* variables, a locale that was never generated or another
        PROJ folder would each change what the server does.
        """
        settings = {"PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return settings | self.libraries()

    def libraries(self) -> dict[str, str]:
        """Give the variables by which unpacked programs find their libraries; else nothing."""
        if self.prefix is None:
            return {}
        proj = str(self.prefix / "usr" / "share" / "proj")
        folders = sorted(
            {
                str(path.parent)
                for root in ("lib", "usr/lib")
                for path in (self.prefix / root).rglob("lib*.so*")
                if "postgresql" not in path.parts
            }
        )
        return {"LD_LIBRARY_PATH": ":".join(folders), "PROJ_DATA": proj, "PROJ_LIB": proj}


def installed() -> tuple[list[Binaries], list[str]]:
    """Look for installed servers.

    Returns
    -------
    usable, reasons
        The servers that will do, newest first, and one sentence on each that won't (or on the
        absence of any).
    """
    found = [binaries for folder in _folders() if (binaries := _look(folder))]
    usable = [binaries for binaries in found if not binaries.missing()]
    reasons = [
        f"PostgreSQL {binaries.version} in {binaries.bin} lacks {', '.join(binaries.missing())}"
        for binaries in found
        if binaries.missing()
    ]
    if not found:
        reasons = ["no PostgreSQL server is installed"]
    return sorted(usable, key=lambda binaries: binaries.major, reverse=True), reasons


def at(folder: Path, way: Way, share: Path, prefix: Path | None = None) -> Binaries | None:
    """Look at a folder of programs; None when there is no PostgreSQL that runs."""
    bare = Binaries(way, folder, "0", share, prefix)
    version = _output([str(folder / "postgres"), "--version"], bare.environment())
    match = re.search(r"\(PostgreSQL\) (\d[\w.]*)", version)
    return Binaries(way, folder, match[1], share, prefix) if match else None


def _folders() -> list[Path]:
    roots = [path for pattern in SERVER_FOLDERS for path in sorted(Path("/").glob(pattern[1:]))]
    folders = [path for root in roots for path in (root / "bin", *sorted(root.glob("*/bin")))]
    config = shutil.which("pg_config")
    if config:
        folders.append(Path(_output([config, "--bindir"]) or "/nonexistent"))
    real = {folder.resolve(): folder for folder in folders if (folder / "postgres").exists()}
    return list(real.values())


def _look(folder: Path) -> Binaries | None:
    config = folder / "pg_config"
    told = _output([str(config), "--sharedir"]) if config.exists() else ""
    guesses = [
        Path(told or "/nonexistent"),
        Path("/usr/share/postgresql") / folder.parent.name,
        folder.parent / "share" / "postgresql",
        folder.parent / "share",
    ]
    share = next((path for path in guesses if (path / "extension").is_dir()), guesses[-1])
    return at(folder, "installed", share)


def _output(argv: list[str], env: dict[str, str] | None = None) -> str:
    try:
        told = subprocess.run(argv, capture_output=True, text=True, env=env, check=False)
    except OSError:
        return ""
    return told.stdout.strip()
