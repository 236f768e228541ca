"""Names of ten characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.formats.short_names import LONGEST, short_names

names = st.from_regex(r"[a-z][a-z0-9_]{0,40}", fullmatch=True)


@given(st.lists(names, max_size=60, unique=True))
def test_they_are_short_and_all_different(given: list[str]) -> None:
    found = short_names(given)
    assert list(found) == given
    assert all(1 <= len(short) <= LONGEST for short in found.values())
    assert len({short.lower() for short in found.values()}) == len(given)


@pytest.mark.parametrize(
    "name, short",
    [
        ("title", "title"),
        ("place_name", "place_name"),
        ("event_start", "even_start"),
        ("killed_civilians_low", "ki_civ_low"),
        ("killed_civilians_high", "ki_civ_hig"),
        ("border_distance_low_m", "bo_di_lo_m"),
        ("p_within_10_km", "p_wi_10_km"),
        ("p_within_100_km", "p_w_100_km"),
        ("attribution", "attributio"),
    ],
)
def test_words_are_shortened_evenly_and_numbers_not(name: str, short: str) -> None:
    assert short_names([name]) == {name: short}


def test_names_that_would_be_the_same_are_numbered() -> None:
    assert list(short_names(["abcdefghijkl", "ABCDEFGHIJxy", "abcdefghijzz"]).values()) == [
        "abcdefghij",
        "ABCDEFGHI2",
        "abcdefghi3",
    ]
