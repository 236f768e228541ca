"""Directions that sources name."""

from __future__ import annotations

from math import nan

import pytest

from gis.crs import wgs84
from gis.errors import InvalidGeometry
from gis.stated_bearing import Direction, check_bearing


@pytest.mark.parametrize(
    "direction, azimuth", [(direction, 45.0 * k) for k, direction in enumerate(Direction)]
)
def test_a_direction_holds_within_45_degrees(direction: Direction, azimuth: float) -> None:
    for off, holds in ((0, True), (44.9, True), (-44.9, True), (45.1, False), (180, False)):
        lon, lat, _ = wgs84().fwd(2.1, 13.5, azimuth + off, 150_000)
        check = check_bearing(direction, (2.1, 13.5), (lon, lat), 0.0)
        assert check.holds is holds
        assert check.off_deg == pytest.approx(abs(off), abs=1e-6)
        assert check.azimuth_deg == pytest.approx((azimuth + off) % 360, abs=1e-6)


@pytest.mark.parametrize("radius_m, holds", [(0.0, False), (12_000.0, False), (14_000.0, True)])
def test_a_disc_holds_if_any_part_of_it_does(radius_m: float, holds: bool) -> None:
    # 50 degrees off at 150 km: a disc of 150 km * sin(5 degrees) = 13.1 km reaches 45 degrees.
    lon, lat, _ = wgs84().fwd(2.1, 13.5, 320.0, 150_000)
    assert check_bearing(Direction.WEST, (2.1, 13.5), (lon, lat), radius_m).holds is holds


@pytest.mark.parametrize("radius_m", [None, nan, 150_000.0])
def test_a_direction_cannot_be_told_without_a_radius_or_from_within_the_disc(
    radius_m: float | None,
) -> None:
    lon, lat, _ = wgs84().fwd(2.1, 13.5, 270.0, 150_000)
    check = check_bearing(Direction.WEST, (2.1, 13.5), (lon, lat), radius_m)
    assert check.holds is None
    assert check.azimuth_deg == pytest.approx(270.0)


@pytest.mark.parametrize("place", [(2.1, 13.5), (nan, 13.5), (2.1, nan)])
def test_there_is_no_direction_to_nowhere_or_to_the_same_place(place: tuple[float, float]) -> None:
    check = check_bearing(Direction.WEST, (2.1, 13.5), place, 0.0)
    assert (check.holds, check.azimuth_deg, check.off_deg) == (None, None, None)


def test_a_negative_radius_is_refused() -> None:
    with pytest.raises(InvalidGeometry, match="radius"):
        check_bearing(Direction.WEST, (0, 0), (1, 1), -1.0)
