"""Periods of the calendar and aoristic shares: they add up, whatever the intervals."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import InvalidInterval
from gis.series import PeriodLength, aoristic_shares, period_edges, whole_shares

DAY_0 = date(1970, 1, 1)

days = st.integers(-200_000, 200_000)
lengths = st.integers(0, 3_000).map(lambda quarters: quarters / 4)
intervals = st.tuples(days.map(float), lengths)
calendar = st.sampled_from([length for length in PeriodLength if length is not PeriodLength.ALL])


def day(year: int, month: int = 1, of_month: int = 1) -> float:
    return float((date(year, month, of_month) - DAY_0).days)


@given(first=days, length=st.integers(1, 4_000), period=calendar)
def test_periods_begin_where_the_calendar_begins_them(
    first: int, length: int, period: PeriodLength
) -> None:
    edges = period_edges(float(first), float(first + length), period)
    assert edges[0] <= first < edges[1]
    assert edges[-2] < first + length <= edges[-1]
    for edge in edges.tolist():
        begins = np.datetime64(int(edge), "D").astype(datetime)
        assert {
            PeriodLength.DAY: True,
            PeriodLength.WEEK: begins.weekday() == 0,
            PeriodLength.MONTH: begins.day == 1,
            PeriodLength.QUARTER: begins.day == 1 and begins.month in (1, 4, 7, 10),
            PeriodLength.YEAR: begins.day == 1 and begins.month == 1,
        }[period]


@given(first=days, length=st.integers(1, 4_000), period=calendar)
def test_periods_follow_one_another_without_leaving_one_out(
    first: int, length: int, period: PeriodLength
) -> None:
    edges = period_edges(float(first), float(first + length), period)
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[period]
    shortest = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}[period]
    assert ((np.diff(edges) >= shortest) & (np.diff(edges) <= longest)).all()


def test_a_period_that_ends_with_the_stretch_is_the_last_one() -> None:
    assert period_edges(day(2020), day(2021), PeriodLength.YEAR).tolist() == [day(2020), day(2021)]
    assert period_edges(0.5, 3.25, PeriodLength.ALL).tolist() == [0.5, 3.25]


@pytest.mark.parametrize("stretch", [(1.0, 1.0), (2.0, 1.0), (np.nan, 1.0), (0.0, np.inf)])
def test_a_stretch_without_an_end_or_a_length_has_no_periods(stretch: tuple[float, float]) -> None:
    with pytest.raises(InvalidInterval):
        period_edges(*stretch, PeriodLength.DAY)


@given(st.lists(intervals, min_size=1, max_size=20), calendar)
def test_shares_of_an_interval_add_up_to_one_and_agree_with_counting(
    given_intervals: list[tuple[float, float]], period: PeriodLength
) -> None:
    start = np.array([one for one, _ in given_intervals])
    end = start + [length for _, length in given_intervals]
    # Far apart, days are counted over a million periods: keep to a stretch of some decades.
    start, end = start % 10_000, start % 10_000 + (end - start)
    edges = period_edges(start.min(), np.nextafter(end.max(), np.inf), period)
    shares = aoristic_shares(start, end, edges)
    np.testing.assert_allclose(np.bincount(shares.row, shares.share), np.ones(start.size))
    for row, k, share, certain in zip(
        shares.row, shares.period, shares.share, shares.certain, strict=True
    ):
        # Quarters of a day, counted one by one at their middles.
        middles = np.arange(start[row], end[row], 0.25) + 0.125
        if not middles.size:
            middles = start[row : row + 1]
        inside = (middles >= edges[k]) & (middles < edges[k + 1])
        assert share == pytest.approx(inside.mean())
        assert certain == inside.all()


def test_a_midnight_belongs_to_the_period_that_it_begins() -> None:
    edges = [day(2020), day(2021), day(2022)]
    moment = aoristic_shares([day(2021)], [day(2021)], edges)
    assert moment.period.tolist() == [1]
    assert moment.certain.tolist() == [True]
    until_midnight = aoristic_shares([day(2020, 12, 31)], [day(2021)], edges)
    assert until_midnight.period.tolist() == [0]
    assert until_midnight.certain.tolist() == [True]


def test_what_lies_outside_the_periods_has_no_share_there() -> None:
    edges = [10.0, 20.0, 30.0]
    shares = aoristic_shares([5.0, 0.0, 30.0, 25.0], [15.0, 10.0, 40.0, 45.0], edges)
    assert shares.row.tolist() == [0, 3]
    assert shares.period.tolist() == [0, 1]
    assert shares.share.tolist() == [0.5, 0.25]
    assert not shares.certain.any()
    assert not shares.undated.any()


def test_an_open_end_has_no_share_and_is_told() -> None:
    shares = aoristic_shares([1.0, np.nan, 1.0], [np.nan, 2.0, 2.0], [0.0, 5.0])
    assert shares.undated.tolist() == [True, True, False]
    assert shares.row.tolist() == [2]


def test_no_incident_has_no_share() -> None:
    assert aoristic_shares([], [], [0.0, 1.0]).row.size == 0


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InvalidInterval):
        aoristic_shares([2.0], [1.0], [0.0, 5.0])
    with pytest.raises(InvalidInterval):
        aoristic_shares([1.0], [2.0], [5.0, 0.0])


@given(st.lists(st.tuples(st.integers(0, 1_000), st.lists(st.integers(1, 50), min_size=1))))
def test_whole_shares_keep_every_amount_and_stay_within_one(
    amounts: list[tuple[int, list[int]]],
) -> None:
    unit = [number for number, (_, parts) in enumerate(amounts) for _ in parts]
    share = [part / sum(parts) for _, parts in amounts for part in parts]
    amount = [total for total, parts in amounts for _ in parts]
    whole = whole_shares(unit, share, amount)
    exact = np.array(share) * amount
    assert (np.abs(whole - exact) < 1 + 1e-6).all()
    for number, (total, _) in enumerate(amounts):
        assert whole[np.array(unit) == number].sum() == total


def test_the_largest_remainder_gets_what_is_left_and_the_first_of_equal_ones() -> None:
    assert whole_shares([0, 0, 0], [0.4, 0.35, 0.25], 2).tolist() == [1, 1, 0]
    assert whole_shares([0, 0, 0], [1 / 3, 1 / 3, 1 / 3], 1).tolist() == [1, 0, 0]
    # Half of the amount lies outside all periods.
    assert whole_shares([0, 0], [0.25, 0.25], 10).tolist() == [3, 2]
    assert whole_shares([], []).size == 0


def test_a_week_is_seven_days_from_monday() -> None:
    edges = period_edges(day(2021, 3, 3), day(2021, 3, 4), PeriodLength.WEEK)
    assert edges.tolist() == [day(2021, 3, 1), day(2021, 3, 1) + timedelta(days=7).days]
