"""The measures of the method ``borders``: by each boundary source, and over all of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from db.analyses.found import MeasureRow
from db.layers.derived import BORDER_DISTANCE, NEAREST, SHARED, within_name
from gis.borders import BorderDistance, border_envelope, nearest_border
from gis.discs import distance_bounds
from gis.parts.borders import measure_discs
from gis.place_chances import area_chances, disc_chances

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from db.analyses.border_lines import Target
    from db.analyses.border_places import Places
    from db.analyses.parameters import BorderParameters
    from gis.parts.borders import Discs

SURE = 0.95
"""Share of a place, by every source, that must have the same nearest border for it to be told."""

UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Distances of all sites to a target; (s,) arrays, the discs first.

    ``point`` is that of the centres of discs, and NaN and -1 for areas. ``low_m`` and ``high_m``
    are bounds; the rest is of :class:`gis.place_chances.Chances`.
    """

    target: Target
    point: BorderDistance
    low_m: npt.NDArray[np.float64]
    high_m: npt.NDArray[np.float64]
    quantiles_m: npt.NDArray[np.float64]
    within: npt.NDArray[np.float64]
    by_line: npt.NDArray[np.float64]

    @property
    def headline_m(self) -> npt.NDArray[np.float64]:
        """The distance of the point, and the median of an area."""
        return np.where(np.isnan(self.point.metres), self.quantiles_m[:, 1], self.point.metres)


def measure(
    places: Places, target: Target, chosen: BorderParameters, discs: Discs | None = None
) -> Measured:
    """Measure all sites to a target, the discs where an engine keeps them."""
    limits_m = [limit * 1000.0 for limit in chosen.within_km]
    areas = [area.cells for area in places.areas]
    if discs is None:
        point = nearest_border(places.lon, places.lat, target.index)
        likely = disc_chances(places.lon, places.lat, places.radius_m, target.index, limits_m)
    else:
        point, likely = measure_discs(discs, target.index, limits_m)
    bounds = distance_bounds(point.metres, places.radius_m)
    polygons, extent = area_chances(areas, target.index, limits_m)
    nowhere = np.full(len(areas), np.nan)
    return Measured(
        target=target,
        point=BorderDistance(
            metres=np.concatenate((point.metres, nowhere)),
            lon=np.concatenate((point.lon, nowhere)),
            lat=np.concatenate((point.lat, nowhere)),
            line=np.concatenate((point.line, np.full(len(areas), -1))),
        ),
        low_m=np.concatenate((bounds.low_m, extent.low_m)),
        high_m=np.concatenate((bounds.high_m, extent.high_m)),
        quantiles_m=np.concatenate((likely.quantiles_m, polygons.quantiles_m)),
        within=np.concatenate((likely.within, polygons.within)),
        by_line=np.concatenate((likely.by_line, polygons.by_line)),
    )


def by_name(measured: Sequence[Measured], prefer: Sequence[str]) -> dict[str, list[Measured]]:
    """What may be passed on, by target, the preferred source first.

    What spans all sources is public, so a line that may not be passed on has no part in it.
    """
    ranks = {source: rank for rank, source in enumerate(prefer)}
    found: defaultdict[str, list[Measured]] = defaultdict(list)
    for one in sorted(
        measured,
        key=lambda one: (
            one.target.name,
            ranks.get(one.target.source, len(ranks)),
            one.target.source,
        ),
    ):
        if one.target.redistributable:
            found[one.target.name].append(one)
    return found


def measure_rows(
    places: Places,
    computable: npt.NDArray[np.int64],
    rest: npt.NDArray[np.int64],
    measured: Sequence[Measured],
    groups: dict[str, list[Measured]],
    chosen: BorderParameters,
) -> Iterator[MeasureRow]:
    """What could be computed first, by source; then over all sources; then what could not."""
    for one in measured:
        yield from _of_source(places, computable, one, chosen)
    for name, group in groups.items():
        yield from _over_sources(places, computable, name, group, chosen)
    for row in rest:
        precision = places.incidents.fields["place_precision"][row]
        for name in groups:
            yield MeasureRow(
                name=BORDER_DISTANCE,
                incident_id=int(places.incidents.key[row]),
                target=name,
                unit="m",
                outcome="not_computable",
                reason=f"the place is known to this precision only: {precision}",
            )


