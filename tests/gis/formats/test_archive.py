"""Archives that depend on their contents alone."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

from gis.formats.archive import write_archive

if TYPE_CHECKING:
    from pathlib import Path


def test_files_and_bytes_come_back_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"from a file" * 1000)
    write_archive(tmp_path / "z", {"b.txt": tmp_path / "b", "à.txt": b"bytes"})
    with zipfile.ZipFile(tmp_path / "z") as archive:
        assert archive.namelist() == ["b.txt", "à.txt"]
        assert archive.read("b.txt") == b"from a file" * 1000
        assert archive.read("à.txt") == b"bytes"
        assert archive.testzip() is None


def test_the_clock_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    write_archive(tmp_path / "first", {"a": tmp_path / "a", "b": b"b"})
    os.utime(tmp_path / "a", (0, 0))
    write_archive(tmp_path / "second", {"a": tmp_path / "a", "b": b"b"})
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
