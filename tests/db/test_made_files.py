"""Files that were made, within their bounds."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from db.errors import FilesUnusable, FileTooLarge
from db.made_files import ABANDONED_S, PREFIX, MadeFiles, default_folder
from gis.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def of_size(size: int, told: list[int] | None = None) -> Callable[..., None]:
    def write(path: Path, tell: Callable[[int], None]) -> None:
        with whole_file(path) as partial:
            for part in range(10):
                with partial.open("ab") as file:
                    file.write(b"x" * (size // 10))
                tell(part)
                if told is not None:
                    told.append(part)

    return write


def never(path: Path, tell: object) -> None:
    raise AssertionError(path)


def aged(folder: Path, name: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder / f"{PREFIX}{name}", (then, then))


def test_a_file_is_made_once(tmp_path: Path) -> None:
    files = MadeFiles(tmp_path / "files", 1_000, 60.0)
    assert files.opened("a") is None
    with files.make("a", of_size(100)) as made:
        assert len(made.read()) == 100
    with files.make("a", never) as again:
        assert len(again.read()) == 100
    assert os.stat(tmp_path / "files").st_mode & 0o777 == 0o700


def test_the_one_asked_for_longest_ago_goes_first(tmp_path: Path) -> None:
    files = MadeFiles(tmp_path, 1_000, 600.0)
    for age, name in enumerate("abc"):
        files.make(name, of_size(200)).close()
        aged(tmp_path, name, 30 - age)
    found = files.opened("a")  # now "b" is the oldest
    assert found is not None
    found.close()
    files.make("d", of_size(500)).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{PREFIX}{name}" for name in "acd"]


def test_what_nobody_asks_for_goes_in_time_and_what_a_killed_program_left(tmp_path: Path) -> None:
    files = MadeFiles(tmp_path, 1_000, 60.0)
    files.make("a", of_size(10)).close()
    files.make("b", of_size(10)).close()
    aged(tmp_path, "a", 61)
    (tmp_path / "not ours").write_bytes(b"")
    os.utime(tmp_path / "not ours", (0, 0))
    for name, of, age in (
        (".unfinished-old", f"{PREFIX}c", ABANDONED_S + 1),
        (".unfinished-new", f"{PREFIX}d", 1),
        (".unfinished-not-ours", "e", ABANDONED_S + 1),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / of).write_bytes(b"")
        then = time.time() - age
        os.utime(tmp_path / name, (then, then))
    files.tidy()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".unfinished-new",
        ".unfinished-not-ours",
        f"{PREFIX}b",
        "not ours",
    ]
    files.abandon("d")
    assert not (tmp_path / ".unfinished-new").exists()


def test_a_file_that_grows_too_large_is_given_up_on_the_way(tmp_path: Path) -> None:
    files = MadeFiles(tmp_path, 1_000, 60.0)
    told: list[int] = []
    with pytest.raises(FileTooLarge, match="ask for fewer"):
        files.make("a", of_size(2_000, told))
    assert told == [0, 1]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_open_can_be_read_when_it_is_deleted(tmp_path: Path) -> None:
    files = MadeFiles(tmp_path, 1_000, 60.0)
    with files.make("a", of_size(100)) as made:
        files.drop("a")
        files.drop("a")
        assert len(made.read()) == 100
    assert files.opened("a") is None


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(FilesUnusable, match="folder of this user"):
        MadeFiles(tmp_path / "link", 10, 1.0).make("a", never)
    with pytest.raises(FilesUnusable):
        MadeFiles(tmp_path / "file", 10, 1.0).make("a", never)


def test_the_folder_that_nobody_named_is_this_users() -> None:
    assert default_folder().name.endswith(str(os.geteuid()))
