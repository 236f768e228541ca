from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from db.cluster import home as home_module
from db.cluster.account import Account
from db.cluster.home import Home, filesystem, write
from db.errors import HomeUnusable

ME = Account("me", -1, -1)


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\nb", "a\\b"])
def test_a_path_that_a_shell_would_change_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HomeUnusable, match="must not contain"):
        Home(tmp_path / name).prepare()
    assert not (tmp_path / name).exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusable, match="set LIPTAKO_HOME"):
        Home(tmp_path / "file" / "below").prepare()


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "filesystem", lambda _: "nfs4")
    with pytest.raises(HomeUnusable, match="network file system"):
        Home(tmp_path).prepare()


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=700 << 20)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(HomeUnusable, match="700 MiB are free on its disk, 1024 are needed"):
        Home(tmp_path).require_space()


def test_the_kernel_names_the_file_system() -> None:
    assert filesystem(Path("/proc")) == "proc"


def test_majors_are_listed_newest_first_and_only_with_data(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.majors() == []
    for name in ("pg9", "pg15", "pg15.tmp", "pgadmin"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "PG_VERSION").touch()
    (tmp_path / "pg17").mkdir()
    assert home.majors() == [15, 9]
    assert home.existing_data() == tmp_path / "pg17"


def test_a_small_file_is_replaced_at_one_stroke(tmp_path: Path) -> None:
    path = tmp_path / "password"
    write(path, "old", 0o600, ME)
    before = path.stat().st_ino
    write(path, "new", 0o600, ME)
    assert path.read_text() == "new"
    assert path.stat().st_ino != before
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_never_written_is_unknown(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert (home.password(), home.port()) == (None, None)
    home.port_file.write_text("many\n")
    assert home.port() is None


def test_every_password_is_another(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.new_password(ME) != home.new_password(ME)
    assert len(home.password() or "") >= 32
