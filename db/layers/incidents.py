"""Incidents, and the aggregates that are kept apart from them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Text, and_, case, func, literal, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.figures import lower_bound, rule_of, sum_of_parts
from db.history import as_of
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
from db.models.actors import Actor
from db.models.claims import Claim
from db.models.derived import Measure
from db.models.incidents import ActorRole, Estimate, Incident
from db.models.sources import Report, Source
from db.vocabulary import (
    ClaimKind,
    Harm,
    IncidentKind,
    IncidentStatus,
    PersonStatus,
    Polarity,
    Qualifier,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import FromClause


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


def _figures(incident: FromClause, version: int | None) -> tuple[FromClause, dict[str, Column]]:
    source: FromClause = incident
    columns: dict[str, Column] = {}
    for name, harm, status, _ in FIGURES:
        # One outer join to a figure, on the unique key of the table: PostgreSQL leaves out the
        # joins whose columns a statement does not name.
        estimate = as_of(Estimate, version).alias(f"estimate_{name}")
        source = source.outerjoin(
            estimate,
            and_(
                estimate.c.incident_id == incident.c.incident_id,
                estimate.c.harm == harm.value,
                estimate.c.person_status == status.value,
            ),
        )
        columns |= {f"{name}_{bound}": estimate.c[bound] for bound, _, _ in BOUNDS}
        if status is PersonStatus.ALL:
            lower = lower_bound(estimate, incident.c.incident_id, harm, version)
            columns |= {f"{name}_low": lower, f"{name}_rule": rule_of(estimate, lower)}
    return source, columns


def _figures_of(
    incident_id: Column, columns: dict[str, Column], version: int | None
) -> Callable[[Harm, PersonStatus], Figures]:
    """The estimate for any kind of people; those that the layer shows are joined already."""
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


def _claims_told(incident_id: Column, version: int | None, *, killed: bool) -> Column:
    """Every claim about people killed, or otherwise harmed, in one text.

    The contradiction is seen in a table, without a second request.
    """
    claim = as_of(Claim, version).alias("killed_claim" if killed else "harm_claim")
    report, source = Report.__table__.alias(), Source.__table__.alias()
    one = func.concat_ws(
        " ",
        case((claim.c.polarity == Polarity.DENIES.value, "denied:")),
        null() if killed else claim.c.harm,
        func.replace(func.nullif(claim.c.qualifier, Qualifier.EXACT.value), "_", " "),
        _figure(claim),
        func.replace(claim.c.person_status, "_", " "),
        func.format("(%s)", func.concat_ws(", ", claim.c.claimant, source.c.name)),
    )
    return (
        select(func.string_agg(one, aggregate_order_by(literal("; "), claim.c.claim_id)))
        .select_from(
            claim.join(report, report.c.report_id == claim.c.report_id).join(
                source, source.c.source_id == report.c.source_id
            )
        )
        .where(
            claim.c.incident_id == incident_id,
            claim.c.kind == ClaimKind.CASUALTIES.value,
            (claim.c.harm == Harm.KILLED.value) if killed else claim.c.harm != Harm.KILLED.value,
            source.c.redistributable,
        )
        .scalar_subquery()
    )


def _figure(claim: FromClause) -> Column:
    """``12``, ``5-12``, ``25+`` for at least 25 where no word says so, ``up to 9``."""
    low, best, high = claim.c.low, claim.c.best, claim.c.high
    worded = claim.c.qualifier.in_([Qualifier.AT_LEAST.value, Qualifier.MORE_THAN.value])
    return case(
        (func.num_nonnulls(low, best, high) == 0, "number not given"),
        (func.num_nonnulls(low, high) == 0, best.cast(Text)),
        (low.is_(None), func.concat("up to ", high)),
        (and_(high.is_(None), worded), low.cast(Text)),
        (high.is_(None), func.concat(low, "+")),
        (low == high, low.cast(Text)),
        else_=func.concat(low, "-", high),
    )


def _actors(incident_id: Column, version: int | None) -> Column:
    role, actor = as_of(ActorRole, version).alias("part"), Actor.__table__.alias()
    one = func.format("%s (%s)", actor.c.name, func.replace(role.c.role, "_", " "))
    return (
        select(func.string_agg(one, aggregate_order_by(literal("; "), role.c.actor_role_id)))
        .select_from(role.join(actor, actor.c.actor_id == role.c.actor_id))
        .where(role.c.incident_id == incident_id)
        .scalar_subquery()
    )


def _number_of(counted: str, incident_id: Column, version: int | None) -> Column:
    claim = as_of(Claim, version).alias(f"counted_{counted}")
    return (
        select(func.count(claim.c[counted].distinct()))
        .where(claim.c.incident_id == incident_id)
        .scalar_subquery()
    )


def _rows(kind: IncidentKind, version: int | None) -> Rows:
    incident = as_of(Incident, version).alias("incident")
    whole = as_of(Incident, version).alias("whole")
    compiler = Source.__table__.alias("compiler")
    distance = Measure.__table__.alias("distance")
    source, figures = _figures(incident, version)
    source = (
        source.outerjoin(compiler, compiler.c.source_id == incident.c.source_id)
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
    own = {name: incident.c[name] for name in _OWN_COLUMNS}
    columns: dict[str, Column] = {
        **own,
        **figures,
        "incident": incident.c.code,
        "event_start": first_moment(incident.c.occurred),
        "event_end": last_moment(incident.c.occurred),
        "killed_claims": _claims_told(key, version, killed=True),
        "harm_claims": _claims_told(key, version, killed=False),
        "actors": _actors(key, version),
        "claims": _number_of("claim_id", key, version),
        "reports": _number_of("report_id", key, version),
        "border_distance_m": distance.c.value,
        "border_distance_low_m": distance.c.low,
        "border_distance_high_m": distance.c.high,
        "part_of": whole.c.code,
        "dataset": compiler.c.code,
        "licence": compiler.c.licence,
        "attribution": compiler.c.attribution,
    }
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
            may_leave(incident.c.source_id),
        ),
        figures=_figures_of(key, figures, version),
    )


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
    keywords=("conflict", "casualties", "totals"),
)
