"""``rule`` and ``known_by``: by which rule figures are estimated, and from which reports.

``asof`` asks what *we* had recorded by then; ``known_by`` asks what the *world* could know by then:
what stands in reports that were published until the end of that day. A report published on 10
January 2020 and loaded in 2026 was known in 2020. The two are independent, and both of
``datetime``, which asks when it happened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from db.errors import InvalidQuery
from gis.estimates import Rule
from gis.likeness import nearest

RULE = "rule"
KNOWN_BY = "known_by"
PARAMETERS = (RULE, KNOWN_BY)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Which reports are known, and what is made of them.

    Parameters
    ----------
    rule : Rule
        By which figures of people are estimated.
    known_by : date, optional
        Only reports that were published until the end of this day count, for certain; all where
        missing.
    """

    rule: Rule = Rule.CODED
    known_by: date | None = None

    def __str__(self) -> str:
        """As the parameters of a URL state it; empty for what is concluded from all reports."""
        told = [] if self == CODED else [f"{RULE}={self.rule}"]
        if self.known_by is not None:
            told.append(f"{KNOWN_BY}={self.known_by}")
        return "&".join(told)


CODED = Knowledge()
"""What the coder concluded, from all reports: how a layer is read where nothing else is asked."""


def parse_knowledge(rule: str | None, known_by: str | None) -> Knowledge:
    """The knowledge that the two parameters ask for; :data:`CODED` without any.

    A day without a rule is read by the rule ``envelope``: what a coder concluded was concluded from
    all reports, and nobody can say what it would have been from some of them.

    Raises
    ------
    InvalidQuery
        There is no such rule; the text is no date, or one that has not begun; or the coder's own
        conclusion is asked for as of a day.
    """
    day = None if known_by is None else _day(known_by)
    if rule is None:
        return Knowledge(Rule.CODED if day is None else Rule.ENVELOPE, day)
    try:
        chosen = Rule(rule)
    except ValueError as fault:
        names = [each.value for each in Rule]
        named = f"it is one of {', '.join(names)}"
        raise InvalidQuery(RULE, rule, named, nearest=nearest(rule, names)) from fault
    if chosen is Rule.CODED and day is not None:
        without = "what a coder concluded rests on all reports: with 'known_by' it is another rule"
        raise InvalidQuery(RULE, rule, without)
    return Knowledge(chosen, day)


def _day(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise InvalidQuery(KNOWN_BY, text, "it is a date, like 2020-01-11")
    try:
        day = date.fromisoformat(text)
    except ValueError as fault:
        raise InvalidQuery(KNOWN_BY, text, "it is a date, like 2020-01-11") from fault
    if day > datetime.now(UTC).date():
        raise InvalidQuery(KNOWN_BY, text, "it does not lie in the future")
    return day
