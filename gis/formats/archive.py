"""Zip archives that depend on their contents alone, and not on the clock or the machine."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The earliest that an archive can tell of a file."""

LEVEL = 1
"""Of deflate: three times as fast as the usual 6, and a tenth larger."""

_PIECE = 1 << 20


def write_archive(path: Path, members: Mapping[str, Path | bytes]) -> None:
    """Write an archive of files and of bytes, in that order.

    Parameters
    ----------
    path : Path
    members : mapping of name to Path or bytes

    Raises
    ------
    OSError
        The disk is full.
    """
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, content in members.items():
            about = ZipInfo(name, FIRST_MOMENT)
            about.compress_type = ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            if isinstance(content, bytes):
                archive.writestr(about, content, compresslevel=LEVEL)
                continue
            about.file_size = content.stat().st_size  # by which it is told whether 32 bits do
            with content.open("rb") as source, archive.open(about, "w") as target:
                shutil.copyfileobj(source, target, _PIECE)
