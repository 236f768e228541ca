from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.fields import Field, Kind
from gis.geojson import CHUNK, FeatureEncoder, chunked, collection

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = tuple(
    Field(kind.value, kind, kind.value, "A value.")
    for kind in (
        Kind.TEXT,
        Kind.INTEGER,
        Kind.COUNT,
        Kind.NUMBER,
        Kind.DATE,
        Kind.DATETIME,
        Kind.TEXTS,
    )
)
POINT = '{"type":"Point","coordinates":[1.3135,15.2275]}'
VALUES = (
    "Inatès",
    3,
    71.0,
    0.25,
    date(2019, 12, 10),
    datetime(2019, 12, 10, 23, 59, 59, tzinfo=UTC),
    ["a", "b"],
)
NOTHING: tuple[Any, ...] = (None,) * len(FIELDS)

AWKWARD = st.text(alphabet=st.sampled_from('\\"\n\tab/é\u2028\0\x7f😀')) | st.text()


def encoder(lead: int = 0) -> FeatureEncoder:
    return FeatureEncoder(FIELDS, lead)


def features(encoded: bytes) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(b"[" + encoded + b"]")
    return found


def test_every_kind_of_value_is_written_in_its_form() -> None:
    text = encoder().members([(7, POINT, *VALUES)]).decode()
    assert text == (
        '{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[1.3135,15.2275]},'
        '"properties":{"text":"Inatès","integer":3,"count":71.0,"number":0.25,'
        '"date":"2019-12-10","datetime":"2019-12-10T23:59:59Z","texts":["a","b"]}}'
    )


def test_what_is_missing_is_null_and_still_there() -> None:
    (feature,) = features(encoder().members([(7, None, *NOTHING)]))
    assert feature["geometry"] is None
    assert feature["properties"] == {field.name: None for field in FIELDS}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_have_is_null(number: float) -> None:
    row = (7, None, *NOTHING[:3], number, *NOTHING[4:])
    assert features(encoder().members([row]))[0]["properties"]["number"] is None


def test_zero_is_not_missing() -> None:
    row = (7, None, None, 0, 0.0, 0.0, *NOTHING[4:])
    assert '"integer":0,"count":0.0,"number":0.0' in encoder().members([row]).decode()


def test_values_at_the_head_of_a_row_are_passed_over() -> None:
    row = ("sort value", 99, 7, POINT, *VALUES)
    assert encoder(2).members([row]) == encoder().members([row[2:]])


def test_no_rows_are_no_bytes() -> None:
    assert encoder().members([]) == b""
    assert encoder().lines([]) == b""


def test_no_fields_are_an_empty_object() -> None:
    made = FeatureEncoder((), 0).members([(7, None)])
    assert features(made)[0]["properties"] == {}


def test_lines_hold_a_feature_each() -> None:
    rows = [(7, POINT, *VALUES), (8, None, *NOTHING)]
    lines = encoder().lines(rows).splitlines()
    assert b",".join(lines) == encoder().members(rows)


def test_one_feature_has_further_members_at_its_end() -> None:
    links = [{"href": "http://x/", "rel": "self"}]
    made = encoder().feature((7, None, *NOTHING), links=links)
    assert list(json.loads(made)) == ["type", "id", "geometry", "properties", "links"]
    assert json.loads(made)["links"] == links
    assert (
        json.loads(encoder().feature((7, None, *NOTHING)))
        == features(encoder().members([(7, None, *NOTHING)]))[0]
    )


@given(AWKWARD)
def test_any_text_comes_back_and_survives_qgis(text: str) -> None:
    row = (7, None, text, *NOTHING[1:-1], [text, text])
    for encoded in (
        encoder().members([row]),
        encoder().lines([row])[:-1],
        encoder().feature(row),
    ):
        properties = json.loads(encoded)["properties"]
        assert properties["text"] == text
        assert properties["texts"] == [text, text]
        # QGIS 3.36 to 4.0 loses the page at either.
        assert b'\\"' not in encoded
        assert b"\\\\" not in encoded


@given(st.lists(st.integers(0, 4), max_size=6))
def test_a_collection_holds_every_part_whatever_is_empty(sizes: list[int]) -> None:
    keys = iter(range(100))
    parts = [encoder().members([(next(keys), None, *NOTHING)] * size) for size in sizes]
    made = b"".join(collection(parts, lambda: b'"numberReturned":1'))
    document = json.loads(made)
    assert len(document["features"]) == sum(sizes)
    assert document["numberReturned"] == 1
    assert made.endswith(b"}\n")


def test_the_tail_is_asked_for_after_the_last_part() -> None:
    order: list[str] = []

    def parts() -> Any:
        order.append("parts")
        yield b"{}"

    def tail() -> bytes:
        order.append("tail")
        return b""

    assert b"".join(collection(parts(), tail)) == b'{"type":"FeatureCollection","features":[{}]}\n'
    assert order == ["parts", "tail"]


@given(st.lists(st.binary(max_size=30)), st.integers(1, 40))
def test_chunks_are_the_same_bytes_and_none_but_the_last_is_short(
    pieces: list[bytes], size: int
) -> None:
    chunks = list(chunked(pieces, size))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(len(chunk) >= size for chunk in chunks[:-1])


def test_a_long_collection_leaves_in_large_chunks() -> None:
    part = encoder().members([(7, POINT, *VALUES)])
    chunks = list(collection([part] * 2000, lambda: b""))
    assert len(chunks) > 3
    assert all(len(chunk) >= CHUNK for chunk in chunks[:-1])
