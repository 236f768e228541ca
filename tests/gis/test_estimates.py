from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.estimates import (
    ClaimedFigure,
    EstimatedFigure,
    Rule,
    estimate,
    known_by,
    sum_of_parts,
)

RULES = [rule for rule in Rule if rule is not Rule.CODED]
FIGURES = st.none() | st.integers(0, 9)
DAYS = st.dates(date(2020, 1, 1), date(2020, 1, 6))


@st.composite
def claimed(draw: st.DrawFn, key: int, keys: int) -> ClaimedFigure:
    others = st.sampled_from([None, *(other for other in range(keys) if other != key)])
    last = draw(st.none() | DAYS)
    first = draw(st.none() | DAYS.filter(lambda day: last is None or day <= last))
    return ClaimedFigure(
        key=key,
        low=draw(FIGURES),
        best=draw(FIGURES),
        high=draw(FIGURES),
        denies=draw(st.sampled_from([False, False, False, True])),
        first_day=None if last is None else first,
        last_day=last,
        grade=draw(st.sampled_from([None, "A", "B", "D"])),
        official=draw(st.booleans()),
        part_of=draw(others),
        superseded_by=draw(others),
    )


@st.composite
def sets_of_claims(draw: st.DrawFn) -> list[ClaimedFigure]:
    size = draw(st.integers(0, 5))
    return [draw(claimed(key, size)) for key in range(size)]


def told(key: int, low: int | None, best: int | None, high: int | None, day: int) -> ClaimedFigure:
    when = date(2020, 1, day)
    return ClaimedFigure(key=key, low=low, best=best, high=high, first_day=when, last_day=when)


@pytest.mark.parametrize(
    "rule, low, best, high, disputed",
    [
        (Rule.ENVELOPE, 18, None, None, True),
        (Rule.CONSENSUS, 18, None, None, True),
        (Rule.LATEST, 18, 18, 18, True),
        (Rule.MOST_RELIABLE, 20, None, None, True),
        (Rule.OFFICIAL, 18, 18, 18, True),
    ],
)
def test_a_dispute_under_each_rule(
    rule: Rule, low: int, best: int | None, high: int | None, disputed: bool
) -> None:
    claims = [
        ClaimedFigure(key=1, low=20, grade="B", last_day=date(2020, 1, 1)),
        ClaimedFigure(
            key=2, low=18, best=18, high=18, official=True, grade="C", last_day=date(2020, 1, 2)
        ),
    ]
    found = estimate(claims, rule)
    assert found is not None
    if rule in (Rule.ENVELOPE, Rule.CONSENSUS):
        assert found == EstimatedFigure(low, 18, high, disputed, 2)
    else:
        assert found == EstimatedFigure(low, best, high, disputed, 1)


def test_claims_that_agree_narrow_one_another() -> None:
    claims = [told(1, 10, None, None, 1), told(2, None, None, 30, 2), told(3, 12, 20, 40, 3)]
    assert estimate(claims, Rule.CONSENSUS) == EstimatedFigure(12, 20, 30, False, 3)
    assert estimate(claims, Rule.ENVELOPE) == EstimatedFigure(None, 20, None, False, 3)


def test_a_vague_figure_bounds_nothing_and_disputes_nothing() -> None:
    assert estimate([told(1, None, 100, None, 1)], Rule.ENVELOPE) == EstimatedFigure(
        None, 100, None, False, 1
    )
    vague = [told(1, None, 60, None, 1), told(2, 137, None, None, 2)]
    assert estimate(vague, Rule.CONSENSUS) == EstimatedFigure(137, None, None, False, 2)


@pytest.mark.parametrize("rule", RULES)
def test_unknown_is_never_nobody(rule: Rule) -> None:
    official = ClaimedFigure(key=1, official=True)
    assert estimate([], rule) is None
    assert estimate([official], rule) is None
    zero = ClaimedFigure(key=1, low=0, best=0, high=0, official=True)
    assert estimate([zero], rule) == EstimatedFigure(0, 0, 0, False, 1)


def test_a_denial_states_no_number_but_disputes() -> None:
    denial = ClaimedFigure(key=2, low=0, best=0, high=0, denies=True)
    assert estimate([denial], Rule.ENVELOPE) is None
    assert estimate([told(1, 5, 5, 5, 1), denial], Rule.CONSENSUS) == EstimatedFigure(
        5, 5, 5, True, 1
    )


