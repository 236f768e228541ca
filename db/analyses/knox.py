"""Near repeats: incidents close in space that are close in time, more often than by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from db.analyses.days import days_of_beginning
from db.analyses.found import Found, ResultRow
from db.analyses.method import Method
from db.analyses.parameters import KnoxParameters
from db.analyses.selection import read_incidents, region_edition, terms_of
from gis.bands import Bands, Closed
from gis.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.analyses.days import PossibleDays
    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from gis.interaction import Interaction
    from gis.knox import KnoxTable
    from gis.knox_dates import DrawnKnox, KnoxBounds

DRAW_PERMUTATIONS = 99
"""Shuffles of the dates of each draw."""

MANTEL_INCIDENTS, MANTEL_PERMUTATIONS = 400, 99
"""At most; Mantel looks at all pairs, however far apart, for every shuffle."""

_OF_MANTEL = (0, 0, 0, 1)
"""Tells the generator of the incidents for Mantel from those of shuffles."""


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """Incidents that take part, their possible days, and who of them has but one."""

    incidents: Incidents
    days: PossibleDays

    @property
    def places(self) -> Positions:
        return Positions(self.incidents.lon, self.incidents.lat)

    def to_the_day(self) -> _Taken:
        return _Taken(self.incidents.of(self.days.certain), self.days.of(self.days.certain))


def compute(connection: Connection, chosen: KnoxParameters, progress: Progress) -> Found:
    """Count pairs of incidents of a selection by distance and days, and weigh them against chance.

    Incidents without a point or a date, or whose radius is unknown or greater than the first band
    is wide, are counted and left out. Those whose date spans days take part in the draws and in the
    bounds.

    Raises
    ------
    InvalidQuery
        There is no such region, or another value of the selection breaks its rule.
    """
    from gis.knox import knox_table
    from gis.knox_dates import knox_bounds

    progress(0.0, "reading incidents")
    every = read_incidents(connection, chosen, fields=("time_extent",))
    days = days_of_beginning(every)
    precise = every.radius_m <= _first_band_m(chosen)
    dated = precise & days.known
    taken = _Taken(every.of(dated), days.of(dated))
    exact = taken.to_the_day()
    space = Bands(tuple(km * 1000.0 for km in chosen.space_km), chosen.closed)
    time = Bands(chosen.time_days, chosen.closed)
    progress(0.1, f"shuffling the dates of {exact.incidents.size:,} incidents")
    table = knox_table(
        exact.places,
        exact.days.first,
        space=space,
        time=time,
        permutations=chosen.permutations,
        seed=chosen.seed,
        alternative=chosen.alternative,
    )
    bounds = knox_bounds(taken.places, taken.days.first, taken.days.last, space=space, time=time)
    drawn = _drawn(taken, chosen, space, time, progress)
    progress(0.7, "Mantel, Jacquez and the modified Knox")
    return Found(
        chosen=chosen.model_dump(mode="json")
        | {"metric": "geodesic", "draw_permutations": DRAW_PERMUTATIONS},
        data_version=every.version,
        input_sha256=taken.incidents.sha256,
        seed=chosen.seed,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, taken.incidents),
        counts={
            "incidents": taken.incidents.size,
            "known to the day": exact.incidents.size,
            "place too imprecise": int((~precise).sum()),
            "without a date": int((precise & ~days.known).sum()),
            "pairs of bands": space.count * time.count,
        },
        results={
            "knox": list(_cells(chosen, table, bounds, drawn)),
            "interaction": list(_tests(exact, chosen)),
        },
    )


METHOD = Method(
    name="knox",
    version="1",
    title="Near repeats",
    answers="Are incidents close in space also close in time, more often than by chance (Knox)?",
    parameters=KnoxParameters,
    compute=compute,
    layers=("knox", "interaction"),
)


def _first_band_m(chosen: KnoxParameters) -> float:
    return next(km for km in chosen.space_km if km > 0) * 1000.0


def _drawn(
    taken: _Taken, chosen: KnoxParameters, space: Bands, time: Bands, progress: Progress
) -> DrawnKnox | None:
    from gis.knox_precision import knox_over_precision

    if not chosen.draws:
        return None

    def heard(draw: int) -> None:
        progress(0.3 + 0.4 * draw / chosen.draws, f"drawing places and days, {draw + 1}")

    return knox_over_precision(
        taken.incidents.lon,
        taken.incidents.lat,
        taken.incidents.radius_m,
        taken.days.first,
        taken.days.last,
        space=space,
        time=time,
        draws=chosen.draws,
        permutations=DRAW_PERMUTATIONS,
        seed=chosen.seed,
        alternative=chosen.alternative,
        heard=heard,
    )


def _cells(
    chosen: KnoxParameters, table: KnoxTable, bounds: KnoxBounds, drawn: DrawnKnox | None
) -> Iterator[ResultRow]:
    """A row for each band of distance and of days, nearest and soonest first."""
    kilometres = Bands(chosen.space_km, chosen.closed)
    ratio, p = (None, None) if drawn is None else (drawn.ratio_quantiles(), drawn.p_quantiles())
    for s, space in enumerate(kilometres.labels()):
        for t, time in enumerate(table.time.labels()):
            values: dict[str, Any] = {
                "space_band": space,
                "time_band": time,
                "space_from_km": kilometres.edges[s],
                "space_to_km": kilometres.edges[s + 1],
                "time_from_days": table.time.edges[t],
                "time_to_days": table.time.edges[t + 1],
                "observed": int(table.observed[s, t]),
                "expected": float(table.expected[s, t]),
                "ratio": float(table.ratio[s, t]),
                "median_ratio": float(table.median_ratio[s, t]),
                "p": float(table.p[s, t]),
                "must": int(bounds.must[s, t]),
                "may": int(bounds.may[s, t]),
                "incidents": table.rows,
                "dated_incidents": bounds.rows,
                "permutations": table.permutations,
                "alternative": table.alternative.value,
                "draws": chosen.draws,
                "region": chosen.region,
            }
            for name, quantiles in (("ratio", ratio), ("p", p)):
                if quantiles is not None:
                    for end, number in zip(("low", "median", "high"), quantiles, strict=True):
                        values[f"drawn_{name}_{end}"] = float(number[s, t])
            yield ResultRow(values=values)


def _tests(exact: _Taken, chosen: KnoxParameters) -> Iterator[ResultRow]:
    """Mantel, Jacquez and the modified Knox, of incidents known to the day."""
    from gis.interaction import jacquez, mantel, modified_knox

    shuffles = chosen.permutations
    some = _some(exact, chosen.seed)
    near_m = chosen.near_km * 1000.0
    common: dict[str, Any] = {"seed": chosen.seed, "alternative": chosen.alternative}
    yield _test(
        "mantel",
        mantel(
            some.places,
            some.days.first,
            metres=near_m,
            days=chosen.near_days,
            permutations=min(shuffles, MANTEL_PERMUTATIONS),
            **common,
        ),
        chosen,
        near_km=chosen.near_km,
        near_days=chosen.near_days,
    )
    yield _test(
        "jacquez",
        jacquez(
            exact.places,
            exact.days.first,
            k=chosen.neighbours,
            permutations=shuffles,
            **common,
        ),
        chosen,
        neighbours=chosen.neighbours,
    )
    yield _test(
        "modified-knox",
        modified_knox(
            exact.places,
            exact.days.first,
            space=Bands((0.0, near_m), Closed.RIGHT),
            time=Bands((0.0, chosen.near_days), Closed.RIGHT),
            permutations=shuffles,
            **common,
        ),
        chosen,
        near_km=chosen.near_km,
        near_days=chosen.near_days,
    )


def _some(exact: _Taken, seed: int) -> _Taken:
    """As many as Mantel can do with, chosen by the seed."""
    from gis.permutations import generator

    size = exact.incidents.size
    if size <= MANTEL_INCIDENTS:
        return exact
    rows = np.zeros(size, dtype=np.bool_)
    rows[generator(seed, *_OF_MANTEL).choice(size, MANTEL_INCIDENTS, replace=False)] = True
    return _Taken(exact.incidents.of(rows), exact.days.of(rows))


def _test(name: str, found: Interaction, chosen: KnoxParameters, **setting: Any) -> ResultRow:
    values = {
        "test": name,
        "statistic": found.statistic,
        "mean": found.mean,
        "p": found.p,
        "incidents": found.rows,
        "permutations": found.permutations,
        "alternative": found.alternative.value,
        "region": chosen.region,
        **setting,
    }
    return ResultRow(values=values)
