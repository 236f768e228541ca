"""One filter in two languages: whatever is written as text and as JSON is the same statement."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from db.cql2 import spatial, temporal
from db.cql2.condition import condition
from db.cql2.filter import Filter, Language
from db.errors import InvalidQuery
from db.layers.catalogue import LAYERS
from db.query import rows_of
from gis.reference_systems import REGION_EPSG, offered

if TYPE_CHECKING:
    from gis.reference_systems import ReferenceSystem
    from tests.db.cql2.asking import Asking

Tree = Any
Strategy = st.SearchStrategy[Tree]
INCIDENTS = LAYERS["incidents"]
SYSTEMS = offered(REGION_EPSG)


def call(op: str, *args: Strategy) -> Strategy:
    return st.tuples(*args).map(lambda made: {"op": op, "args": list(made)})


def named(*names: str) -> Strategy:
    return st.sampled_from(names).map(lambda name: {"property": name})


def one_of_calls(ops: list[str], *args: Strategy) -> Strategy:
    return st.sampled_from(ops).flatmap(lambda op: call(op, *args))


# As a filter may hold them: no NUL, no lone surrogates; quotes and signs of the grammar are likely.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.text(
    "ab%_'\"\\é(),;-", max_size=12
)
# A text cannot say "\\" before a quote: "\\'" is one.
WORDS = WORDS.filter(lambda text: re.search(r"\\('|$)", text) is None)
PATTERNS = WORDS.filter(lambda text: (len(text) - len(text.rstrip("\\"))) % 2 == 0)
NUMBERS = st.integers(-(10**9), 10**9).map(float) | st.floats(
    -1e12, 1e12, allow_nan=False, allow_subnormal=False
)
DAYS = st.dates().map(lambda day: {"date": day.isoformat()})
MOMENTS = st.datetimes().map(lambda at: {"timestamp": at.replace(microsecond=0).isoformat() + "Z"})

SUMS: Strategy = st.recursive(
    NUMBERS
    | named("killed_low", "killed_high", "radius_m", "border_distance_m")
    | call("min_casualties", st.just("killed"))
    | call("max_casualties", st.just("killed"), st.sampled_from(["all", "civilian"])),
    lambda inner: one_of_calls(["+", "-", "*", "/", "%", "div"], inner, inner),
    max_leaves=4,
)
TEXTS: Strategy = WORDS | named("title", "country", "adm1", "note")
FOLDED: Strategy = TEXTS | call("casei", TEXTS) | call("accenti", call("casei", TEXTS))
TIMES: Strategy = DAYS | MOMENTS | named("event_start", "event_end")


def ends(one: Strategy) -> Strategy:
    literal = one.map(lambda end: next(iter(end.values())))
    return st.one_of(
        st.just({"interval": [{"property": "event_start"}, {"property": "event_end"}]}),
        st.tuples(literal, literal).map(lambda both: {"interval": sorted(both)}),
        literal.map(lambda end: {"interval": ["..", end]}),
        literal.map(lambda end: {"interval": [end, ".."]}),
        named("event_start", "event_end"),
        one,
    )


SPANS = ends(DAYS) | ends(MOMENTS)
# Texts write no negative zero.
LON, LAT = (st.floats(-e, e).map(lambda degrees: round(degrees, 6) + 0.0) for e in (170, 80))
POINTS = st.tuples(LON, LAT).map(lambda at: {"type": "Point", "coordinates": list(at)})
LINES = st.lists(st.tuples(LON, LAT), min_size=2, max_size=4, unique=True).map(
    lambda line: {"type": "LineString", "coordinates": [list(at) for at in line]}
)
BOXES = st.tuples(LON, LAT, LON, LAT).map(
    lambda e: {"bbox": [e[0], min(e[1], e[3]), e[2], max(e[1], e[3])]}
)
SIZES = st.floats(0.1, 9)
# GEOS writes at most 16 digits, so what is compared digit by digit has fewer.
POLYGONS = st.tuples(LON, LAT, SIZES, SIZES).map(
    lambda p: json.loads(
        shapely.to_geojson(
            shapely.box(p[0], p[1], round(p[0] + p[2], 6) + 0.0, round(p[1] + p[3], 6) + 0.0)
        )
    )
)
SHAPES = POINTS | LINES | BOXES | POLYGONS | named("geometry")

COMPARED: Strategy = st.one_of(
    one_of_calls(["=", "<>", "<", "<=", ">", ">="], SUMS, SUMS),
    one_of_calls(["=", "<>", "<", ">"], FOLDED, FOLDED),
    one_of_calls(["=", "<>", "<", "<=", ">", ">="], TIMES, TIMES),
    call("between", SUMS, SUMS, SUMS),
    call("like", FOLDED, PATTERNS),
    call("like", call("casei", TEXTS), call("casei", PATTERNS)),
    call("in", FOLDED, st.lists(FOLDED, min_size=1, max_size=3)),
    call("in", SUMS, st.lists(SUMS, min_size=1, max_size=3)),
    call("isNull", named("title", "note", "geometry", "killed_low")),
    one_of_calls(list(spatial.OPERATORS), named("geometry"), SHAPES),
    one_of_calls(list(temporal.OPERATORS), SPANS, SPANS),
    call("within_distance", named("geometry"), POINTS, st.floats(0, 1e6).map(lambda m: round(m))),
    one_of_calls(["certainly_within", "possibly_within"], BOXES | POLYGONS),
)
CONDITIONS: Strategy = st.recursive(
    COMPARED | st.booleans(),
    lambda inner: call("and", inner, inner) | call("or", inner, inner) | call("not", inner),
    max_leaves=5,
)
INFIX = {"=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "div", "and", "or", "like"}


def text_of(tree: Tree) -> str:
    """A tree as CQL2 text; written for these tests, from the grammar of the standard."""
    match tree:
        case bool():
            return str(tree).upper()
        case int() | float():
            return repr(tree)
        case str():
            return "'" + tree.replace("'", "''") + "'"
        case {"property": name}:
            return f'"{name}"'
        case {"date": text}:
            return f"DATE('{text}')"
        case {"timestamp": text}:
            return f"TIMESTAMP('{text}')"
        case {"interval": both}:
            return f"INTERVAL({', '.join(map(text_of, both))})"
        case {"bbox": edges}:
            return f"BBOX({', '.join(map(repr, edges))})"
        case {"type": _}:
            geometry = shapely.from_geojson(json.dumps(tree))
            return str(shapely.to_wkt(geometry, rounding_precision=-1))
        case {"op": op, "args": args}:
            return called(op, args)
    raise AssertionError(tree)


def called(op: str, args: list[Tree]) -> str:
    if op == "in":
        return f"({text_of(args[0])} IN ({', '.join(map(text_of, args[1]))}))"
    written = [text_of(arg) for arg in args]
    if op == "not":
        return f"(NOT {written[0]})"
    if op == "isNull":
        return f"({written[0]} IS NULL)"
    if op == "between":
        return f"({written[0]} BETWEEN {written[1]} AND {written[2]})"
    if op in INFIX:
        return "(" + f" {op.upper()} ".join(written) + ")"
    return f"{op.upper()}({', '.join(written)})"


def compiled(filter: Filter) -> tuple[str, dict[str, Any]] | str:
    """The statement and its values, or the rule by which it is refused."""
    try:
        made = condition(INCIDENTS, rows_of(INCIDENTS, None), filter)
    except InvalidQuery as refusal:
        return refusal.rule
    sql = made.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    return str(sql), dict(sql.params)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, st.sampled_from(SYSTEMS))
def test_text_and_json_are_one_statement(tree: Tree, system: ReferenceSystem) -> None:
    text, written = text_of(tree), json.dumps(tree)
    one = compiled(Filter(text, Language.TEXT, system))
    other = compiled(Filter(written, Language.JSON, system))
    assert one == other, text


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CONDITIONS)
def test_text_and_json_find_the_same_rows(asking: Asking, tree: Tree) -> None:
    found = []
    for text, language in ((text_of(tree), Language.TEXT), (json.dumps(tree), Language.JSON)):
        try:
            found.append(asking.matched("incidents", text, language))
        except InvalidQuery as refusal:
            found.append({refusal.rule})  # type: ignore[arg-type]
    assert found[0] == found[1]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CONDITIONS, CONDITIONS)
def test_logic_is_that_of_sets(asking: Asking, one: Tree, other: Tree) -> None:
    try:
        a, b = (asking.matched("incidents", text_of(each)) for each in (one, other))
        not_a = asking.matched("incidents", text_of({"op": "not", "args": [one]}))
        both = asking.matched("incidents", text_of({"op": "and", "args": [one, other]}))
        either = asking.matched("incidents", text_of({"op": "or", "args": [one, other]}))
    except InvalidQuery:
        return
    assert not a & not_a
    assert (both, either) == (a & b, a | b)
