"""What was computed: runs of analyses, their measures and clusters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, geometry
from db.models.claims import Claim
from db.models.incidents import Incident
from db.models.places import Boundary


class AnalysisRun(Base):
    """One run of a named, versioned method, with all that it takes to repeat it."""

    __tablename__ = "analysis_run"

    run_id: Mapped[Key]
    method: Mapped[str]
    method_version: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    data_version: Mapped[int]
    """The state of the data that it read."""
    editions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Boundary sources and editions that it used."""
    software: Mapped[dict[str, Any]] = mapped_column(JSONB)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """How many were computed, and how many were not and why."""
    finished_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    is_current: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    """The run whose results the layers show; one to a method."""

    __table_args__ = (
        Index(
            "uq_analysis_run_current", "method", unique=True, postgresql_where=text("is_current")
        ),
    )


class Measure(Base):
    """A derived number with its bounds, unit and the run (method and version) that made it."""

    __tablename__ = "measure"

    measure_id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(
        ForeignKey(AnalysisRun.run_id, ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey(Incident.incident_id), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey(Claim.claim_id), index=True)
    boundary_id: Mapped[int | None] = mapped_column(ForeignKey(Boundary.boundary_id), index=True)
    """The line or point measured to; nothing where the measure spans several sources."""
    target: Mapped[str | None]
    """What was measured to, in words: ``MLI-NER``, ``nearest``, a place's code."""
    value: Mapped[float | None] = mapped_column(Double)
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
    unit: Mapped[str]
    outcome: Mapped[str]
    """``computed``, ``not_computable``, or a method's own verdict."""
    reason: Mapped[str | None]
    geom: Mapped[WKBElement | None] = mapped_column(geometry("LINESTRING"))
    """From the incident's point to the nearest point of what was measured to."""

    __table_args__ = (
        CheckConstraint("num_nonnulls(incident_id, claim_id) >= 1", name="it_is_about_something"),
        CheckConstraint(
            "value BETWEEN low AND high OR num_nulls(value, low, high) > 0",
            name="value_lies_in_its_bounds",
        ),
        Index("ix_measure_geom", "geom", postgresql_using="gist"),
        # Both are what an outer join of a layer goes by: being unique, the join is dropped from a
        # statement that does not name the measure.
        Index(
            "uq_measure_incident",
            "incident_id",
            "name",
            "target",
            unique=True,
            postgresql_where=text("boundary_id IS NULL AND claim_id IS NULL"),
        ),
        Index(
            "uq_measure_claim",
            "claim_id",
            "name",
            unique=True,
            postgresql_where=text("claim_id IS NOT NULL"),
        ),
    )


class Cluster(Base):
    """A dense group of incidents in space, and in time where days are given."""

    __tablename__ = "cluster"

    cluster_id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(
        ForeignKey(AnalysisRun.run_id, ondelete="CASCADE"), index=True
    )
    label: Mapped[int] = mapped_column(Integer)
    incidents: Mapped[int] = mapped_column(Integer)
    core_incidents: Mapped[int] = mapped_column(Integer)
    places: Mapped[int] = mapped_column(Integer)
    """Distinct coordinates among its incidents: 1 means a stack on one point, not a pattern."""
    period: Mapped[Range[datetime] | None] = mapped_column(TSRANGE)
    killed_low: Mapped[int | None]
    killed_high: Mapped[int | None]
    killed_unknown: Mapped[int] = mapped_column(Integer)
    """Incidents without any figure of killed."""
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text))
    geom: Mapped[WKBElement] = mapped_column(geometry("GEOMETRY"))
    """Convex hull of its points: a polygon, or a line or point where they are in line."""

    __table_args__ = (
        UniqueConstraint("run_id", "label"),
        Index("ix_cluster_geom", "geom", postgresql_using="gist"),
    )


class ClusterMember(Base):
    """An incident in a cluster."""

    __tablename__ = "cluster_member"

    cluster_id: Mapped[int] = mapped_column(
        ForeignKey(Cluster.cluster_id, ondelete="CASCADE"), primary_key=True
    )
    incident_id: Mapped[int] = mapped_column(
        ForeignKey(Incident.incident_id), primary_key=True, index=True
    )
    is_core: Mapped[bool] = mapped_column(Boolean)
