"""Incidents for the tests of space-time interaction: stacked, tied, missing, anywhere on Earth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from gis.positions import Metric, Positions

if TYPE_CHECKING:
    from gis.crs import FloatArray

REFERENCE = Path(__file__).parent / "reference"

CENTRES = [(1.3, 15.2), (0.0, 0.0), (179.97, -70.0), (20.0, 89.9)]


def burkitt() -> tuple[Positions, FloatArray]:
    """Return the 188 cases of Williams et al. (1978)."""
    x, y, day = np.loadtxt(REFERENCE / "burkitt.csv", delimiter=",", skiprows=1).T
    return Positions(x, y, Metric.EUCLIDEAN), day


@st.composite
def arrangements(draw: st.DrawFn) -> tuple[Positions, FloatArray, FloatArray]:
    """Up to 30 rows on a small lattice, with intervals of whole days."""
    metric = draw(st.sampled_from(list(Metric)))
    size = draw(st.integers(0, 30))
    steps = st.lists(st.integers(-3, 3), min_size=size, max_size=size)
    east, north = (np.array(draw(steps), dtype=float) for _ in range(2))
    if metric is Metric.GEODESIC:
        centre = draw(st.sampled_from(CENTRES))
        x, y = centre[0] + 0.02 * east, np.minimum(centre[1] + 0.02 * north, 90.0)
        x = np.where(x > 180, x - 360, x)
    else:
        x, y = 1_000 * east, 1_000 * north
    days = st.lists(st.integers(0, 20), min_size=size, max_size=size)
    lengths = st.lists(st.sampled_from([0, 0, 1, 6]), min_size=size, max_size=size)
    start = np.array(draw(days), dtype=float)
    end = start + np.array(draw(lengths))
    if size > 2 and draw(st.booleans()):
        x[0], start[1] = np.nan, np.nan
    return Positions(x, y, metric), start, end


def all_distances_m(places: Positions) -> FloatArray:
    """Distances of all pairs, (n, n), infinite with itself."""
    at = places.checked()
    row = np.arange(at.x.size)
    metres = at.distance_m(row[:, None], row[None, :])
    np.fill_diagonal(metres, np.inf)
    return metres


def planted() -> tuple[FloatArray, FloatArray, FloatArray]:
    """100 incidents anywhere at any time, and 8 in five days around one place."""
    rng = np.random.default_rng(8)
    lon, lat = rng.uniform(-2, 2, 108), rng.uniform(13, 16, 108)
    day = np.floor(rng.uniform(0, 60, 108))
    lon[100:], lat[100:] = 1 + rng.normal(0, 0.01, 8), 14 + rng.normal(0, 0.01, 8)
    day[100:] = rng.integers(30, 35, 8)
    return lon, lat, day
