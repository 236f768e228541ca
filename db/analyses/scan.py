"""Scan: where, and when, there were more incidents than the rest leads to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from db.analyses.days import day_of, days_of_beginning, moment_of
from db.analyses.found import Found, ResultRow
from db.analyses.killed import FIELDS, killed_in
from db.analyses.method import Method
from db.analyses.parameters import ScanParameters
from db.analyses.selection import incident_query, read_incidents, region_edition, terms_of
from db.errors import InvalidQuery
from gis.crs import geodesic_m
from gis.hulls import hull_of_discs
from gis.interval import TICK
from gis.knox_dates import drawn_day
from gis.positions import Positions
from gis.scan_input import Study

if TYPE_CHECKING:
    import numpy.typing as npt
    from sqlalchemy import Connection

    from db.analyses.days import PossibleDays
    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from gis.interval import Interval
    from gis.scan_clusters import Scan, ScanCluster

_SHARES = (0.05, 0.5, 0.95)

_EDGE_M = 1e-3
"""What lies this little beyond a circle is on it."""

MOST_WINDOWS = 10_000_000
"""Places times stretches of time: more take hours."""

WATCHED = "places of the incidents that take part"
"""Around which places there are circles: which places were watched is part of the question."""


@dataclass(frozen=True, slots=True, eq=False)
class _Scanned:
    """What was scanned.

    ``dated`` (n) have a place and a date in the study, by their possible ``days``; the scan is of
    the ``certain`` ones of them, which lie in one step of time.
    """

    dated: Incidents
    days: PossibleDays
    certain: npt.NDArray[np.bool_]
    study: Study


def compute(connection: Connection, chosen: ScanParameters, progress: Progress) -> Found:
    """Scan the incidents of a selection for clusters.

    Incidents without a point or a date, or whose radius is unknown or greater than that of the
    greatest circle, are counted and left out. Those whose date spans steps of time are not scanned,
    but drawn: what they could change in the ratio of each cluster stands beside it.

    Raises
    ------
    InvalidQuery
        There is no such region, or another value of the selection breaks its rule, or steps are too
        short for so long a time.
    """
    progress(0.0, "reading incidents")
    every = read_incidents(connection, chosen, fields=(*FIELDS, "country", "time_extent"))
    days = days_of_beginning(every)
    precise = every.radius_m <= chosen.radius_km * 1000.0
    dated = precise & days.known
    interval = incident_query(connection, chosen).interval
    study = _study(interval, days.of(dated), chosen.step_days)
    dated &= (days.last >= study.first_day) & (days.first <= study.last_day)
    step = study.step_of(days.first[dated])
    certain = (step >= 0) & (step == study.step_of(days.last[dated]))
    scanned = _Scanned(every.of(dated), days.of(dated), certain, study)
    progress(0.1, f"scanning {int(certain.sum()):,} incidents")
    found = _scan(scanned, chosen)
    shown = [one for one in found.clusters if one.p <= chosen.max_p]
    progress(0.9, f"drawing days for {len(shown)} clusters")
    steps = _drawn_steps(scanned, chosen)
    return Found(
        chosen=chosen.model_dump(mode="json")
        | {
            "metric": "geodesic",
            "watched": WATCHED,
            "first_day": _date(study.first_day),
            "last_day": _date(study.last_day),
        },
        data_version=every.version,
        input_sha256=scanned.dated.sha256,
        seed=chosen.seed,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, scanned.dated),
        counts={
            "incidents": found.incidents,
            "places": int(found.x.size),
            "steps of time": study.steps,
            "clusters": len(shown),
            "clusters not shown, p too great": len(found.clusters) - len(shown),
            "place too imprecise": int((~precise).sum()),
            "date spans steps of time": int((~certain).sum()),
            "without a date in the study": int((precise & ~dated).sum()),
        },
        results={
            "scan-clusters": [
                _row(rank, one, scanned, found, steps, chosen)
                for rank, one in enumerate(shown, start=1)
            ]
        },
    )


METHOD = Method(
    name="scan",
    version="1",
    title="Space-time scan",
    answers="Where and when are there more incidents than the rest leads to expect (scan)?",
    parameters=ScanParameters,
    compute=compute,
    layers=("scan-clusters",),
)


def _study(interval: Interval | None, days: PossibleDays, step_days: int) -> Study:
    """The days of the selection; where it has an open end, those of its incidents."""
    start = None if interval is None else interval.start
    end = None if interval is None else interval.end
    first = int(days.first.min()) if days.first.size else 0
    last = int(days.last.max()) if days.last.size else first
    if start is not None:
        first = day_of(start)
    if end is not None:
        last = day_of(end - TICK)
    return Study(first, max(first, last), step_days)


def _scan(scanned: _Scanned, chosen: ScanParameters) -> Scan:
    from gis.scan import scan_permutation
    from gis.scan_clusters import Chance, ScanWindow

    inside, study = scanned.dated.of(scanned.certain), scanned.study
    most_steps = max(1, min(chosen.max_days // chosen.step_days, study.steps))
    stretches = most_steps if chosen.prospective else most_steps * study.steps
    places = len(set(zip(inside.lon.tolist(), inside.lat.tolist(), strict=True)))
    if places * stretches > MOST_WINDOWS:
        raise InvalidQuery(
            "step_days",
            str(chosen.step_days),
            f"{places:,} places times {stretches:,} stretches of time are more than"
            f" {MOST_WINDOWS:,}: steps are longer, max_days or the datetime shorter",
        )
    return scan_permutation(
        Positions(inside.lon, inside.lat),
        scanned.days.first[scanned.certain],
        study,
        window=ScanWindow(
            share=chosen.share,
            radius_m=chosen.radius_km * 1000.0,
            most_steps=most_steps,
            alive=chosen.prospective,
            least_incidents=chosen.min_incidents,
        ),
        chance=Chance(replications=chosen.replications, seed=chosen.seed),
    )


def _drawn_steps(scanned: _Scanned, chosen: ScanParameters) -> npt.NDArray[np.int64]:
    """The step of each dated incident in each draw, -1 outside the study, (draws, n)."""
    drawn = np.empty((chosen.draws, scanned.dated.size), dtype=np.int64)
    for draw in range(chosen.draws):
        day = drawn_day(scanned.days.first, scanned.days.last, seed=chosen.seed, draw=draw)
        drawn[draw] = scanned.study.step_of(day)
    return drawn


def _row(
    rank: int,
    one: ScanCluster,
    scanned: _Scanned,
    found: Scan,
    steps: npt.NDArray[np.int64],
    chosen: ScanParameters,
) -> ResultRow:
    study = scanned.study
    centre_lon, centre_lat = float(found.x[one.centre]), float(found.y[one.centre])
    away = geodesic_m(centre_lon, centre_lat, scanned.dated.lon, scanned.dated.lat)
    near = np.atleast_1d(away) <= one.radius_m + _EDGE_M
    in_stretch = _between(study.step_of(scanned.days.first), one)
    inside = scanned.dated.of(near & scanned.certain & in_stretch)
    first_day, last_day = study.days_of(one.first_step, one.after_step)
    killed = killed_in(inside)
    countries = sorted({country for country in inside.fields["country"].tolist() if country})
    values: dict[str, Any] = {
        "rank": rank,
        "observed": one.observed,
        "expected": one.expected,
        "ratio": one.ratio,
        "llr": one.score,
        "p": one.p,
        "recurrence_days": (
            one.recurrence_days(float(study.step_days)) if chosen.prospective else None
        ),
        "centre_lon": centre_lon,
        "centre_lat": centre_lat,
        "radius_km": one.radius_m / 1000.0,
        "places": int(one.locations.size),
        "killed_low": killed.low,
        "killed_high": killed.high,
        "killed_unknown": killed.unknown,
        "countries": ", ".join(countries),
        "prospective": "yes" if chosen.prospective else "no",
        "step_days": chosen.step_days,
        "replications": found.replications,
        "region": chosen.region,
        **_drawn_ratio(one, near, steps),
    }
    return ResultRow(
        values=values,
        geom=hull_of_discs(inside.lon, inside.lat, inside.radius_m),
        start=moment_of(first_day),
        end=moment_of(last_day + 1),
    )


def _drawn_ratio(
    one: ScanCluster, near: npt.NDArray[np.bool_], steps: npt.NDArray[np.int64]
) -> dict[str, float]:
    """Quantiles of observed over expected in the cluster's window over draws of days."""
    if not steps.size:
        return {}
    soon, there = _between(steps, one), steps >= 0
    observed = (soon & near).sum(axis=1)
    expected = (there & near).sum(axis=1) * soon.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    ratio = observed / np.where(expected == 0, np.nan, expected)
    low, median, high = np.quantile(ratio, _SHARES)
    return {
        "drawn_ratio_low": float(low),
        "drawn_ratio_median": float(median),
        "drawn_ratio_high": float(high),
    }


def _between(step: npt.NDArray[np.int64], one: ScanCluster) -> npt.NDArray[np.bool_]:
    return np.asarray((step >= one.first_step) & (step < one.after_step))


def _date(day: int) -> str:
    moment = moment_of(day)
    assert moment is not None
    return moment.date().isoformat()
