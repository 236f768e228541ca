"""What was known of an incident, and when: its reports in the order in which they appeared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, true, union_all

from db.claimed import estimates
from db.errors import UnknownIncident
from db.history import as_of, former
from db.knowledge import Knowledge
from db.layers.incidents import AGGREGATES, INCIDENTS
from db.layers.layer import may_leave
from db.models.claims import Claim
from db.models.incidents import Estimate, Incident
from db.models.sources import Report, Source
from db.models.state import DataVersion
from db.query import LayerQuery, keys_statement
from db.told import words
from db.vocabulary import ClaimKind, Harm, PersonStatus
from gis.estimates import EstimatedFigure, Rule
from gis.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection, Select

RULES = tuple(rule for rule in Rule if rule is not Rule.CODED)


@dataclass(frozen=True, slots=True)
class ToldClaim:
    """A claim in words, with the report that makes it, and when the record first had it."""

    report: str
    words: str
    version: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Appearance:
    """A day from which on some reports count, what they say, and what was known by then.

    Parameters
    ----------
    day : date or None
        The last day on which they may have been published; ``None`` for reports without any, which
        count by no day.
    claims : tuple of ToldClaim
        What they say of the harm in question.
    figures : mapping of Rule to EstimatedFigure or None
        The estimates from all claims known by then; ``None`` where there is none.
    """

    day: date | None
    claims: tuple[ToldClaim, ...]
    figures: Mapping[Rule, EstimatedFigure | None]


def incident_key(connection: Connection, code: str, version: int | None = None) -> int:
    """The key of an incident, or of an aggregate, that is shown.

    Raises
    ------
    UnknownIncident
        None of that name is shown at that version; the error names the one most like it.
    """
    query = LayerQuery(item=code, version=version, limit=1)
    for layer in (INCIDENTS, AGGREGATES):
        key = connection.scalar(keys_statement(layer, query))
        if key is not None:
            return int(key)
    alike = Incident.code.startswith(code.partition("-")[0], autoescape=True)
    known = connection.scalars(select(Incident.code).where(alike).order_by(Incident.code).limit(99))
    raise UnknownIncident(code, nearest=nearest(code, known))


def people_claimed(
    connection: Connection, incident: int, harm: Harm, version: int | None = None
) -> list[PersonStatus]:
    """Of which kinds of people reports claim a harm, in the order of the closed list."""
    claimed = _claims(incident, harm, version).subquery()
    found = set(connection.scalars(select(claimed.c.person_status)))
    return [status for status in PersonStatus if status.value in found]


def appearances(
    connection: Connection,
    incident: int,
    harm: Harm,
    status: PersonStatus,
    version: int | None = None,
) -> list[Appearance]:
    """What was known of one harm to one kind of people, day by day; undated reports come last.

    Parameters
    ----------
    connection : Connection
    incident : int
    harm : Harm
    status : PersonStatus
    version : int, optional
        As recorded then; the present where missing.
    """
    claimed = _claims(incident, harm, version).subquery()
    told = connection.execute(
        select(claimed)
        .where(claimed.c.person_status == status.value)
        .order_by(claimed.c.day.asc().nulls_last(), claimed.c.report, claimed.c.claim_id)
    ).all()
    found = []
    for day, rows in groupby(told, key=lambda row: row.day):
        claims = tuple(
            ToldClaim(row.report, row.words, row.version, row.recorded_at) for row in rows
        )
        figures: dict[Rule, EstimatedFigure | None] = {
            rule: None
            if day is None
            else _estimate(connection, incident, harm, status, version, Knowledge(rule, day))
            for rule in RULES
        }
        found.append(Appearance(day, claims, figures))
    return found


def coded_figure(
    connection: Connection,
    incident: int,
    harm: Harm,
    status: PersonStatus,
    version: int | None = None,
) -> EstimatedFigure | None:
    """What the coder concluded from all reports; made from no claims in particular."""
    one = as_of(Estimate, version).alias("coded")
    row = connection.execute(
        select(one.c.low, one.c.best, one.c.high).where(
            one.c.incident_id == incident,
            one.c.harm == harm.value,
            one.c.person_status == status.value,
        )
    ).one_or_none()
    return None if row is None else EstimatedFigure(*row, disputed=False, claims=0)


def _claims(incident: int, harm: Harm, version: int | None) -> Select[Any]:
    claim = as_of(Claim, version).alias("claim")
    report = as_of(Report, version).alias("report")
    source = as_of(Source, version).alias("source")
    every = union_all(
        *(
            select(table.c.claim_id, table.c.since_version).where(table.c.incident_id == incident)
            for table in (Claim.__table__, former(Claim))
        )
    ).subquery("every")
    first = (
        select(every.c.claim_id, func.min(every.c.since_version).label("version"))
        .group_by(every.c.claim_id)
        .subquery("first")
    )
    return (
        select(
            claim.c.claim_id,
            claim.c.person_status,
            report.c.code.label("report"),
            (func.upper(report.c.published) - 1).label("day"),
            words(claim, source).label("words"),
            first.c.version,
            DataVersion.recorded_at,
        )
        .select_from(
            claim.join(report, report.c.report_id == claim.c.report_id)
            .join(source, source.c.source_id == report.c.source_id)
            .join(first, first.c.claim_id == claim.c.claim_id)
            .join(DataVersion, DataVersion.version == first.c.version)
        )
        .where(
            claim.c.incident_id == incident,
            claim.c.kind == ClaimKind.CASUALTIES.value,
            claim.c.harm == harm.value,
            may_leave(report.c.source_id, version),
        )
    )


def _estimate(
    connection: Connection,
    incident: int,
    harm: Harm,
    status: PersonStatus,
    version: int | None,
    knowledge: Knowledge,
) -> EstimatedFigure | None:
    outer = as_of(Incident, version).alias("outer")
    one = estimates(
        version, knowledge, harms=[harm], statuses=[status], of=outer.c.incident_id
    ).lateral("one")
    row = connection.execute(
        select(one.c.low, one.c.best, one.c.high, one.c.disputed, one.c.claims)
        .select_from(outer.join(one, true()))
        .where(outer.c.incident_id == incident)
    ).one_or_none()
    return None if row is None else EstimatedFigure(*row)
