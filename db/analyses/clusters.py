"""Dense groups of incidents, in space and, where days are given, in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from db.analyses.days import moment_of
from db.analyses.found import Found, ResultRow
from db.analyses.killed import FIELDS, killed_in
from db.analyses.method import Method
from db.analyses.parameters import ClusterParameters
from db.analyses.selection import read_incidents, region_edition, terms_of
from gis.clusters import Period, density_clusters
from gis.hulls import hull_of_discs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from gis.clusters import Clusters

_FIELDS = (*FIELDS, "country", "incident", "title")


def compute(connection: Connection, chosen: ClusterParameters, progress: Progress) -> Found:
    """Find the clusters of the incidents of a selection.

    Incidents without a point, or whose radius is unknown or greater than that of the neighbourhood,
    are counted and left out: their neighbours cannot be told.

    Raises
    ------
    InvalidQuery
        There is no such region, or another value of the selection breaks its rule.
    """
    progress(0.0, "reading incidents")
    every = read_incidents(connection, chosen, fields=_FIELDS)
    precise = ~np.isnan(every.lon) & (every.radius_m <= chosen.radius_km * 1000.0)
    if chosen.days is not None:
        precise &= ~np.isnan(every.start) & ~np.isnan(every.end)
    taken = every.of(precise)
    progress(0.2, f"clustering {taken.size:,} incidents")
    found = _clusters(taken, chosen)
    number = int(found.labels.max(initial=-1) + 1)
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=every.version,
        input_sha256=taken.sha256,
        editions=region_edition(connection, chosen.region),
        terms=terms_of(connection, taken),
        counts={
            "incidents": taken.size,
            "clusters": number,
            "in no cluster": int((found.labels < 0).sum()),
            "place or time too imprecise": every.size - taken.size,
        },
        results={
            "clusters": [_row(label, taken, found, chosen) for label in range(number)],
            "cluster-members": list(_members(taken, found)),
        },
    )


METHOD = Method(
    name="clusters",
    version="2",
    title="Density clusters",
    answers="Where do incidents lie dense (DBSCAN, on geodesic distance), and since when?",
    parameters=ClusterParameters,
    compute=compute,
    layers=("clusters", "cluster-members"),
)


def _clusters(taken: Incidents, chosen: ClusterParameters) -> Clusters:
    period = None
    if chosen.days is not None:
        # The end is the first moment after, so a day is [d, d]: its last moment is in it.
        period = Period(taken.start, np.maximum(taken.end - 1.0, taken.start), chosen.days)
    return density_clusters(
        taken.lon,
        taken.lat,
        radius_km=chosen.radius_km,
        min_points=chosen.min_points,
        period=period,
    )


def _row(label: int, taken: Incidents, found: Clusters, chosen: ClusterParameters) -> ResultRow:
    member = found.labels == label
    inside = taken.of(member)
    killed = killed_in(inside)
    start, end, always = _period(inside)
    points = set(zip(inside.lon.tolist(), inside.lat.tolist(), strict=True))
    countries = sorted({country for country in inside.fields["country"].tolist() if country})
    values: dict[str, Any] = {
        "cluster": label + 1,
        "incidents": inside.size,
        "core_incidents": int(found.core[member].sum()),
        "places": len(points),
        "killed_low": killed.low,
        "killed_high": killed.high,
        "killed_unknown": killed.unknown,
        "countries": ", ".join(countries),
        "region": chosen.region,
        "radius_km": chosen.radius_km,
        "days": chosen.days,
        "min_points": chosen.min_points,
    }
    hull = hull_of_discs(inside.lon, inside.lat, inside.radius_m)
    return ResultRow(values=values, geom=hull, start=start, end=end, always=always)


def _members(taken: Incidents, found: Clusters) -> Iterator[ResultRow]:
    """Those in clusters first, for clients that take a field that is missing for a text."""
    import shapely

    points = shapely.points(taken.lon, taken.lat)
    order = np.lexsort((taken.key, found.labels < 0))
    for row in order.tolist():
        label = int(found.labels[row])
        yield ResultRow(
            incident_id=int(taken.key[row]),
            values={
                "incident": taken.fields["incident"][row],
                "incident_title": taken.fields["title"][row],
                "cluster": label + 1 if label >= 0 else None,
                "part": "core" if found.core[row] else "border" if label >= 0 else "alone",
            },
            geom=points[row],
            start=moment_of(taken.start[row]),
            end=moment_of(taken.end[row]),
        )


def _period(inside: Incidents) -> tuple[datetime | None, datetime | None, bool]:
    """From the first moment of the incidents to the last; an open end of one stays open."""
    dated = ~np.isnan(inside.start) | ~np.isnan(inside.end)
    starts, ends = inside.start[dated], inside.end[dated]
    if not dated.any():
        return None, None, False
    start = None if np.isnan(starts).any() else moment_of(starts.min())
    end = None if np.isnan(ends).any() else moment_of(ends.max())
    return start, end, True
