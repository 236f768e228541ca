"""A file that appears whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gis.whole_file import UnwritableFile, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
KILLED = """
import os, signal, sys
from pathlib import Path
from gis.whole_file import whole_file
with whole_file(Path(sys.argv[1])) as partial:
    partial.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_appears_at_the_end_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("former")
    with whole_file(path) as partial:
        partial.write_text("new")
        partial.with_name("a.csv-journal").write_text("of a driver")
        assert path.read_text() == "former"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_former_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("former")
    with pytest.raises(IsADirectoryError), whole_file(path) as partial:
        partial.parent.write_text("half")
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_program_leaves_no_half_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("former")
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=root, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_text() == "former"


def test_a_writer_is_given_the_ending_it_needs(tmp_path: Path) -> None:
    for name, given in (("a", "a.gpkg"), ("a.GPKG", "a.GPKG"), ("a.gpkg", "a.gpkg")):
        with whole_file(tmp_path / name, "gpkg") as partial:
            assert partial.name == given
            partial.touch()
        assert (tmp_path / name).is_file()


def test_the_file_may_be_read_by_whom_the_umask_says(tmp_path: Path) -> None:
    former = os.umask(0o027)
    try:
        with whole_file(tmp_path / "a.csv") as partial:
            partial.write_text("x")
    finally:
        os.umask(former)
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "name, rule",
    [
        ("missing/a.csv", "its folder .*missing' does not exist"),
        ("file/a.csv", "its folder .*file' does not exist"),
        ("folder", "not of a folder"),
        ("x" * 300, "it can be made there"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str, rule: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnwritableFile, match=rule), whole_file(tmp_path / name):
        pytest.fail("it was not told at once")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}


def test_a_folder_that_refuses_files_is_told_at_once() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        rule = "can be written to"
        with (
            unprivileged(),
            pytest.raises(UnwritableFile, match=rule),
            whole_file(Path(folder) / "a.csv"),
        ):
            pytest.fail("it was not told at once")
        Path(folder).chmod(0o755)


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_unfinished_changes_of_another_program_are_not_played_into_the_new_file(
    tmp_path: Path, suffix: str
) -> None:
    journal = tmp_path / f"a.gpkg{suffix}"
    with pytest.raises(UnwritableFile, match="unfinished"), whole_file(tmp_path / "a.gpkg"):
        journal.write_text("changes")
    assert list(tmp_path.iterdir()) == [journal]
    with pytest.raises(UnwritableFile, match="unfinished"), whole_file(tmp_path / "a.gpkg"):
        pytest.fail("it was not told at once")


@contextmanager
def unprivileged() -> Iterator[None]:
    """Act as a user whom the permissions of files bind: they do not bind root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
