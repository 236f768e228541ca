"""Distances to borders, measured by parts: each place for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gis.borders import BorderDistance, nearest_border
from gis.crs import ecef_m
from gis.parts.cut import cut
from gis.place_chances import Chances, disc_chances

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gis.border_index import BorderIndex
    from gis.crs import FloatArray
    from gis.parts.engine import Arrays, Engine

_POINT = ("metres", "lon", "lat", "line")
_CHANCES = ("quantiles_m", "within", "by_line")


@dataclass(frozen=True, slots=True, eq=False)
class Discs:
    """Places known to a radius, (n,) each and none missing, that an engine keeps."""

    engine: Engine
    kept: Sequence[object]
    count: int


def keep_discs(engine: Engine, lon: FloatArray, lat: FloatArray, radius_m: FloatArray) -> Discs:
    """Have an engine keep places, to measure them to several borders."""

    def parts() -> Iterator[Arrays]:
        for part in cut(ecef_m(lon, lat), max(engine.parts_for(lon.size), 1)):
            row = part.row
            yield {"lon": lon[row], "lat": lat[row], "radius_m": radius_m[row], "row": row}

    return Discs(engine, engine.keep(parts()), lon.size)


def measure_discs(
    discs: Discs, borders: BorderIndex, limits_m: Sequence[float]
) -> tuple[BorderDistance, Chances]:
    """Distances of the centres, as of :func:`gis.borders.nearest_border`, and of the discs.

    The second are those of :func:`gis.place_chances.disc_chances`.

    Raises
    ------
    InvalidGeometry
        There is no line or no limit.
    """
    rows, found = [np.empty(0, dtype=np.int64)], [_measured(borders, limits_m, *_NOTHING)]
    for part in discs.engine.map(measure_part, discs.kept, borders=borders, limits_m=limits_m):
        rows.append(part["row"])
        found.append(part)
    back = np.argsort(np.concatenate(rows))
    whole = {name: np.concatenate([one[name] for one in found])[back] for name in found[0]}
    return (
        BorderDistance(*(whole[name] for name in _POINT)),
        Chances(*(whole[name] for name in _CHANCES)),
    )


_NOTHING = (np.empty(0), np.empty(0), np.empty(0))


def measure_part(part: Arrays, *, borders: BorderIndex, limits_m: Sequence[float]) -> Arrays:
    """Distances and chances of the places of a part."""
    found = _measured(borders, limits_m, part["lon"], part["lat"], part["radius_m"])
    return {**found, "row": part["row"]}


def _measured(
    borders: BorderIndex,
    limits_m: Sequence[float],
    lon: FloatArray,
    lat: FloatArray,
    radius_m: FloatArray,
) -> Arrays:
    point = nearest_border(lon, lat, borders)
    discs = disc_chances(lon, lat, radius_m, borders, limits_m)
    return {
        **{name: getattr(point, name) for name in _POINT},
        **{name: getattr(discs, name) for name in _CHANCES},
    }
