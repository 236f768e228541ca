from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.cluster import packages
from db.cluster.apt import TAKEN_OVER, Package, parse_package
from db.cluster.binaries import EXTENSIONS
from db.cluster.packages import manifest, prune, unpacked
from db.errors import NoPostgis

if TYPE_CHECKING:
    from pathlib import Path

    from db.cluster.binaries import Binaries

STANZA = """\
Package: postgresql-15-postgis-3
Version: 3.3.2+dfsg-1+b1
Provides: postgresql-postgis, postgresql-15-postgis (= 3.3)
Pre-Depends: libc6 (>= 2.36)
Depends: postgresql-15, libgeos-c1v5 (>= 3.9), debconf (>= 0.5) | debconf-2.0, perl:any
Description: Geographic objects support
 Depends: is said in the description, too"""


def package(name: str, *depends: str, provides: str = "") -> Package:
    alternatives = tuple(tuple(one.split("|")) for one in depends)
    return Package(name, "1", tuple(provides.split()), alternatives)


def names(found: list[Package]) -> list[str]:
    return [one.name for one in found]


def test_a_package_is_read_from_what_apt_shows() -> None:
    read = parse_package(STANZA)
    assert read.pinned == "postgresql-15-postgis-3=3.3.2+dfsg-1+b1"
    assert read.provides == ("postgresql-postgis", "postgresql-15-postgis")
    assert read.depends == (
        ("libc6",),
        ("postgresql-15",),
        ("libgeos-c1v5",),
        ("debconf", "debconf-2.0"),
        ("perl",),
    )


def test_what_only_pruned_packages_need_is_left_out() -> None:
    everything = [
        package("server", "libgdal32", "libgeos", "libc6"),
        package("libgdal32", "libhdf5"),
        package("libhdf5"),
        package("libgeos", "libstdc"),
        package("libstdc"),
        package("libc6"),
    ]
    found = prune({one.name: one for one in everything}, ["server"])
    assert names(found) == ["libgeos", "libstdc", "server"]


def test_alternatives_and_provided_names_are_followed() -> None:
    everything = [
        package("server", "absent|mail", "virtual"),
        package("mail"),
        package("real", provides="virtual other"),
    ]
    found = prune({one.name: one for one in everything}, ["server"])
    assert names(found) == ["mail", "real", "server"]


def test_circles_of_dependencies_end() -> None:
    everything = {one.name: one for one in (package("a", "b"), package("b", "a"))}
    assert names(prune(everything, ["a"])) == ["a", "b"]


def test_nothing_wanted_is_nothing_kept() -> None:
    assert prune({}, []) == []


@pytest.mark.parametrize(
    "line, taken",
    [
        ('Acquire::http::Proxy "http://proxy:3128";', True),
        ('Acquire::https::Verify-Peer "false";', True),
        ('APT::Default-Release "bookworm";', True),
        ('Acquire::Languages "de";', False),
        ('Acquire::IndexTargets::deb::DEP-11::MetaKey "x";', False),
        ('APT::Update::Post-Invoke:: "rm -f /var/cache/apt/*.bin";', False),
        ('Dir::State "var/lib/apt";', False),
    ],
)
def test_of_the_machines_settings_only_the_way_to_the_archive_is_taken(
    line: str, taken: bool
) -> None:
    assert bool(TAKEN_OVER.match(line)) is taken


def test_a_folder_without_a_manifest_was_never_accepted(tmp_path: Path) -> None:
    (tmp_path / "packages-15" / "usr").mkdir(parents=True)
    assert unpacked(tmp_path) == []


def test_without_the_machines_time_zones_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "ZONES", tmp_path)
    with pytest.raises(NoPostgis, match="apt-get install tzdata"):
        packages.fetch(tmp_path, None, prove, say)


def prove(binaries: Binaries, scratch: Path, lock: int) -> None:
    """Accept whatever was unpacked."""
    assert binaries.missing() == []
    assert any(line.startswith("postgresql-") for line in manifest(binaries))
    assert all((binaries.share / "extension" / f"{name}.control").exists() for name in EXTENSIONS)


def say(_: str) -> None:
    """Tell nobody."""
