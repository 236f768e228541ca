"""Places drawn at random within the radii in which they lie: the same draws for everybody.

Draw k of a row depends on the seed, on k and on the row's own key alone. So the order of the rows,
and which others take part, change nothing; and two analyses with one seed look at one and the same
possible world in draw k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.crs import checked_lonlat, wgs84
from gis.errors import InvalidGeometry

if TYPE_CHECKING:
    from gis.crs import FloatArray

_UintArray = npt.NDArray[np.uint64]

_STEP = 0x9E3779B97F4A7C15
_BITS = 1 << 64


def drawn_places(
    key: npt.ArrayLike,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    *,
    draw: int,
    seed: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """Draw each place once from its disc, every part of which is equally likely.

    Parameters
    ----------
    key : (n,) array_like of int
        What names a row for good, like its primary key. Rows with one key are drawn alike.
    lon, lat : (n,) array_like, WGS 84 degrees
    radius_m : () or (n,) array_like, metres, >= 0
        0 stays where it is.
    draw, seed : int, >= 0

    Returns
    -------
    lon, lat : (n,) float64
        NaN where the place or the radius is. No rows give no places.

    Raises
    ------
    InvalidGeometry
        If a coordinate or a radius is out of range.
    """
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    wrong = radius[(radius < 0) | np.isinf(radius)]
    if wrong.size:
        raise InvalidGeometry(float(wrong[0]), "a radius is a finite number of metres >= 0")
    away = radius * np.sqrt(uniform(key, draw=draw, part=0, seed=seed))
    azimuth = 360.0 * uniform(key, draw=draw, part=1, seed=seed)
    drawn_lon, drawn_lat, _ = wgs84().fwd(x, y, azimuth, away)
    unknown = np.isnan(x + radius)
    moved = ~unknown & (away > 0)
    return (
        np.where(moved, drawn_lon, np.where(unknown, np.nan, x)),
        np.where(moved, drawn_lat, np.where(unknown, np.nan, y)),
    )


def uniform(key: npt.ArrayLike, *, draw: int, part: int, seed: int) -> FloatArray:
    """Numbers in [0, 1) that depend on the four values alone, (n,).

    SplitMix64's output function (Steele, Lea and Flood 2014, Fast splittable pseudorandom number
    generators, OOPSLA), once for each of the values.
    """
    rows = np.asarray(key, dtype=np.int64).astype(np.uint64)
    state = np.full(1, seed % _BITS, dtype=np.uint64)
    for value in (np.full(1, draw, np.uint64), np.full(1, part, np.uint64), rows):
        state = mixed(state + value * np.uint64(_STEP))
    top: FloatArray = (state >> np.uint64(11)).astype(np.float64)
    return top * 2.0**-53


def mixed(state: _UintArray) -> _UintArray:
    """What SplitMix64 gives out for states, wrapping at 64 bits."""
    z = state + np.uint64(_STEP)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
