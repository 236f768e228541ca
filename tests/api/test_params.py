"""Every parameter of an items request, without a server."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import UnknownParameter
from api.params import RESERVED, layer_query, parameters, walk_of
from api.settings import Settings
from db.cursor import Cursor, encode_cursor
from db.errors import InvalidQuery
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, SortKey
from gis.bbox import BBox
from gis.interval import Interval

INCIDENTS = LAYERS["incidents"]
SETTINGS = Settings()


def asked(**given: str) -> LayerQuery:
    return layer_query(INCIDENTS, given, SETTINGS)


def test_nothing_asked_is_the_first_page_of_everything() -> None:
    assert asked() == LayerQuery(limit=1000)


def test_limits_come_from_the_settings() -> None:
    settings = Settings(default_limit=10, max_limit=20, max_offset=5)
    assert layer_query(INCIDENTS, {}, settings).limit == 10
    assert layer_query(INCIDENTS, {"limit": "21"}, settings).limit == 20
    assert layer_query(INCIDENTS, {"limit": "19"}, settings).limit == 19
    assert layer_query(INCIDENTS, {"offset": "5"}, settings).offset == 5
    with pytest.raises(InvalidQuery, match="at most 5; further on, follow the 'next' links"):
        layer_query(INCIDENTS, {"offset": "6"}, settings)


def test_box_interval_order_fields_and_geometry() -> None:
    query = asked(
        bbox="0,14,4,16",
        datetime="2019-12-10",
        sortby="-killed_low, title,+adm1",
        properties="title,killed_low",
        skipGeometry="true",
        event_type="attack",
        killed_low="0",
    )
    assert query.bbox == BBox(0, 14, 4, 16)
    assert query.interval == Interval(datetime(2019, 12, 10), datetime(2019, 12, 11))
    assert query.sort_by == (SortKey("killed_low", True), SortKey("title"), SortKey("adm1"))
    assert query.properties == ("title", "killed_low")
    assert not query.with_geometry
    assert query.equals == (("event_type", "attack"), ("killed_low", 0))


def test_an_empty_list_of_properties_is_no_property() -> None:
    assert asked(properties="").properties == ()


@pytest.mark.parametrize(
    "text, rule",
    [("--title", "no such field"), ("+-title", "no such field"), ("", "fields"), ("-", "field")],
)
def test_a_field_to_sort_by_has_one_sign(text: str, rule: str) -> None:
    with pytest.raises(InvalidQuery, match=rule):
        asked(sortby=text)


@pytest.mark.parametrize("name", ["sortby", "properties"])
def test_a_misspelt_field_is_named_with_the_nearest(name: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        asked(**{name: "titel"})
    assert (caught.value.parameter, caught.value.nearest) == (name, "title")


def test_a_parameter_is_known_and_given_once() -> None:
    pairs = [("limit", "1"), ("bbox", "0,0,1,1")]
    assert parameters(pairs, RESERVED) == dict(pairs)
    with pytest.raises(UnknownParameter) as unknown:
        parameters([("limt", "1")], RESERVED)
    assert unknown.value.nearest == "limit"
    with pytest.raises(UnknownParameter) as far:
        parameters([("zzzzzz", "1")], RESERVED)
    assert far.value.nearest is None
    with pytest.raises(InvalidQuery, match="given once"):
        parameters([("limit", "1"), ("limit", "1")], RESERVED)
    with pytest.raises(InvalidQuery, match="NUL"):
        parameters([("cursor", "a\0b")], RESERVED)


def test_a_walk_goes_on_where_its_cursor_says() -> None:
    query = asked(event_type="attack")
    assert walk_of(INCIDENTS, query, {}) is None
    text = encode_cursor(INCIDENTS, query, Cursor(7, 12, (3, 99)))
    assert walk_of(INCIDENTS, query, {"cursor": text}) == Cursor(7, 12, (3, 99))
    with pytest.raises(InvalidQuery, match="a cursor already says"):
        walk_of(INCIDENTS, query, {"cursor": text, "offset": "0"})


@given(st.dictionaries(st.sampled_from([*RESERVED, "title", "killed_low", "radius_m"]), st.text()))
def test_any_query_is_understood_or_refused_with_its_parameter(given: dict[str, str]) -> None:
    try:
        query = layer_query(INCIDENTS, given, SETTINGS)
        walk_of(INCIDENTS, query, given)
        refused = None
    except InvalidQuery as fault:
        refused = fault
    assert refused is None or (refused.parameter in given and refused.rule)
