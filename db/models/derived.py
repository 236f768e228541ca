"""What was computed: runs of analyses, their measures and other results."""

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
    LargeBinary,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, SinceVersion, geometry
from db.models.claims import Claim
from db.models.incidents import Incident
from db.models.places import Boundary


class AnalysisRun(Base):
    """One run of a named, versioned method, with all that it takes to repeat it.

    A *published* run is the one whose results the layers show, from ``published_version`` until
    another run of the method takes its place. Any other is somebody's own: its results are shown
    to who asks for them by its number, until it expires.
    """

    __tablename__ = "analysis_run"

    run_id: Mapped[Key]
    method: Mapped[str]
    method_version: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    data_version: Mapped[int]
    """The state of the data that it read."""
    input_sha256: Mapped[str | None]
    """Of the arrays that the method was given: equal inputs give equal results."""
    seed: Mapped[int | None]
    """Of the random draws; missing for a method without any."""
    editions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Boundary sources and editions that it used."""
    software: Mapped[dict[str, Any]] = mapped_column(JSONB)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """How many were computed, and how many were not and why."""
    licence: Mapped[str | None]
    attribution: Mapped[str | None]
    """Terms of the incidents and boundaries that took part."""
    finished_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    published_version: Mapped[int | None]
    replaced_version: Mapped[int | None]
    """Both are set by a trigger, to the version of the transaction that writes them."""
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)

    __table_args__ = (
        CheckConstraint(
            "(published_version IS NULL) = (expires_at IS NOT NULL)",
            name="what_is_not_published_expires",
        ),
        CheckConstraint("published_version <= replaced_version", name="published_before_replaced"),
        Index(
            "uq_analysis_run_current",
            "method",
            unique=True,
            postgresql_where=text("published_version IS NOT NULL AND replaced_version IS NULL"),
        ),
        Index("ix_analysis_run_method", "method", "published_version"),
    )


class Raster(Base):
    """The raster of a run: a Cloud Optimized GeoTIFF, as it is written to a file."""

    __tablename__ = "raster"

    run_id: Mapped[int] = mapped_column(
        ForeignKey(AnalysisRun.run_id, ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Measure(Base):
    """A derived number with its bounds, unit and the run (method and version) that made it.

    Those of published runs are versioned; the others are of no version, which is written 0.
    """

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
    is_current: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    """Whether it is of the published run; those of somebody's own run are not."""
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What else the method found of it, by the names of the layer's fields: quantiles,
    probabilities."""
    since_version: Mapped[SinceVersion]

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
            postgresql_where=text("is_current AND boundary_id IS NULL AND claim_id IS NULL"),
        ),
        Index(
            "uq_measure_claim",
            "claim_id",
            "name",
            unique=True,
            postgresql_where=text("is_current AND claim_id IS NOT NULL"),
        ),
    )


class Result(Base):
    """A row of what a run found: a cluster, a cell of a grid, a line of a table.

    Its fields are those of the layer that it belongs to, by name; what is missing is unknown.
    """

    __tablename__ = "result"

    result_id: Mapped[Key]
    """Rows of a run have growing keys in the order in which the method gave them."""
    run_id: Mapped[int] = mapped_column(ForeignKey(AnalysisRun.run_id, ondelete="CASCADE"))
    layer: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(index=True)
    """The incident it is about, if it is about one; it may be gone since."""
    period: Mapped[Range[datetime] | None] = mapped_column(TSRANGE)
    geom: Mapped[WKBElement | None] = mapped_column(geometry("GEOMETRY"))
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        Index("ix_result_run", "run_id", "layer", "result_id"),
        Index("ix_result_geom", "geom", postgresql_using="gist"),
    )