def _of_source(
    places: Places, rows: npt.NDArray[np.int64], one: Measured, chosen: BorderParameters
) -> Iterator[MeasureRow]:
    named, share = _nearest_named([one])
    for row in rows:
        site = places.site[row]
        known = not np.isnan(one.point.metres[site])
        line = one.point.line[site] if known else int(np.argmax(one.by_line[site]))
        lon, lat = places.incidents.lon[row], places.incidents.lat[row]
        to_lon, to_lat = one.point.lon[site], one.point.lat[site]
        yield MeasureRow(
            name=BORDER_DISTANCE,
            incident_id=int(places.incidents.key[row]),
            target=one.target.name,
            unit="m",
            outcome="computed",
            value=float(one.point.metres[site]) if known else None,
            low=float(one.low_m[site]),
            high=float(one.high_m[site]),
            boundary_id=one.target.lines[line].boundary_id,
            reason=_where(places, site),
            geom=_segment(lon, lat, to_lon, to_lat) if known else None,
            detail=_likely(one, site, chosen)
            | _nearest(one.target.name, str(named[site]), share[site]),
        )


def _over_sources(
    places: Places,
    rows: npt.NDArray[np.int64],
    name: str,
    group: Sequence[Measured],
    chosen: BorderParameters,
) -> Iterator[MeasureRow]:
    first = group[0]
    envelope = border_envelope(np.stack([one.headline_m for one in group]), 0.0)
    low = np.min([one.low_m for one in group], axis=0)
    high = np.max([one.high_m for one in group], axis=0)
    least, most = (pick([one.quantiles_m[:, k] for one in group], axis=0) for pick, k in _ENDS)
    named, share = _nearest_named(group)
    for row in rows:
        site = places.site[row]
        reasons = [_where(places, site)]
        agreement = "one_source" if len(group) == 1 else "agree"
        if envelope.disputed[site]:
            agreement = "disputed"
            reasons.append(f"the sources differ by {envelope.spread_m[site]:.0f} m")
        value = float(first.point.metres[site])
        yield MeasureRow(
            name=BORDER_DISTANCE,
            incident_id=int(places.incidents.key[row]),
            target=name,
            unit="m",
            outcome="computed",
            value=None if np.isnan(value) else value,
            low=float(low[site]),
            high=float(high[site]),
            reason="; ".join(filter(None, reasons)) or None,
            detail=_likely(first, site, chosen)
            | {
                "q05_m": float(least[site]),
                "q95_m": float(most[site]),
                "spread_m": _number(envelope.spread_m[site]),
                "agreement": agreement,
            }
            | _nearest(name, str(named[site]), share[site]),
        )


_ENDS = ((np.min, 0), (np.max, 2))
"""Over all sources the lower quantile is the least, and the upper one the greatest."""


def _likely(one: Measured, site: int, chosen: BorderParameters) -> dict[str, Any]:
    """What holds if every part of the place is equally likely."""
    q05, q50, q95 = one.quantiles_m[site].tolist()
    within = {
        within_name(limit): share
        for limit, share in zip(chosen.within_km, one.within[site].tolist(), strict=True)
    }
    return {"q05_m": q05, "q50_m": q50, "q95_m": q95} | within


def _nearest(name: str, named: str, share: float) -> dict[str, Any]:
    """Which border is the nearest, where several compete."""
    if name not in (NEAREST, SHARED):
        return {}
    told = named if share >= SURE else UNDETERMINED
    return {"nearest_border": told, "nearest_border_share": float(share)}


def _nearest_named(
    group: Sequence[Measured],
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64]]:
    """The likeliest nearest border by the first source, and its least share over all sources."""
    codes: dict[frozenset[str | None], str] = {}
    for one in group:
        for line in one.target.lines:
            codes.setdefault(line.pair, line.code)
    pairs = list(codes)
    shares = np.zeros((len(group), len(group[0].low_m), len(pairs)))
    for number, one in enumerate(group):
        for column, line in enumerate(one.target.lines):
            shares[number, :, pairs.index(line.pair)] += one.by_line[:, column]
    likeliest = np.argmax(shares[0], axis=1)
    least = shares.min(axis=0)[np.arange(likeliest.size), likeliest]
    return np.array([codes[pairs[pair]] for pair in likeliest], dtype=np.str_), least


def _where(places: Places, site: int) -> str | None:
    number = site - places.lon.size
    return None if number < 0 else f"anywhere in {places.areas[number].called}"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _segment(lon: float, lat: float, to_lon: float, to_lat: float) -> str:
    # Twelve decimals are a micrometre: the end of the line is the point that was measured to.
    return f"SRID=4326;LINESTRING({lon:.12f} {lat:.12f}, {to_lon:.12f} {to_lat:.12f})"
