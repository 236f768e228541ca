"""The grammar of CQL2 text: one tree for a text, and the place of a fault."""

from __future__ import annotations

import json
import re
from typing import Any

import cql2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.cql2.text import tree_of
from db.errors import InvalidQuery
from tests.db.cql2.tables import CLASSES

TEXTS = [text for table in CLASSES.values() for _, text, _ in table]

QGIS = {
    '("country" = \'NER\') AND ("killed_low" IS NULL)': {
        "op": "and",
        "args": [
            {"op": "=", "args": [{"property": "country"}, "NER"]},
            {"op": "isNull", "args": [{"property": "killed_low"}]},
        ],
    },
    '( - ("killed_low")) < 2': {
        "op": "<",
        "args": [{"op": "*", "args": [-1, {"property": "killed_low"}]}, 2],
    },
    "\"event_start\" >= TIMESTAMP('2019-12-01T00:00:00Z')": {
        "op": ">=",
        "args": [{"property": "event_start"}, {"timestamp": "2019-12-01T00:00:00Z"}],
    },
    "\"modified\" <> DATE('2019-12-01')": {
        "op": "<>",
        "args": [{"property": "modified"}, {"date": "2019-12-01"}],
    },
    "CASEI(\"title\") LIKE CASEI('%camp%')": {
        "op": "like",
        "args": [
            {"op": "casei", "args": [{"property": "title"}]},
            {"op": "casei", "args": ["%camp%"]},
        ],
    },
    "\"country\" NOT IN ('NER','MLI')": {
        "op": "not",
        "args": [{"op": "in", "args": [{"property": "country"}, ["NER", "MLI"]]}],
    },
    '"killed_low" BETWEEN 1 AND 5': {
        "op": "between",
        "args": [{"property": "killed_low"}, 1, 5],
    },
    "S_INTERSECTS(geometry,BBOX(-5.5,10,4,17.25))": {
        "op": "s_intersects",
        "args": [{"property": "geometry"}, {"bbox": [-5.5, 10, 4, 17.25]}],
    },
}


@pytest.mark.parametrize("text", TEXTS)
def test_another_parser_reads_the_same(text: str) -> None:
    assert lowered(tree_of(text)) == lowered(cql2.parse_text(text).to_json())


def lowered(tree: Any) -> Any:
    """A tree with its operators in small letters: the standard does not tell them apart."""
    if isinstance(tree, list):
        return [lowered(each) for each in tree]
    if not isinstance(tree, dict) or "op" not in tree:
        return tree
    return {"op": tree["op"].lower(), "args": lowered(tree["args"])}


@pytest.mark.parametrize("text", QGIS)
def test_what_qgis_sends_is_read(text: str) -> None:
    assert tree_of(text) == QGIS[text]


@pytest.mark.parametrize(
    "text, value",
    [
        ("a = 'it''s'", "it's"),
        (r"a = 'it\'s'", "it's"),
        ("a = ''", ""),
        (r"a = 'C:\dir'", r"C:\dir"),
        ("a = 'Tillabéri'", "Tillabéri"),
        ("a = '--; DROP TABLE'", "--; DROP TABLE"),
        ("a = -1.5e3", -1500.0),
        ("a = .5", 0.5),
        ("a = --1", 1.0),
        ("a = tRue", True),
    ],
)
def test_a_value_is_read(text: str, value: object) -> None:
    assert tree_of(text)["args"][1] == value


@pytest.mark.parametrize("text", ['"a""b" = 1', '"a b" = 1', "été = 1", "date = 1", "a.b = 1"])
def test_a_name_is_read(text: str) -> None:
    assert tree_of(text) == cql2.parse_text(text).to_json()


@pytest.mark.parametrize(
    "text, place",
    [
        ("a = ", 5),
        ("a == 1", 4),
        ("a = 1;", 6),
        ("a = 'open", 5),
        ("a IN ()", 7),
        ("a = NULL", 5),
        ("(a = 1", 7),
        ("a = 1)", 6),
        ("a = b = c", 7),
        ("2 ^ 3 ^ 2 = a", 7),
        ("a NOT = 1", 7),
        ("a IS 1", 6),
        ("a BETWEEN 1 OR 2", 13),
        ("a = 1 AND", 10),
        ("POINT(1) = a", 1),
        ("S_INTERSECTS(a, POLYGON((1 2, 3 4))", 17),
        ("S_INTERSECTS(a, POINT(1 2", 26),
        ("a = 1 AND\n(b = 2", 17),
    ],
)
def test_a_fault_is_told_by_its_place(text: str, place: int) -> None:
    with pytest.raises(InvalidQuery, match=re.escape(f"at character {place}, ")):
        tree_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 41 + "a = 1" + ")" * 41,
        "(" * 16_000,
        "f(" * 5_000,
        "(a = 1 AND " * 1_000,
        "NOT " * 41 + "a = 1",
        "NOT " * 4_000 + "a = 1",
        "a IN " + "(" * 41,
    ],
)
def test_what_is_nested_too_deep_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="40"):
        tree_of(text)


def test_brackets_that_are_never_closed_are_refused_at_once() -> None:
    """A parser that goes back to try other rules takes twice as long for each bracket."""
    with pytest.raises(InvalidQuery, match="where '\\)' is expected"):
        tree_of("(a = 1 AND " * 40 + "a = 1")


NAMES = st.sampled_from(["killed_low", "title", "a b", "AND"]).map(lambda name: {"property": name})
NUMBERS = st.integers(0, 10**6).map(float) | st.floats(0.001, 1e6, allow_nan=False)
VALUES = NAMES | NUMBERS


def _binary(ops: list[str], args: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda op, a, b: {"op": op, "args": [a, b]}, st.sampled_from(ops), args, args)


SUMS = st.recursive(VALUES, lambda inner: _binary(["+", "-", "*", "/", "%", "div", "^"], inner))
COMPARISONS = _binary(["=", "<>", "<", "<=", ">", ">="], SUMS)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: _binary(["and", "or"], inner) | inner.map(lambda c: {"op": "not", "args": [c]}),
    max_leaves=8,
)


def _flat(tree: Any) -> Any:
    """A tree in which what is joined with AND or OR stands in one list."""
    if not isinstance(tree, dict) or "op" not in tree:
        return tree
    args = [_flat(arg) for arg in tree["args"]]
    if tree["op"] in ("and", "or"):
        args = [
            each
            for arg in args
            for each in (
                arg["args"] if isinstance(arg, dict) and arg.get("op") == tree["op"] else [arg]
            )
        ]
    return {"op": tree["op"], "args": args}


def _text(tree: Any) -> str:
    """A tree as text, with brackets round all that can have them."""
    if not isinstance(tree, dict):
        return repr(tree)
    if "property" in tree:
        return f'"{tree["property"]}"'
    args = [f"({_text(arg)})" for arg in tree["args"]]
    return f"NOT {args[0]}" if len(args) == 1 else f" {tree['op']} ".join(args)


@given(CONDITIONS)
def test_a_tree_comes_back_from_its_text(tree: Any) -> None:
    assert _flat(tree_of(_text(tree))) == _flat(json.loads(json.dumps(tree)))
