"""The statements about jobs; each function works in the caller's transaction.

Whoever submits or claims a job holds one lock of the database meanwhile, so that limits hold over
all processes of all servers. Everything else is decided by the status of the job's own row.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import case, delete, func, insert, literal, or_, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.analyses.run import drop_expired
from db.engine import living
from db.errors import QueueFull, TooManyJobs, UnknownJob
from db.jobs.job import UNFINISHED, Job
from db.jobs.orders import Fault, FaultKind
from db.models.derived import AnalysisRun
from db.models.jobs import Job as Row
from db.transaction import DatabaseBusy, translated
from db.vocabulary import JobStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine, Select

    from db.jobs.job import Limits, Ticket

LEASE_S = 15.0
"""Seconds after which a job is lost if nobody said that it still runs."""

APPLICATION = "liptako job"
"""Name under which the session of a job is known to the database, before the job's own."""

LOST = Fault(kind=FaultKind.LOST, rule="the process that computed it has gone")

_TURN = text("SELECT pg_advisory_xact_lock(hashtext('liptako.job'))")
_NOW = func.clock_timestamp()
_JOB = Row.__table__.c
_IS_UNFINISHED = Row.status.in_([status.value for status in UNFINISHED])


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction about jobs, committed at its end.

    Raises
    ------
    DatabaseUnreachable, DatabaseBusy, StatementTimeout, NotMigrated
        As of :func:`db.transaction.reading`.
    """
    try:
        with living(engine) as connection, connection.begin():
            yield connection
    except PoolTimeout as fault:
        raise DatabaseBusy(str(fault)) from fault
    except DBAPIError as fault:
        raise translated(engine, fault.orig or fault) from fault


def session_of(job: UUID | str) -> str:
    """The name of a job's session in the database."""
    return f"{APPLICATION} {job}"


def submit(connection: Connection, ticket: Ticket, limits: Limits) -> UUID:
    """Put a job at the end of the queue.

    Raises
    ------
    QueueFull
        As many jobs wait or run as are taken.
    TooManyJobs
        The client has as many as it may.
    """
    connection.execute(_TURN)
    _mark_lost(connection, limits)
    every, own = connection.execute(
        select(func.count(), func.count().filter(Row.client == ticket.client)).where(_IS_UNFINISHED)
    ).one()
    if every >= limits.running + limits.waiting:
        raise QueueFull(limits.running + limits.waiting)
    if own >= limits.per_client:
        raise TooManyJobs(limits.per_client)
    job = uuid4()
    connection.execute(
        insert(Row).values(
            job_id=job,
            method=ticket.method,
            parameters=dict(ticket.parameters),
            asked=dict(ticket.asked),
            client=ticket.client,
            message="waiting for its turn",
        )
    )
    return job


def claim(connection: Connection, limits: Limits) -> Job | None:
    """Take the job that waits longest, if one more may run."""
    connection.execute(_TURN)
    running = select(func.count()).where(Row.status == JobStatus.RUNNING.value)
    if (connection.scalar(running) or 0) >= limits.running:
        return None
    oldest = (
        select(Row.job_id)
        .where(Row.status == JobStatus.ACCEPTED.value)
        .order_by(Row.created_at, Row.job_id)
        .limit(1)
    )
    taken = connection.scalar(
        update(Row)
        .where(Row.job_id == oldest.scalar_subquery())
        .values(
            status=JobStatus.RUNNING.value,
            message="starting",
            started_at=_NOW,
            updated_at=_NOW,
            lease_until=_after(LEASE_S),
        )
        .returning(Row.job_id)
    )
    return None if taken is None else job_of(connection, taken)


def still_running(connection: Connection, told: Mapping[UUID, tuple[int, str]]) -> Collection[UUID]:
    """Say of jobs that they are computed, and how far they are; gives those that should be.

    The others were dismissed, or taken for lost.
    """
    if not told:
        return set()
    shares = case({job: share for job, (share, _) in told.items()}, value=Row.job_id)
    doing = case({job: message for job, (_, message) in told.items()}, value=Row.job_id)
    return set(
        connection.scalars(
            update(Row)
            .where(Row.job_id.in_(told), Row.status == JobStatus.RUNNING.value)
            .values(
                progress=func.greatest(Row.progress, shares),
                message=doing,
                updated_at=_NOW,
                lease_until=_after(LEASE_S),
            )
            .returning(Row.job_id)
        )
    )


def succeed(connection: Connection, job: UUID, run_id: int) -> bool:
    """End a job with a run; whether it was still to be computed."""
    expires = select(AnalysisRun.expires_at).where(AnalysisRun.run_id == run_id).scalar_subquery()
    done = connection.execute(
        update(Row)
        .where(Row.job_id == job, Row.status == JobStatus.RUNNING.value)
        .values(**_ended(JobStatus.SUCCESSFUL, "done"), progress=100, run_id=run_id)
        .values(expires_at=expires)
    )
    return done.rowcount == 1


