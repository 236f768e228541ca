from __future__ import annotations

from datetime import datetime

import numpy as np

from db.analyses.together import MOST_ACTORS, Period, actors_of, countries_of, period_of
from tests.db.analyses.made import incidents

NAN = float("nan")


def test_a_period_runs_from_the_first_moment_to_the_last() -> None:
    period = period_of(incidents([10.0, 5.0], [11.0, 20.0]))
    assert period == Period(datetime(1970, 1, 6), datetime(1970, 1, 21), dated=True)


def test_an_open_end_stays_open_and_an_unknown_time_is_passed_over() -> None:
    period = period_of(incidents([10.0, 5.0, NAN], [11.0, NAN, NAN]))
    assert period == Period(datetime(1970, 1, 6), None, dated=True)
    assert period_of(incidents([NAN], [NAN])) == Period(None, None, dated=False)


def test_actors_come_by_how_many_incidents_they_are_in() -> None:
    inside = incidents(
        [0.0] * 3, [1.0] * 3, {"actors": ["B (party); A (target)", "A (target)", ""]}
    )
    assert actors_of(inside) == "A (target): 2; B (party): 1"
    many = "; ".join(f"Group {n:02} (party)" for n in range(MOST_ACTORS + 3))
    told = actors_of(incidents([0.0], [1.0], {"actors": [many]}))
    assert told is not None
    assert told.endswith("Group 11 (party): 1; 3 more")


def test_without_actors_or_countries_nothing_is_told() -> None:
    inside = incidents([0.0], [1.0])
    inside = type(inside)(
        **{name: getattr(inside, name) for name in inside.__slots__ if name != "fields"},
        fields={name: np.array([None], dtype=object) for name in ("actors", "country")},
    )
    assert (actors_of(inside), countries_of(inside)) == (None, None)
