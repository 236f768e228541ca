"""Path -> numbered rows of text cells.

A CSV file is read as a stream: neither its size nor its number of rows costs memory. Nothing is
guessed: the encoding is UTF-8 (with or without a byte order mark) unless the caller states another,
cells stay text, and whatever is wrong with a line is a :class:`~seeds.errors.RowFault` in the place
of its row, so that the reading goes on and all faults of a file are found at once.
"""

from __future__ import annotations

import csv
import hashlib
from codecs import BOM_UTF8, lookup
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from seeds.errors import RefusedFile, RowFault, SeedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

SHOWN = 200
"""Characters of a faulty value that a fault keeps."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its first physical line in the file, counted from 1, and its cells by column."""

    line: int
    cells: dict[str, str]


Headerless: TypeAlias = "Callable[[Sequence[str]], Sequence[str] | None]"
"""The columns of a file whose first row, given here, is a row already; ``None`` for a header."""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What a file is: a name is not an identity, two releases of one name differ in bytes."""

    name: str
    sha256: str
    size_bytes: int


def identify(path: Path) -> FileIdentity:
    """Name, SHA-256 and size of a file, in one pass over it.

    Raises
    ------
    SeedError
        The file cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with _opened(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return FileIdentity(path.name, digest.hexdigest(), size)


@dataclass(frozen=True, slots=True)
class Table:
    """An open file: the names of its columns, and its rows or their faults, to be read once."""

    file: str
    columns: tuple[str, ...]
    rows: Iterator[Row | RowFault]


@contextmanager
def open_table(
    path: Path, *, encoding: str = "utf-8", headerless: Headerless | None = None
) -> Iterator[Table]:
    """Open a CSV file and read its header.

    Parameters
    ----------
    path : Path
    encoding : str
        How the file is encoded, if it is not UTF-8; one in which ASCII stays ASCII.
    headerless : callable, optional
        Names the columns of a file that has no header, from its first row.

    Yields
    ------
    Table
        Its rows are read while they are asked for. Blank lines are not rows.

    Raises
    ------
    RefusedFile
        There is no header to read: the file is empty, its first line is broken, or a name of a
        column occurs twice.
    SeedError
        The file cannot be opened, or nobody knows such an encoding.
    """
    _check_encoding(encoding)
    with _opened(path) as file:
        lines = _Lines(path.name, file, encoding)
        records = _records(lines)
        first = _first(path.name, records)
        names = headerless(first[1]) if headerless else None
        columns = tuple(first[1] if names is None else names)
        _check_names(path.name, first[0], columns)
        begun = records if names is None else chain((first,), records)
        yield Table(path.name, columns, _rows(lines, columns, begun))


_Record: TypeAlias = "tuple[int, list[str], str | None]"
"""First line, cells, and the rule that the line breaks as a whole, if it breaks one."""


@dataclass(slots=True)
class _Lines:
    """The decoded lines of a file, and what was wrong with the bytes of each."""

    file: str
    stream: BinaryIO
    encoding: str
    broken: dict[int, str] = field(default_factory=dict)
    """Rule broken by the bytes of a line, by its number; forgotten once it is reported."""
    number: int = 0
    ended: bool = True
    """Whether the last line ended as lines do."""

    def __iter__(self) -> Iterator[str]:
        for line in self.stream:
            self.number += 1
            self.ended = line.endswith((b"\n", b"\r"))
            if self.number == 1 and lookup(self.encoding).name == "utf-8":
                line = line.removeprefix(BOM_UTF8)
            yield self._decoded(line)

    def _decoded(self, line: bytes) -> str:
        if (at := line.find(b"\0")) >= 0:
            self.broken[self.number] = f"has no NUL byte (byte {at + 1} of the line is one)"
        try:
            return line.decode(self.encoding)
        except UnicodeDecodeError as fault:
            self.broken[self.number] = (
                f"is encoded as {self.encoding}: byte {fault.start + 1} of line {self.number} is"
                f" 0x{line[fault.start]:02X}, {fault.reason} (state the encoding if it is another)"
            )
            # The line keeps its commas and quotes, so that the rows after it are read rightly.
            return line.decode(self.encoding, errors="replace")


def _records(lines: _Lines) -> Iterator[_Record]:
    """Lists of cells with their first line; after a broken quotation the reading goes on."""
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            lines.broken.clear()
            yield line, [], _quotation(str(fault), lines.ended)
            continue
        rule = "; ".join(lines.broken.values()) or None
        lines.broken.clear()
        if cells:
            yield line, cells, rule


def _quotation(reason: str, ended: bool) -> str:
    if reason == "unexpected end of data":
        cut = "" if ended else ", in the middle of a line"
        return f"a quoted cell is closed (the file ends inside one{cut}: it may be cut off)"
    return f"is a row of CSV ({reason})"


def _rows(
    lines: _Lines, columns: tuple[str, ...], records: Iterator[_Record]
) -> Iterator[Row | RowFault]:
    for line, cells, rule in records:
        if rule is not None:
            yield _unreadable(lines.file, columns, line, cells, rule)
        elif len(cells) == len(columns):
            yield Row(line, dict(zip(columns, cells, strict=True)))
        else:
            yield _ragged(lines, columns, line, cells)


def _unreadable(
    file: str, columns: tuple[str, ...], line: int, cells: list[str], rule: str
) -> RowFault:
    """The fault of a line whose bytes are broken, at the first cell that shows it."""
    for column, cell in zip(columns, cells, strict=False):
        if "\ufffd" in cell or "\0" in cell:
            return RowFault(file, line, column, cell.replace("\0", "\\0")[:SHOWN], rule)
    return RowFault(file, line, None, None, rule)


def _ragged(lines: _Lines, columns: tuple[str, ...], line: int, cells: list[str]) -> RowFault:
    count, wanted = len(cells), len(columns)
    if count > wanted:
        rule = f"has {wanted} cells like the header, not {count}: this one has no column"
        return RowFault(lines.file, line, None, cells[wanted][:SHOWN], rule)
    cut = "" if lines.ended else " (the file ends in the middle of a line: it may be cut off)"
    rule = f"has {wanted} cells like the header, not {count}: this column has none{cut}"
    return RowFault(lines.file, line, columns[count], None, rule)


def _first(file: str, records: Iterator[_Record]) -> _Record:
    record = next(records, None)
    if record is None:
        raise RefusedFile(
            file,
            (
                RowFault(
                    file, None, None, None, "the file is empty: it must have a header and rows"
                ),
            ),
        )
    line, _, rule = record
    if rule is not None:
        raise RefusedFile(file, (RowFault(file, line, None, None, f"the header {rule}"),))
    return record


def _check_names(file: str, line: int, columns: tuple[str, ...]) -> None:
    twice = sorted({name for name in columns if columns.count(name) > 1})
    rule = "the name of a column occurs once"
    if twice:
        raise RefusedFile(file, tuple(RowFault(file, line, name, name, rule) for name in twice))


def _check_encoding(encoding: str) -> None:
    try:
        plain = "\n".encode(encoding) == b"\n"
    except (LookupError, ValueError) as fault:
        raise SeedError(f"encoding {encoding!r} is not known: utf-8 and latin-1 are") from fault
    if not plain:
        raise SeedError(f"encoding {encoding!r} is refused: lines are found by ASCII line ends")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as fault:
        raise SeedError(f"{path} cannot be read: {fault.strerror}") from fault
    with file:
        yield file
