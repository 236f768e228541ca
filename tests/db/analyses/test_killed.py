from __future__ import annotations

import pytest

from db.analyses.killed import Killed, killed_in
from tests.db.analyses.made import incidents

NAN = float("nan")


@pytest.mark.parametrize(
    "low, best, high, sum_of_them",
    [
        pytest.param([25, 1], [NAN, 2], [30, 3], Killed(26, 33, 0), id="ranges"),
        pytest.param([25, 1], [NAN, 2], [NAN, 3], Killed(26, None, 0), id="an open end"),
        pytest.param([NAN, 1], [NAN, 1], [NAN, 1], Killed(1, None, 1), id="no figure"),
        pytest.param([NAN, NAN], [NAN, 5], [NAN, NAN], Killed(None, None, 1), id="no bounds"),
        pytest.param([0, 0], [0, 0], [0, 0], Killed(0, 0, 0), id="nobody"),
        pytest.param([9, 1], [5, 1], [4, 1], Killed(5, 10, 0), id="out of order"),
    ],
)
def test_an_unknown_figure_is_not_zero(
    low: list[float], best: list[float], high: list[float], sum_of_them: Killed
) -> None:
    fields = {"killed_low": low, "killed_best": best, "killed_high": high}
    assert killed_in(incidents([0, 0], [1, 1], fields)) == sum_of_them
