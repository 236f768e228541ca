"""Limits of a filter, and what is no value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from db.cql2.filter import Filter, Language
from db.cql2.nodes import Call
from db.cql2.tree import LONGEST, nodes_of
from db.errors import InvalidQuery

POINT = {"type": "Point", "coordinates": [1, 2]}


def nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"op": "=", "args": [{"property": "a"}, 1]}
    for _ in range(depth):
        tree = {"op": "not", "args": [tree]}
    return tree


@pytest.mark.parametrize(
    "text, rule",
    [
        ("", "an expression"),
        (" \n", "an expression"),
        ("a = '\0'", "NUL"),
        ("a = '\ud800'", "Unicode"),
        ("a = '" + "x" * LONGEST + "'", "16384 bytes"),
        ("a = '" + "é" * (LONGEST // 2) + "'", "16384 bytes"),
        ("a = " + "+".join(["b"] * 60), "40 deep"),
        ("a IN (" + ",".join(["1"] * 1_000) + ")", "1000 operators"),
        (" OR ".join(["a = 1"] * 400), "1000 operators"),
        ("a = 1e999", "finite"),
        ("a > DATE('2019-02-30')", "calendar"),
        ("a > DATE('2019-02')", "2019-12-10"),
        ("a > DATE('2019-02-01T00:00:00Z')", "2019-12-10"),
        ("a > TIMESTAMP('noon')", "2019-12-10T12:00:00Z"),
        ("a > TIMESTAMP('2019-02-01/2019-03-01')", "2019-12-10T12:00:00Z"),
        ("a > DATE('0000-01-01')", "calendar"),
        ("T_AFTER(a, INTERVAL('2019-01-01'))", "no expression"),
        ("T_AFTER(a, INTERVAL('soon', '..'))", "2019-12-10"),
        ("S_WITHIN(a, BBOX(1, 2, 3))", "four numbers"),
        ("S_WITHIN(a, BBOX(1, 2, 'x', 4))", "finite number"),
        ("S_WITHIN(a, BBOX(1, 95, 3, 96))", "latitudes"),
        ("S_WITHIN(a, POINT(181 0))", "longitudes"),
        ("S_WITHIN(a, POINT(nan 0))", "GeoJSON geometry"),
        ("S_WITHIN(a, POINT(1e400 0))", "GeoJSON geometry"),
        ("S_WITHIN(a, POINT EMPTY)", "not empty"),
        ("S_WITHIN(a, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "valid"),
    ],
)
def test_a_text_beyond_the_limits_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InvalidQuery, match=rule):
        nodes_of(Filter(text))


@pytest.mark.parametrize(
    "text, rule",
    [
        ("{", "JSON"),
        ("[" * 16_000, "JSON"),
        ('"\\ud800"', "JSON"),
        ('{"op": "=", "args": [1, NaN]}', "JSON"),
        ('{"op": "=", "args": [1, 1e999]}', "JSON|finite"),
        ('{"op": "=", "args": [1, "\\u0000"]}', "NUL"),
        ('{"op": "=", "args": [{"property": "a"}, null]}', "IS NULL"),
        ('{"op": "=", "args": {"a": 1}}', "no expression"),
        ('{"op": "=", "args": [1, 2], "more": 1}', "no expression"),
        ('{"property": 1}', "no expression"),
        ("{}", "no expression"),
        (json.dumps(nested(50)), "40 deep"),
        ('{"op":"not","args":[' * 700 + "true" + "]}" * 700, "40 deep|JSON"),
        ('{"type": "Polygon", "coordinates": ' + "[" * 7_000 + "]" * 7_000 + "}", "GeoJSON|JSON"),
        ('{"type": "Point", "coordinates": [1]}', "GeoJSON"),
        ('{"type": "Point", "coordinates": "x"}', "GeoJSON"),
        ('{"type": "Circle"}', "GeoJSON"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}', "GeoJSON"),
        ('{"type": "Feature", "geometry": null, "properties": {}}', "geometry"),
        ('{"date": 20190101}', "no expression"),
        ('{"interval": ["2019-01-01"]}', "no expression"),
        ('{"bbox": [1, 2, true, 4]}', "finite number"),
    ],
)
def test_json_beyond_the_limits_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InvalidQuery, match=rule):
        nodes_of(Filter(text, Language.JSON))


def test_the_deepest_and_the_largest_are_read() -> None:
    assert isinstance(nodes_of(Filter(json.dumps(nested(38)), Language.JSON)), Call)
    assert isinstance(nodes_of(Filter("(" * 40 + "a = 1" + ")" * 40)), Call)
    assert isinstance(nodes_of(Filter("a IN (" + ",".join(["1"] * 990) + ")")), Call)


def test_a_geometry_is_one_node_whatever_it_has_of_corners() -> None:
    corners = ", ".join(f"{i / 100} 1" for i in range(1_500))
    assert isinstance(nodes_of(Filter(f"S_INTERSECTS(geometry, LINESTRING({corners}))")), Call)
