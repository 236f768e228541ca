"""What reports say of an incident in words, as far as they were known by a day.

What is known to the present stands in the summaries that the database keeps; of a day it is made
here, in the same words (``liptako.summaries_at`` in the third migration). Both statements are made
for all incidents, or for one of an outer statement (``of``), as in :mod:`db.claimed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from typing import cast as cast_type

from sqlalchemy import Integer, Text, and_, case, cast, distinct, func, literal, not_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.claimed import counts, grouped, published_by, stands
from db.history import as_of
from db.layers.layer import may_leave
from db.models.actors import Actor
from db.models.claims import Claim
from db.models.sources import Report, Source
from db.vocabulary import ClaimKind, Harm, Polarity, Qualifier

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnClause, ColumnElement, FromClause, Select

    from db.layers.layer import Column


def claims_known(version: int | None, day: date, of: Column | None = None) -> Select[Any]:
    """The claims of reports published by a day, as a row for each incident.

    Columns: ``incident_id``, ``killed_claims``, ``harm_claims``, ``claims``, ``reports``.
    """
    claim = as_of(Claim, version).alias("told_claim")
    report, source = (
        as_of(Report, version).alias("told_report"),
        as_of(Source, version).alias("told_source"),
    )
    shown = and_(claim.c.kind == ClaimKind.CASUALTIES.value, may_leave(report.c.source_id, version))
    told = cast(case((shown, words(claim, source))), Text)
    joined = func.string_agg(told, aggregate_order_by(literal("; ", Text), claim.c.claim_id))
    killed = claim.c.harm == Harm.KILLED.value
    asked = (
        select(
            claim.c.incident_id,
            joined.filter(killed).label("killed_claims"),
            joined.filter(not_(killed)).label("harm_claims"),
            cast(func.count(), Integer).label("claims"),
            cast(func.count(distinct(claim.c.report_id)), Integer).label("reports"),
        )
        .select_from(
            claim.join(report, report.c.report_id == claim.c.report_id).join(
                source, source.c.source_id == report.c.source_id
            )
        )
        .where(published_by(report, day))
        .group_by(claim.c.incident_id)
    )
    return asked if of is None else asked.where(claim.c.incident_id == of)


def parties_known(version: int | None, day: date, of: Column | None = None) -> Select[Any]:
    """Parties that reports published by a day name: ``incident_id``, ``actors``, ``actor_names``.

    A party is named where a claim in force asserts its part and none denies it: no coder has
    weighed them.
    """
    claim = as_of(Claim, version).alias("told_claim")
    report = as_of(Report, version).alias("told_report")
    parts = (
        select(
            *(claim.c.incident_id, claim.c.actor_id, claim.c.role),
            func.min(claim.c.claim_id).label("first"),
        )
        .select_from(claim.join(report, report.c.report_id == claim.c.report_id))
        .where(
            claim.c.kind.in_([ClaimKind.ATTRIBUTION.value, ClaimKind.PARTICIPATION.value]),
            counts(report, version, day),
            stands(claim, version, day),
        )
        .group_by(claim.c.incident_id, claim.c.actor_id, claim.c.role)
        .having(func.bool_and(claim.c.polarity == Polarity.ASSERTS.value))
    )
    if of is not None:
        # Named, because so deep within a statement nothing is correlated by itself.
        parts = parts.where(claim.c.incident_id == of)
        parts = parts.correlate(cast_type("ColumnClause[Any]", of).table)
    part = parts.subquery("part")
    actor = as_of(Actor, version).alias("told_actor")
    party = actor.c.name + " (" + func.replace(part.c.role, "_", " ") + ")"
    name = actor.c.name.collate("C")
    found = (
        select(
            part.c.incident_id,
            *(part.c.first, part.c.role, party.label("party"), name.label("name")),
        )
        .select_from(part.join(actor, actor.c.actor_id == part.c.actor_id))
        .subquery("found")
    )
    in_order = aggregate_order_by(literal("; ", Text), found.c.first, found.c.role)
    once = aggregate_order_by(distinct(found.c.name), found.c.name)
    columns = [
        func.string_agg(found.c.party, in_order).label("actors"),
        func.array_agg(once).filter(found.c.name.is_not(None)).label("actor_names"),
    ]
    return grouped(found, found.c.incident_id, columns, version, of)


def words(claim: FromClause, source: FromClause) -> ColumnElement[str]:
    """A claim of harm in words: wording, figure, whose, and in brackets who says so."""
    low, best, high = (cast(claim.c[bound], Text) for bound in ("low", "best", "high"))
    at_least = claim.c.qualifier.in_([Qualifier.AT_LEAST.value, Qualifier.MORE_THAN.value])
    figure = case(
        (func.num_nonnulls(low, best, high) == 0, "number not given"),
        (func.num_nonnulls(low, high) == 0, best),
        (claim.c.low.is_(None), literal("up to ", Text) + high),
        (and_(claim.c.high.is_(None), at_least), low),
        (claim.c.high.is_(None), low + "+"),
        (claim.c.low == claim.c.high, low),
        else_=low + "-" + high,
    )
    by = func.concat_ws(", ", claim.c.claimant, source.c.name)
    return func.concat_ws(
        " ",
        case((claim.c.polarity == Polarity.DENIES.value, "denied:")),
        func.nullif(claim.c.harm, Harm.KILLED.value),
        func.replace(func.nullif(claim.c.qualifier, Qualifier.EXACT.value), "_", " "),
        figure,
        func.replace(claim.c.person_status, "_", " "),
        literal("(", Text) + by + ")",
    )
