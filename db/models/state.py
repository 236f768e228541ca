"""The numbered states of the data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key


class DataVersion(Base):
    """One state of the data: the number that every writing transaction raises by its first write.

    The database makes the row itself (function ``liptako.begin_version``), under a lock that is
    held until the commit: versions are committed in the order of their numbers, so "everything up
    to version 7" is a state that never changes again. ``recorded_at`` is stamped at the commit and
    always grows, also when the clock is set back.
    """

    __tablename__ = "data_version"

    version: Mapped[Key]
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp(), index=True
    )
    transaction_id: Mapped[int] = mapped_column(
        BigInteger, server_default=text("(pg_current_xact_id()::text::bigint)")
    )
    recorded_by: Mapped[str] = mapped_column(server_default=text("session_user"))
    application: Mapped[str] = mapped_column(
        server_default=text("current_setting('application_name')")
    )
    author: Mapped[str | None]
    """A name that the writing session stated (``SET liptako.author``); a statement, no proof."""
    import_run: Mapped[int | None]
    """The run that wrote it, where a load did. No foreign key: the run names its version."""
