"""A file that appears whole under its name, or not at all.

It is written in a hidden folder beside its place and moved there at the end, in one step of the
file system: a reader sees the former file or the new one, and a program that is killed leaves no
half file under the name. The folder takes what a driver writes beside its file (journals), too.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import GisError

if TYPE_CHECKING:
    from collections.abc import Iterator

JOURNALS = ("-wal", "-journal")
"""What SQLite keeps beside a database (a GeoPackage) while changes to it are unfinished."""


class UnwritableFile(GisError):
    """A file that cannot be written where it is wanted."""

    noun = "file"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write to; what stands there at the end takes its place at ``path``.

    Parameters
    ----------
    path : Path
        Where the file is wanted. One that is there is replaced at the end, and not before.

    Yields
    ------
    Path
        A name in the same file system, with the same ending. Nothing is there yet.

    Raises
    ------
    UnwritableFile
        The folder is missing or refuses files, the name is a folder's, or another program has
        unfinished changes to the file: told at once, before the caller does anything dear. Or the
        file cannot be put into its place.
    """
    _refuse_unfinished(path)
    workshop = _workshop(path)
    try:
        partial = workshop / path.name
        yield partial
        _refuse_unfinished(path)
        try:
            _put(partial, path)
        except OSError as fault:
            raise UnwritableFile(str(path), f"it can be put there ({fault.strerror})") from fault
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _workshop(path: Path) -> Path:
    folder = path.parent
    if path.is_dir() or path.name in ("", ".."):
        raise UnwritableFile(str(path), "it is the name of a file, not of a folder")
    if not folder.is_dir():
        raise UnwritableFile(str(path), f"its folder {str(folder)!r} exists")
    try:
        return Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    except OSError as fault:
        rule = f"its folder {str(folder)!r} can be written to ({fault.strerror})"
        raise UnwritableFile(str(path), rule) from fault


def _refuse_unfinished(path: Path) -> None:
    # SQLite would play the journal of the former database into ours, and destroy it.
    for journal in (path.with_name(path.name + suffix) for suffix in JOURNALS if path.name):
        if journal.exists() and journal.stat().st_size:
            rule = f"no program has unfinished changes to it (there is {journal.name!r})"
            raise UnwritableFile(str(path), rule)


def _put(partial: Path, path: Path) -> None:
    # The content must be on disk before the name is, and the name before we say so: else a crash of
    # the machine could leave the name of a file without its content.
    _sync(partial)
    os.replace(partial, path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
