"""Estimates by named rule: from what reports claim of one harm to one kind of people, one figure.

A rule is a question put to the claims in force, and no rule is the truth:

- ``envelope``: what may the number be if *any one* of the claims is right? From the least lower end
  to the greatest upper end.
- ``consensus``: what is it if *all* of them are right? Their intersection; where they contradict
  one another there is none, and the envelope stands in its place.
- ``latest``: what does the report say that was published last?
- ``most_reliable``: what do the reports say whose source has the best grade?
- ``official``: what do governments and their forces say?

The last three choose claims and take the envelope of those. Under every rule:

- A claim that states no figure ("several") bounds nothing. So does one that denies, for it states
  no number of its own; but what somebody denies is disputed.
- A claim is not in force where the one that supersedes it is among those known.
- A part of another claim *of the same harm and kind of people* is not set beside its whole. Where
  the whole is not known yet, a part is a lower bound and nothing else.
- An open end stays open: of "at least 25" and "89" together no upper end is known, of "about 100"
  alone no end at all. Unknown is never 0.
- There is a best figure only where it is claimed, where all chosen claims that state one agree,
  and where it lies between the ends.
- A claim whose figures are out of order (datasets publish such) is taken as the range from its
  least to its greatest figure, and is disputed with itself.
- Whether a figure is *disputed* does not depend on the rule: it is where the claims in force cannot
  all be right, or one of them is denied. A figure without ends ("about 60") bounds nothing, so it
  makes nothing disputed.

What is said here of values is said once more in SQL (:mod:`db.claimed`), for a whole layer at once.
A test holds both to the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date


class Rule(StrEnum):
    """From which claims an estimate is made, and how."""

    CODED = "coded"
    """As concluded: the coder's own figure, or a dataset's as published. Not made from claims."""
    ENVELOPE = "envelope"
    """From the least to the greatest that any claim in force states."""
    CONSENSUS = "consensus"
    """What all claims in force allow together; else the envelope, and it is disputed."""
    LATEST = "latest"
    """What the report states that was published last."""
    MOST_RELIABLE = "most_reliable"
    """What the reports state whose source has the best grade."""
    OFFICIAL = "official"
    """What governments and their forces state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedFigure:
    """What one report claims of one harm to one kind of people.

    Parameters
    ----------
    key : int
        Names the claim.
    low, best, high : int or None
        As claimed; ``None`` where the claim states nothing. They may be out of order.
    denies : bool
        Whether the claim is denied by the claimant instead of asserted.
    first_day, last_day : date or None
        The days between which the report was published; ``None`` where not known.
    grade : str or None
        Of the source, best first in the alphabet; ``None`` where nobody judged it.
    official : bool
        Whether a government or its forces say so.
    part_of : int or None
        Key of the claim of the same harm and kind of people of which this is a part.
    superseded_by : int or None
        Key of the claim that takes its place.
    """

    key: int
    low: int | None = None
    best: int | None = None
    high: int | None = None
    denies: bool = False
    first_day: date | None = None
    last_day: date | None = None
    grade: str | None = None
    official: bool = False
    part_of: int | None = None
    superseded_by: int | None = None

    @property
    def has_figure(self) -> bool:
        """Whether it states any number."""
        return (self.low, self.best, self.high) != (None, None, None)


@dataclass(frozen=True, slots=True)
class EstimatedFigure:
    """How many people, by a rule; ``claims`` says how many claims it was made from.

    An estimate has a figure, or it is not made: at least one of the three is known.
    """

    low: int | None
    best: int | None
    high: int | None
    disputed: bool
    claims: int

    def __str__(self) -> str:
        """In words.

        Examples
        --------
        >>> print(EstimatedFigure(25, 89, None, False, 2))
        25+, best 89
        >>> print(EstimatedFigure(89, 89, 89, False, 1))
        89
        """
        low, best, high = self.low, self.best, self.high
        if low is None and high is None:
            return f"about {best}"
        if low is None:
            told = f"up to {high}"
        elif high is None:
            told = f"{low}+"
        else:
            told = str(low) if low == high else f"{low}-{high}"
        return told if best is None or low == high else f"{told}, best {best}"


def known_by(claims: Sequence[ClaimedFigure], day: date) -> list[ClaimedFigure]:
    """The claims whose reports were published until the end of a day, for certain.

    A report of which only an interval is known counts from the interval's last day; one without any
    day counts never. Nothing is known too early.
    """
    return [claim for claim in claims if claim.last_day is not None and claim.last_day <= day]


