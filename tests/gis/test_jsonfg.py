from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.fields import Field, Kind, Role
from gis.jsonfg import CONFORMANCE, JsonFgEncoder, about, collection, time_member
from gis.reference_systems import CRS84, epsg

TITLE = Field("title", Kind.TEXT, "Title", "A title.")
START = Field("start", Kind.DATETIME, "Start", "First moment.", role=Role.START)
END = Field("end", Kind.DATETIME, "End", "Last moment.", role=Role.END)
FIELDS = (START, TITLE, END)
POINT = '{"type":"Point","coordinates":[1.3135,15.2275]}'
LAST = timedelta(hours=23, minutes=59, seconds=59)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2019, 12, day, hour, tzinfo=UTC)


ROW = ("lead", 7, POINT, at(10), 'They said "run"', at(10) + LAST)


@pytest.mark.parametrize(
    "start, end, time",
    [
        (None, None, None),
        (at(10), at(10) + LAST, {"date": "2019-12-10"}),
        (at(10), at(12) + LAST, {"interval": ["2019-12-10", "2019-12-12"]}),
        (at(10), None, {"interval": ["2019-12-10", ".."]}),
        (None, at(10) + LAST, {"interval": ["..", "2019-12-10"]}),
        (None, at(10, 18), {"interval": ["..", "2019-12-10T18:00:00Z"]}),
        (at(10, 9), at(10, 9), {"timestamp": "2019-12-10T09:00:00Z"}),
        # Midnight to an hour of the same day is no whole day: both ends are moments then.
        (at(10), at(10, 18), {"interval": ["2019-12-10T00:00:00Z", "2019-12-10T18:00:00Z"]}),
        (date(2019, 12, 10), date(2019, 12, 10), {"date": "2019-12-10"}),
        (date(2019, 12, 1), date(2019, 12, 31), {"interval": ["2019-12-01", "2019-12-31"]}),
        (None, date(2019, 12, 31), {"interval": ["..", "2019-12-31"]}),
    ],
)
def test_time(start: Any, end: Any, time: Any) -> None:
    assert time_member(start, end) == time


moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))


@given(st.none() | moments, st.none() | moments)
def test_both_ends_of_an_interval_are_of_one_form(
    start: datetime | None, end: datetime | None
) -> None:
    time = time_member(start, end)
    if time is not None and "interval" in time:
        forms = {len(text) > len("2019-12-10") for text in time["interval"] if text != ".."}
        assert len(forms) == 1


def documented(encoder: JsonFgEncoder, **members: Any) -> dict[str, Any]:
    about_it = members or {"conformsTo": CONFORMANCE}
    body = b"".join(collection([encoder.members([ROW])], about_it, lambda: b'"numberReturned":1'))
    found: dict[str, Any] = json.loads(body)
    return found


def test_wgs_84_stands_in_geometry_and_anything_else_in_place() -> None:
    plain = documented(JsonFgEncoder(FIELDS, FIELDS, 1, CRS84))["features"][0]
    assert (plain["geometry"], plain["place"]) == (json.loads(POINT), None)
    other = documented(JsonFgEncoder(FIELDS, FIELDS, 1, epsg(32631)))["features"][0]
    assert (other["geometry"], other["place"]) == (None, json.loads(POINT))
    assert plain["time"] == other["time"] == {"date": "2019-12-10"}


def test_time_needs_no_property() -> None:
    encoder = JsonFgEncoder(FIELDS, (TITLE,), 1, CRS84)
    feature = documented(encoder)["features"][0]
    assert feature["properties"] == {"title": 'They said "run"'}
    assert feature["time"] == {"date": "2019-12-10"}
    undated = JsonFgEncoder((TITLE,), (TITLE,), 0, CRS84).members([(7, None, "x")])
    assert json.loads(undated)["time"] is None


def test_a_document_says_what_it_is_before_its_features() -> None:
    members = about("incidents", "https://example.org/schema", "Point", epsg(4326))
    encoder = JsonFgEncoder(FIELDS, FIELDS, 1, epsg(4326))
    found = documented(encoder, **members)
    assert list(found)[:2] == ["type", "conformsTo"]
    assert found["conformsTo"] == list(CONFORMANCE)
    assert found["featureType"] == "incidents"
    assert found["geometryDimension"] == 0
    assert found["coordRefSys"] == epsg(4326).uri
    alone = json.loads(encoder.feature(ROW, members, links=[]))
    assert alone == {
        **members,
        "conformsTo": list(CONFORMANCE),
        **found["features"][0],
        "links": [],
    }
    assert "coordRefSys" not in about("reports", "https://example.org/schema", None, CRS84)


def test_no_rows_make_an_empty_collection() -> None:
    encoder = JsonFgEncoder(FIELDS, FIELDS, 1, CRS84)
    body = b"".join(collection([encoder.members([])], {"conformsTo": CONFORMANCE}, lambda: b""))
    assert json.loads(body)["features"] == []
