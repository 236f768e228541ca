"""The parameter `datetime`, which OGC's suite never asks for: every form of it, on every layer.

What is to be expected is worked out from a full download. An offset is applied, and the clock face
that remains is compared with the civil time of the features (see `gis.interval`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from db.layers.catalogue import LAYERS
from tests.api.conformance.asking import PROBLEM, Node, get, items_of, keys
from tests.api.conformance.periods import DAY, SECOND, lasting, meeting, time_fields
from tests.api.conformance.proving import proves

if TYPE_CHECKING:
    import httpx

Stretch = tuple[datetime | None, datetime | None]
UNTIMED = [layer for layer in LAYERS if not time_fields(layer)]
TIMED = ["incidents", "aggregates", "border-distances", "clusters", "reports"]
"""Claims, twenty thousand of them, have the time of their incident: a few forms will do."""
BATTLE = datetime(2019, 12, 10)
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)

FORMS: dict[str, Stretch] = {
    # Closed intervals, both ends of which belong to them.
    "2019-12-10/2019-12-31": (BATTLE, datetime(2019, 12, 31, 23, 59, 59)),
    "2019-12-10T00:00:00Z/2019-12-10T00:00:00Z": (BATTLE, BATTLE),
    "2019-12-10/2019-12-10": (BATTLE, BATTLE + DAY - SECOND),
    "2019-12-10T13:00:00Z/2019-12-11": (datetime(2019, 12, 10, 13), BATTLE + 2 * DAY - SECOND),
    # Open ones, in both spellings.
    "2020-01-01/..": (datetime(2020, 1, 1), None),
    "2020-01-01/": (datetime(2020, 1, 1), None),
    "../2020-01-01": (None, datetime(2020, 1, 1, 23, 59, 59)),
    "/2020-01-01": (None, datetime(2020, 1, 1, 23, 59, 59)),
    "2020-01-01T00:00:00Z/..": (datetime(2020, 1, 1), None),
    "../2020-01-01T00:00:00Z": (None, datetime(2020, 1, 1)),
    "../..": (None, None),
    # GDAL 3.6 writes a date with a stray T.
    "2020-01-05T/..": (datetime(2020, 1, 5), None),
    "../2020-01-05T": (None, datetime(2020, 1, 5, 23, 59, 59)),
    "2020-01-05T/2020-01-06T": (datetime(2020, 1, 5), datetime(2020, 1, 6, 23, 59, 59)),
    # Days, months and years, and moments.
    "2019-12-10": (BATTLE, BATTLE + DAY - SECOND),
    "2019-12": (datetime(2019, 12, 1), datetime(2019, 12, 31, 23, 59, 59)),
    "2019": (datetime(2019, 1, 1), datetime(2019, 12, 31, 23, 59, 59)),
    "2020-02-29": (datetime(2020, 2, 29), datetime(2020, 2, 29, 23, 59, 59)),
    "2019-12-10T13:00:00Z": (datetime(2019, 12, 10, 13), datetime(2019, 12, 10, 13)),
    "2019-12-10t13:00:00z": (datetime(2019, 12, 10, 13), datetime(2019, 12, 10, 13)),
    "2019-12-10T13:00:00": (datetime(2019, 12, 10, 13), datetime(2019, 12, 10, 13)),
    # Offsets are applied: half past midnight at +01:00 is the evening before.
    "2019-12-10T00:30:00+01:00": (datetime(2019, 12, 9, 23, 30), datetime(2019, 12, 9, 23, 30)),
    "2019-12-09T20:30:00-03:00": (datetime(2019, 12, 9, 23, 30), datetime(2019, 12, 9, 23, 30)),
    "2019-12-10T01:00:00+00:00": (datetime(2019, 12, 10, 1), datetime(2019, 12, 10, 1)),
    # Fractions, also finer than the database keeps them.
    "2019-12-10T13:00:00.0Z": (datetime(2019, 12, 10, 13), datetime(2019, 12, 10, 13)),
    "2019-12-10T13:00:00.000000000Z": (datetime(2019, 12, 10, 13), datetime(2019, 12, 10, 13)),
    # A leap second is the last of its day, never the first of the next.
    "2016-12-31T23:59:60Z/..": (datetime(2016, 12, 31, 23, 59, 59), None),
    "../2016-12-31T23:59:60Z": (None, datetime(2016, 12, 31, 23, 59, 59)),
    "../2016-12-31T15:59:60-08:00": (None, datetime(2016, 12, 31, 23, 59, 59)),
    # The years that RFC 3339 has, and the calendar of programs does not.
    "0000-01-01T00:00:00Z/2019-12-10T00:00:00Z": (None, BATTLE),
    "2019-12-10T00:00:00Z/9999-12-31T23:59:59Z": (BATTLE, None),
    "0000-01-01/9999-12-31": (None, None),
    "0000-01-01": (None, FIRST),
    "../0000-12-31": (None, FIRST),
    "9999-12-31": (LAST - DAY + SECOND, None),
    "9999-06-01/..": (datetime(9999, 6, 1), None),
}
"""What is asked for, and from which second to which second that is."""

REFUSED = (
    "",
    "..",
    "/",
    "2019-12-31/2019-12-10",
    "2019-12-10T13:00:01Z/2019-12-10T13:00:00Z",
    "9999-01-01/0000-01-01",
    "2019-02-29",
    "2019-13-01",
    "2019-12-10T25:00:00Z",
    "2019-12-10T12:00:60Z",
    "2019-12-10T12:00:00+25:00",
    "10.12.2019",
    "2019-12-10/2019-12-11/2019-12-12",
    "2019-12-10/P2D",
    "yesterday",
    "2019-12-10T12:00:00Zulu",
    "20191210",
)


@proves("/conf/core/fc-time-response")
@pytest.mark.parametrize("asked", FORMS)
@pytest.mark.parametrize("layer", TIMED)
def test_every_form_finds_what_shares_a_moment_with_it(
    shipped: httpx.Client, downloads: dict[str, list[Node]], layer: str, asked: str
) -> None:
    expected = meeting(downloads[layer], layer, *FORMS[asked])
    assert keys(shipped, layer, datetime=asked) == expected


@pytest.mark.parametrize("asked", FORMS)
def test_a_layer_without_time_matches_always(
    shipped: httpx.Client, downloads: dict[str, list[Node]], asked: str
) -> None:
    for layer in UNTIMED:
        page = get(shipped, items_of(shipped, layer), limit=1, datetime=asked)
        assert page["numberMatched"] == len(downloads[layer])


@pytest.mark.parametrize("asked", REFUSED)
@pytest.mark.parametrize("layer", ["incidents", "reports", "borders"])
def test_what_is_no_time_is_refused(shipped: httpx.Client, layer: str, asked: str) -> None:
    response = shipped.get(items_of(shipped, layer), params={"datetime": asked})
    assert response.status_code == 400, asked
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["parameter"] == "datetime"


def test_an_offset_survives_an_address_that_was_not_escaped(shipped: httpx.Client) -> None:
    # A '+' in a query is a space: people paste RFC 3339 as it is.
    href = f"{items_of(shipped, 'incidents')}?limit=1&datetime="
    pasted = shipped.get(f"{href}2019-12-10T00:30:00+01:00/..")
    escaped = shipped.get(f"{href}2019-12-10T00:30:00%2B01:00/..")
    assert pasted.status_code == escaped.status_code == 200
    assert pasted.json()["numberMatched"] == escaped.json()["numberMatched"]


def test_the_shipped_layers_have_what_the_suite_needs(downloads: dict[str, list[Node]]) -> None:
    periods = [lasting(each, "incidents") for each in downloads["incidents"]]
    spans = [end - start for start, end in periods if start and end]
    assert min(spans) < DAY - SECOND < max(spans)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[str, Stretch]:
    """An interval as a client may write it, and the seconds that it names."""
    moments = st.datetimes(datetime(1988, 1, 1), datetime(2025, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    )
    one, other = sorted((draw(moments), draw(moments)))
    begin, first = draw(st.sampled_from([_open(), _as_day(one), _as_moment(draw, one)]))
    end, last = draw(st.sampled_from([_open(), _as_day(other), _as_moment(draw, other)]))
    return f"{begin[0]}/{end[0]}", (first[0], last[1])


def _open() -> tuple[tuple[str], Stretch]:
    return ("..",), (None, None)


def _as_day(moment: datetime) -> tuple[tuple[str], Stretch]:
    day = moment.replace(hour=0, minute=0, second=0)
    return (f"{day:%Y-%m-%d}",), (day, day + DAY - SECOND)


def _as_moment(draw: st.DrawFn, moment: datetime) -> tuple[tuple[str], Stretch]:
    hours = draw(st.integers(-12, 14))
    there = moment + timedelta(hours=hours)
    offset = "Z" if hours == 0 else f"{hours:+03}:00"
    return (f"{there:%Y-%m-%dT%H:%M:%S}{offset}",), (moment, moment)


@proves("/conf/core/fc-time-response")
@pytest.mark.parametrize("layer", ["incidents", "aggregates", "reports", "border-distances"])
def test_any_interval_finds_what_shares_a_moment_with_it(
    shipped: httpx.Client, downloads: dict[str, list[Node]], layer: str
) -> None:
    @settings(
        max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(stretches())
    @example(("2019-12-10/2019-12-10", (BATTLE, BATTLE + DAY - SECOND)))
    def check(asked: tuple[str, Stretch]) -> None:
        text, stretch = asked
        assert keys(shipped, layer, datetime=text) == meeting(downloads[layer], layer, *stretch)

    check()