def estimate(claims: Sequence[ClaimedFigure], rule: Rule) -> EstimatedFigure | None:
    """The estimate of a rule from claims of one incident, one harm and one kind of people.

    Parameters
    ----------
    claims : sequence of ClaimedFigure
        All that are known, in any order, those among them that others supersede.
    rule : Rule
        Not ``coded``, which no claims give.

    Returns
    -------
    EstimatedFigure or None
        ``None`` where no claim in force that the rule chooses states a figure: not known.

    Raises
    ------
    ValueError
        The rule is ``coded``.

    Examples
    --------
    >>> first = ClaimedFigure(key=1, low=25)
    >>> later = ClaimedFigure(key=2, low=89, best=89, high=89)
    >>> estimate([first, later], Rule.ENVELOPE)
    EstimatedFigure(low=25, best=89, high=None, disputed=False, claims=2)
    >>> estimate([first, later], Rule.CONSENSUS)
    EstimatedFigure(low=89, best=89, high=89, disputed=False, claims=2)
    """
    if rule is Rule.CODED:
        raise ValueError("an estimate as coded is not made from claims")
    asserted, denied = in_force(claims)
    disputed = _contradict(asserted) or denied
    chosen = _CHOICES[rule](asserted)
    if not chosen:
        return None
    consenting = rule is Rule.CONSENSUS and not _contradict(asserted)
    low, high = _common(chosen) if consenting else _hull(chosen)
    best = _agreed_best(chosen, low, high)
    if (low, best, high) == (None, None, None):
        return None
    return EstimatedFigure(low, best, high, disputed, len(chosen))


def in_force(claims: Sequence[ClaimedFigure]) -> tuple[list[ClaimedFigure], bool]:
    """The claims that assert a figure and are in force, and whether one in force denies.

    Parts are left out beside their whole, and are lower bounds without it.
    """
    keys = {claim.key for claim in claims}
    standing = [
        claim if claim.part_of is None else replace(claim, best=None, high=None)
        for claim in claims
        if claim.superseded_by not in keys and claim.part_of not in keys
    ]
    asserted = [claim for claim in standing if claim.has_figure and not claim.denies]
    return asserted, any(claim.denies for claim in standing)


def sum_of_parts(parts: Sequence[EstimatedFigure | None]) -> EstimatedFigure | None:
    """What separate kinds of people give of all together: a lower bound and nothing more.

    A report that counts soldiers says nothing of others: the sum has no best figure and no upper
    end, and whom nobody counted is not 0. It is disputed where a part of it is. ``None`` where no
    part has a lower end.
    """
    counted = [part for part in parts if part is not None and part.low is not None]
    if not counted:
        return None
    return EstimatedFigure(
        sum(part.low for part in counted if part.low is not None),
        None,
        None,
        any(part.disputed for part in counted),
        sum(part.claims for part in counted),
    )


def _least(claim: ClaimedFigure) -> int | None:
    if claim.low is None:
        return None
    return min(figure for figure in (claim.low, claim.best, claim.high) if figure is not None)


def _most(claim: ClaimedFigure) -> int | None:
    if claim.high is None:
        return None
    return max(figure for figure in (claim.low, claim.best, claim.high) if figure is not None)


def _hull(claims: Sequence[ClaimedFigure]) -> tuple[int | None, int | None]:
    lows = [_least(claim) for claim in claims]
    highs = [_most(claim) for claim in claims]
    low = None if None in lows else min(low for low in lows if low is not None)
    high = None if None in highs else max(high for high in highs if high is not None)
    return low, high


def _common(claims: Sequence[ClaimedFigure]) -> tuple[int | None, int | None]:
    lows = [claim.low for claim in claims if claim.low is not None]
    highs = [claim.high for claim in claims if claim.high is not None]
    return max(lows, default=None), min(highs, default=None)


def _contradict(claims: Sequence[ClaimedFigure]) -> bool:
    """Whether no number lies within the ends of all of them."""
    low, high = _common(claims)
    return low is not None and high is not None and low > high


def _agreed_best(claims: Sequence[ClaimedFigure], low: int | None, high: int | None) -> int | None:
    stated = {claim.best for claim in claims if claim.best is not None}
    if len(stated) != 1:
        return None
    (best,) = stated
    within = (low is None or low <= best) and (high is None or best <= high)
    return best if within else None


def _all(claims: Sequence[ClaimedFigure]) -> list[ClaimedFigure]:
    return list(claims)


def _latest(claims: Sequence[ClaimedFigure]) -> list[ClaimedFigure]:
    """Those published last: by the last possible day, then the first; undated ones are oldest."""

    def published(claim: ClaimedFigure) -> tuple[int, int]:
        return (
            -1 if claim.last_day is None else claim.last_day.toordinal(),
            -1 if claim.first_day is None else claim.first_day.toordinal(),
        )

    newest = max(map(published, claims), default=None)
    return [claim for claim in claims if published(claim) == newest]


def _most_reliable(claims: Sequence[ClaimedFigure]) -> list[ClaimedFigure]:
    """Those of the best grade; where no source has one, all of them."""
    best = min((claim.grade for claim in claims if claim.grade is not None), default=None)
    return [claim for claim in claims if claim.grade == best]


def _official(claims: Sequence[ClaimedFigure]) -> list[ClaimedFigure]:
    return [claim for claim in claims if claim.official]


_CHOICES: dict[Rule, Callable[[Sequence[ClaimedFigure]], list[ClaimedFigure]]] = {
    Rule.ENVELOPE: _all,
    Rule.CONSENSUS: _all,
    Rule.LATEST: _latest,
    Rule.MOST_RELIABLE: _most_reliable,
    Rule.OFFICIAL: _official,
}
