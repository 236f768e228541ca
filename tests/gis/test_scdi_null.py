from __future__ import annotations

import pytest

from gis.errors import InvalidSetting
from gis.scdi_null import null_rates


@pytest.mark.parametrize(
    "incidents, random, towns",
    [(2, 0.2827, 0.4262), (4, 0.25, 0.70), (5, 0.24, 0.82), (8, 0.23, 0.99), (100, 0.22, 1.0)],
)
def test_null_rates(incidents: int, random: float, towns: float) -> None:
    """Of two incidents by the distance of points in a square; of more as simulated before."""
    found = null_rates(incidents)
    assert found == pytest.approx((random, towns), abs=0.025)
    assert null_rates(incidents) == found


def test_rates_of_many_incidents_are_those_of_a_hundred() -> None:
    assert null_rates(5_000) == null_rates(100)


def test_a_pattern_has_two_incidents_and_a_town() -> None:
    with pytest.raises(InvalidSetting, match="two incidents"):
        null_rates(1)
    with pytest.raises(InvalidSetting, match="a town"):
        null_rates(2, towns=0)
