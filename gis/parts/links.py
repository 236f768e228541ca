"""Pairs close in space and time, found by parts: those that :func:`gis.links.links` finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gis.clusters import Period
from gis.crs import checked_lonlat, ecef_m, longest_chord_m
from gis.errors import InvalidSetting
from gis.links import Closeness, Links, Times, links
from gis.neighbours import ROUNDING_M
from gis.parts.cut import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.crs import IntArray
    from gis.parts.engine import Arrays, Engine


def links_in_parts(
    engine: Engine,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    times: Times,
    *,
    within_km: float,
    days: float,
    closeness: Closeness = Closeness.POSSIBLE,
    most: int = 1_000_000,
) -> Links:
    """Find pairs as :func:`gis.links.links` does, whose parameters these are.

    Raises
    ------
    InvalidGeometry, InvalidInterval, InvalidSetting
        As there.
    """
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    start, end = Period(times.start, times.end, days).checked(x.size)
    known = ~np.isnan(np.stack((x, radius, start, end))).any(axis=0)
    limits = {"within_km": within_km, "days": days, "closeness": closeness, "most": most}
    parts = engine.parts_for(int(np.count_nonzero(known)))
    if parts < 2:
        return links(x, y, radius, times, **limits)  # type: ignore[arg-type]  # named as there
    columns = {
        "lon": x,
        "lat": y,
        "radius_m": radius,
        "start": start,
        "end": end,
        "lasted": np.broadcast_to(np.asarray(times.lasted, dtype=np.bool_), x.shape),
    }
    reach = within_km * 1000.0 + 2 * float(radius[known].max())
    taken = {name: values[known] for name, values in columns.items()}
    row = np.flatnonzero(known)
    kept = engine.keep(_parts(parts, taken, row, reach))
    found, count = [], 0
    for part in engine.map(link_part, kept, **limits):
        count += int(part["count"])
        found.append(part)
    if count > most:
        raise InvalidSetting(count, f"there are at most {most:,} pairs")
    every = Links(*(np.concatenate([part[name] for part in found]) for name in Links.__slots__))
    return every.of(np.lexsort((every.second, every.first)))


def _parts(
    parts: int, taken: dict[str, npt.NDArray[Any]], row: IntArray, reach_m: float
) -> Iterator[Arrays]:
    reach = float(longest_chord_m(reach_m)) + ROUNDING_M
    xyz = ecef_m(taken["lon"], taken["lat"])
    for part in cut(xyz, parts, reach_m=reach, rings=1):
        columns = {name: values[part.row] for name, values in taken.items()}
        yield {**columns, "row": row[part.row], "own": part.ring == 0}


def link_part(
    part: Arrays, *, within_km: float, days: float, closeness: Closeness, most: int
) -> Arrays:
    """Pairs whose first row is a part's own, by their rows in the whole; too many, their number."""
    times = Times(part["start"], part["end"], part["lasted"])
    try:
        found = links(
            part["lon"],
            part["lat"],
            part["radius_m"],
            times,
            within_km=within_km,
            days=days,
            closeness=closeness,
            most=most,
            of=part["own"],
        )
    except InvalidSetting as fault:
        return {"count": np.array(fault.value)}
    row = part["row"]
    columns = {name: getattr(found, name) for name in Links.__slots__}
    return {
        **columns,
        "first": row[found.first],
        "second": row[found.second],
        "count": np.array(found.first.size),
    }