def finish(connection: Connection, job: UUID, message: str, kept_s: float) -> bool:
    """End a job that has no run, with a message; whether it was still to be done."""
    done = connection.execute(
        update(Row)
        .where(Row.job_id == job, Row.status == JobStatus.RUNNING.value)
        .values(**_ended(JobStatus.SUCCESSFUL, message), progress=100, expires_at=_after(kept_s))
    )
    return done.rowcount == 1


def fail(connection: Connection, job: UUID, fault: Fault, limits: Limits) -> None:
    """End a job that is not ended."""
    _fail(connection, Row.job_id == job, fault, limits)


def dismiss(connection: Connection, job: UUID, limits: Limits) -> Job:
    """Stop a job, or let go of one that has ended, with its results.

    Raises
    ------
    UnknownJob
        There is none.
    """
    stopped = (
        update(Row)
        .where(Row.job_id == job)
        .values(**_ended(JobStatus.DISMISSED, "dismissed"), expires_at=_after(limits.kept_s))
        .values(finished_at=func.coalesce(Row.finished_at, _NOW), fault=None)
        .returning(Row.run_id)
    )
    found = connection.execute(stopped).first()
    if found is None:
        raise UnknownJob(str(job))
    if found.run_id is not None:
        connection.execute(delete(AnalysisRun).where(AnalysisRun.run_id == found.run_id))
    return job_of(connection, job)


def end_session(connection: Connection, job: UUID) -> None:
    """End what the database still does for a job whose process is gone."""
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = :name AND usename = current_user"
        ),
        {"name": session_of(job)},
    )


def tidy(connection: Connection, limits: Limits) -> bool:
    """Mark the jobs that were lost, forget those that have expired; whether any is unfinished."""
    _mark_lost(connection, limits)
    connection.execute(delete(Row).where(Row.expires_at < _NOW))
    drop_expired(connection)
    return bool(connection.scalar(select(select(Row.job_id).where(_IS_UNFINISHED).exists())))


def job_of(connection: Connection, job: UUID) -> Job:
    """A job as it stands.

    Raises
    ------
    UnknownJob
        There is none, or no longer.
    """
    row = connection.execute(_shown().where(Row.job_id == job)).first()
    if row is None:
        raise UnknownJob(str(job))
    return _job(row)


def jobs_of(
    connection: Connection,
    client: str,
    *,
    methods: Sequence[str] = (),
    statuses: Sequence[str] = (),
    limit: int,
    offset: int = 0,
) -> list[Job]:
    """Jobs of a client, the latest first."""
    asked = _shown().where(Row.client == client)
    if methods:
        asked = asked.where(Row.method.in_(methods))
    if statuses:
        asked = asked.where(_STATUS.in_(statuses))
    asked = asked.order_by(Row.created_at.desc(), Row.job_id).limit(limit).offset(offset)
    return [_job(row) for row in connection.execute(asked)]


_IS_LOST = (Row.status == JobStatus.RUNNING.value) & (Row.lease_until < _NOW)
_STATUS: ColumnElement[str] = case((_IS_LOST, literal(JobStatus.FAILED.value)), else_=Row.status)
"""A job that was lost has failed, whether somebody has written that down or not."""


def _shown() -> Select[Any]:
    names = [name for name in Job.__dataclass_fields__ if name not in ("status", "fault")]
    lost = literal(msgspec.to_builtins(LOST), _JOB.fault.type)
    return select(
        *(_JOB[name] for name in names),
        _STATUS.label("status"),
        case((_IS_LOST, lost), else_=Row.fault).label("fault"),
    ).where(or_(Row.expires_at.is_(None), Row.expires_at >= _NOW))


def _job(row: Any) -> Job:
    values = row._asdict()
    return Job(**{**values, "status": JobStatus(values["status"])})


def _mark_lost(connection: Connection, limits: Limits) -> None:
    _fail(connection, _IS_LOST, LOST, limits)


def _fail(connection: Connection, which: ColumnElement[bool], fault: Fault, limits: Limits) -> None:
    connection.execute(
        update(Row)
        .where(which, _IS_UNFINISHED)
        .values(
            **_ended(JobStatus.FAILED, fault.rule),
            fault=msgspec.to_builtins(fault),
            expires_at=_after(limits.kept_s),
        )
    )


def _ended(status: JobStatus, message: str) -> dict[str, Any]:
    return {
        "status": status.value,
        "message": message,
        "finished_at": _NOW,
        "updated_at": _NOW,
        "lease_until": None,
    }


def _after(seconds: float) -> ColumnElement[Any]:
    return _NOW + func.make_interval(0, 0, 0, 0, 0, 0, float(seconds))
