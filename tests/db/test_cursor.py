from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.cql2.filter import Filter, Language
from db.cursor import Cursor, decode_cursor, encode_cursor, query_identity
from db.errors import InvalidQuery
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, SortKey, Value, sort_kinds
from gis.bbox import BBox
from gis.fields import Kind
from gis.interval import parse_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

INCIDENTS, PLACES = LAYERS["incidents"], LAYERS["places"]
VALUES: Mapping[Kind, st.SearchStrategy[Value]] = {
    Kind.TEXT: st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    Kind.INTEGER: st.integers(0, 2**15 - 1),
    Kind.COUNT: st.none() | st.integers(0, 2**63 - 1),
    Kind.NUMBER: st.none() | st.floats(allow_nan=False, allow_infinity=False),
    Kind.DATE: st.none() | st.dates(),
    Kind.DATETIME: st.none() | st.datetimes(),
}
QUESTIONS = (
    LayerQuery(),
    LayerQuery(bbox=BBox(0, 14, 4, 16)),
    LayerQuery(interval=parse_interval("2019-12")),
    LayerQuery(equals=(("title", "x"),)),
    LayerQuery(equals=(("title", "y"),)),
    LayerQuery(item=7),
    LayerQuery(item="7"),
)


def wire_of(text: str) -> list[Any]:
    found: list[Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def forged(layer_query: LayerQuery, **members: Any) -> str:
    """Give a cursor of incidents of which some members were changed by hand."""
    kinds = sort_kinds(INCIDENTS, layer_query)
    after: tuple[Value, ...] = tuple(1 if kind is Kind.INTEGER else None for kind in kinds)
    text = encode_cursor(INCIDENTS, layer_query, Cursor(1, 1, after))
    wire = wire_of(text)
    for name, value in members.items():
        wire[["digest", "version", "matched", "after"].index(name)] = value
    return urlsafe_b64encode(json.dumps(wire).encode()).rstrip(b"=").decode()


@given(st.data())
def test_a_cursor_survives_its_text(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(PLACES.fields), unique=True, max_size=3))
    query = LayerQuery(
        sort_by=tuple(SortKey(field.name, data.draw(st.booleans())) for field in names)
    )
    after = tuple(data.draw(VALUES[kind]) for kind in sort_kinds(PLACES, query))
    cursor = Cursor(data.draw(st.integers(0, 2**63 - 1)), data.draw(st.integers(0, 2**40)), after)
    text = encode_cursor(PLACES, query, cursor)
    assert decode_cursor(PLACES, query, text) == cursor
    assert text.replace("-", "").replace("_", "").isalnum()


@given(st.text() | st.binary().map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        decode_cursor(INCIDENTS, LayerQuery(), text)
    assert caught.value.parameter == "cursor"


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_cursor_belongs_to_its_layer_and_question(question: LayerQuery) -> None:
    text = encode_cursor(INCIDENTS, question, Cursor(1, 1, (0, 1)))
    for other in QUESTIONS:
        if other == question:
            assert decode_cursor(INCIDENTS, other, text).after == (0, 1)
        else:
            with pytest.raises(InvalidQuery, match="another layer, filter or order"):
                decode_cursor(INCIDENTS, other, text)
    with pytest.raises(InvalidQuery, match="another layer, filter or order"):
        decode_cursor(LAYERS["aggregates"], question, text)
    with pytest.raises(InvalidQuery, match="another layer, filter or order"):
        decode_cursor(INCIDENTS, replace(question, sort_by=(SortKey("title"),)), text)


def test_a_cursor_outlives_a_change_of_page_size_and_of_what_is_shown() -> None:
    text = encode_cursor(INCIDENTS, LayerQuery(limit=10), Cursor(1, 1, (0, 1)))
    shown = LayerQuery(limit=99, properties=("title",), with_geometry=False)
    assert decode_cursor(INCIDENTS, shown, text) == Cursor(1, 1, (0, 1))


@pytest.mark.parametrize(
    "members",
    [
        {"version": -1},
        {"version": 2**63},
        {"version": "1"},
        {"matched": -1},
        {"after": []},
        {"after": [0, 2**63]},
        {"after": [0, -(2**63) - 1]},
        {"after": [0, "1"]},
        {"after": [0.5, 1]},
        {"after": [1e300, 1]},
        {"after": [[], 1]},
        {"after": [True, 1]},
    ],
)
def test_a_forged_cursor_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuery):
        decode_cursor(INCIDENTS, LayerQuery(), forged(LayerQuery(), **members))


@pytest.mark.parametrize(
    "name, value",
    [
        ("title", 7),
        ("title", "a\0b"),
        ("killed_low", "many"),
        ("killed_low", 2**64),
        ("radius_m", "far"),
        ("event_start", 2019),
        ("event_start", "yesterday"),
        ("event_start", "2019-12-10T00:00:00+01:00"),
        ("modified", "2019-12-10T00:00:00"),
        ("modified", 2019),
    ],
)
def test_a_forged_value_of_another_kind_is_refused(name: str, value: object) -> None:
    layer = INCIDENTS if INCIDENTS.field(name) else PLACES
    query = LayerQuery(sort_by=(SortKey(name),))
    wire: list[Any] = [None, 1, 1, [value, 0, 1]]
    good = encode_cursor(layer, query, Cursor(1, 1, (None, 0, 1)))
    wire[0] = wire_of(good)[0]
    text = urlsafe_b64encode(json.dumps(wire).encode()).decode()
    with pytest.raises(InvalidQuery, match="position cannot be read"):
        decode_cursor(layer, query, text)


def test_a_walk_of_dates_and_moments_comes_back_as_such() -> None:
    for layer, name, value in (
        (PLACES, "modified", date(2019, 12, 10)),
        (INCIDENTS, "event_start", datetime(2019, 12, 10, 12)),
    ):
        query = LayerQuery(sort_by=(SortKey(name),))
        text = encode_cursor(layer, query, Cursor(1, 1, (value, 0, 1)))
        assert decode_cursor(layer, query, text).after == (value, 0, 1)


def test_identity_is_of_conditions_alone() -> None:
    whole = query_identity(INCIDENTS, LayerQuery())
    page = LayerQuery(version=3, limit=5, offset=5, after=(0, 1), sort_by=(SortKey("title"),))
    assert query_identity(INCIDENTS, page) == whole
    assert query_identity(PLACES, LayerQuery()) != whole
    assert len({query_identity(INCIDENTS, each) for each in QUESTIONS}) == len(QUESTIONS)


def test_identity_of_a_filter_is_its_text_and_language() -> None:
    """A filter that is read anew from each request must find its count and its cursor."""

    def asked(least: float) -> LayerQuery:
        return LayerQuery(filter=Filter(f"radius_m > {least}"))

    assert query_identity(INCIDENTS, asked(5)) == query_identity(INCIDENTS, asked(5))
    assert query_identity(INCIDENTS, asked(5)) != query_identity(INCIDENTS, asked(6))
    as_json = LayerQuery(filter=Filter("true", Language.JSON))
    as_text = LayerQuery(filter=Filter("true", Language.TEXT))
    assert query_identity(INCIDENTS, as_json) != query_identity(INCIDENTS, as_text)
    text = encode_cursor(INCIDENTS, asked(5), Cursor(1, 1, (0, 1)))
    assert decode_cursor(INCIDENTS, asked(5), text).after == (0, 1)
    with pytest.raises(InvalidQuery, match="another layer, filter or order"):
        decode_cursor(INCIDENTS, asked(6), text)
