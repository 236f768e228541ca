"""Who published what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import TIMESTAMP, cast, func, select

from db.claimed import published_by
from db.history import as_of
from db.knowledge import CODED, KNOWN_BY
from db.layers.layer import Column, Layer, Rows, may_leave, words_of
from db.layers.recurring import ATTRIBUTION, LICENCE
from db.models.claims import Claim
from db.models.sources import Report, Source
from db.vocabulary import SourceGrade, SourceKind, TimePrecision
from gis.fields import Field, Kind, Role

if TYPE_CHECKING:
    from db.knowledge import Knowledge

FIELDS = (
    Field("report", Kind.TEXT, "Report", "Lasting name of the report.", nullable=False),
    Field("title", Kind.TEXT, "Title", "As published.", nullable=False),
    Field("source", Kind.TEXT, "Source", "Who published it.", nullable=False),
    Field(
        "source_kind",
        Kind.TEXT,
        "Kind of source",
        "What the publisher is.",
        nullable=False,
        words=words_of(SourceKind),
    ),
    Field(
        "source_grade",
        Kind.TEXT,
        "Grade of the source",
        "How far the source is to be relied on; missing where nobody has judged it.",
        words=words_of(SourceGrade),
    ),
    Field(
        "published_start",
        Kind.DATE,
        "Published, earliest",
        "Earliest day on which it may have been published.",
        role=Role.START,
    ),
    Field(
        "published_end",
        Kind.DATE,
        "Published, latest",
        "Latest day on which it may have been published.",
        role=Role.END,
    ),
    Field(
        "published_precision",
        Kind.TEXT,
        "Precision of date",
        "How narrowly its date is known.",
        nullable=False,
        words=words_of(TimePrecision),
    ),
    Field("url", Kind.TEXT, "Address", "Where it was published."),
    Field("language", Kind.TEXT, "Language", "ISO 639 code."),
    Field("edition", Kind.TEXT, "Edition", "Version of a dataset release."),
    Field("claims", Kind.INTEGER, "Claims", "How many claims it makes.", nullable=False),
    Field("note", Kind.TEXT, "Note", "How its date was found, what it leaves open."),
    LICENCE,
    ATTRIBUTION,
)


def _rows(version: int | None, knowledge: Knowledge = CODED, few: bool = False) -> Rows:
    report = as_of(Report, version).alias("report")
    source = as_of(Source, version).alias("source")
    claim = as_of(Claim, version).alias("claim")
    claims = select(func.count()).where(claim.c.report_id == report.c.report_id).scalar_subquery()
    day = knowledge.known_by
    start, end = func.lower(report.c.published), func.upper(report.c.published)
    own = ("title", "published_precision", "url", "language", "edition", "note")
    columns: dict[str, Column] = {
        **{name: report.c[name] for name in own},
        "report": report.c.code,
        "source": source.c.name,
        "source_kind": source.c.kind,
        "source_grade": source.c.grade,
        "published_start": start,
        "published_end": end - 1,
        "claims": claims,
        "licence": source.c.licence,
        "attribution": source.c.attribution,
    }
    return Rows(
        source=report.outerjoin(source, source.c.source_id == report.c.source_id),
        key=report.c.report_id,
        columns={field.name: columns[field.name] for field in FIELDS},
        order=(report.c.report_id,),
        period=func.tsrange(cast(start, TIMESTAMP), cast(end, TIMESTAMP)),
        code=report.c.code,
        where=(
            may_leave(report.c.source_id, version),
            *(() if day is None else (published_by(report, day),)),
        ),
        gathered=(Claim.__table__.c.report_id,),
    )


REPORTS = Layer(
    id="reports",
    title="Reports",
    description=(
        "The reports behind the claims: cited by title, publisher and date, never copied. They "
        "have no geometry; 'datetime' asks when they were published."
    ),
    fields=FIELDS,
    geometry=None,
    rows=_rows,
    told=_rows,
    knowledge=(KNOWN_BY,),
    keywords=("sources", "reports", "citations"),
)
