"""Canonical lines are RFC 8785, as another implementation of it writes them."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from gis.canonical import LineEncoder, canonical, number
from gis.fields import Field, Kind

FIELDS = (
    Field("title", Kind.TEXT, "", ""),
    Field("killed_low", Kind.COUNT, "", ""),
    Field("area_km2", Kind.NUMBER, "", ""),
    Field("actors", Kind.TEXTS, "", ""),
    Field("claims", Kind.INTEGER, "", ""),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(FLOATS)
@example(5e-324)
@example(1e-7)
@example(0.000007009280032392102)
@example(-0.0)
@example(2.0**53)
@example(1e21)
@example(1.2345678901234567e20)
def test_a_number_is_written_as_in_rfc_8785(value: float) -> None:
    assert msgspec.json.encode(number(value)) == rfc8785.dumps(value)


@given(
    TEXTS,
    st.none() | st.integers(0, 10**6).map(float),
    st.none() | FLOATS,
    st.none() | st.lists(TEXTS),
    st.integers(0, 2**53 - 1),
    st.none() | st.binary(min_size=1),
)
def test_a_line_is_canonical_json(
    title: str,
    low: float | None,
    area: float | None,
    actors: list[str] | None,
    key: int,
    wkb: bytes | None,
) -> None:
    line = LineEncoder(FIELDS, 1).lines([("lead", key, wkb, title, low, area, actors, 7)])
    told: dict[str, Any] = {
        "id": key,
        "geometry": None if wkb is None else wkb.hex(),
        "properties": {
            "title": title,
            "killed_low": low,
            "area_km2": area,
            "actors": actors,
            "claims": 7,
        },
    }
    assert line == rfc8785.dumps(told) + b"\n"


def test_the_order_of_the_fields_does_not_matter() -> None:
    row = (7, b"\x01", "a", 1.0, 2.5, ["x"], 3)
    turned = (7, b"\x01", *reversed(row[2:]))
    there, back = LineEncoder(FIELDS, 0), LineEncoder(FIELDS[::-1], 0)
    assert there.lines([row, row]) == back.lines([turned]) * 2


def test_moments_and_days_are_texts_and_what_is_not_finite_is_missing() -> None:
    fields = [Field(name, kind, "", "") for name, kind in (("a", Kind.DATETIME), ("b", Kind.DATE))]
    fields.append(Field("c", Kind.NUMBER, "", ""))
    moment = datetime(2019, 12, 10, 23, 59, 59, tzinfo=UTC)
    rows = [
        (1, None, moment, date(2019, 12, 10), math.nan),
        (2, None, moment.replace(microsecond=5), None, math.inf),
    ]
    first, second = map(json.loads, LineEncoder(fields, 0).lines(rows).splitlines())
    assert first["properties"] == {"a": "2019-12-10T23:59:59Z", "b": "2019-12-10", "c": None}
    assert second["properties"]["a"] == "2019-12-10T23:59:59.000005Z"
    assert second["properties"]["c"] is None


def test_no_rows_are_no_lines() -> None:
    assert LineEncoder(FIELDS, 0).lines([]) == b""


@pytest.mark.parametrize("document", [{"b": 1, "a": ["é", {"d": None, "c": "\n"}]}, {}])
def test_a_document_without_fractions_needs_no_library(document: dict[str, Any]) -> None:
    plain = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(document) == plain.encode()
