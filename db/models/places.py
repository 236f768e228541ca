"""Where things are: named places, borders and units, regions of study."""

from __future__ import annotations

from datetime import date

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, SinceVersion, geometry, one_of
from db.models.sources import Source
from db.vocabulary import BoundaryKind


class Place(Base):
    """A named location of a gazetteer; the point is the gazetteer's, not the incident's.

    Versioned.
    """

    __tablename__ = "place"

    place_id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    """``geonames:2443230``: the gazetteer and its key there."""
    name: Mapped[str]
    feature_class: Mapped[str]
    """GeoNames class: P populated place, H water, S site, L area, T relief, A unit."""
    feature_code: Mapped[str | None]
    country: Mapped[str | None] = mapped_column(index=True)
    """ISO 3166-1 alpha-3, as the gazetteer states it."""
    adm1: Mapped[str | None]
    adm2: Mapped[str | None]
    population: Mapped[int | None]
    modified: Mapped[date | None]
    wof_id: Mapped[int | None]
    wikidata: Mapped[str | None]
    note: Mapped[str | None]
    """A known fault of the gazetteer, flagged and not repaired."""
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.source_id), index=True)
    geom: Mapped[WKBElement] = mapped_column(geometry("POINT"))
    missing: Mapped[int] = mapped_column(
        SmallInteger,
        Computed(
            "num_nulls(country, adm1, adm2, wof_id, wikidata, modified)::smallint", persisted=True
        ),
        nullable=False,
    )
    """How much is not known; layers list the completest rows first (see ``incident.missing``)."""
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        Index("ix_place_geom", "geom", postgresql_using="gist"),
        Index("ix_place_order", "missing", "place_id"),
    )


class PlaceName(Base):
    """Another name or spelling of a place, with its reason where a person judged it. Versioned."""

    __tablename__ = "place_name"

    place_name_id: Mapped[Key]
    place_id: Mapped[int] = mapped_column(ForeignKey(Place.place_id), index=True)
    name: Mapped[str] = mapped_column()
    confidence: Mapped[str | None]
    """``high``, ``medium`` or ``low`` for a press spelling; nothing for the gazetteer's own."""
    reason: Mapped[str | None]
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        UniqueConstraint("place_id", "name"),
        Index("ix_place_name_lower", func.lower(name)),
    )


class Boundary(Base):
    """A border line, a tripoint, an administrative unit or a road, after one source and edition.

    Versioned.
    """

    __tablename__ = "boundary"

    boundary_id: Mapped[Key]
    kind: Mapped[str]
    code: Mapped[str]
    """``MLI-NER`` for a border; the source's own code, or its name path, for a unit. A code means
    something within its source and edition only: P-codes are re-used between editions."""
    name: Mapped[str]
    country: Mapped[str | None]
    neighbour: Mapped[str | None]
    parent: Mapped[str | None]
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.source_id), index=True)
    edition: Mapped[str]
    valid: Mapped[Range[object] | None] = mapped_column(DATERANGE)
    """Days on which the unit or line was in force; nothing where the source does not say."""
    note: Mapped[str | None]
    geom: Mapped[WKBElement] = mapped_column(geometry("GEOMETRY"))
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        one_of("kind", BoundaryKind),
        UniqueConstraint("source_id", "edition", "kind", "code"),
        CheckConstraint(
            "GeometryType(geom) = CASE WHEN kind IN ('border', 'road') THEN 'MULTILINESTRING'"
            " WHEN kind = 'tripoint' THEN 'POINT' ELSE 'MULTIPOLYGON' END",
            name="geom_fits_kind",
        ),
        Index("ix_boundary_geom", "geom", postgresql_using="gist"),
        Index("ix_boundary_kind", "kind", "boundary_id"),
    )


class Region(Base):
    """A region of study in one of its variants: a labelled filter, not a legal limit. Versioned."""

    __tablename__ = "region"

    region_id: Mapped[Key]
    code: Mapped[str]
    variant: Mapped[str]
    title: Mapped[str]
    definition: Mapped[str]
    area_km2: Mapped[float] = mapped_column(Double)
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.source_id), index=True)
    edition: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(geometry("MULTIPOLYGON"))
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        UniqueConstraint("code", "variant"),
        Index("ix_region_geom", "geom", postgresql_using="gist"),
    )
