"""A filter answers or is refused, whatever it holds; it reaches nothing but the layer's fields."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.cql2.condition import condition
from db.cql2.filter import Filter, Language
from db.engine import create_engine
from db.errors import InvalidQuery
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, keys_statement, rows_of
from db.read import Counts, batches
from db.transaction import current_state, reading
from tests.db.cql2.tables import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.db.cql2.asking import Asking


@pytest.fixture(scope="module")
def engine(shipped_database: str) -> Iterator[Engine]:
    engine = create_engine(shipped_database)
    yield engine
    engine.dispose()


def compiled(text: str, layer: str = "incidents", language: Language = Language.TEXT) -> str:
    found = LAYERS[layer]
    return str(condition(found, rows_of(found, None), Filter(text, language)))


@pytest.mark.parametrize(
    "text, rule",
    [
        ("kiled_low > 1", "did you mean 'killed_low'"),
        ("geom IS NULL", "no such field"),
        ("incident_id = 1", "no such field"),
        ("status = 'active'", "no such field"),
        ('"incident.status" = 1', "no such field"),
        ("geometry = 1", "spatial functions"),
        ("killed_low = 'many'", "a number cannot be compared with a text"),
        ("title > 1", "a text cannot be compared with a number"),
        ("event_start > 'noon'", "written like 2019-12-10T12:00:00Z"),
        ("event_start > '2019-13-01'", "a day of the calendar"),
        ("event_start > CASEI('2019-01-01')", "a moment cannot be compared with a text"),
        ("event_start > 2019", "a moment cannot be compared"),
        ("title = TRUE", "true or false"),
        ("title", "a condition is wanted"),
        ("killed_low + 1", "a condition is wanted"),
        ("'x'", "a condition is wanted"),
        ("title AND TRUE", "a condition is wanted"),
        ("title + 1 > 2", "wants numbers"),
        ("title = (1 = 1)", "true or false"),
        ("CASEI(killed_low) = 'x'", "wants a text"),
        ("killed_low LIKE '1%'", "pattern"),
        ("title LIKE note", "a pattern is a text"),
        ("title LIKE 1", "a pattern is a text"),
        ("title LIKE '" + "%a" * 13 + "'", "at most 12"),
        ("title IN (1)", "a text cannot be compared"),
        ("title IN ('a', 1)", "a text cannot be compared"),
        ("killed_low BETWEEN 'a' AND 'b'", "a number cannot be compared"),
        ("pg_sleep(10) = 1", "no such function"),
        ("version() = 'x'", "no such function"),
        ("s_intersect(geometry, POINT(1 2))", "did you mean 's_intersects'"),
        ("S_INTERSECTS(geometry)", "applied to 2 arguments"),
        ("S_INTERSECTS(title, POINT(1 2))", "no geometry"),
        ("S_INTERSECTS(geometry, 1)", "no geometry"),
        ("S_CROSSES(geometry, GEOMETRYCOLLECTION(POINT(1 2)))", "collection"),
        ("T_AFTER(title, DATE('2019-01-01'))", "a date or a moment is wanted"),
        ("T_AFTER(event_start, '2019-01-01')", "no date, moment or interval"),
        ("T_AFTER(event_start, POINT(1 2))", "no date, moment or interval"),
        (
            "T_AFTER(event_start, INTERVAL('2019-02-01', '2019-01-01'))",
            "does not end before it starts",
        ),
        ("within_distance(geometry, POINT(1 2))", "within_distance.geometry, point, metres"),
        ("within_distance(geometry, POINT(1 2), -1)", "number of metres"),
        ("within_distance(geometry, POINT(1 2), radius_m)", "number of metres"),
        ("within_distance(geometry, BBOX(1, 2, 3, 4), 1)", "is a point"),
        ("certainly_within(POINT(1 2))", "a polygon"),
        ("possibly_within(BBOX(-180, 0, 0, 10))", "half round the earth"),
        ("certainly_within(BBOX(0, -90, 10, 90))", "half round the earth"),
        ("within_distance(LINESTRING(0 0, 180 0), POINT(1 2), 5)", "half round the earth"),
        ("min_casualties('kiled') > 1", "did you mean 'killed'"),
        ("min_casualties(title) > 1", "wants one of killed"),
        ("max_casualties('killed', 'soldiers') > 1", "wants one of all"),
        ("max_casualties() > 1", r"max_casualties.harm, .person_status."),
        ("min_casualties('killed')", "a condition is wanted"),
        ("min_casualties('killed') = 'x'", "a number cannot be compared"),
        ("within_distance(geometry, POINT(1 2), 5) > 1", "cannot be compared with a number"),
        ("A_CONTAINS(title, ('x', 'y'))", "relates lists of texts"),
        ("A_CONTAINS(actor_names, (1, 2))", "relates lists of texts"),
        ("A_CONTAINS(actor_names, killed_low)", "relates lists of texts"),
        ("A_CONTAINS(actor_names)", "applied to 2 arguments"),
        ("actor_names = ('x', 'y')", "no value that can be compared"),
        ("actor_names = actor_names", "A_EQUALS, A_CONTAINS"),
        ("actor_names LIKE 'x%'", "pattern"),
        ("('x', 'y')", "a condition is wanted"),
        ("DATE('2019-01-01')", "a condition is wanted"),
        ("BBOX(1, 2, 3, 4) IS NULL", "no value"),
        ("INTERVAL('2019-01-01', '..') = 1", "no value"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InvalidQuery, match=rule) as refusal:
        compiled(text)
    assert refusal.value.parameter == "filter"


@pytest.mark.parametrize(
    "text, rule",
    [
        ('{"op": "and", "args": []}', "two conditions"),
        ('{"op": "and", "args": [true]}', "two conditions"),
        ('{"op": "in", "args": [{"property": "title"}, []]}', "at least one"),
        ('{"op": "in", "args": [{"property": "title"}, "a"]}', "a list"),
        ('{"op": "not", "args": [true, false]}', "1 arguments"),
        ('{"op": "casei", "args": []}', "condition"),
        ('{"op": "=", "args": [{"op": "casei", "args": []}, "x"]}', "1 arguments"),
        ('{"op": "like", "args": [{"property": "title"}, "a\\\\"]}', "does not end"),
        ("[1]", "a condition is wanted"),
        ("1", "a condition is wanted"),
    ],
)
def test_json_that_makes_no_sense_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InvalidQuery, match=rule):
        compiled(text, language=Language.JSON)


@pytest.mark.parametrize(
    "layer, text",
    [
        ("reports", "S_INTERSECTS(geometry, POINT(1 2))"),
        ("reports", "geometry IS NULL"),
        ("reports", "within_distance(geometry, POINT(1 2), 5)"),
        ("places", "certainly_within(BBOX(1, 2, 3, 4))"),
        ("borders", "possibly_within(BBOX(1, 2, 3, 4))"),
        ("places", "min_casualties('killed') > 1"),
    ],
)
def test_a_layer_is_not_asked_for_what_it_has_not(layer: str, text: str) -> None:
    with pytest.raises(InvalidQuery):
        compiled(text, layer)


def test_values_are_bound_and_never_written_into_the_statement() -> None:
    evil = "'; DROP TABLE liptako.incident; --"
    text = f"title = '{evil.replace(chr(39), chr(39) * 2)}' OR CASEI(title) LIKE 'dr%p'"
    assert "DROP" not in compiled(text)
    assert "dr%p" not in compiled(text)


@pytest.mark.parametrize(
    "text",
    [
        "killed_low ^ 1000000 > 1",
        "(0 - killed_low) ^ 0.5 > 1",
        "killed_low * 1e308 * 1e308 > 1",
        "1e-308 * 1e-308 = killed_low",
    ],
)
def test_arithmetic_without_a_result_is_the_fault_of_the_filter(engine: Engine, text: str) -> None:
    with pytest.raises(InvalidQuery, match="no number"):
        keys(engine, LayerQuery(filter=Filter(text)))


@pytest.mark.parametrize("text", ["1 / 0 = 1", "killed_low % 0 = 1", "1 div 0 > 1"])
def test_what_is_divided_by_zero_is_missing(asking: Asking, text: str) -> None:
    assert asking.matched("incidents", text) == set()
    assert asking.matched("incidents", f"NOT ({text})") == set()


@pytest.mark.parametrize(
    "text",
    [
        "T_BEFORE(event_start, DATE('9999-12-31'))",
        "T_INTERSECTS(INTERVAL(event_start, event_end), DATE('9999-12-31'))",
        "T_DURING(INTERVAL(event_start, event_end), INTERVAL('0001-01-01', '9999-12-31'))",
        "T_EQUALS(INTERVAL('..', '..'), INTERVAL(event_start, event_end))",
        "T_INTERSECTS(INTERVAL('..', '..'), INTERVAL('2019-01-01', '..'))",
        "T_AFTER(INTERVAL('9999-12-31', '9999-12-31'), event_start)",
        "event_end <= DATE('9999-12-31')",
        "S_INTERSECTS(geometry, BBOX(0, 0, 0, 0)) OR S_WITHIN(BBOX(0, 0, 0, 9), geometry)",
        "S_EQUALS(geometry, geometry) AND S_WITHIN(geometry, BBOX(170, -90, -170, 90))",
        "S_TOUCHES(POINT(1 2), POINT Z(1 2 3))",
        "TRUE",
        "NOT FALSE",
        "(title = 'a') = (title = 'b' AND note IS NULL)",
        "(TRUE = FALSE) IS NULL",
        "within_distance(geometry, POINT(0 90), 1) OR within_distance(geometry, POINT(0 0), 0)",
    ],
)
def test_the_edges_of_the_calendar_and_of_the_map_are_answered(asking: Asking, text: str) -> None:
    assert isinstance(asking.matched("incidents", text), set)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_field_of_every_layer_can_be_asked_for(asking: Asking, layer: str) -> None:
    for field in LAYERS[layer].fields:
        none = asking.matched(layer, f'"{field.name}" IS NULL')
        some = asking.matched(layer, f'"{field.name}" IS NOT NULL')
        assert not none & some
        assert len(none | some) == len(asking.matched(layer, "TRUE"))


@pytest.mark.parametrize("layer", ["admin-units", "regions", "borders", "border-distances"])
def test_every_spatial_function_answers_for_lines_and_polygons(asking: Asking, layer: str) -> None:
    for name in ("EQUALS", "TOUCHES", "CROSSES", "WITHIN", "CONTAINS", "OVERLAPS", "DISJOINT"):
        for shape in ("BBOX(-3, 12, 3, 16)", "LINESTRING(-3 12, 3 16)", "POINT(2.1 13.5)"):
            assert isinstance(asking.matched(layer, f"S_{name}(geometry, {shape})"), set)


def test_a_filter_holds_at_a_former_state(engine: Engine) -> None:
    layer = LAYERS["incidents"]
    filter = Filter("killed_low > 5 AND title LIKE '%a%'")
    with reading(engine) as connection:
        now = current_state(connection).version
        present, former = LayerQuery(filter=filter), LayerQuery(filter=filter, version=now)
        found = [set(connection.scalars(keys_statement(layer, q))) for q in (present, former)]
        counted = Counts().matched(connection, layer, present, now)
        paged = sum(map(len, batches(connection, layer, LayerQuery(filter=filter, limit=7))))
    assert found[0] == found[1]
    assert len(found[0]) == counted > 7 == paged


WORDS = st.sampled_from(
    "AND OR NOT LIKE BETWEEN IN IS NULL TRUE FALSE DIV ( ) , = <> < > + - * / % ^ "
    "title killed_low event_start event_end geometry 'x' '%' '2019-01-01' '..' 1 0 -2.5 1e300 "
    "CASEI( ACCENTI( DATE( TIMESTAMP( INTERVAL( BBOX( POINT( POLYGON(( S_WITHIN( T_AFTER( "
    "within_distance( possibly_within( \\ \" ' ; --".split()
)
PIECES = st.sampled_from([text for table in CLASSES.values() for _, text, _ in table])


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A good filter with a piece cut out of it and another put there."""
    text, other = draw(PIECES), draw(PIECES | st.text(max_size=5) | WORDS)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    return text[:start] + other[: draw(st.integers(0, len(other)))] + text[end:]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.lists(WORDS, max_size=14).map(" ".join) | broken())
def test_any_text_is_answered_or_refused(engine: Engine, text: str) -> None:
    answered(engine, Filter(text))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([{"property": "killed_low"}, {"date": "2019-01-01"}, {"bbox": [1, 2, 3, 4]}]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["op", "args", "type", "interval"]), inner, max_size=2)
        | st.builds(
            lambda op, args: {"op": op, "args": args},
            st.sampled_from(["and", "not", "=", "<", "+", "like", "in", "isNull", "t_after"]),
            st.lists(inner, max_size=3),
        )
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | JSON.map(json.dumps))
def test_any_json_is_answered_or_refused(engine: Engine, text: str) -> None:
    answered(engine, Filter(text, Language.JSON))


def answered(engine: Engine, filter: Filter) -> None:
    """Fails for any error but the one that names the parameter."""
    with suppress(InvalidQuery):
        assert len(keys(engine, LayerQuery(filter=filter, limit=3))) <= 3


def keys(engine: Engine, query: LayerQuery) -> list[int]:
    with reading(engine) as connection:
        return list(connection.scalars(keys_statement(LAYERS["incidents"], query)))
