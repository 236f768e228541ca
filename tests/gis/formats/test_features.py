"""What is seen of rows as they pass."""

from __future__ import annotations

import pytest

from gis.formats.features import Features
from tests.gis.formats.rows import FIELDS, ROWS


def test_credits_and_counts_are_those_of_the_rows_that_passed() -> None:
    told: list[int] = []
    features = Features([ROWS[:2], [], ROWS[2:]], FIELDS, "Point", progress=told.append)
    assert (features.count, features.licences, features.attributions) == (0, (), ())
    assert list(features) == [ROWS[:2], ROWS[2:]]
    assert features.count == 3
    assert features.licences == ("CC BY 4.0", "ODbL")
    assert features.attributions == ("press",)
    assert told == [2, 3]


def test_what_goes_wrong_in_giving_rows_is_noted_and_raised() -> None:
    def refuse(_: int) -> None:
        raise KeyboardInterrupt

    features = Features([ROWS], FIELDS, "Point", progress=refuse)
    with pytest.raises(KeyboardInterrupt):
        list(features)
    assert isinstance(features.fault, KeyboardInterrupt)


def test_rows_without_licence_have_no_credits() -> None:
    features = Features([[(1, None)]], (), None)
    assert list(features) == [[(1, None)]]
    assert features.licences == features.attributions == ()
