"""What happened, as concluded: incidents, the parties in them, and estimates of harm."""

from __future__ import annotations

from datetime import datetime

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.actors import Actor
from db.models.base import Base, Key, SinceVersion, geometry, one_of, ordered
from db.models.places import Place
from db.models.sources import Source
from db.vocabulary import (
    ActorRoleName,
    EstimateRule,
    EventType,
    Harm,
    IncidentKind,
    IncidentStatus,
    PersonStatus,
    PlacePrecision,
    TimeExtent,
    TimePrecision,
)

PLACE_RULES = (
    CheckConstraint("NOT ST_IsEmpty(geom)", name="geom_is_not_empty"),
    CheckConstraint(
        "ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90",
        name="geom_is_on_earth",
    ),
    CheckConstraint("radius_m > 0 AND radius_m < 'Infinity'", name="radius_is_positive"),
    CheckConstraint(
        "geom IS NULL OR place_precision NOT IN ('country', 'sea', 'unknown')",
        name="no_point_for_a_country",
    ),
)
"""What every located row obeys; a constraint belongs to one table, so take ``copies_of`` these."""


def copies_of(rules: tuple[CheckConstraint, ...]) -> tuple[CheckConstraint, ...]:
    """Fresh constraints of the same texts and names, for another table."""
    return tuple(CheckConstraint(rule.sqltext, name=rule.name) for rule in rules)


class Incident(Base):
    """What happened in one place and time, aggregated from reports. Versioned."""

    __tablename__ = "incident"

    incident_id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    """The lasting public name, ``inates-2019-12-10`` or ``ucdp-ged-203499``."""
    kind: Mapped[str] = mapped_column(server_default=IncidentKind.INCIDENT)
    status: Mapped[str] = mapped_column(server_default=IncidentStatus.ACTIVE)
    status_note: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(
        ForeignKey("liptako.incident.incident_id"), index=True
    )
    part_of: Mapped[int | None] = mapped_column(
        ForeignKey("liptako.incident.incident_id"), index=True
    )
    """The aggregate, or the larger operation, that covers this one."""
    title: Mapped[str]
    event_type: Mapped[str]
    sub_type: Mapped[str | None]
    """The dataset's own category, or a finer word of the coder."""
    occurred: Mapped[Range[datetime] | None] = mapped_column(TSRANGE)
    """Local civil time, half-open; see :mod:`gis.interval`."""
    time_precision: Mapped[str]
    time_extent: Mapped[str]
    time_zone: Mapped[str | None]
    """IANA name of the zone in which ``occurred`` is told."""
    place_id: Mapped[int | None] = mapped_column(ForeignKey(Place.place_id), index=True)
    place_name: Mapped[str | None]
    """The place as told."""
    country: Mapped[str | None]
    adm1: Mapped[str | None]
    adm2: Mapped[str | None]
    geom: Mapped[WKBElement | None] = mapped_column(geometry("POINT"))
    area: Mapped[WKBElement | None] = mapped_column(geometry("MULTIPOLYGON"))
    """The polygon in which it lies, where no radius is honest."""
    place_precision: Mapped[str]
    radius_m: Mapped[float | None] = mapped_column(Double)
    note: Mapped[str | None]
    """The coder's reasons: how time, place and figures were concluded."""
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.source_id), index=True)
    """Who compiled the row, and so its licence and attribution."""
    missing: Mapped[int] = mapped_column(
        SmallInteger,
        Computed(
            "(num_nulls(geom, occurred, country, adm1, adm2, radius_m, sub_type, note, place_id)"
            " + CASE WHEN geom IS NULL THEN 10 ELSE 0 END)::smallint",
            persisted=True,
        ),
        nullable=False,
    )
    """How much is not known. Layers list the completest rows first, because clients guess the
    types of a layer's fields, and its geometry, from its first ten features."""
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        one_of("kind", IncidentKind),
        one_of("status", IncidentStatus),
        one_of("event_type", EventType),
        one_of("time_precision", TimePrecision),
        one_of("time_extent", TimeExtent),
        one_of("place_precision", PlacePrecision),
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9._-]*$'", name="code_fits_a_url"),
        CheckConstraint(
            "(status = 'merged') = (merged_into IS NOT NULL)", name="merged_names_its_survivor"
        ),
        CheckConstraint("merged_into <> incident_id", name="merged_into_another"),
        CheckConstraint("part_of <> incident_id", name="part_of_another"),
        CheckConstraint("NOT isempty(occurred)", name="occurred_is_not_empty"),
        CheckConstraint(
            "(occurred IS NULL) = (time_precision = 'unknown')", name="occurred_is_known"
        ),
        CheckConstraint(
            "geom IS NOT NULL OR area IS NOT NULL"
            " OR place_precision IN ('country', 'sea', 'area', 'unknown')",
            name="a_known_place_has_a_geometry",
        ),
        *copies_of(PLACE_RULES),
        Index("ix_incident_geom", "geom", postgresql_using="gist"),
        Index("ix_incident_occurred", "occurred", postgresql_using="gist"),
        Index("ix_incident_order", "missing", "incident_id"),
        # Whoever asks for a box or an interval gets what has no place or no time, too. To find that
        # in the indexes above costs as much as to find the rest.
        Index("ix_incident_unplaced", "incident_id", postgresql_where=text("geom IS NULL")),
        Index("ix_incident_undated", "incident_id", postgresql_where=text("occurred IS NULL")),
        # What a layer shows is counted here, without looking at a row.
        Index("ix_incident_shown_since", "kind", "status", "since_version", "source_id"),
    )


class ActorRole(Base):
    """What a party was in one incident. Versioned."""

    __tablename__ = "actor_role"

    actor_role_id: Mapped[Key]
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.incident_id))
    actor_id: Mapped[int] = mapped_column(ForeignKey(Actor.actor_id), index=True)
    role: Mapped[str]
    note: Mapped[str | None]
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        one_of("role", ActorRoleName),
        UniqueConstraint("incident_id", "actor_id", "role"),
    )


class Estimate(Base):
    """How many people were harmed, as the coder or a named rule concludes. Versioned.

    ``low <= best <= high`` is enforced, but for figures taken over from a dataset: those are kept
    as published and flagged (``disordered``).
    """

    __tablename__ = "estimate"

    estimate_id: Mapped[Key]
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.incident_id))
    harm: Mapped[str]
    person_status: Mapped[str]
    low: Mapped[int | None]
    best: Mapped[int | None]
    high: Mapped[int | None]
    rule: Mapped[str]
    note: Mapped[str | None]
    disordered: Mapped[bool] = mapped_column(
        Computed(f"NOT ({ordered('low', 'best', 'high')})", persisted=True), nullable=False
    )
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        one_of("harm", Harm),
        one_of("person_status", PersonStatus),
        one_of("rule", EstimateRule),
        UniqueConstraint("incident_id", "harm", "person_status"),
        CheckConstraint("least(low, best, high) >= 0", name="nobody_is_less_than_nobody"),
        CheckConstraint("num_nonnulls(low, best, high) > 0", name="something_is_estimated"),
        CheckConstraint(
            f"rule = 'as_published' OR ({ordered('low', 'best', 'high')})",
            name="low_best_high_in_order",
        ),
    )
