"""What one report asserts about one incident."""

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
    text,
)
from sqlalchemy.dialects.postgresql import TSRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.actors import Actor
from db.models.base import Base, Key, SinceVersion, geometry, one_of, ordered
from db.models.incidents import PLACE_RULES, Incident, copies_of
from db.models.places import Place
from db.models.sources import Report
from db.vocabulary import (
    ActorRoleName,
    ClaimantKind,
    ClaimKind,
    Harm,
    PersonStatus,
    PlacePrecision,
    Polarity,
    Qualifier,
    TimeExtent,
    TimePrecision,
)

COLUMNS_OF_KIND: dict[ClaimKind, tuple[str, ...]] = {
    ClaimKind.CASUALTIES: ("harm", "person_status", "low", "best", "high"),
    ClaimKind.TIME: ("occurred", "time_precision", "time_extent"),
    ClaimKind.PLACE: ("place_name", "place_id", "geom", "place_precision", "radius_m"),
    ClaimKind.DISTANCE: (
        "distance",
        "distance_unit",
        "distance_m",
        "target_border",
        "target_place_id",
        "bearing",
    ),
    ClaimKind.ATTRIBUTION: ("actor_id", "role"),
    ClaimKind.PARTICIPATION: ("actor_id", "role"),
    ClaimKind.MATERIAL: (),
}
"""The columns that a kind of claim fills; those of the other kinds stay empty."""


def _only_own_columns() -> CheckConstraint:
    columns = sorted({name for names in COLUMNS_OF_KIND.values() for name in names})
    owners = {
        name: [f"'{kind}'" for kind, names in COLUMNS_OF_KIND.items() if name in names]
        for name in columns
    }
    rules = [f"({name} IS NULL OR kind IN ({', '.join(owners[name])}))" for name in columns]
    return CheckConstraint(" AND ".join(rules), name="columns_fit_kind")


class Claim(Base):
    """What one report asserts, or denies, about one incident. Versioned.

    A report that contradicts itself yields two claims. A claim is never changed to agree with
    another; what a coder makes of several is an :class:`~db.models.incidents.Estimate`.
    """

    __tablename__ = "claim"

    claim_id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.incident_id), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.report_id), index=True)
    kind: Mapped[str]
    claimant: Mapped[str | None]
    """Who is said to have said so: "defence ministry", "two security sources"; nothing where the
    report speaks for itself."""
    claimant_kind: Mapped[str | None]
    """What the claimant is; missing where there is none, or nobody has judged it."""
    polarity: Mapped[str] = mapped_column(server_default=Polarity.ASSERTS)
    qualifier: Mapped[str | None]
    statement: Mapped[str]
    """The claim in our own words: a fact, not a sentence of the report."""
    part_of: Mapped[int | None] = mapped_column(ForeignKey("liptako.claim.claim_id"))
    """The claim of which this one is a part; parts need not add up to their whole."""
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("liptako.claim.claim_id"))
    """The claim that takes its place by its own words ("a first count, revised since"): it is not
    in force where that one is known."""

    harm: Mapped[str | None]
    person_status: Mapped[str | None]
    low: Mapped[int | None]
    best: Mapped[int | None]
    high: Mapped[int | None]

    occurred: Mapped[Range[datetime] | None] = mapped_column(TSRANGE)
    time_precision: Mapped[str | None]
    time_extent: Mapped[str | None]

    place_name: Mapped[str | None]
    place_id: Mapped[int | None] = mapped_column(ForeignKey(Place.place_id))
    geom: Mapped[WKBElement | None] = mapped_column(geometry("POINT"))
    place_precision: Mapped[str | None]
    radius_m: Mapped[float | None] = mapped_column(Double)

    distance: Mapped[float | None] = mapped_column(Double)
    """As said, in ``distance_unit``: "seven miles" is 7 and ``mi``."""
    distance_unit: Mapped[str | None]
    distance_m: Mapped[float | None] = mapped_column(Double)
    target_border: Mapped[str | None]
    """Code of the border from which the distance is told, ``MLI-NER``."""
    target_place_id: Mapped[int | None] = mapped_column(ForeignKey(Place.place_id))
    bearing: Mapped[str | None]
    """Direction from the target to the incident, as a compass point: ``W``."""

    actor_id: Mapped[int | None] = mapped_column(ForeignKey(Actor.actor_id))
    role: Mapped[str | None]

    disordered: Mapped[bool] = mapped_column(
        Computed(f"NOT ({ordered('low', 'best', 'high')})", persisted=True), nullable=False
    )
    missing: Mapped[int] = mapped_column(
        SmallInteger,
        Computed(
            "(num_nulls(claimant, qualifier, part_of, low, best, high, occurred, place_name,"
            " distance, actor_id) + CASE WHEN geom IS NULL THEN 0 ELSE -1 END)::smallint",
            persisted=True,
        ),
        nullable=False,
    )
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        one_of("kind", ClaimKind),
        one_of("polarity", Polarity),
        one_of("claimant_kind", ClaimantKind),
        one_of("qualifier", Qualifier),
        one_of("harm", Harm),
        one_of("person_status", PersonStatus),
        one_of("time_precision", TimePrecision),
        one_of("time_extent", TimeExtent),
        one_of("place_precision", PlacePrecision),
        one_of("role", ActorRoleName),
        _only_own_columns(),
        *copies_of(PLACE_RULES),
        CheckConstraint("least(low, best, high) >= 0", name="nobody_is_less_than_nobody"),
        CheckConstraint("part_of <> claim_id", name="part_of_another"),
        CheckConstraint("superseded_by <> claim_id", name="superseded_by_another"),
        CheckConstraint(
            "kind <> 'casualties' OR (harm IS NOT NULL AND person_status IS NOT NULL)",
            name="casualties_say_of_whom",
        ),
        CheckConstraint(
            "kind <> 'time' OR num_nulls(occurred, time_precision, time_extent) = 0",
            name="a_time_is_an_interval",
        ),
        CheckConstraint("NOT isempty(occurred)", name="occurred_is_not_empty"),
        CheckConstraint(
            "kind <> 'place' OR num_nulls(place_name, place_precision) = 0",
            name="a_place_has_a_name_and_a_precision",
        ),
        CheckConstraint(
            "kind <> 'distance' OR (num_nulls(distance, distance_unit, distance_m) = 0"
            " AND num_nonnulls(target_border, target_place_id) = 1)",
            name="a_distance_has_a_unit_and_a_target",
        ),
        CheckConstraint("distance >= 0 AND distance_m >= 0", name="distance_is_not_negative"),
        CheckConstraint("distance_unit IN ('m', 'km', 'mi')", name="distance_unit_is_known"),
        CheckConstraint(
            "bearing IN ('N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW')",
            name="bearing_is_a_compass_point",
        ),
        CheckConstraint(
            "kind NOT IN ('attribution', 'participation') OR num_nulls(actor_id, role) = 0",
            name="a_part_has_an_actor",
        ),
        Index("ix_claim_order", "missing", "claim_id"),
        # Most claims have none of these: an index of those that have one is small, and is not
        # touched by the others.
        *(
            Index(f"ix_claim_{name}", name, postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("part_of", "superseded_by", "place_id", "target_place_id", "actor_id")
        ),
        Index(
            "ix_claim_geom",
            "geom",
            postgresql_using="gist",
            postgresql_where=text("geom IS NOT NULL"),
        ),
    )
