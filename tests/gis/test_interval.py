from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gis.errors import InvalidInterval
from gis.interval import TICK, Interval, parse_interval

MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9990, 1, 1))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    start, end = draw(st.none() | MOMENTS), draw(st.none() | MOMENTS)
    assume(start is None or end is None or start < end)
    return Interval(start, end)


@pytest.mark.parametrize(
    "text, start, end",
    [
        ("2019-12-10", "2019-12-10", "2019-12-11"),
        ("2019-12", "2019-12-01", "2020-01-01"),
        ("2019", "2019-01-01", "2020-01-01"),
        ("2020-02", "2020-02-01", "2020-03-01"),
        ("2019-12-10/2019-12-10", "2019-12-10", "2019-12-11"),
        ("2019-12-10/2019-12-12", "2019-12-10", "2019-12-13"),
        ("2019/2020-02", "2019-01-01", "2020-03-01"),
        ("2019-12-10/..", "2019-12-10", None),
        ("2019-12-10/", "2019-12-10", None),
        ("../2019-12-10", None, "2019-12-11"),
        ("/2019-12-10", None, "2019-12-11"),
        ("../..", None, None),
        ("0000-01-01T00:00:00Z/2019-12-10", None, "2019-12-11"),
        ("2019-12-10/9999-12-31T00:00:00Z", "2019-12-10", None),
        ("0000-01-01/9999-12-31", None, None),
        ("0000", None, "0001-01-01"),
        ("0000-02-29T12:00:00+01:00", None, "0001-01-01"),
        ("9999-12-31", "9999-12-31", None),
        ("9999-12/..", "9999-12-01", None),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999", None),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999", "2017-01-01"),
        ("2017-01-01T00:59:60.5+01:00", "2016-12-31T23:59:59.999999", "2017-01-01"),
        ("2019-12-10T00:30:00 01:00", "2019-12-09T23:30:00", "2019-12-09T23:30:00.000001"),
        ("2019-12-10T/..", "2019-12-10", None),
        ("2019-12-10T", "2019-12-10", "2019-12-11"),
        ("2019-12-10T12:00:00Z", "2019-12-10T12:00:00", "2019-12-10T12:00:00.000001"),
        ("2019-12-10 12:00", "2019-12-10T12:00:00", "2019-12-10T12:00:00.000001"),
        ("2019-12-10t12:00:00z", "2019-12-10T12:00:00", "2019-12-10T12:00:00.000001"),
        ("2019-12-10T12:00:00,5Z", "2019-12-10T12:00:00.5", "2019-12-10T12:00:00.500001"),
        (
            "2019-12-10T12:00:00.123456789Z",
            "2019-12-10T12:00:00.123456",
            "2019-12-10T12:00:00.123457",
        ),
        ("2019-12-10T00:30:00+01:00", "2019-12-09T23:30:00", "2019-12-09T23:30:00.000001"),
        ("2019-12-10T00:30:00-0100", "2019-12-10T01:30:00", "2019-12-10T01:30:00.000001"),
    ],
)
def test_intervals_are_read(text: str, start: str | None, end: str | None) -> None:
    first, last = (None if each is None else at(each) for each in (start, end))
    assert parse_interval(text) == Interval(first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "..",
        "a",
        "2019-12-10/2019-12-11/2019-12-12",
        "2019-12-11/2019-12-10",
        "2019-12-10T12:00:00Z/2019-12-10T11:59:59Z",
        "2019-02-29",
        "2019-13",
        "0000-13-01",
        "0000-01-01T25:00:00Z",
        "2019-12-10T12:00:60Z",
        "2019-12-10T23:59:60+01:00",
        "9999-01-01/0000-01-01",
        "2019-12-10T25:00:00Z",
        "2019-12-10T12:00:00+99:00",
        "2019-12-10T1:00",
        "10/12/2019",
        "2019-12-10T12:00:00Z/yesterday",
        "-2019-12-10",
        "2019-12-10Z",
    ],
)
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(InvalidInterval) as caught:
        parse_interval(text)
    assert caught.value.value == text


def test_an_interval_ends_after_it_starts() -> None:
    with pytest.raises(InvalidInterval):
        Interval(at("2019-12-10"), at("2019-12-10"))


@given(st.text(alphabet="0123456789-:TZ./+, é"))
def test_any_text_is_an_interval_or_refused(text: str) -> None:
    try:
        found = parse_interval(text)
    except InvalidInterval:
        return  # nothing else may be raised
    assert found.start is None or found.end is None or found.start < found.end


@given(MOMENTS)
def test_a_moment_is_the_shortest_interval(moment: datetime) -> None:
    assert parse_interval(f"{moment.isoformat()}Z") == Interval(moment, moment + TICK)


@given(intervals(), intervals())
def test_sharing_a_moment_is_mutual(one: Interval, other: Interval) -> None:
    assert one.intersects(other) == other.intersects(one)


@given(intervals(), intervals())
def test_what_holds_another_shares_its_moments(one: Interval, other: Interval) -> None:
    assert one.contains(one)
    if one.contains(other):
        assert one.intersects(other)
    if one.contains(other) and other.contains(one):
        assert one == other


@given(intervals(), MOMENTS)
def test_an_interval_holds_its_start_and_not_its_end(one: Interval, moment: datetime) -> None:
    tick = Interval(moment, moment + TICK)
    within = (one.start is None or one.start <= moment) and (one.end is None or moment < one.end)
    assert one.contains(tick) == one.intersects(tick) == within


def test_neighbours_share_nothing() -> None:
    day = parse_interval("2019-12-10")
    assert not day.intersects(parse_interval("2019-12-11"))
    assert not day.contains(parse_interval("2019-12-10/2019-12-11"))
    assert day.end is not None
    assert day.intersects(Interval(day.end - timedelta(microseconds=1), None))
