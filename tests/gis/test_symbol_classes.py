"""Classes of features that look alike: every feature is in one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.depiction import Depiction, Label, Scale, Step, Steps, Words
from gis.symbol_classes import Kind, SymbolClass, Test, between, label_tests, symbol_classes

POINTS = Depiction(
    properties=(),
    colour="#123456",
    by_word=Words("kind", {"a": "#aaaaaa", "b": "#bbbbbb", "c": "#aaaaaa"}),
    size=Scale("low", ((0, 6), (1, 7), (10, 20)), unknown=4),
    hollow=("precision", ("near", "area")),
)
LINES = Depiction(
    properties=(),
    colour="#999999",
    by_step=Steps(
        "distance_m",
        (Step(10_000, "#111111", 2.0), Step(50_000, "#222222", 1.0), Step(None, "#333333", 0.5)),
        divisor=1000,
        unit="km",
    ),
)


def holds(test: Test, values: dict[str, Any]) -> bool:
    value = values.get(test.field)
    if test.kind is Kind.UNKNOWN:
        return value is None
    if test.kind in (Kind.NOT_IN, Kind.NOT_AT_LEAST) and value is None:
        return True
    if value is None:
        return False
    least = test.values[0] if test.values else 0
    return bool(
        {
            Kind.IN: value in test.values,
            Kind.NOT_IN: value not in test.values,
            Kind.KNOWN: True,
        }.get(test.kind)
        if test.kind in (Kind.IN, Kind.NOT_IN, Kind.KNOWN)
        else value >= least
        if test.kind is Kind.AT_LEAST
        else value < least
    )


def class_of(classes: list[SymbolClass], values: dict[str, Any]) -> SymbolClass:
    (found,) = (each for each in classes if all(holds(test, values) for test in each.tests))
    return found


@given(
    st.sampled_from(["a", "b", "c", "d", None]),
    st.one_of(st.none(), st.integers(0, 500)),
    st.sampled_from(["near", "exact", None]),
)
def test_every_point_is_in_one_class(
    kind: str | None, low: int | None, precision: str | None
) -> None:
    values = {"kind": kind, "low": low, "precision": precision}
    found = class_of(symbol_classes("Point", POINTS), values)
    assert found.colour == {"a": "#aaaaaa", "b": "#bbbbbb", "c": "#aaaaaa"}.get(
        kind or "", "#123456"
    )
    assert found.size == (4 if low is None else 6 if low == 0 else 7 if low < 10 else 20)
    assert found.hollow is (precision == "near")


@given(st.one_of(st.none(), st.floats(0, 1e6)))
def test_every_line_is_in_one_class(distance: float | None) -> None:
    found = class_of(symbol_classes("LineString", LINES), {"distance_m": distance})
    if distance is None:
        assert (found.colour, found.labels) == ("#999999", (("Not known",),))
    else:
        width = 2.0 if distance < 10_000 else 1.0 if distance < 50_000 else 0.5
        assert found.width == width


def test_the_nearest_are_drawn_last_and_distances_are_told_in_kilometres() -> None:
    labels = [each.labels[0][0] for each in symbol_classes("LineString", LINES)]
    assert labels == ["Not known", "50+ km", "10–50 km", "0–10 km"]


@pytest.mark.parametrize(
    "figure, following, text", [(0, 1, "0"), (1, 10, "1–9"), (200, None, "200+")]
)
def test_classes_of_whole_numbers(figure: float, following: float | None, text: str) -> None:
    assert between(figure, following) == text


@given(st.one_of(st.none(), st.integers(0, 500)))
def test_a_feature_has_one_label(low: int | None) -> None:
    labels = (
        Label("name", None, least=("low", 100)),
        Label("name", 10, least=("low", 25)),
        Label("name", 5),
    )
    held = [all(holds(test, {"low": low}) for test in tests) for tests in label_tests(labels)]
    assert sum(held) == 1
