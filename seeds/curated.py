"""The curated incidents in: YAML files -> records -> one transaction.

The same way as a dataset's rows go, with three differences. A file is an incident and states all of
it: what the file no longer says is deleted (the history keeps it). Sources, reports and actors come
along, from the catalogue. And an incident whose file is gone is left and counted, since only a
person can say whether it did not happen, is told elsewhere, or was lost.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from db.write import runs
from db.write.actors import need_actors, write_actors
from db.write.changes import Owner
from db.write.incidents import count_others, count_written, unresolved, write_incidents
from db.write.places import source_ids
from db.write.sources import write_reports, write_sources
from db.write.staged import (
    Batch,
    StagedRow,
    analyse_stage,
    copy_batch,
    create_stage,
    forget_lines,
)
from seeds.errors import RefusedFile, RowFault
from seeds.formats.native import read_incidents
from seeds.rows import SHOWN, FileIdentity
from seeds.runs import Reading, Say, Summary, fault_rows, keep_refusal, run_head, silent
from seeds.staging import actor_row, alias_rows, report_row, source_row, stage

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from seeds.records import IncidentRecord
    from seeds.reference import Catalogue

FORMAT = "native"
SOURCE = "liptako-curation"
"""The source of the catalogue under whose licence curated incidents stand."""


def load_curated(
    connection: Connection,
    path: Path,
    catalogue: Catalogue,
    *,
    keep_good: bool = False,
    say: Say = silent,
) -> Summary:
    """Load the catalogue and one curated incident, or a folder of them.

    Parameters
    ----------
    connection : Connection
        With no transaction open: this function begins and commits its own.
    path : Path
        A YAML file, or a folder of them.
    catalogue : Catalogue
        Among its sources is ``liptako-curation``.
    keep_good : bool
        Write the incidents without fault and store the faults of the others.
    say : callable
        Is told of the progress.

    Returns
    -------
    Summary
        ``rows`` counts files. Where nothing differs from what is stored, no run is kept and
        ``already_loaded`` is set.

    Raises
    ------
    RefusedFile
        With all faults; a run with the status ``refused`` keeps them.
    SeedError
        The path is not there.
    UnknownCode
        The catalogue has no source ``liptako-curation``.
    """
    incidents, faults = read_incidents(path, catalogue)
    files = _files(path)
    work = _Curated(connection, catalogue, files, Reading(path.name, say, keep_good))
    work.reject(faults)
    try:
        with connection.begin() as transaction:
            summary = work.run(path, incidents)
            if summary.already_loaded:
                transaction.rollback()
            return summary
    except RefusedFile as refused:
        work.reading.faults[:] = refused.faults
        with connection.begin():
            keep_refusal(connection, work.head(path), work.reading)
        raise


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))


@dataclass(frozen=True, slots=True)
class _Curated:
    """One load; the number of a file in the order of names stands for a line."""

    connection: Connection
    catalogue: Catalogue
    files: list[Path]
    reading: Reading

    def head(self, path: Path) -> runs.RunHead:
        return run_head(
            self._identity(path),
            FORMAT,
            dataset=None,
            edition=None,
            options={"keep_good": self.reading.keep_good, "files": len(self.files)},
        )

    def reject(self, faults: list[RowFault]) -> None:
        numbers = {file.name: number for number, file in enumerate(self.files, 1)}
        for fault in faults:
            self.reading.reject(numbers.get(fault.file, 0), [fault])

    def run(self, path: Path, incidents: list[IncidentRecord]) -> Summary:
        reading = self.reading
        reading.rows = len(self.files)
        if reading.doomed:
            raise RefusedFile(reading.file, tuple(reading.faults))
        runs.take_turn(self.connection)
        before = runs.last_written(self.connection, FORMAT)
        source_id = self._write_catalogue()
        self._stage(incidents)
        self._check_names()
        write_incidents(self.connection, Owner(source_id, None))
        written = count_written(self.connection)
        rejected = len(reading.rejected)
        counts = runs.RunCounts(
            rows=reading.rows,
            inserted=written.inserted,
            updated=written.updated,
            unchanged=reading.rows - rejected - written.inserted - written.updated,
            rejected=rejected,
        )
        absent = self._absent(source_id) if path.is_dir() else 0
        if before and not rejected and not runs.has_written(self.connection):
            return Summary.of_run(before.run_id, counts, absent, already_loaded=True)
        return Summary.of_run(self._keep_run(path, counts), counts, absent)

    def _write_catalogue(self) -> int:
        """Write sources, reports and actors; the number of the source of all curation."""
        connection, catalogue = self.connection, self.catalogue
        aliases = [alias for actor in catalogue.actors for alias in alias_rows(actor)]
        write_sources(connection, [source_row(source) for source in catalogue.sources])
        write_reports(connection, [report_row(report) for report in catalogue.reports])
        write_actors(connection, [actor_row(actor) for actor in catalogue.actors], aliases)
        need_actors(connection, (), ())
        return source_ids(connection, [SOURCE])[SOURCE]

    def _stage(self, incidents: list[IncidentRecord]) -> None:
        create_stage(self.connection)
        numbers = {file.stem: number for number, file in enumerate(self.files, 1)}
        batch = Batch()
        for incident in incidents:
            stage(batch, numbers[incident.code], incident, None)
        for number, file in enumerate(self.files, 1):
            # What is no text at all is shown as it can be; the fault beside it says why.
            words = file.read_bytes().decode("utf-8", "backslashreplace").replace("\0", "\\0")
            cells = msgspec.json.encode({"file": file.name, "yaml": words}).decode()
            batch.rows.append(StagedRow(number, file.stem, cells))
        copy_batch(self.connection, batch)
        analyse_stage(self.connection)

    def _check_names(self) -> None:
        """Refuse what names something that is not stored, or let go of it and of its parts."""
        while broken := unresolved(self.connection):
            for number, column, value, rule in broken:
                name = self.files[number - 1].name
                fault = RowFault(name, None, column, value[:SHOWN], rule)
                self.reading.reject(number, [fault])
            if self.reading.doomed:
                raise RefusedFile(self.reading.file, tuple(self.reading.faults))
            forget_lines(self.connection, {number for number, _, _, _ in broken})

    def _absent(self, source_id: int) -> int:
        return count_others(self.connection, source_id, [file.stem for file in self.files])

    def _keep_run(self, path: Path, counts: runs.RunCounts) -> int:
        run_id = runs.begin_run(self.connection, self.head(path), report_id=None)
        runs.keep_rows(self.connection, run_id)
        runs.keep_faults(
            self.connection, run_id, fault_rows(self.reading.faults, self.reading.file)
        )
        runs.end_run(self.connection, run_id, self.reading.status, counts)
        return run_id

    def _identity(self, path: Path) -> FileIdentity:
        """One identity for all files: a digest over their names and bytes in order."""
        digest, size = hashlib.sha256(), 0
        for file in self.files:
            content = file.read_bytes()
            digest.update(f"{file.name}\0{len(content)}\0".encode())
            digest.update(content)
            size += len(content)
        return FileIdentity(path.name, digest.hexdigest(), size)
