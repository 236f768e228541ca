from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from gis.k_distance_plot import HEIGHT, LEFT, MOST_CORNERS, RIGHT, TOP, WIDTH, k_distance_svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> tuple[str, list[tuple[float, float]]]:
    """Its texts, and the corners of the curve."""
    root = ElementTree.fromstring(svg)
    curve = root.find(f"{SVG}polyline")
    points = "" if curve is None else curve.attrib["points"]
    corners = [tuple(map(float, corner.split(","))) for corner in points.split()]
    texts = " | ".join(each.text or "" for each in root.iter(f"{SVG}text"))
    return texts, [(x, y) for x, y in corners]


def test_the_curve_falls_from_the_loneliest_within_its_frame() -> None:
    metres = np.random.default_rng(1).lognormal(9, 1, 10_000)
    texts, corners = drawn(k_distance_svg(metres, min_points=4, radius_km=20))
    xs, ys = zip(*corners, strict=True)
    assert len(corners) <= MOST_CORNERS
    assert (min(xs), max(xs)) == (LEFT, WIDTH - RIGHT)
    assert list(ys) == sorted(ys)
    assert TOP <= min(ys) <= max(ys) <= HEIGHT
    assert "has 4 incidents" in texts
    assert f"{(metres <= 20_000).mean():.0%} core at 20 km" in texts


def test_what_stands_on_one_place_and_what_has_no_distance_is_told() -> None:
    texts, _ = drawn(k_distance_svg([0.0, 0.0, 5_000.0, np.nan], min_points=2, radius_km=None))
    assert "3 incidents; 1 without a distance; 67% at 100 m or less" in texts


@pytest.mark.parametrize("metres", [[], [np.nan]])
def test_without_a_distance_there_is_no_curve(metres: list[float]) -> None:
    texts, corners = drawn(k_distance_svg(metres, min_points=2, radius_km=5))
    assert corners == []
    assert "0 incidents" in texts


def test_one_distance_is_a_point_of_the_curve() -> None:
    assert len(drawn(k_distance_svg([1_000.0], min_points=1, radius_km=0.0))[1]) == 1
