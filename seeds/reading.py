"""File -> stage: the rows of a dataset, read as a stream into the temporary tables of a load."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from db.write.staged import (
    Batch,
    StagedRow,
    analyse_stage,
    copy_batch,
    create_stage,
    forget_lines,
    repeated_rows,
)
from seeds.dataset import Context, Dataset, Records
from seeds.errors import RefusedFile, RowFault
from seeds.rows import Row, open_table
from seeds.staging import stage

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from seeds.records import ActorRecord
    from seeds.runs import Reading

BATCH = 2_000
"""Rows held in memory between two copies: this, not the file, bounds the memory of a load."""


@dataclass(slots=True)
class Staged:
    """What a file put into the stage, beside the rows themselves."""

    actors: dict[tuple[str, str], ActorRecord] = field(default_factory=dict)
    """Actors by code and name: a dataset renames its actors, and every name is an alias."""
    nameless: bool = False
    """Whether a row was so broken that its identifier is not known."""


@dataclass(frozen=True, slots=True)
class StageReader:
    """Reads one file into the stage of the open transaction; faults go to ``reading``."""

    connection: Connection
    dataset: Dataset
    context: Context
    reading: Reading
    staged: Staged = field(default_factory=Staged)
    batch: Batch = field(default_factory=Batch)

    def read(self, path: Path, encoding: str, *, complete: bool) -> Staged:
        """Stage the good rows of a file.

        Raises
        ------
        RefusedFile
            The layout is unknown, or the file has faults and its good rows are not to be kept.
        """
        create_stage(self.connection)
        with open_table(path, encoding=encoding, headerless=self.dataset.headerless) as table:
            missing = self.dataset.check_columns(path.name, table.columns)
            if missing:
                raise RefusedFile(path.name, missing)
            self.reading.columns = table.columns
            for row in table.rows:
                self._take(row)
                if len(self.batch.rows) >= BATCH:
                    copy_batch(self.connection, self.batch)
        copy_batch(self.connection, self.batch)
        analyse_stage(self.connection)
        self._check_the_whole(complete)
        return self.staged

    def _take(self, row: Row | RowFault) -> None:
        if isinstance(row, RowFault):
            self.reading.count()
            self.reading.reject(row.line or 0, [row])
            self.staged.nameless = True
        elif self.dataset.is_row(row):
            self.reading.count()
            result = self.dataset.parse(row, self.context)
            if isinstance(result, Records):
                self._keep(row, result)
            else:
                self._reject(row, result)

    def _keep(self, row: Row, records: Records) -> None:
        if not self.reading.doomed:
            stage(self.batch, row.line, records.incident, records.external_id)
            self.staged.actors.update({(actor.code, actor.name): actor for actor in records.actors})
        self._keep_cells(row, records.external_id)

    def _reject(self, row: Row, faults: list[RowFault]) -> None:
        self.reading.reject(row.line, faults)
        nameless = any(fault.column == self.dataset.key for fault in faults)
        self.staged.nameless |= nameless
        self._keep_cells(row, None if nameless else row.cells[self.dataset.key])

    def _keep_cells(self, row: Row, external_id: str | None) -> None:
        # Once nothing will be written, rows are read on for their faults only; identifiers are
        # staged all the same, so that the repeated ones are found.
        cells = None if self.reading.doomed else msgspec.json.encode(row.cells).decode()
        self.batch.rows.append(StagedRow(row.line, external_id, cells))

    def _check_the_whole(self, complete: bool) -> None:
        """Find what no row shows by itself; refuse the file, or let go of its faulty rows."""
        reading = self.reading
        again = repeated_rows(self.connection)
        for line, external_id, first in again:
            rule = f"stands once in a file: line {first} has it already"
            fault = RowFault(reading.file, line, self.dataset.key, external_id, rule)
            reading.reject(line, [fault])
        whole = list(self._against_completeness()) if complete else []
        reading.faults.extend(whole)
        reading.faults.sort(key=lambda fault: fault.line or 0)
        if whole or reading.doomed:
            raise RefusedFile(reading.file, tuple(reading.faults))
        forget_lines(self.connection, [line for line, _, _ in again])

    def _against_completeness(self) -> list[RowFault]:
        """Why a file cannot be taken for the whole: what is not in it would be retracted."""
        rules = []
        if self.staged.nameless:
            rules.append("a file declared complete must have an identifier in every row")
        if not self.reading.rows:
            rules.append("a file declared complete must have rows")
        return [RowFault(self.reading.file, None, None, None, rule) for rule in rules]
