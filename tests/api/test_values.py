from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.values import LARGEST, parse_value
from db.errors import InvalidQuery
from gis.fields import Field, Kind

WORDS = ("attack", "battle")


def field(kind: Kind, words: tuple[str, ...] = ()) -> Field:
    return Field("thing", kind, "Thing", "A thing.", words=words)


@pytest.mark.parametrize(
    "kind, text, value",
    [
        (Kind.TEXT, "", ""),
        (Kind.TEXT, " as it is ", " as it is "),
        (Kind.COUNT, "7", 7),
        (Kind.COUNT, "7.0", 7),
        (Kind.INTEGER, "-0", 0),
        (Kind.NUMBER, "-1.5e3", -1500.0),
        (Kind.DATE, "2019-12-10", date(2019, 12, 10)),
        (Kind.DATETIME, "2019-12-10T12:30:00Z", datetime(2019, 12, 10, 12, 30)),
        (Kind.DATETIME, "2019-12-10T12:30:00+01:00", datetime(2019, 12, 10, 11, 30)),
        (Kind.DATETIME, "2019-12-10 12:30", datetime(2019, 12, 10, 12, 30)),
    ],
)
def test_a_text_becomes_a_value_of_its_kind(kind: Kind, text: str, value: object) -> None:
    read = parse_value(field(kind), text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "kind, text",
    [
        (Kind.INTEGER, ""),
        (Kind.INTEGER, "seven"),
        (Kind.COUNT, "7.5"),
        (Kind.COUNT, "1e300"),
        (Kind.COUNT, str(LARGEST + 1)),
        (Kind.COUNT, "NaN"),
        (Kind.COUNT, "null"),
        (Kind.NUMBER, "inf"),
        (Kind.NUMBER, "1_000"),
        (Kind.NUMBER, "1,5"),
        (Kind.DATE, "10.12.2019"),
        (Kind.DATE, "2019-02-29"),
        (Kind.DATE, "20191210"),
        (Kind.DATE, "2019-12-10T00:00:00Z"),
        (Kind.DATETIME, "2019-12-10"),
        (Kind.DATETIME, "2019"),
        (Kind.DATETIME, ".."),
        (Kind.DATETIME, "2019-12-10T12:00:00Z/.."),
        (Kind.DATETIME, "noon"),
        (Kind.TEXTS, "anything"),
    ],
)
def test_what_does_not_fit_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_value(field(kind), text)
    assert caught.value.parameter == "thing"
    assert caught.value.value == text
    assert caught.value.rule


def test_a_word_outside_of_the_list_is_refused_with_the_nearest() -> None:
    assert parse_value(field(Kind.TEXT, WORDS), "battle") == "battle"
    with pytest.raises(InvalidQuery) as caught:
        parse_value(field(Kind.TEXT, WORDS), "atttack")
    assert caught.value.nearest == "attack"
    with pytest.raises(InvalidQuery) as caught:
        parse_value(field(Kind.TEXT, WORDS), "xyz")
    assert caught.value.nearest is None


@given(st.sampled_from(list(Kind)), st.text())
def test_any_text_is_read_or_refused(kind: Kind, text: str) -> None:
    try:
        parse_value(field(kind), text)
        refused = None
    except InvalidQuery as fault:
        refused = fault
    assert refused is None or (refused.value == text and refused.rule)


@given(st.integers(-LARGEST, LARGEST))
def test_whole_numbers_survive_both_their_forms(number: int) -> None:
    for text in (str(number), f"{float(number)}"):
        assert parse_value(field(Kind.COUNT), text) == number


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9998, 1, 1)))
def test_moments_survive(moment: datetime) -> None:
    text = moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    assert parse_value(field(Kind.DATETIME), text) == moment
