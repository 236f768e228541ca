"""Who published what, under which licence."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, SinceVersion, one_of
from db.vocabulary import SourceGrade, SourceKind, TimePrecision


class Source(Base):
    """Who publishes: a newspaper, a ministry, a dataset, a set of boundaries. Versioned."""

    __tablename__ = "source"
    __table_args__ = (one_of("kind", SourceKind), one_of("grade", SourceGrade))

    source_id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    url: Mapped[str | None]
    licence: Mapped[str]
    """Licence of what is stored here from this source, as a name or an SPDX identifier."""
    attribution: Mapped[str]
    """The words to print wherever its rows are shown."""
    redistributable: Mapped[bool]
    """False keeps its rows out of every public layer and export, of former states too."""
    grade: Mapped[str | None]
    """How far it is to be relied on; missing where nobody has judged it."""
    since_version: Mapped[SinceVersion]


class Report(Base):
    """One account that a source published: cited, never copied. Versioned."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("NOT isempty(published)", name="published_is_not_empty"),
        CheckConstraint(
            "(published IS NULL) = (published_precision = 'unknown')", name="published_is_known"
        ),
        one_of("published_precision", TimePrecision),
    )

    report_id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey(Source.source_id), index=True)
    title: Mapped[str]
    published: Mapped[Range[object] | None] = mapped_column(DATERANGE)
    """Day or days on which it may have been published; an undated page gets the interval that
    its own text allows."""
    published_precision: Mapped[str]
    url: Mapped[str | None]
    language: Mapped[str | None]
    edition: Mapped[str | None]
    """Version of a dataset release."""
    note: Mapped[str | None]
    """How the date was found, what the page leaves open."""
    since_version: Mapped[SinceVersion]
