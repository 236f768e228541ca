"""Files that were made, kept for whoever asks for the same again: bounded in bytes and in time.

A folder of this user alone, which all processes on the machine share. A file is known by a name
that tells what is in it, so one that is there is right; the one that was asked for longest ago goes
first.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from db.errors import FilesUnusable, FileTooLarge
from gis.whole_file import WORKSHOP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PREFIX = "liptako-"
"""How the names of all our files begin: nothing else in the folder is ever touched."""

ABANDONED_S = 3_600.0
"""Seconds after which what is written to no more is what a program left that was killed."""


def default_folder() -> Path:
    """Where files are kept that nobody said a place for."""
    return Path(tempfile.gettempdir()) / f"liptako-files-{os.geteuid()}"


class MadeFiles:
    """The folder.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    most_bytes : int
        Of all files together.
    kept_s : float
        Seconds for which a file is kept that nobody asks for.
    """

    def __init__(self, folder: Path, most_bytes: int, kept_s: float) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._kept_s = kept_s

    @property
    def largest(self) -> int:
        """Bytes that one file may have: half of all."""
        return self._most_bytes // 2

    def opened(self, name: str) -> BinaryIO | None:
        """A file, open to be read; ``None`` where it is not there, or no longer."""
        path = self._path(name)
        try:
            file = path.open("rb")
            os.utime(path)  # it was asked for just now
        except OSError:
            return None
        return file

    def make(self, name: str, write: Callable[[Path, Callable[[int], None]], object]) -> BinaryIO:
        """Make a file, unless it is there; give it, open to be read.

        Parameters
        ----------
        name : str
        write : callable
            Writes to the path that it is given, as :func:`gis.whole_file.whole_file` does; tells
            the other one now and then how many features there are, and hears that it is too much.

        Raises
        ------
        FileTooLarge
            It grows beyond what one file may have.
        FilesUnusable
            The folder cannot be used.
        """
        found = self.opened(name)
        if found is not None:
            return found
        self._prepare()
        path = self._path(name)
        write(path, lambda _: self._check(name))
        self._check_size(path.stat().st_size)
        return path.open("rb")

    def drop(self, name: str) -> None:
        """Delete a file; nothing where it is not there."""
        self._path(name).unlink(missing_ok=True)

    def abandon(self, name: str) -> None:
        """Delete what was written of a file by a program that is gone."""
        for folder in self._workshops():
            if _is_of(folder, f"{PREFIX}{name}"):
                shutil.rmtree(folder, ignore_errors=True)

    def tidy(self, room: int = 0) -> None:
        """Delete what is too old, and the oldest until so many bytes are free."""
        now = time.time()
        kept = []
        for path, state in self._files():
            if now - state.st_mtime > self._kept_s:
                path.unlink(missing_ok=True)
            else:
                kept.append((state.st_mtime, path, state.st_size))
        total = sum(size for _, _, size in kept)
        for _, path, size in sorted(kept):
            if total <= self._most_bytes - room:
                break
            path.unlink(missing_ok=True)
            total -= size
        for folder in self._workshops():
            with suppress(FileNotFoundError):  # another process was faster
                is_old = now - folder.stat().st_mtime > ABANDONED_S
                if is_old and _is_of(folder, PREFIX):
                    shutil.rmtree(folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{PREFIX}{name}"

    def _prepare(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            state = os.lstat(self._folder)
        except OSError as fault:
            raise FilesUnusable(self._folder, str(fault.strerror)) from fault
        # In a folder that others may write to, one of that name could be somebody else's.
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
            raise FilesUnusable(self._folder, "it is not a folder of this user")
        self.tidy(self.largest)

    def _check(self, name: str) -> None:
        written = 0
        for folder in self._workshops():
            if _is_of(folder, f"{PREFIX}{name}"):
                written += sum(_sizes(folder))
        self._check_size(written)

    def _check_size(self, size: int) -> None:
        if size > self.largest:
            raise FileTooLarge(self.largest)

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.glob(f"{PREFIX}*"):
            try:
                state = path.stat()
            except FileNotFoundError:  # another process was faster
                continue
            if stat.S_ISREG(state.st_mode):
                yield path, state

    def _workshops(self) -> Iterator[Path]:
        return self._folder.glob(f"{WORKSHOP}*")


def _is_of(folder: Path, name: str) -> bool:
    """Whether it is of a file whose name begins so that a folder is, in which one is made."""
    try:
        return any(path.name.startswith(name) for path in folder.iterdir())
    except FileNotFoundError:
        return False


def _sizes(folder: Path) -> Iterator[int]:
    """The sizes of the files in a folder in which one is made, which may go at any moment."""
    try:
        for path in folder.rglob("*"):
            yield path.stat().st_size
    except FileNotFoundError:
        return
