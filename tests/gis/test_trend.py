from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, norm, theilslopes

from gis.errors import InvalidSetting
from gis.trend import mann_kendall


@given(st.lists(st.integers(0, 5), min_size=3, max_size=25))
def test_a_trend_is_that_of_its_definition(values: list[int]) -> None:
    found = mann_kendall([values])
    n = len(values)
    s = sum(np.sign(values[j] - values[i]) for i in range(n) for j in range(i + 1, n))
    ties = sum(
        values.count(v) * (values.count(v) - 1) * (2 * values.count(v) + 5) for v in set(values)
    )
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    assert found.s[0] == s
    assert found.slope[0] == pytest.approx(theilslopes(values).slope)
    if len(set(values)) > 1:
        z = (s - np.sign(s)) / variance**0.5
        assert found.z[0] == pytest.approx(z)
        assert found.p[0] == pytest.approx(2 * norm.sf(abs(z)))
        assert found.tau[0] == pytest.approx(kendalltau(range(n), values).statistic)
    else:
        assert np.isnan([found.z[0], found.p[0], found.tau[0]]).all()


def test_a_series_with_a_gap_has_no_trend_and_the_others_keep_theirs() -> None:
    found = mann_kendall([[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]])
    assert np.isnan([found.s[0], found.z[0], found.slope[0]]).all()
    assert (found.s[1], found.slope[1]) == (3.0, 1.0)


def test_short_series_and_wrong_shapes() -> None:
    one = mann_kendall([[4.0]])
    assert np.isnan(one.p[0])
    assert np.isnan(one.slope[0])
    assert mann_kendall(np.zeros((0, 5))).p.size == 0
    with pytest.raises(InvalidSetting, match="rows of a table"):
        mann_kendall([1.0, 2.0])
