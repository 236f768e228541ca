"""What is known of how many, where only parts of a total are estimated.

A report that counts soldiers says nothing of others. So the sum of separate kinds of people is a
lower bound of their total and nothing more: it has no best figure and no upper end, and what nobody
estimated is not 0. The totals that layers show are summed up by the database, by the same rule
(``liptako.summaries_at`` in the third migration); this is for a harm that no layer shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, cast, func, select

from db.history import as_of
from db.models.incidents import Estimate
from db.vocabulary import PersonStatus

if TYPE_CHECKING:
    from db.layers.layer import Column
    from db.vocabulary import Harm

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
