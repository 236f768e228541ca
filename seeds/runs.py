"""What a run of the import says: what was asked for, what it did, and how a refusal is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeAlias

from db.vocabulary import RunStatus
from db.write.runs import FaultRow, RunCounts, RunHead, begin_run, end_run, keep_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Connection

    from db.write.runs import EarlierRun
    from seeds.errors import RowFault
    from seeds.rows import FileIdentity

Say: TypeAlias = "Callable[[str], None]"
"""Takes a line of progress."""

_TOLD = 50_000


def silent(_line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a load did.

    ``inserted + updated + unchanged + rejected == rows``. ``gone`` were retracted because a file
    declared complete does not hold them; ``absent`` are active, not in this file, and left alone,
    since a file that is not complete says nothing about them. ``already_loaded`` is set when the
    same bytes were loaded before: then nothing was written, and ``run_id`` is that earlier run.
    """

    rows: int
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    gone: int = 0
    absent: int = 0
    rejected: int = 0
    run_id: int
    already_loaded: bool = False

    @classmethod
    def of_earlier(cls, run: EarlierRun) -> Summary:
        """The summary of a file that an earlier run has loaded."""
        good = run.rows - run.rejected
        return cls(
            rows=run.rows,
            unchanged=good,
            rejected=run.rejected,
            run_id=run.run_id,
            already_loaded=True,
        )

    @classmethod
    def of_run(
        cls, run_id: int, counts: RunCounts, absent: int, *, already_loaded: bool = False
    ) -> Summary:
        """The summary of a run with its counts."""
        return cls(
            rows=counts.rows,
            inserted=counts.inserted,
            updated=counts.updated,
            unchanged=counts.unchanged,
            gone=counts.gone,
            absent=absent,
            rejected=counts.rejected,
            run_id=run_id,
            already_loaded=already_loaded,
        )


@dataclass(slots=True)
class Reading:
    """What has been read so far; it outlives the transaction that a fault rolls back."""

    file: str
    say: Say
    keep_good: bool
    rows: int = 0
    columns: tuple[str, ...] = ()
    faults: list[RowFault] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)

    @property
    def doomed(self) -> bool:
        """Whether nothing of the file will be written."""
        return bool(self.faults) and not self.keep_good

    @property
    def status(self) -> RunStatus:
        """How the run ends if it writes."""
        return RunStatus.PARTIAL if self.faults else RunStatus.WRITTEN

    def count(self) -> None:
        """Count one more row, and say so now and then."""
        self.rows += 1
        if self.rows % _TOLD == 0:
            self.say(f"{self.rows:,} rows read, {len(self.rejected):,} with faults")

    def reject(self, line: int, faults: Iterable[RowFault]) -> None:
        """Take the faults of the row of a line."""
        self.faults.extend(faults)
        self.rejected.add(line)


def run_head(
    identity: FileIdentity,
    format_name: str,
    *,
    dataset: str | None,
    edition: str | None,
    options: Mapping[str, Any],
) -> RunHead:
    """What is known of a run when it starts."""
    return RunHead(
        format=format_name,
        file_name=identity.name,
        sha256=identity.sha256,
        size_bytes=identity.size_bytes,
        dataset=dataset,
        edition=edition,
        code_version=version("liptako"),
        options=options,
    )


def fault_rows(faults: Iterable[RowFault], file: str) -> list[FaultRow]:
    """Faults as they are stored; of a run over several files each names its own."""
    return [
        FaultRow(
            fault.line,
            fault.column if fault.file == file else f"{fault.file}: {fault.column or ''}",
            fault.value,
            fault.rule,
        )
        for fault in faults
    ]


def keep_refusal(connection: Connection, head: RunHead, reading: Reading) -> None:
    """Store a run that wrote nothing, with the faults for which it did not."""
    run_id = begin_run(connection, head, report_id=None)
    keep_faults(connection, run_id, fault_rows(reading.faults, head.file_name))
    counts = RunCounts(rows=reading.rows, rejected=len(reading.rejected))
    end_run(connection, run_id, RunStatus.REFUSED, counts)
