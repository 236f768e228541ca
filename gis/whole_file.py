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

WORKSHOP = ".unfinished-"
"""How the name begins of a folder in which a file is made."""

JOURNALS = ("-wal", "-journal")
"""What SQLite keeps beside a database (a GeoPackage) while changes to it are unfinished."""


class UnwritableFile(GisError):
    """A file that cannot be written where it is wanted."""

    noun = "file"


@contextmanager
def whole_file(path: Path, extension: str = "") -> Iterator[Path]:
    """A place to write to; what stands there at the end takes its place at ``path``.

    Parameters
    ----------
    path : Path
        Where the file is wanted. One that is there is replaced at the end, and not before.
    extension : str
        Ending, without the dot, that the name to write to must have for the writer's sake.

    Yields
    ------
    Path
        The same name in another folder of the same file system. Nothing is there yet.

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
        ends_well = path.name.lower().endswith(extension)
        partial = workshop / (path.name if ends_well else f"{path.name}.{extension}")
        _try(partial, path)
        yield partial
        _refuse_unfinished(path)
        _put(partial, path)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _workshop(path: Path) -> Path:
    folder = str(path.parent)
    if os.path.isdir(path) or not path.name:
        raise UnwritableFile(str(path), "it is the name of a file, not of a folder")
    if not os.path.isdir(folder):
        raise UnwritableFile(str(path), f"its folder {folder!r} does not exist")
    try:
        return Path(tempfile.mkdtemp(prefix=WORKSHOP, dir=folder))
    except OSError as fault:
        rule = f"its folder {folder!r} can be written to ({fault.strerror})"
        raise UnwritableFile(str(path), rule) from fault


def _try(partial: Path, path: Path) -> None:
    try:
        partial.touch()  # a name that the file system refuses, for one that is too long
        partial.unlink()
    except OSError as fault:
        raise UnwritableFile(str(path), f"it can be made there ({fault.strerror})") from fault


def _refuse_unfinished(path: Path) -> None:
    # SQLite would play the journal of the former database into ours, and destroy it.
    for suffix in JOURNALS:
        journal = f"{path}{suffix}"
        if os.path.isfile(journal) and os.path.getsize(journal):
            rule = f"no program has unfinished changes to it (there is {journal!r})"
            raise UnwritableFile(str(path), rule)


def _put(partial: Path, path: Path) -> None:
    # The content must be on disk before the name is, and the name before we say so: else a crash of
    # the machine could leave the name of a file without its content.
    try:
        _sync(partial)
        os.replace(partial, path)
        _sync(path.parent)
    except OSError as fault:
        raise UnwritableFile(str(path), f"it can be put there ({fault.strerror})") from fault


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
