"""What reports assert about incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Double, and_, case, cast, func, not_

from db.claimed import published_by, stands
from db.history import as_of
from db.knowledge import CODED, KNOWN_BY
from db.layers.layer import (
    Column,
    Figures,
    Layer,
    Rows,
    first_moment,
    last_moment,
    may_leave,
    words_of,
)
from db.layers.recurring import (
    ATTRIBUTION,
    INCIDENT,
    INCIDENT_END,
    INCIDENT_START,
    INCIDENT_TITLE,
    LICENCE,
)
from db.models.actors import Actor
from db.models.claims import Claim
from db.models.derived import Measure
from db.models.incidents import Incident
from db.models.places import Place
from db.models.sources import Report, Source
from db.vocabulary import (
    ActorRoleName,
    ClaimantKind,
    ClaimKind,
    Harm,
    IncidentStatus,
    PersonStatus,
    PlacePrecision,
    Polarity,
    Qualifier,
    SourceGrade,
    TimeExtent,
    TimePrecision,
)
from gis.fields import Field, Kind
from gis.stated_distance import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import FromClause

    from db.knowledge import Knowledge

STATED_DISTANCE = "stated_distance"
"""Name of the measure that checks a distance claim; see :mod:`db.analyses.stated_distances`."""

FIELDS = (
    Field("claim", Kind.TEXT, "Claim", "Lasting name of the claim.", nullable=False),
    INCIDENT,
    INCIDENT_TITLE,
    Field(
        "kind",
        Kind.TEXT,
        "Kind of claim",
        "What the claim is about.",
        nullable=False,
        words=words_of(ClaimKind),
    ),
    Field("statement", Kind.TEXT, "Statement", "The claim in our own words.", nullable=False),
    Field("claimant", Kind.TEXT, "Claimant", "Who is said to have said so; missing: the report."),
    Field(
        "claimant_kind",
        Kind.TEXT,
        "Kind of claimant",
        "What the claimant is; missing where there is none, or nobody has judged it.",
        words=words_of(ClaimantKind),
    ),
    Field(
        "polarity",
        Kind.TEXT,
        "Asserts or denies",
        "Whether the claimant asserts the claim or denies it.",
        nullable=False,
        words=words_of(Polarity),
    ),
    Field("qualifier", Kind.TEXT, "Wording", "The wording around it.", words=words_of(Qualifier)),
    Field("part_of", Kind.TEXT, "Part of", "Claim of which this is a part; parts need not add up."),
    Field(
        "superseded_by",
        Kind.TEXT,
        "Superseded by",
        "Claim that takes its place by its own words: this one is not in force any more.",
    ),
    Field("harm", Kind.TEXT, "Harm", "What was done to people.", words=words_of(Harm)),
    Field("person_status", Kind.TEXT, "Of whom", "Who they were.", words=words_of(PersonStatus)),
    Field("low", Kind.COUNT, "Low", "Lower bound claimed; missing is not stated.", unit="person"),
    Field("best", Kind.COUNT, "Best", "Single figure claimed, between bounds.", unit="person"),
    Field("high", Kind.COUNT, "High", "Upper bound claimed; missing is not stated.", unit="person"),
    INCIDENT_START,
    INCIDENT_END,
    Field(
        "claimed_from", Kind.DATETIME, "Time claimed, from", "Start that a claim of time states."
    ),
    Field(
        "claimed_until", Kind.DATETIME, "Time claimed, until", "End that a claim of time states."
    ),
    Field(
        "time_precision",
        Kind.TEXT,
        "Precision of time",
        "Precision of a claim of time.",
        words=words_of(TimePrecision),
    ),
    Field(
        "time_extent",
        Kind.TEXT,
        "Meaning of the interval",
        "'within': at an unknown moment; 'throughout': it lasted so long.",
        words=words_of(TimeExtent),
    ),
    Field("place_name", Kind.TEXT, "Place claimed", "Place that a claim of place names."),
    Field(
        "place_precision",
        Kind.TEXT,
        "Precision of place",
        "Precision of a claim of place.",
        words=words_of(PlacePrecision),
    ),
    Field("radius_m", Kind.NUMBER, "Radius of place", "Radius of a claimed place.", unit="m"),
    Field("distance", Kind.NUMBER, "Distance claimed", "As stated, in distance_unit."),
    Field("distance_unit", Kind.TEXT, "Unit of distance", "As stated.", words=("m", "km", "mi")),
    Field("distance_m", Kind.NUMBER, "Distance claimed in metres", "Converted.", unit="m"),
    Field("distance_from", Kind.TEXT, "Distance from", "Border or place it is told from."),
    Field("bearing", Kind.TEXT, "Direction claimed", "Compass point from there to the incident."),
    Field("measured_m", Kind.NUMBER, "Distance measured", "Geodesic, at the points.", unit="m"),
    Field("measured_low_m", Kind.NUMBER, "Distance measured, lowest", "Least possible.", unit="m"),
    Field(
        "measured_high_m", Kind.NUMBER, "Distance measured, highest", "Greatest possible.", unit="m"
    ),
    Field(
        "stated_low_m",
        Kind.NUMBER,
        "Distance claimed, lowest",
        "Least that the statement may mean, by its digits and its wording.",
        unit="m",
    ),
    Field(
        "stated_high_m",
        Kind.NUMBER,
        "Distance claimed, highest",
        "Most that it may mean; missing where it has no end.",
        unit="m",
    ),
    Field(
        "verdict",
        Kind.TEXT,
        "Verdict",
        "Does the geometry bear out the stated distance? 'fits_a_road': too high for a straight "
        "line, not for a road.",
        words=words_of(Verdict),
    ),
    Field(
        "holds_share",
        Kind.NUMBER,
        "Share that holds",
        "Share of the incident's place in which the statement holds, if every part of it is "
        "equally likely; missing where nothing could be measured.",
    ),
    Field("actor", Kind.TEXT, "Actor", "Party of a claim of attribution or participation."),
    Field(
        "role", Kind.TEXT, "Role", "What it is said to have been.", words=words_of(ActorRoleName)
    ),
    Field("report", Kind.TEXT, "Report", "Name of the report.", nullable=False),
    Field("report_title", Kind.TEXT, "Title of report", "As published.", nullable=False),
    Field("published", Kind.DATE, "Published", "Earliest day on which it may have been published."),
    Field(
        "published_until",
        Kind.DATE,
        "Published, latest",
        "Latest day on which it may have been published: from then on it counts for 'known_by'.",
    ),
    Field("source", Kind.TEXT, "Source", "Who published it.", nullable=False),
    Field(
        "source_grade",
        Kind.TEXT,
        "Grade of the source",
        "How far the source is to be relied on; missing where nobody has judged it.",
        words=words_of(SourceGrade),
    ),
    LICENCE,
    ATTRIBUTION,
)

_OWN_COLUMNS = (
    "kind",
    "statement",
    "claimant",
    "claimant_kind",
    "polarity",
    "qualifier",
    "harm",
    "person_status",
    "low",
    "best",
    "high",
    "time_precision",
    "time_extent",
    "place_name",
    "place_precision",
    "radius_m",
    "distance",
    "distance_unit",
    "distance_m",
    "bearing",
    "role",
)


def _figures_of(claim: FromClause) -> Callable[[Harm, PersonStatus], Figures]:
    """The figures of claims that assert how many; a denial bounds nothing."""

    def figures(harm: Harm, status: PersonStatus) -> Figures:
        told = and_(
            claim.c.kind == ClaimKind.CASUALTIES.value,
            claim.c.polarity == Polarity.ASSERTS.value,
            claim.c.harm == harm.value,
            claim.c.person_status == status.value,
        )
        return Figures(*(case((told, claim.c[bound])) for bound in ("low", "best", "high")))

    return figures


def _rows(version: int | None, knowledge: Knowledge = CODED, few: bool = False) -> Rows:
    claim = as_of(Claim, version).alias("claim")
    incident = as_of(Incident, version).alias("incident")
    whole, newer = (as_of(Claim, version).alias(name) for name in ("whole", "newer"))
    report = as_of(Report, version).alias("report")
    source = as_of(Source, version).alias("source")
    compiler = as_of(Source, version).alias("compiler")
    target = as_of(Place, version).alias("target")
    actor = as_of(Actor, version).alias("actor")
    check = as_of(Measure, version).alias("distance_check")
    joined = (
        claim.join(incident, incident.c.incident_id == claim.c.incident_id)
        .outerjoin(whole, whole.c.claim_id == claim.c.part_of)
        .outerjoin(newer, newer.c.claim_id == claim.c.superseded_by)
        .join(report, report.c.report_id == claim.c.report_id)
        .outerjoin(source, source.c.source_id == report.c.source_id)
        .outerjoin(compiler, compiler.c.source_id == incident.c.source_id)
        .outerjoin(target, target.c.place_id == claim.c.target_place_id)
        .outerjoin(actor, actor.c.actor_id == claim.c.actor_id)
        .outerjoin(
            check,
            and_(
                check.c.claim_id == claim.c.claim_id,
                check.c.name == STATED_DISTANCE,
                check.c.is_current,
            ),
        )
    )
    day = knowledge.known_by
    columns: dict[str, Column] = {
        **{name: claim.c[name] for name in _OWN_COLUMNS},
        "claim": claim.c.code,
        "incident": incident.c.code,
        "incident_title": incident.c.title,
        "part_of": whole.c.code,
        # The name of one that may not be shown, or was not known yet, stays here.
        "superseded_by": case((not_(stands(claim, version, day)), newer.c.code)),
        "event_start": first_moment(incident.c.occurred),
        "event_end": last_moment(incident.c.occurred),
        "claimed_from": first_moment(claim.c.occurred),
        "claimed_until": last_moment(claim.c.occurred),
        "distance_from": func.coalesce(claim.c.target_border, target.c.name),
        "measured_m": check.c.value,
        "measured_low_m": check.c.low,
        "measured_high_m": check.c.high,
        "stated_low_m": cast(check.c.detail["stated_low_m"].astext, Double),
        "stated_high_m": cast(check.c.detail["stated_high_m"].astext, Double),
        "verdict": check.c.outcome,
        "holds_share": cast(check.c.detail["p_holds"].astext, Double),
        "actor": actor.c.name,
        "report": report.c.code,
        "report_title": report.c.title,
        "published": func.lower(report.c.published),
        "published_until": func.upper(report.c.published) - 1,
        "source": source.c.name,
        "source_grade": source.c.grade,
        "licence": compiler.c.licence,
        "attribution": compiler.c.attribution,
    }
    return Rows(
        source=joined,
        key=claim.c.claim_id,
        columns={field.name: columns[field.name] for field in FIELDS},
        order=(claim.c.missing, claim.c.claim_id),
        geometry=func.coalesce(claim.c.geom, incident.c.geom),
        period=incident.c.occurred,
        code=claim.c.code,
        where=(
            incident.c.status == IncidentStatus.ACTIVE.value,
            may_leave(incident.c.source_id, version),
            may_leave(report.c.source_id, version),
            *(() if day is None else (published_by(report, day),)),
        ),
        figures=_figures_of(claim),
    )


CLAIMS = Layer(
    id="claims",
    title="Claims",
    description=(
        "What each report asserts or denies about an incident: casualties, time, place, distance, "
        "attribution, participation, material. Claims of one incident contradict one another, and "
        "parts overlap their whole: never sum them. A claim is shown at the place it states, else "
        "at its incident's."
    ),
    fields=FIELDS,
    geometry="Point",
    rows=_rows,
    told=_rows,
    knowledge=(KNOWN_BY,),
    keywords=("claims", "reports", "casualties", "provenance"),
)
