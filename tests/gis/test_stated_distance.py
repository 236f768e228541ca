"""Statements of sources: what they may mean, and what the measurement says of them."""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import InvalidInterval
from gis.stated_distance import (
    Statement,
    Unit,
    Verdict,
    Wording,
    check_distance,
    share_holding,
)

numbers = st.decimals(min_value=0, max_value=2000, places=1)


@pytest.mark.parametrize(
    "value, unit, wording, low_m, high_m",
    [
        ("7", Unit.MILE, Wording.EXACT, 6.5 * 1609.344, 7.5 * 1609.344),
        ("7.0", Unit.MILE, Wording.EXACT, 6.95 * 1609.344, 7.05 * 1609.344),
        ("7", Unit.MILE, Wording.ABOUT, 6.3 * 1609.344, 7.7 * 1609.344),
        ("112", Unit.MILE, Wording.ABOUT, 100.8 * 1609.344, 123.2 * 1609.344),
        ("112", Unit.MILE, Wording.EXACT, 111.5 * 1609.344, 112.5 * 1609.344),
        ("140", Unit.MILE, Wording.ALMOST, 126 * 1609.344, 140.5 * 1609.344),
        ("190", Unit.KILOMETRE, Wording.EXACT, 185_000, 195_000),
        ("100", Unit.KILOMETRE, Wording.EXACT, 90_000, 110_000),
        ("20", Unit.KILOMETRE, Wording.EXACT, 18_000, 22_000),
        ("1", Unit.KILOMETRE, Wording.EXACT, 500, 1_500),
        ("0", Unit.KILOMETRE, Wording.EXACT, 0, 500),
        ("500", Unit.METRE, Wording.ABOUT, 450, 550),
        ("10", Unit.NAUTICAL_MILE, Wording.EXACT, 9 * 1852, 11 * 1852),
        ("50", Unit.KILOMETRE, Wording.AT_LEAST, 49_500, inf),
        ("50", Unit.KILOMETRE, Wording.AT_MOST, 0, 50_500),
    ],
)
def test_a_statement_is_an_interval_by_its_digits_and_its_wording(
    value: str, unit: Unit, wording: Wording, low_m: float, high_m: float
) -> None:
    interval = Statement(Decimal(value), unit, wording).interval_m()
    assert interval == pytest.approx((low_m, high_m), abs=1e-6)


def test_a_range_opens_at_both_ends() -> None:
    between = Statement(Decimal(10), Unit.KILOMETRE, Wording.ABOUT, upper=Decimal(15))
    assert between.interval_m() == pytest.approx((9_000, 16_500))
    assert between.metres == 12_500


@given(numbers, st.sampled_from(Unit), st.sampled_from(Wording))
def test_the_number_itself_is_always_meant(value: Decimal, unit: Unit, wording: Wording) -> None:
    statement = Statement(value, unit, wording)
    low, high = statement.interval_m()
    assert 0 <= low <= statement.metres + 1e-6
    assert statement.metres <= high + 1e-6


@given(numbers, st.sampled_from(Unit))
def test_about_means_no_less_than_the_bare_number(value: Decimal, unit: Unit) -> None:
    bare, about = (Statement(value, unit, wording) for wording in (Wording.EXACT, Wording.ABOUT))
    assert about.interval_m()[0] <= bare.interval_m()[0]
    assert about.interval_m()[1] >= bare.interval_m()[1]


@pytest.mark.parametrize(
    "value, upper", [("-1", None), ("NaN", None), ("5", "4"), ("5", "Infinity")]
)
def test_what_is_no_distance_is_refused(value: str, upper: str | None) -> None:
    with pytest.raises(InvalidInterval):
        Statement(Decimal(value), Unit.MILE, upper=None if upper is None else Decimal(upper))


SEVEN_MILES = Statement(Decimal(7), Unit.MILE)


@pytest.mark.parametrize(
    "low_m, high_m, places, roads",
    [
        (10_000, 11_000, Verdict.HOLDS, Verdict.HOLDS),
        (0, 10_460.736, Verdict.HOLDS, Verdict.HOLDS),
        (12_070.08, 30_000, Verdict.HOLDS, Verdict.HOLDS),
        (12_071, 30_000, Verdict.LOW, Verdict.LOW),
        (6_000, 7_000, Verdict.HIGH, Verdict.FITS_A_ROAD),
        (5_000, 6_500, Verdict.HIGH, Verdict.HIGH),
        (0, 0, Verdict.HIGH, Verdict.HIGH),
        (None, 1.0, Verdict.UNDETERMINED, Verdict.UNDETERMINED),
        (1.0, None, Verdict.UNDETERMINED, Verdict.UNDETERMINED),
        (nan, 1.0, Verdict.UNDETERMINED, Verdict.UNDETERMINED),
        (1.0, nan, Verdict.UNDETERMINED, Verdict.UNDETERMINED),
    ],
)
def test_verdicts(
    low_m: float | None, high_m: float | None, places: Verdict, roads: Verdict
) -> None:
    to_border = check_distance(SEVEN_MILES, low_m, high_m, between_places=False)
    to_place = check_distance(SEVEN_MILES, low_m, high_m, between_places=True)
    assert (to_border.verdict, to_place.verdict) == (places, roads)
    assert (to_border.low_m, to_border.high_m) == SEVEN_MILES.interval_m()


def test_the_ratio_is_that_of_the_number_to_the_middle_of_the_measurement() -> None:
    check = check_distance(SEVEN_MILES, 4_000, 6_000, between_places=False)
    assert check.ratio == pytest.approx(7 * 1609.344 / 5_000)
    assert check_distance(SEVEN_MILES, 0, 0, between_places=False).ratio is None
    assert check_distance(SEVEN_MILES, None, 1, between_places=False).ratio is None


@pytest.mark.parametrize("low_m, high_m", [(2, 1), (-1, 1)])
def test_a_measurement_that_is_no_interval_is_refused(low_m: float, high_m: float) -> None:
    with pytest.raises(InvalidInterval):
        check_distance(SEVEN_MILES, low_m, high_m, between_places=False)


def test_the_share_that_holds_is_that_of_the_nodes_within_the_statement() -> None:
    # From 6.5 to 7.5 miles: 10,461 to 12,070 m.
    nodes = np.array([10_000.0, 11_000.0, 12_000.0, 13_000.0])
    assert share_holding(SEVEN_MILES, nodes) == 0.5
    at_least = Statement(Decimal(7), Unit.MILE, Wording.AT_LEAST)
    assert share_holding(at_least, nodes) == 0.75
    assert share_holding(SEVEN_MILES, np.array([11_000.0, nan])) is None
    assert share_holding(SEVEN_MILES, np.array([])) is None
