"""What somebody asked to be computed over HTTP, and where it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, one_of
from db.models.derived import AnalysisRun
from db.vocabulary import JobStatus

_MOMENT = DateTime(timezone=True)


class Job(Base):
    """One run of a method that a stranger asked for; no part of the data, and without history.

    Every process of every server reads and writes the same rows, so each can tell of all jobs.
    """

    __tablename__ = "job"

    job_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """Not to be guessed: who knows it may look at the job and dismiss it."""
    method: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Which outputs were asked for, and in which form."""
    client: Mapped[str]
    """Address or network that asked."""
    status: Mapped[str] = mapped_column(server_default=JobStatus.ACCEPTED.value)
    progress: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    message: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(_MOMENT, server_default=func.clock_timestamp())
    started_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    finished_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT, server_default=func.clock_timestamp())
    lease_until: Mapped[datetime | None] = mapped_column(_MOMENT)
    """Until then the process that computes it must have said that it still does."""
    run_id: Mapped[int | None] = mapped_column(
        ForeignKey(AnalysisRun.run_id, ondelete="SET NULL"), index=True
    )
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Why it failed."""
    expires_at: Mapped[datetime | None] = mapped_column(_MOMENT, index=True)
    """When it goes, with its results; nothing while it is not ended."""

    __table_args__ = (
        one_of("status", JobStatus),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_is_a_percentage"),
        CheckConstraint(
            "(status IN ('accepted', 'running')) = (finished_at IS NULL)", name="what_ended_has_end"
        ),
        CheckConstraint("(status = 'failed') = (fault IS NOT NULL)", name="what_failed_says_why"),
        Index(
            "ix_job_unfinished",
            "created_at",
            postgresql_where=text("status IN ('accepted', 'running')"),
        ),
        Index("ix_job_client", "client", "created_at"),
    )
