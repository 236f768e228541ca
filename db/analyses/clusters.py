"""Dense groups of incidents, in space and, where days are given, in time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from db.analyses import cluster_rows, group_borders, killed, together
from db.analyses.cluster_parameters import Algorithm, ClusterParameters
from db.analyses.cluster_rows import Answer
from db.analyses.found import Found
from db.analyses.method import Method
from db.analyses.selection import read_incidents, region_edition, terms_of
from db.errors import InvalidQuery
from gis.cluster_stability import stability
from gis.clusters import Period, density_clusters
from gis.errors import InvalidSetting
from gis.k_distance import k_distances
from gis.k_distance_plot import k_distance_svg
from gis.neighbours import Gap
from gis.parts.clusters import clusters_in_parts
from gis.variable_density import VariableClusters, variable_clusters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from db.analyses.found import ResultRow
    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from gis.clusters import Clusters
    from gis.crs import FloatArray
    from gis.parts.engine import Engine

_FIELDS = (*killed.FIELDS, *together.FIELDS, *group_borders.FIELDS, "incident", "title")


def compute(
    connection: Connection,
    chosen: ClusterParameters,
    progress: Progress,
    *,
    engine: Engine | None = None,
) -> Found:
    """Find the clusters of the incidents of a selection, and how sure they are.

    Incidents without a point, or whose radius is unknown or greater than that of the neighbourhood,
    are counted and left out: their neighbours cannot be told. With days, so are those whose time is
    open or unknown.

    Raises
    ------
    InvalidQuery
        There is no such region, another value of the selection breaks its rule, ``hdbscan`` is
        given days, less than 2 points or too many incidents, or the incident asked for takes no
        part.
    """
    if chosen.algorithm is Algorithm.HDBSCAN and chosen.days is not None:
        raise InvalidQuery("days", str(chosen.days), "hdbscan knows no time; dbscan does")
    progress(0.0, "reading incidents")
    every = read_incidents(connection, chosen, fields=_FIELDS)
    placed = ~np.isnan(every.lon) & (every.radius_m <= chosen.radius_km * 1000.0)
    timed = np.ones(every.size, dtype=np.bool_)
    if chosen.days is not None:
        timed = ~np.isnan(every.start) & ~np.isnan(every.end)
    taken = every.of(placed & timed)
    beside = _asked_for(taken, chosen.together_with)
    progress(0.1, f"clustering {taken.size:,} incidents")
    find = density_clusters if engine is None else partial(clusters_in_parts, engine)
    answers = tuple(_answers(find, taken, chosen, beside, progress))
    first = answers[0]
    counts = {
        "incidents": taken.size,
        "clusters": first.clusters,
        "in no cluster": int((first.found.labels < 0).sum()),
        "place too imprecise": int((~placed).sum()),
        "time open or unknown": int((placed & ~timed).sum()),
    }
    if len(answers) > 1:
        counts["clusters that must be"] = answers[1].clusters
    if first.sure is not None:
        low, high = np.quantile(first.sure.clusters, (0.05, 0.95), method="inverted_cdf")
        counts |= {"clusters in draws, 5 %": int(low), "clusters in draws, 95 %": int(high)}
    progress(0.9, "trying other settings")
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=every.version,
        input_sha256=taken.sha256,
        seed=chosen.seed if chosen.draws else None,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, taken),
        counts=counts,
        results={
            "clusters": list(cluster_rows.clusters(connection, taken, answers, chosen)),
            "cluster-members": list(cluster_rows.members(taken, answers)),
            "cluster-sensitivity": list(_sensitivity(find, taken, chosen)),
        },
        pictures={"k-distance": partial(_k_distance, taken, chosen)},
    )


METHOD = Method(
    name="clusters",
    version="3",
    title="Density clusters",
    answers="Where do incidents lie dense (DBSCAN, on geodesic distance), since when, and how sure "
    "is that?",
    parameters=ClusterParameters,
    compute=compute,
    has_parts=True,
    layers=("clusters", "cluster-members", "cluster-sensitivity"),
    pictures={"k-distance": "within which distance each incident has enough neighbours"},
)


def _asked_for(taken: Incidents, named: str | None) -> int | None:
    if named is None:
        return None
    rows = np.flatnonzero(taken.fields["incident"] == named)
    if not rows.size:
        raise InvalidQuery("together_with", named, "it is an incident that takes part")
    return int(rows[0])


def _gaps(chosen: ClusterParameters) -> tuple[Gap | None, ...]:
    return (None,) if chosen.days is None else (Gap.MAY, Gap.MUST)


def _answers(
    find: Callable[..., Clusters],
    taken: Incidents,
    chosen: ClusterParameters,
    beside: int | None,
    progress: Progress,
) -> Iterator[Answer]:
    """The clusters that may be, and with days also those that must be."""
    gaps = _gaps(chosen)
    for number, gap in enumerate(gaps):

        def told(share: float, number: int = number) -> None:
            progress(0.1 + 0.8 * (number + share) / len(gaps), "drawing places")

        strength = None
        if chosen.algorithm is Algorithm.HDBSCAN:
            of_density = _by_surroundings(taken, chosen, taken.lon, taken.lat)
            found, strength = of_density.clusters, of_density.strength
        else:
            found = _by_radius(find, taken, chosen, gap)(taken.lon, taken.lat)
        sure = None
        if chosen.draws:

            def drawn(lon: FloatArray, lat: FloatArray, gap: Gap | None = gap) -> Clusters:
                if chosen.algorithm is Algorithm.HDBSCAN:
                    return _by_surroundings(taken, chosen, lon, lat).clusters
                return _by_radius(find, taken, chosen, gap)(lon, lat)

            sure = stability(
                taken.key,
                taken.lon,
                taken.lat,
                taken.radius_m,
                found,
                drawn,
                draws=chosen.draws,
                seed=chosen.seed,
                beside=beside,
                told=told,
            )
        yield Answer(gap, found, strength, sure, asked=beside is not None)


def _by_radius(
    find: Callable[..., Clusters],
    taken: Incidents,
    chosen: ClusterParameters,
    gap: Gap | None,
    radius_km: float | None = None,
    min_points: int | None = None,
) -> partial[Clusters]:
    """DBSCAN of longitudes and latitudes that are still to be given."""
    period = None
    if chosen.days is not None and gap is not None:
        # The end is the first moment after, so a day is [d, d]: its last moment is in it.
        last = np.maximum(taken.end - 1.0, taken.start)
        period = Period(taken.start, last, chosen.days, gap)
    return partial(
        find,
        radius_km=radius_km or chosen.radius_km,
        min_points=min_points or chosen.min_points,
        period=period,
    )


def _by_surroundings(
    taken: Incidents,
    chosen: ClusterParameters,
    lon: FloatArray,
    lat: FloatArray,
    min_points: int | None = None,
) -> VariableClusters:
    points = min_points or chosen.min_points
    try:
        return variable_clusters(lon, lat, min_points=points, least_km=chosen.least_km)
    except InvalidSetting as fault:
        name = "algorithm" if fault.value == taken.size else "min_points"
        rule = f"{fault.rule}: ask for fewer, or for dbscan" if name == "algorithm" else fault.rule
        raise InvalidQuery(name, str(fault.value), rule) from fault


def _sensitivity(
    find: Callable[..., Clusters], taken: Incidents, chosen: ClusterParameters
) -> Iterator[ResultRow]:
    """What other settings would have found; HDBSCAN has no radius to vary."""
    for gap in _gaps(chosen):
        for points in chosen.tried_points:
            if chosen.algorithm is Algorithm.HDBSCAN:
                if points > 1:
                    found = _by_surroundings(taken, chosen, taken.lon, taken.lat, points).clusters
                    yield cluster_rows.tried(chosen, found.labels, None, points, gap)
                continue
            for radius_km in chosen.tried_km:
                tried = _by_radius(find, taken, chosen, gap, radius_km, points)
                labels = tried(taken.lon, taken.lat).labels
                yield cluster_rows.tried(chosen, labels, radius_km, points, gap)


def _k_distance(taken: Incidents, chosen: ClusterParameters) -> str:
    metres = k_distances(taken.lon, taken.lat, min_points=chosen.min_points)
    shown = chosen.radius_km if chosen.algorithm is Algorithm.DBSCAN else None
    return k_distance_svg(metres, min_points=chosen.min_points, radius_km=shown)
