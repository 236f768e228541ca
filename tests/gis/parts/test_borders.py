"""Parts measure what the whole measures."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.border_index import BorderIndex, border_index
from gis.borders import BorderDistance, nearest_border
from gis.errors import InvalidGeometry
from gis.parts.borders import keep_discs, measure_discs
from gis.place_chances import Chances, disc_chances
from tests.gis.parts.here import Here

LIMITS_M = (10_000.0, 50_000.0)


@pytest.fixture(scope="module")
def borders() -> BorderIndex:
    rng = np.random.default_rng(3)
    walks = np.cumsum(rng.normal(0, 0.05, (3, 80, 2)), axis=1) + np.array([1.0, 14.5])
    return border_index([shapely.LineString(walk) for walk in walks])


@pytest.mark.parametrize("parts", [1, 2, 7])
@pytest.mark.parametrize("places", [0, 1, 400])
def test_distances_and_chances_are_those_of_the_whole(
    borders: BorderIndex, parts: int, places: int
) -> None:
    rng = np.random.default_rng(places)
    lon, lat = rng.uniform(-2, 4, places), rng.uniform(12, 17, places)
    radius = rng.choice([0.0, 1_000.0, 25_000.0], places)
    point, chances = measure_discs(keep_discs(Here(parts), lon, lat, radius), borders, LIMITS_M)
    whole = nearest_border(lon, lat, borders)
    likely = disc_chances(lon, lat, radius, borders, LIMITS_M)
    for name in BorderDistance.__slots__:
        assert getattr(point, name).tobytes() == getattr(whole, name).tobytes()
    for name in Chances.__slots__:
        assert getattr(chances, name).tobytes() == getattr(likely, name).tobytes()
        assert getattr(chances, name).shape == getattr(likely, name).shape


def test_no_line_is_refused() -> None:
    discs = keep_discs(Here(2), np.array([1.0]), np.array([15.0]), np.array([0.0]))
    with pytest.raises(InvalidGeometry, match="at least one line"):
        measure_discs(discs, border_index([]), LIMITS_M)
