from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from db.analyses.days import day_of, days_of_beginning, moment_of
from tests.db.analyses.made import incidents

NAN = float("nan")


@pytest.mark.parametrize(
    "start, end, extent, first, last",
    [
        pytest.param(5.0, 6.0, "within", 5.0, 5.0, id="a day"),
        pytest.param(5.5, 5.75, "within", 5.0, 5.0, id="an afternoon"),
        pytest.param(5.5, 6.25, "within", 5.0, 6.0, id="a night"),
        pytest.param(5.0, 12.0, "within", 5.0, 11.0, id="a week"),
        pytest.param(5.0, 12.0, "throughout", 5.0, 5.0, id="what lasted a week"),
        pytest.param(5.0, NAN, "throughout", 5.0, 5.0, id="what lasts"),
        pytest.param(5.0, NAN, "within", 5.0, NAN, id="an open end"),
        pytest.param(NAN, 6.0, "throughout", NAN, NAN, id="an open start"),
        pytest.param(NAN, NAN, "within", NAN, NAN, id="no time"),
        pytest.param(5.5, 5.5, "within", 5.0, 5.0, id="a moment"),
    ],
)
def test_what_lasted_began_on_its_first_day_and_what_is_vague_on_any(
    start: float, end: float, extent: str, first: float, last: float
) -> None:
    found = days_of_beginning(incidents([start], [end], {"time_extent": [extent]}))
    np.testing.assert_equal((found.first[0], found.last[0]), (first, last))
    assert found.known[0] == (first == first and last == last)
    assert found.certain[0] == (first == last)


def test_days_and_moments_are_the_same_both_ways() -> None:
    assert moment_of(18_240.5) == datetime(2019, 12, 10, 12)
    assert day_of(datetime(2019, 12, 10, 23, 59)) == 18_240
    assert day_of(datetime(1969, 12, 31, 1)) == -1
    assert moment_of(NAN) is None
