"""What is known of how many, where only parts of a total are estimated.

A report that counts soldiers says nothing of others. So the sum of separate kinds of people is a
lower bound of their total and nothing more: it has no best figure and no upper end, and what nobody
estimated is not 0. It is computed when asked for, never stored: it cannot grow stale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, case, cast, func, select

from db.history import as_of
from db.models.incidents import Estimate
from db.vocabulary import Harm, PersonStatus

if TYPE_CHECKING:
    from sqlalchemy import FromClause

    from db.layers.layer import Column

SEPARATE = frozenset(
    {
        PersonStatus.CIVILIAN,
        PersonStatus.STATE_FORCES,
        PersonStatus.FOREIGN_FORCES,
        PersonStatus.PEACEKEEPER,
        PersonStatus.MILITANT,
        PersonStatus.UNKNOWN,
    }
)
"""Kinds of people of whom nobody is of two; the sides of a dataset overlap them."""

SUM_OF_PARTS = "sum_of_parts"
"""Name of the rule by which a lower bound comes about here."""


def lower_bound(total: FromClause, incident_id: Column, harm: Harm, version: int | None) -> Column:
    """The lower bound for everybody: of the estimate for all, else the sum of the parts'.

    Parameters
    ----------
    total : FromClause
        The estimate for all people, outer-joined: one that is there is taken as it is, also
        without a lower bound.
    incident_id : column
    harm : Harm
    version : int or None
        State of the data.
    """
    parts = sum_of_parts(incident_id, harm, version)
    return case((total.c.estimate_id.is_not(None), total.c.low), else_=parts)


def sum_of_parts(incident_id: Column, harm: Harm, version: int | None) -> Column:
    """The sum of the lower bounds for separate kinds of people; missing where nobody has one."""
    part = as_of(Estimate, version).alias(f"part_{harm.value}")
    return (
        # The sum of whole numbers is "numeric" to PostgreSQL, which the driver gives as a Decimal.
        select(cast(func.sum(part.c.low), BigInteger))
        .where(
            part.c.incident_id == incident_id,
            part.c.harm == harm.value,
            part.c.person_status.in_(sorted(status.value for status in SEPARATE)),
        )
        .scalar_subquery()
    )


def rule_of(total: FromClause, lower: Column) -> Column:
    """How the figures for everybody came about, and whether a dataset's are out of order."""
    out_of_order = func.concat(total.c.rule, ", out of order")
    told = case((total.c.disordered, out_of_order), else_=total.c.rule)
    return case((total.c.estimate_id.is_not(None), told), (lower.is_not(None), SUM_OF_PARTS))
