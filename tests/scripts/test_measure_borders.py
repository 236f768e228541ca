"""What the bench of borders reckons; nothing here measures."""

from __future__ import annotations

import numpy as np

from scripts.measure.borders import errors, liptako, planar
from scripts.measure.clusters import town_points


def test_contenders_measure_the_same_points_to_the_same_lines() -> None:
    lon, lat = town_points(200)
    exact, plane = liptako(lon, lat), planar(lon, lat)
    assert exact.shape == plane.shape == (200,)
    # Off its zone a plane is wrong by parts in a hundred, and by no more.
    assert np.abs(plane - exact).max() < 0.03 * exact.max()


def test_errors_are_absolute() -> None:
    assert errors(np.array([1.0, 5.0, 9.0]), np.array([2.0, 5.0, 6.0])) == (1.0, 3.0)
