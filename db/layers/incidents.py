"""Incidents, and the aggregates that are kept apart from them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, ColumnElement, Text, and_, case, cast, func, not_, null, select, true
from sqlalchemy.dialects.postgresql import array

from db.claimed import is_known, side_by_side
from db.figures import sum_of_parts
from db.history import as_of
from db.knowledge import CODED, KNOWN_BY, RULE
from db.layers.derived import BORDER_DISTANCE, NEAREST
from db.layers.incident_fields import BOUNDS, FIELDS, FIGURES
from db.layers.layer import (
    Column,
    Figures,
    Layer,
    Rows,
    first_moment,
    last_moment,
    may_leave,
)
from db.models.claims import Claim
from db.models.derived import Measure
from db.models.incidents import ActorRole, Estimate, Incident
from db.models.sources import Report, Source
from db.models.summaries import IncidentSummary
from db.told import claims_known, parties_known
from db.vocabulary import IncidentKind, IncidentStatus, PersonStatus
from gis.estimates import Rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy import FromClause, Select

    from db.knowledge import Knowledge
    from db.vocabulary import Harm


_OWN_COLUMNS = (
    "title",
    "event_type",
    "sub_type",
    "time_precision",
    "time_extent",
    "place_name",
    "country",
    "adm1",
    "adm2",
    "place_precision",
    "radius_m",
    "note",
)
_ESTIMATED = (
    *(f"{name}_{bound}" for name, _, _, _ in FIGURES for bound, _, _ in BOUNDS),
    "killed_rule",
)
_PARTIES = ("actors", "actor_names")
_COUNTED = ("claims", "reports")
_TOLD = ("killed_claims", "harm_claims")


def _figures_of(
    incident_id: Column, columns: dict[str, Column], version: int | None
) -> Callable[[Harm, PersonStatus], Figures]:
    """The estimate for any kind of people; those that the layer shows are summed up already."""
    shown = {(harm, status): name for name, harm, status, _ in FIGURES}

    def figures(harm: Harm, status: PersonStatus) -> Figures:
        if (harm, status) in shown:
            name = shown[harm, status]
            return Figures(*(columns[f"{name}_{bound}"] for bound, _, _ in BOUNDS))
        estimate = as_of(Estimate, version).alias("asked_estimate")
        low, best, high, found = (
            select(estimate.c[name])
            .where(
                estimate.c.incident_id == incident_id,
                estimate.c.harm == harm.value,
                estimate.c.person_status == status.value,
            )
            .scalar_subquery()
            for name in ("low", "best", "high", "estimate_id")
        )
        if status is not PersonStatus.ALL:
            return Figures(low, best, high)
        parts = sum_of_parts(incident_id, harm, version)
        return Figures(case((found.is_not(None), low), else_=parts), best, high)

    return figures


def _told(summary: FromClause, incident_id: Column, version: int | None) -> dict[str, Column]:
    """What reports say, without the claims of sources whose licence forbids to show them.

    The database leaves those out of a summary, by the licence of its time. A former summary may be
    older than the licence: it is made again where the incident has a claim that may not leave now.
    """
    if version is None:
        return {name: summary.c[name] for name in _TOLD}
    claim = as_of(Claim, version).alias("withdrawn")
    report = as_of(Report, version).alias("withdrawn_report")
    withdrawn = (
        select(claim.c.claim_id)
        .select_from(claim.join(report, report.c.report_id == claim.c.report_id))
        .where(
            claim.c.incident_id == incident_id,
            not_(func.liptako.may_leave(report.c.source_id)),
        )
        .exists()
    )
    again = func.liptako.summaries_at(array([incident_id]), version).table_valued(*_TOLD)
    return {
        name: case((withdrawn, select(again.c[name]).scalar_subquery()), else_=summary.c[name])
        for name in _TOLD
    }


def _known(
    source: FromClause, key: Column, version: int | None, knowledge: Knowledge, few: bool
) -> tuple[FromClause, dict[str, Column]]:
    """The joins of a layer with what is made of the claims that are known, and its columns.

    A rule makes the figures. A day makes all else that the summaries hold, too, and keeps back the
    coder's note, which was written with all reports in hand.
    """
    of = key if few else None
    columns: dict[str, Column] = {}

    def join(asked: Select[Any], name: str) -> FromClause:
        nonlocal source
        if few:
            made: FromClause = asked.lateral(name)
            source = source.outerjoin(made, true())
        else:
            made = asked.subquery(name)
            source = source.outerjoin(made, made.c.incident_id == key)
        return made

    if knowledge.rule is not Rule.CODED:
        shown = [(name, harm, status) for name, harm, status, _ in FIGURES]
        figures = join(side_by_side(version, knowledge, shown, of), "figures")
        columns |= {name: figures.c[name] for name in (*_ESTIMATED, "disputed")}
        columns["disputed"] = func.coalesce(columns["disputed"], cast(array([]), ARRAY(Text)))
    if knowledge.known_by is not None:
        told = join(claims_known(version, knowledge.known_by, of), "told")
        parties = join(parties_known(version, knowledge.known_by, of), "parties")
        columns |= {name: told.c[name] for name in (*_TOLD, *_COUNTED)}
        columns |= {name: parties.c[name] for name in _PARTIES}
        columns["note"] = cast(null(), Text)
    return source, columns


def _asked_figures(
    incident_id: Column, columns: dict[str, Column], version: int | None, knowledge: Knowledge
) -> Callable[[Harm, PersonStatus], Figures]:
    """The estimate by a rule for any kind of people."""
    shown = {(harm, status): name for name, harm, status, _ in FIGURES}

    def figures(harm: Harm, status: PersonStatus) -> Figures:
        if (harm, status) in shown:
            name = shown[harm, status]
            return Figures(*(columns[f"{name}_{bound}"] for bound, _, _ in BOUNDS))
        made = side_by_side(version, knowledge, [("asked", harm, status)], incident_id)
        one = made.subquery("asked")
        return Figures(*(select(one.c[f"asked_{b}"]).scalar_subquery() for b, _, _ in BOUNDS))

    return figures


def _rows(
    kind: IncidentKind,
    version: int | None,
    knowledge: Knowledge = CODED,
    few: bool = False,
) -> Rows:
    incident = as_of(Incident, version).alias("incident")
    whole = as_of(Incident, version).alias("whole")
    compiler = as_of(Source, version).alias("compiler")
    distance = as_of(Measure, version).alias("distance")
    summary = as_of(IncidentSummary, version).alias("summary")
    source: FromClause = (
        incident.outerjoin(summary, summary.c.incident_id == incident.c.incident_id)
        .outerjoin(compiler, compiler.c.source_id == incident.c.source_id)
        .outerjoin(whole, whole.c.incident_id == incident.c.part_of)
        .outerjoin(
            distance,
            and_(
                distance.c.incident_id == incident.c.incident_id,
                distance.c.name == BORDER_DISTANCE,
                distance.c.target == NEAREST,
                distance.c.boundary_id.is_(None),
                distance.c.claim_id.is_(None),
                distance.c.is_current,
            ),
        )
    )
    key = incident.c.incident_id
    columns: dict[str, Column] = {
        **{name: incident.c[name] for name in _OWN_COLUMNS},
        **{name: summary.c[name] for name in (*_ESTIMATED, *_PARTIES, *_COUNTED)},
        "disputed": cast(null(), ARRAY(Text)),
        **_told(summary, key, version),
        "incident": incident.c.code,
        "event_start": first_moment(incident.c.occurred),
        "event_end": last_moment(incident.c.occurred),
        "border_distance_m": distance.c.value,
        "border_distance_low_m": distance.c.low,
        "border_distance_high_m": distance.c.high,
        "part_of": whole.c.code,
        "dataset": compiler.c.code,
        "licence": compiler.c.licence,
        "attribution": compiler.c.attribution,
    }
    source, known = _known(source, key, version, knowledge, few)
    columns |= known
    day = knowledge.known_by
    return Rows(
        source=source,
        key=key,
        columns={field.name: columns[field.name] for field in FIELDS},
        order=(incident.c.missing, key),
        geometry=incident.c.geom,
        period=incident.c.occurred,
        code=incident.c.code,
        where=(
            incident.c.status == IncidentStatus.ACTIVE.value,
            incident.c.kind == kind.value,
            may_leave(incident.c.source_id, version),
            *(() if day is None else (is_known(key, version, day),)),
        ),
        figures=(
            _figures_of(key, columns, version)
            if knowledge.rule is Rule.CODED
            else _asked_figures(key, columns, version, knowledge)
        ),
        is_part=_is_part(incident, kind, version, day),
        gathered=tuple(part.__table__.c.incident_id for part in (Estimate, Claim, ActorRole)),
    )


def _is_part(
    incident: FromClause, kind: IncidentKind, version: int | None, day: date | None
) -> ColumnElement[bool]:
    covering = as_of(Incident, version).alias("covering")
    shown = select(covering.c.incident_id).where(
        covering.c.incident_id == incident.c.part_of,
        covering.c.status == IncidentStatus.ACTIVE.value,
        covering.c.kind == kind.value,
        may_leave(covering.c.source_id, version),
        *(() if day is None else (is_known(covering.c.incident_id, version, day),)),
    )
    return and_(incident.c.part_of.is_not(None), shown.exists())


INCIDENTS = Layer(
    id="incidents",
    title="Incidents",
    description=(
        "What happened, one feature an incident: place and time with their precision, estimates "
        "of harm as low, best and high, and what reports claim. The point is where the reports "
        "put it; radius_m and place_precision say how far to trust it. Totals over months or "
        "regions are in the layer 'aggregates'. Before summing, leave out rows whose part_of names "
        "another row of this layer: its figures include theirs. Incidents known to a country only "
        "have no geometry."
    ),
    fields=FIELDS,
    geometry="Point",
    rows=partial(_rows, IncidentKind.INCIDENT),
    told=partial(_rows, IncidentKind.INCIDENT),
    knowledge=(RULE, KNOWN_BY),
    summed=tuple(name for name, _, _, _ in FIGURES),
    keywords=("conflict", "incidents", "casualties", "Sahel", "Liptako-Gourma"),
)

AGGREGATES = Layer(
    id="aggregates",
    title="Aggregates",
    description=(
        "Figures over many incidents ('nearly 100 soldiers since September'), as reports state "
        "them. They overlap the layer 'incidents' and one another: never add them to either."
    ),
    fields=FIELDS,
    geometry="Point",
    rows=partial(_rows, IncidentKind.AGGREGATE),
    told=partial(_rows, IncidentKind.AGGREGATE),
    knowledge=(RULE, KNOWN_BY),
    keywords=("conflict", "casualties", "totals"),
)
