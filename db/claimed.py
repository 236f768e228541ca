"""Estimates by named rule in SQL: what :mod:`gis.estimates` says of values, of whole tables.

One statement over the claims: known ones -> those in force -> one row for each incident, harm and
kind of people -> one row for each incident. Made for all incidents (``of`` missing), it is joined
as a table, and reads each claim once; made for one incident of an outer statement, it is joined
laterally, and reads the claims of that incident only. Pages take the second, whole layers the
first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from typing import cast as cast_type

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array

from db.figures import SEPARATE
from db.history import as_of
from db.layers.layer import may_leave
from db.models.claims import Claim
from db.models.incidents import Incident
from db.models.sources import Report, Source
from db.vocabulary import ClaimantKind, ClaimKind, Harm, PersonStatus, Polarity, SourceKind
from gis.estimates import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import ColumnClause, ColumnElement, FromClause, Select, Subquery

    from db.knowledge import Knowledge
    from db.layers.layer import Column

BOUNDS = ("low", "best", "high")

SUMMED = frozenset({PersonStatus.ALL, *SEPARATE})
"""Kinds of people of which figures are shown or summed up."""


def published_by(report: FromClause, day: date | None) -> ColumnElement[bool]:
    """Whether a report was published until the end of a day, for certain."""
    if day is None:
        return true()
    return func.upper(report.c.published) <= day + timedelta(days=1)


def counts(report: FromClause, version: int | None, day: date | None) -> ColumnElement[bool]:
    """Whether what a report says may count: it may be shown, and was published by then."""
    return and_(may_leave(report.c.source_id, version), published_by(report, day))


def stands(claim: FromClause, version: int | None, day: date | None) -> ColumnElement[bool]:
    """Whether no claim that counts has taken the place of one."""
    newer, report = _known("newer", version)
    superseding = exists(
        select(literal(1))
        .select_from(newer.join(report, report.c.report_id == newer.c.report_id))
        .where(newer.c.claim_id == claim.c.superseded_by, counts(report, version, day))
        .correlate_except(newer, report)
    )
    # As a case, so that only the few claims are looked up that name another.
    return case((claim.c.superseded_by.is_(None), true()), else_=not_(superseding))


def is_known(incident_id: Column, version: int | None, day: date) -> ColumnElement[bool]:
    """Whether any report that claims something about an incident was published by a day."""
    claim, report = (
        as_of(Claim, version).alias("a_claim"),
        as_of(Report, version).alias("its_report"),
    )
    return exists(
        select(literal(1))
        .select_from(claim.join(report, report.c.report_id == claim.c.report_id))
        .where(claim.c.incident_id == incident_id, published_by(report, day))
        .correlate_except(claim, report)
    )


def estimates(
    version: int | None,
    knowledge: Knowledge,
    *,
    harms: Iterable[Harm],
    statuses: Iterable[PersonStatus] = SUMMED,
    of: Column | None = None,
) -> Select[Any]:
    """Estimates by a rule, a row for each figure that is known.

    Columns: ``incident_id``, ``harm``, ``person_status``, ``low``, ``best``, ``high``,
    ``disputed``, ``claims``.

    Parameters
    ----------
    version : int or None
        State of the data; the present where missing.
    knowledge : Knowledge
        Its rule is not ``coded``, which no claims give.
    harms, statuses : iterables
        Of what and of whom.
    of : column, optional
        Of which incident, in an outer statement; of all where missing.
    """
    standing = _standing(version, knowledge, harms, statuses, of)
    cell = (standing.c.incident_id, standing.c.harm, standing.c.person_status)
    chosen, asserts = standing.c.chosen, standing.c.asserts
    least = func.min(standing.c.least).filter(chosen)
    most = func.max(standing.c.most).filter(chosen)
    gathered = select(
        *cell,
        case((func.bool_and(standing.c.least.is_not(None)).filter(chosen), least)).label("least"),
        case((func.bool_and(standing.c.most.is_not(None)).filter(chosen), most)).label("most"),
        func.max(standing.c.low).filter(asserts).label("common_low"),
        func.min(standing.c.high).filter(asserts).label("common_high"),
        func.min(standing.c.best).filter(chosen).label("least_best"),
        func.max(standing.c.best).filter(chosen).label("most_best"),
        func.bool_or(standing.c.denies).label("denied"),
        func.count().filter(chosen).label("claims"),
    ).group_by(*cell)
    one = gathered.subquery("gathered")
    contradict = func.coalesce(one.c.common_low > one.c.common_high, False)
    low: Column = one.c.least
    high: Column = one.c.most
    if knowledge.rule is Rule.CONSENSUS:
        low = case((contradict, low), else_=one.c.common_low)
        high = case((contradict, high), else_=one.c.common_high)
    ended = select(
        *(one.c.incident_id, one.c.harm, one.c.person_status),
        *(low.label("low"), one.c.least_best, one.c.most_best, high.label("high")),
        or_(contradict, one.c.denied).label("disputed"),
        one.c.claims,
    ).subquery("ended")
    agreed = and_(
        ended.c.least_best == ended.c.most_best,
        func.coalesce(ended.c.low <= ended.c.least_best, True),
        func.coalesce(ended.c.least_best <= ended.c.high, True),
    )
    best = case((agreed, ended.c.least_best))
    return select(
        *(ended.c.incident_id, ended.c.harm, ended.c.person_status),
        *(ended.c.low, best.label("best"), ended.c.high, ended.c.disputed, ended.c.claims),
    ).where(func.num_nonnulls(ended.c.low, best, ended.c.high) > 0)


def side_by_side(
    version: int | None,
    knowledge: Knowledge,
    figures: Iterable[tuple[str, Harm, PersonStatus]],
    of: Column | None = None,
) -> Select[Any]:
    """The estimates by a rule, a row for each incident.

    Columns: ``incident_id``, ``<name>_low``, ``_best`` and ``_high`` of each figure,
    ``killed_rule`` where all killed are among them, and ``disputed``, the names of figures.

    A figure for everybody that nobody claims is the sum of the lower ends for separate kinds of
    people, and missing where none has one.
    """
    named = tuple(figures)
    one = estimates(
        version,
        knowledge,
        harms={harm for _, harm, _ in named},
        statuses=SUMMED | {status for _, _, status in named},
        of=of,
    ).subquery("one")
    parts_of_all = sorted(status.value for status in SEPARATE)
    columns: list[Column] = []
    disputes: list[Column] = []
    for name, harm, status in named:
        of_harm = one.c.harm == harm.value
        own = and_(of_harm, one.c.person_status == status.value)
        bounds: dict[str, Column] = {bound: func.max(one.c[bound]).filter(own) for bound in BOUNDS}
        disputed: Column = func.bool_or(one.c.disputed).filter(own)
        if status is PersonStatus.ALL:
            is_part = and_(of_harm, one.c.person_status.in_(parts_of_all), one.c.low.is_not(None))
            parts = cast(func.sum(one.c.low).filter(is_part), BigInteger)
            found = func.bool_or(own)
            bounds["low"] = case((found, bounds["low"]), else_=parts)
            disputed = case((found, disputed), else_=func.bool_or(one.c.disputed).filter(is_part))
            if harm is Harm.KILLED:
                columns.append(_told_rule(knowledge.rule, found, parts, disputed))
        columns += [bounds[bound].label(f"{name}_{bound}") for bound in BOUNDS]
        disputes.append(case((disputed, literal(name, Text))))
    listed = cast(func.array_remove(array(disputes), null()), ARRAY(Text))
    gathered = [*columns, listed.label("disputed")]
    return grouped(one, one.c.incident_id, gathered, version, of)


def grouped(
    found: FromClause,
    incident_id: Column,
    columns: Sequence[Column],
    version: int | None,
    of: Column | None,
) -> Select[Any]:
    """Rows gathered by incident, so that PostgreSQL knows how many incidents there are.

    Of rows that were grouped once already it takes there to be 200 incidents, and joins them by
    looking through all of them for each row of a layer. Incidents come from their own table, whose
    key it knows, where all are asked for; those without any row are there, too.
    """
    if of is not None:
        return select(incident_id, *columns).select_from(found).group_by(incident_id)
    every = as_of(Incident, version).alias("every")
    joined = every.outerjoin(found, incident_id == every.c.incident_id)
    return select(every.c.incident_id, *columns).select_from(joined).group_by(every.c.incident_id)


def _told_rule(rule: Rule, found: Column, parts: Column, disputed: Column) -> Column:
    told = case(
        (found, literal(rule.value, Text)),
        (parts.is_not(None), literal(f"sum_of_parts, {rule.value}", Text)),
    )
    contested = case((disputed, literal(", disputed", Text)), else_=literal("", Text))
    return (told + contested).label("killed_rule")


def _standing(
    version: int | None,
    knowledge: Knowledge,
    harms: Iterable[Harm],
    statuses: Iterable[PersonStatus],
    of: Column | None,
) -> Subquery:
    """The claims in force, each with its ends and with whether the rule chooses it."""
    claim, report = _known("known", version)
    whole, whole_report = _known("whole", version)
    source = as_of(Source, version).alias("known_source")
    joined = (
        claim.join(report, report.c.report_id == claim.c.report_id)
        .join(source, source.c.source_id == report.c.source_id)
        .outerjoin(
            whole,
            and_(
                whole.c.claim_id == claim.c.part_of,
                whole.c.harm == claim.c.harm,
                whole.c.person_status == claim.c.person_status,
            ),
        )
    )
    whole_is_known = exists(
        select(literal(1))
        .select_from(whole_report)
        .where(
            whole_report.c.report_id == whole.c.report_id,
            counts(whole_report, version, knowledge.known_by),
        )
        .correlate_except(whole_report)
    )
    is_part = whole.c.claim_id.is_not(None)
    low = claim.c.low
    best, high = (case((not_(is_part), claim.c[bound])) for bound in ("best", "high"))
    asserts = and_(
        claim.c.polarity == Polarity.ASSERTS.value, func.num_nonnulls(low, best, high) > 0
    )
    found = (
        select(
            *(claim.c.incident_id, claim.c.harm, claim.c.person_status),
            *(low.label("low"), best.label("best"), high.label("high")),
            asserts.label("asserts"),
            (claim.c.polarity == Polarity.DENIES.value).label("denies"),
            report.c.published,
            source.c.grade,
            or_(
                claim.c.claimant_kind == ClaimantKind.OFFICIAL.value,
                and_(claim.c.claimant.is_(None), source.c.kind == SourceKind.GOVERNMENT.value),
            ).label("official"),
        )
        .select_from(joined)
        .where(
            claim.c.kind == ClaimKind.CASUALTIES.value,
            claim.c.harm.in_(sorted(harm.value for harm in harms)),
            claim.c.person_status.in_(sorted(status.value for status in statuses)),
            counts(report, version, knowledge.known_by),
            stands(claim, version, knowledge.known_by),
            case((whole.c.claim_id.is_(None), true()), else_=not_(whole_is_known)),
        )
    )
    if of is not None:
        found = found.where(claim.c.incident_id == of)
        # Named, because so deep within a statement nothing is correlated by itself.
        found = found.correlate(cast_type("ColumnClause[Any]", of).table)
    told = found.subquery("in_force")
    least = case((told.c.low.is_not(None), func.least(told.c.low, told.c.best, told.c.high)))
    most = case((told.c.high.is_not(None), func.greatest(told.c.low, told.c.best, told.c.high)))
    return select(
        *told.c,
        least.label("least"),
        most.label("most"),
        _chosen(told, knowledge.rule).label("chosen"),
    ).subquery("standing")


def _known(name: str, version: int | None) -> tuple[FromClause, FromClause]:
    """Claims and reports, under names of their own."""
    return as_of(Claim, version).alias(name), as_of(Report, version).alias(f"{name}_report")


def _chosen(told: FromClause, rule: Rule) -> ColumnElement[bool]:
    if rule in (Rule.ENVELOPE, Rule.CONSENSUS):
        return told.c.asserts
    if rule is Rule.OFFICIAL:
        return and_(told.c.asserts, func.coalesce(told.c.official, false()))
    by = (
        (
            func.upper(told.c.published).desc().nulls_last(),
            func.lower(told.c.published).desc().nulls_last(),
        )
        if rule is Rule.LATEST
        else (told.c.grade.asc().nulls_last(),)
    )
    rank = func.rank().over(
        partition_by=(told.c.incident_id, told.c.harm, told.c.person_status),
        order_by=(told.c.asserts.desc(), *by),
    )
    return and_(told.c.asserts, rank == 1)
