"""States of the data that were given a name, for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base
from db.models.derived import AnalysisRun
from db.models.state import DataVersion

NAME = "^[A-Za-z][A-Za-z0-9._-]{0,63}$"
"""The rule of a name, as a regular expression: with a letter first it can be no date."""


class Snapshot(Base):
    """A version of the data under a name, with the hash of each layer; no part of the data.

    Rows are only added: who cites a name must find under it what was cited.
    """

    __tablename__ = "snapshot"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey(DataVersion.version), index=True)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    manifest: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What the snapshot states, and what is signed: see :mod:`db.snapshots.manifest`."""
    public_key: Mapped[str | None]
    signature: Mapped[str | None]
    """Ed25519, over the manifest as canonical JSON; both in base64."""

    __table_args__ = (
        CheckConstraint(f"name ~ '{NAME}'", name="name_is_a_word"),
        CheckConstraint(
            "(public_key IS NULL) = (signature IS NULL)", name="what_is_signed_has_a_key"
        ),
    )


class SnapshotRun(Base):
    """A run of an analysis whose results a snapshot holds: the run, and they, cannot go."""

    __tablename__ = "snapshot_run"

    name: Mapped[str] = mapped_column(ForeignKey(Snapshot.name), primary_key=True)
    run_id: Mapped[int] = mapped_column(
        ForeignKey(AnalysisRun.run_id), primary_key=True, index=True
    )
