"""What is wrong with a file that comes in.

A :class:`RowFault` is a value, not an exception: a reader collects all of them, so that a person
mends a file once and not fault by fault. A :class:`SeedError` ends the reading: the file as a whole
cannot be understood.
"""

from __future__ import annotations

from dataclasses import dataclass


class SeedError(Exception):
    """A file or an option that cannot be used at all."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with one cell.

    Parameters
    ----------
    file : str
        Name of the file.
    line : int or None
        Line in the file, counted from 1 with the header; ``None`` for the file as a whole. A row
        whose quoted cells hold line breaks is named by its first line.
    column : str or None
        Name of the column; ``None`` for the row as a whole.
    value : str or None
        What stands there, cut to 200 characters.
    rule : str
        What should stand there.
    """

    file: str
    line: int | None
    column: str | None
    value: str | None
    rule: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        what = "" if self.column is None else f", column {self.column}"
        shown = "" if self.value is None else f" has {self.value!r}"
        return f"{where}{what}{shown}: {self.rule}"


class RefusedFile(SeedError):
    """A file that is not read, or not written, because of its faults.

    Parameters
    ----------
    file : str
        Name of the file.
    faults : tuple of RowFault
        All that is wrong with it, in the order of the file; at least one.
    """

    def __init__(self, file: str, faults: tuple[RowFault, ...]) -> None:
        self.file = file
        self.faults = faults
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"{file} is refused, nothing was written: {count}. First: {faults[0]}")
