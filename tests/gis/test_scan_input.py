"""Incidents by location and step, and what is expected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import InvalidGeometry, InvalidInterval, InvalidSetting
from gis.positions import Metric, Positions
from gis.scan_input import Study, checked_counts, dated, person_days, standardised


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(1, 9))
def test_steps_are_counted_back_from_the_last_day_and_cover_the_study(
    first: int, length: int, step_days: int
) -> None:
    study = Study(first, first + length, step_days)
    days = np.arange(first - 1, first + length + 2)
    step = study.step_of(days.astype(float))
    assert step[[0, -1]].tolist() == [-1, -1]
    assert set(step[1:-1].tolist()) == set(range(study.steps))
    for one in range(study.steps):
        low, high = study.days_of(one, one + 1)
        assert days[step == one].tolist() == list(range(low, high + 1))
        assert high - low + 1 == step_days or one == 0


def test_moments_belong_to_their_day_and_unknown_ones_to_none() -> None:
    study = Study(0, 3)
    assert study.step_of(np.array([3.99, 4.0, -0.01, 0.0, np.nan])).tolist() == [3, -1, -1, 0, -1]
    assert study.days_of(1, 3) == (1, 2)


def test_incidents_are_sorted_into_places_and_the_rest_is_counted() -> None:
    places = Positions([1.0, 1.0, 0.0, np.nan, 1.0], [5.0, 5.0, 5.0, 5.0, 5.0])
    found = dated(places, [0.0, 2.0, 1.0, 1.0, 9.0], Study(0, 2))
    assert (found.at.x.tolist(), found.excluded) == ([0.0, 1.0], 2)
    assert found.location.tolist() == [1, 1, 0, -1, -1]
    assert found.of_row.tolist() == [1, 1, 0]
    assert found.step.tolist() == [0, 2, 1]


def test_silent_locations_stand_beside_those_that_reported() -> None:
    places = Positions([1.0], [5.0])
    found = dated(places, [0.0], Study(0, 2), Positions([1.0, 0.5, np.nan], [5.0, 5.0, 5.0]))
    assert found.at.x.tolist() == [0.5, 1.0]
    assert found.location.tolist() == [1]
    with pytest.raises(InvalidGeometry, match="one metric"):
        dated(places, [0.0], Study(0, 2), Positions([1.0], [5.0], Metric.EUCLIDEAN))


def test_counts_without_a_place_are_excluded_and_counted() -> None:
    counts, beside, found = checked_counts(
        Positions([0.0, np.nan, 2.0], [0.0, 0.0, 0.0]), [1, 5, 2], [10.0, 20.0, 30.0]
    )
    assert (counts.tolist(), beside.tolist()) == ([[1], [2]], [[10.0], [30.0]])
    assert (found.excluded, found.location.tolist()) == (5, [0, -1, 1])
    counts, beside, _ = checked_counts(Positions([], []), [], [])
    assert counts.shape == beside.shape == (0, 1)
    counts, _, _ = checked_counts(Positions([], []), np.zeros((0, 4)), np.zeros((0, 4)))
    assert counts.shape == (0, 4)


def test_the_risk_of_a_stratum_is_the_same_everywhere() -> None:
    cases = np.array([[[3, 0], [0, 1]], [[1, 4], [0, 0]]])
    people = np.array([[[100, 50], [100, 50]], [[100, 100], [100, 0]]])
    expected = standardised(cases, people)
    assert expected.sum() == pytest.approx(cases.sum())
    assert expected[0, 0] == pytest.approx(100 * 4 / 400 + 50 * 5 / 200)


def test_people_change_in_a_straight_line_and_stay_before_and_after() -> None:
    found = person_days([[100, 10], [200, 10]], [10, 20], [0, 10, 15, 25])
    np.testing.assert_allclose(found, [[1_000, 100], [625, 50], [875 + 1_000, 100]])
    assert person_days([7.0], [3], [0, 1, 9]).tolist() == [7.0, 56.0]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInterval, match="before it starts"):
        Study(3, 2)
    with pytest.raises(InvalidInterval, match="1 day or more"):
        Study(0, 2, 0)
    with pytest.raises(InvalidInterval, match="one date"):
        dated(Positions([1.0], [5.0]), [0.0, 1.0], Study(0, 2))
    two = Positions([0.0, 1.0], [0.0, 0.0])
    for cases, other, rule in (
        ([1], [1], "a row for each of 2"),
        ([1, 2], [1], "a row for each of 2"),
        ([1, -2], [1, 1], "0 or more"),
        ([1, np.nan], [1, 1], "0 or more"),
        ([1, 1], [1, np.inf], "0 or more"),
        ([1, 0.5], [1, 1], "whole"),
    ):
        with pytest.raises(InvalidSetting, match=rule):
            checked_counts(two, cases, other)
    with pytest.raises(InvalidGeometry, match="given once"):
        checked_counts(Positions([0.0, 0.0], [1.0, 1.0]), [1, 2], [1, 2])
    with pytest.raises(InvalidSetting, match="people are"):
        standardised([[1, 1]], [[1, 0]])
    with pytest.raises(InvalidSetting, match="strata"):
        standardised([1, 1], [1, 1])
    with pytest.raises(InvalidSetting, match="rise"):
        person_days([1, 2], [5, 5], [0, 1])
