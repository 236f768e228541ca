"""A job, and what bounds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from db.made_files import default_folder
from db.vocabulary import JobStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

UNFINISHED = (JobStatus.ACCEPTED, JobStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is granted to strangers.

    Parameters
    ----------
    running : int
        Jobs that run at once, over all processes that serve the same database.
    waiting : int
        Jobs that may wait besides.
    per_client : int
        Jobs of one client that wait or run.
    seconds : float
        For which one job may compute.
    memory_mb : int
        Megabytes that one job may take.
    kept_s : float
        For which an ended job and its results are kept.
    export_seconds : float
        For which one export may be written.
    folder : str
        Where files are kept; see :class:`db.made_files.MadeFiles`.
    files_mb : int
        Megabytes of such files.
    """

    running: int = 1
    waiting: int = 8
    per_client: int = 4
    seconds: float = 60.0
    memory_mb: int = 2_048
    kept_s: float = 86_400.0
    export_seconds: float = 600.0
    folder: str = field(default_factory=lambda: str(default_folder()))
    files_mb: int = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What is asked for.

    Parameters
    ----------
    method : str
    parameters : mapping
        As the method's model dumps them, so that it reads them again.
    asked : mapping
        What the client wants to get; not looked at here.
    client : str
        Address or network.
    """

    method: str
    parameters: Mapping[str, Any]
    asked: Mapping[str, Any]
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands.

    Parameters
    ----------
    progress : int
        Per cent.
    run_id : int, optional
        The run that has its results; missing once they are gone.
    fault : mapping, optional
        Why it failed: ``kind`` (a word of :class:`db.jobs.orders.FaultKind`), ``rule``, and of
        what is invalid ``parameter``, ``value`` and ``nearest``.
    """

    job_id: UUID
    method: str
    parameters: Mapping[str, Any]
    asked: Mapping[str, Any]
    status: JobStatus
    progress: int
    message: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime
    run_id: int | None
    fault: Mapping[str, Any] | None
    expires_at: datetime | None

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or runs."""
        return self.status in UNFINISHED