def test_a_part_is_left_out_beside_its_whole_and_a_lower_bound_without_it() -> None:
    whole = told(1, 12, None, None, 2)
    part = ClaimedFigure(key=2, low=7, best=7, high=7, part_of=1, last_day=date(2020, 1, 1))
    assert estimate([whole, part], Rule.ENVELOPE) == EstimatedFigure(12, None, None, False, 1)
    assert estimate([part], Rule.ENVELOPE) == EstimatedFigure(7, None, None, False, 1)


def test_what_took_the_place_of_a_claim_must_be_known_itself() -> None:
    first = ClaimedFigure(
        key=1, low=25, best=25, high=25, last_day=date(2020, 1, 1), superseded_by=2
    )
    later = told(2, 89, 89, 89, 4)
    assert estimate([first, later], Rule.ENVELOPE) == EstimatedFigure(89, 89, 89, False, 1)
    before = known_by([first, later], date(2020, 1, 3))
    assert estimate(before, Rule.ENVELOPE) == EstimatedFigure(25, 25, 25, False, 1)


def test_a_report_is_known_from_the_last_day_on_which_it_may_have_appeared() -> None:
    vague = ClaimedFigure(key=1, low=1, first_day=date(2020, 1, 9), last_day=date(2020, 1, 11))
    undated = ClaimedFigure(key=2, low=1)
    assert known_by([vague, undated], date(2020, 1, 10)) == []
    assert known_by([vague, undated], date(2020, 1, 11)) == [vague]


def test_figures_out_of_order_are_a_range_and_disputed() -> None:
    claims = [told(1, 9, 4, 6, 1)]
    for rule in (Rule.ENVELOPE, Rule.CONSENSUS, Rule.LATEST):
        assert estimate(claims, rule) == EstimatedFigure(4, 4, 9, True, 1)


def test_figures_of_the_coder_are_made_from_no_claims() -> None:
    with pytest.raises(ValueError, match="as coded"):
        estimate([], Rule.CODED)


def test_separate_kinds_of_people_give_a_lower_bound_of_all() -> None:
    parts = [EstimatedFigure(3, 4, 5, False, 1), None, EstimatedFigure(None, 2, 9, True, 1)]
    assert sum_of_parts(parts) == EstimatedFigure(3, None, None, False, 1)
    disputed = EstimatedFigure(1, None, None, True, 2)
    assert sum_of_parts([*parts, disputed]) == EstimatedFigure(4, None, None, True, 3)
    assert sum_of_parts([None, EstimatedFigure(None, 2, None, False, 1)]) is None


@given(sets_of_claims())
def test_an_estimate_is_in_order_and_its_best_was_claimed(claims: list[ClaimedFigure]) -> None:
    for rule in RULES:
        found = estimate(claims, rule)
        if found is None:
            continue
        known = [n for n in (found.low, found.best, found.high) if n is not None]
        assert known
        assert known == sorted(known)
        assert found.best is None or found.best in {claim.best for claim in claims}


@given(sets_of_claims(), st.integers(0, 9))
def test_the_envelope_holds_what_any_claim_allows(claims: list[ClaimedFigure], truth: int) -> None:
    """Its promise: right if one claim is. And that of the consensus: right if all are."""

    def allows(low: int | None, high: int | None) -> bool:
        return (low is None or low <= truth) and (high is None or truth <= high)

    alone = [c for c in claims if c.part_of is None and c.superseded_by is None]
    asserted = [c for c in alone if c.has_figure and not c.denies]
    envelope, common = estimate(alone, Rule.ENVELOPE), estimate(alone, Rule.CONSENSUS)
    allowed = [allows(claim.low, claim.high) for claim in asserted]
    if envelope is not None and any(allowed):
        assert allows(envelope.low, envelope.high)
    if common is not None and all(allowed):
        assert allows(common.low, common.high)


@given(sets_of_claims())
def test_the_order_of_claims_decides_nothing(claims: list[ClaimedFigure]) -> None:
    shuffled = sorted(claims, key=lambda claim: -claim.key)
    for rule in RULES:
        assert estimate(shuffled, rule) == estimate(claims, rule)
