"""How rows came in, and what was wrong with those that did not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, Integer, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, one_of
from db.models.incidents import Incident
from db.models.sources import Report
from db.models.state import DataVersion
from db.vocabulary import RunStatus


class ImportRun(Base):
    """One load of one file: a name is not an identity, so the file's sha256 is kept."""

    __tablename__ = "import_run"

    run_id: Mapped[Key]
    format: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    size_bytes: Mapped[int]
    dataset: Mapped[str | None]
    edition: Mapped[str | None]
    report_id: Mapped[int | None] = mapped_column(ForeignKey(Report.report_id), index=True)
    code_version: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rows: Mapped[int]
    inserted: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    gone: Mapped[int]
    """Known before, not in this complete file: retracted, not deleted."""
    rejected: Mapped[int]
    data_version: Mapped[int | None] = mapped_column(ForeignKey(DataVersion.version), index=True)

    __table_args__ = (one_of("status", RunStatus),)


class RawRow(Base):
    """A row as it stood in the file: every original column, as text, in order."""

    __tablename__ = "raw_row"

    run_id: Mapped[int] = mapped_column(ForeignKey(ImportRun.run_id), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    external_id: Mapped[str | None]
    cells: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index("ix_raw_row_external_id", "external_id"),)


class Fault(Base):
    """One thing wrong with one cell of a file."""

    __tablename__ = "fault"

    fault_id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey(ImportRun.run_id), index=True)
    line: Mapped[int | None] = mapped_column(Integer)
    column: Mapped[str | None]
    value: Mapped[str | None]
    rule: Mapped[str]


class ExternalId(Base):
    """An incident's identifier in a dataset, with the edition that last stated it."""

    __tablename__ = "external_id"

    dataset: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.incident_id), index=True)
    edition: Mapped[str]
    run_id: Mapped[int] = mapped_column(ForeignKey(ImportRun.run_id), index=True)
    line: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("dataset", "external_id", "incident_id"),)
