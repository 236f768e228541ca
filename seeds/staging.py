"""Records -> the rows that the database is given: codes stay codes, units become metres."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from db.write.actors import ActorRow, AliasRow
from db.write.sources import ReportRow, SourceRow
from db.write.staged import (
    Batch,
    StagedClaim,
    StagedEstimate,
    StagedIncident,
    StagedRole,
)
from gis.precision import DEFAULT_RADIUS_M
from seeds.records import (
    ActorClaim,
    ActorRecord,
    CasualtiesClaim,
    DistanceClaim,
    IncidentRecord,
    MaterialClaim,
    PlaceClaim,
    PlaceRecord,
    ReportRecord,
    SourceRecord,
    TimeClaim,
)

if TYPE_CHECKING:
    from gis.interval import Interval

METRES: dict[str, float] = {"m": 1.0, "km": 1000.0, "mi": 1609.344}
"""Metres in a unit in which distances are told; a mile is the international one of 1959."""

Claim: TypeAlias = (
    CasualtiesClaim | TimeClaim | PlaceClaim | DistanceClaim | ActorClaim | MaterialClaim
)


def stage(batch: Batch, line: int, incident: IncidentRecord, external_id: str | None) -> None:
    """Add an incident and all that belongs to it to a batch, as coming from a line."""
    batch.incidents.append(_incident(line, incident, external_id))
    batch.roles.extend(
        StagedRole(line, role.actor, role.role, role.note) for role in incident.actors
    )
    batch.estimates.extend(
        StagedEstimate(
            *(line, one.harm, one.person_status, one.low, one.best, one.high, one.rule, one.note)
        )
        for one in incident.estimates
    )
    batch.claims.extend(_claim(line, claim) for claim in incident.claims)


def source_row(source: SourceRecord) -> SourceRow:
    """The row of a source."""
    return SourceRow(
        code=source.code,
        name=source.name,
        kind=source.kind,
        url=source.url,
        licence=source.licence,
        attribution=source.attribution,
        redistributable=source.redistributable,
        grade=source.grade,
    )


def report_row(report: ReportRecord) -> ReportRow:
    """The row of a report."""
    return ReportRow(
        code=report.code,
        source=report.source,
        title=report.title,
        published=_days(report.published),
        published_precision=report.published_precision,
        url=report.url,
        language=report.language,
        edition=report.edition,
        note=report.note,
    )


def actor_row(actor: ActorRecord) -> ActorRow:
    """The row of an actor, without its aliases."""
    return ActorRow(
        code=actor.code,
        name=actor.name,
        kind=actor.kind,
        country=actor.country,
        valid=_days(actor.valid),
        note=actor.note,
        parent=actor.parent,
        successor=actor.successor,
    )


def alias_rows(actor: ActorRecord) -> list[AliasRow]:
    """The rows of an actor's aliases."""
    return [
        AliasRow(actor.code, alias.name, alias.dataset, alias.external_id, _days(alias.valid))
        for alias in actor.aliases
    ]


def _incident(line: int, incident: IncidentRecord, external_id: str | None) -> StagedIncident:
    when, place = incident.time, incident.place
    return StagedIncident(
        line=line,
        code=incident.code,
        external_id=external_id,
        kind=incident.kind,
        title=incident.title,
        event_type=incident.event_type,
        sub_type=incident.sub_type,
        occurred=_moments(when.occurred),
        time_precision=when.precision,
        time_extent=when.extent,
        time_zone=when.zone,
        gazetteer=place.gazetteer,
        place_name=place.name,
        country=place.country,
        adm1=place.adm1,
        adm2=place.adm2,
        lon=place.lon,
        lat=place.lat,
        place_precision=place.precision,
        radius_m=_radius_m(place),
        note=incident.note,
        part_of=incident.part_of,
    )


def _claim(line: int, claim: Claim) -> StagedClaim:
    return StagedClaim(
        line,
        claim.id,
        claim.report,
        claim.kind,
        claim.claimant,
        claim.polarity,
        claim.qualifier,
        claim.statement,
        claim.part_of,
        claimant_kind=claim.claimant_kind,
        superseded_by=claim.superseded_by,
        **_body(claim),
    )


def _body(claim: Claim) -> dict[str, Any]:
    """What the kind of a claim fills."""
    match claim:
        case CasualtiesClaim():
            return {
                "harm": claim.harm,
                "person_status": claim.person_status,
                "low": claim.low,
                "best": claim.best,
                "high": claim.high,
            }
        case TimeClaim():
            return {
                "occurred": _moments(claim.occurred),
                "time_precision": claim.precision,
                "time_extent": claim.extent,
            }
        case PlaceClaim(place=place):
            return {
                "place_name": place.name,
                "gazetteer": place.gazetteer,
                "lon": place.lon,
                "lat": place.lat,
                "place_precision": place.precision,
                "radius_m": _radius_m(place),
            }
        case DistanceClaim():
            return {
                "distance": claim.distance,
                "distance_unit": claim.unit,
                "distance_m": claim.distance * METRES[claim.unit],
                "target_border": claim.border,
                "target_gazetteer": claim.gazetteer,
                "bearing": claim.bearing,
            }
        case ActorClaim():
            return {"actor": claim.actor, "role": claim.role}
        case MaterialClaim():
            return {}


def _radius_m(place: PlaceRecord) -> float | None:
    return DEFAULT_RADIUS_M[place.precision] if place.radius_m is None else place.radius_m


def _moments(interval: Interval | None) -> str | None:
    """PostgreSQL's text of a half-open range of timestamps."""
    if interval is None:
        return None
    start = "" if interval.start is None else interval.start.isoformat()
    end = "" if interval.end is None else interval.end.isoformat()
    return f"[{start},{end})"


def _days(interval: Interval | None) -> str | None:
    """PostgreSQL's text of the days that an interval touches."""
    if interval is None:
        return None
    start = "" if interval.start is None else interval.start.date().isoformat()
    return f"[{start},{'' if interval.end is None else _day_after(interval.end)})"


def _day_after(end: datetime) -> str:
    """The first day of which an interval that ends here has no moment."""
    day = end.date() if end.time() == time.min else end.date() + timedelta(days=1)
    return day.isoformat()
