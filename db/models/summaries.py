"""What the database sums up by itself: each incident's figures, and what reports say of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, SinceVersion


class IncidentSummary(Base):
    """An incident's estimates side by side, and its claims and parties in words. Versioned.

    The third migration makes the triggers that write it at the commit of each writing transaction
    and refuse everybody else; how a figure or a text comes about stands there, in the function
    ``liptako.summaries_at``. There is a row for every incident, whatever its kind and status.
    """

    __tablename__ = "incident_summary"

    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    killed_low: Mapped[int | None]
    """Of the estimate for everybody; without one, the sum of those for separate kinds of people."""
    killed_best: Mapped[int | None]
    killed_high: Mapped[int | None]
    killed_civilians_low: Mapped[int | None]
    killed_civilians_best: Mapped[int | None]
    killed_civilians_high: Mapped[int | None]
    killed_forces_low: Mapped[int | None]
    killed_forces_best: Mapped[int | None]
    killed_forces_high: Mapped[int | None]
    killed_militants_low: Mapped[int | None]
    killed_militants_best: Mapped[int | None]
    killed_militants_high: Mapped[int | None]
    injured_low: Mapped[int | None]
    injured_best: Mapped[int | None]
    injured_high: Mapped[int | None]
    killed_rule: Mapped[str | None]
    """How ``killed_low`` to ``killed_high`` came about."""
    killed_claims: Mapped[str | None]
    harm_claims: Mapped[str | None]
    actors: Mapped[str | None]
    actor_names: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Names of the actors, each once, in order."""
    claims: Mapped[int] = mapped_column(Integer)
    reports: Mapped[int] = mapped_column(Integer)
    since_version: Mapped[SinceVersion]


class SummaryDue(Base):
    """The version of a transaction whose summaries wait for its commit; empty to everybody else."""

    __tablename__ = "summary_due"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
