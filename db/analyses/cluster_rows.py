"""Clusters, their members and the table of sensitivity, as rows of their layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from db.analyses.days import moment_of
from db.analyses.found import ResultRow
from db.analyses.group_borders import NearestBorder, nearest_borders
from db.analyses.killed import killed_in
from db.analyses.together import actors_of, countries_of, period_of
from gis.clusters import NOISE
from gis.hulls import hull_of_discs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from db.analyses.cluster_parameters import ClusterParameters
    from db.analyses.selection import Incidents
    from gis.cluster_stability import Stability
    from gis.clusters import Clusters
    from gis.crs import FloatArray, IntArray
    from gis.neighbours import Gap


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Clusters of incidents by one reading of their dates, and how sure they are.

    ``strength`` is there of HDBSCAN alone, ``sure`` where places were drawn, and its ``p_with``
    means something where an incident was ``asked`` for.
    """

    gap: Gap | None
    found: Clusters
    strength: FloatArray | None
    sure: Stability | None
    asked: bool

    @property
    def clusters(self) -> int:
        """How many there are."""
        return int(self.found.labels.max(initial=NOISE) + 1)

    @property
    def numbers(self) -> IntArray:
        """Number of each row's cluster, from 1 for the largest; 0 in none, (n,)."""
        size = np.bincount(self.found.labels[self.found.labels > NOISE], minlength=self.clusters)
        rank = np.empty(self.clusters + 1, dtype=np.int64)
        rank[np.lexsort((np.arange(self.clusters), -size))] = np.arange(self.clusters) + 1
        rank[-1] = 0
        return rank[np.maximum(self.found.labels, NOISE)]


def clusters(
    connection: Connection,
    taken: Incidents,
    answers: Sequence[Answer],
    chosen: ClusterParameters,
) -> Iterator[ResultRow]:
    """Rows of the layer ``clusters``: those that may be before those that must be."""
    for answer in answers:
        numbers = answer.numbers
        members = [numbers == number for number in range(1, answer.clusters + 1)]
        inside = [taken.of(member) for member in members]
        borders = nearest_borders(connection, inside)
        for number, member in enumerate(members):
            of_it = inside[number]
            period = period_of(of_it)
            yield ResultRow(
                values={
                    "cluster": number + 1,
                    "gap": answer.gap,
                    **_told(of_it, borders[number]),
                    "core_incidents": int(answer.found.core[member].sum()),
                    **_sure(answer, member),
                    "algorithm": chosen.algorithm,
                    "region": chosen.region,
                    "radius_km": chosen.radius_km,
                    "days": chosen.days,
                    "min_points": chosen.min_points,
                },
                geom=hull_of_discs(
                    of_it.lon,
                    of_it.lat,
                    of_it.radius_m,
                    outline=chosen.hull,
                    ratio=chosen.hull_ratio,
                ),
                start=period.start,
                end=period.end,
                always=period.dated,
            )


def members(taken: Incidents, answers: Sequence[Answer]) -> Iterator[ResultRow]:
    """Rows of the layer ``cluster-members``.

    Those in clusters first, for clients that take a field that is missing for a text.
    """
    points = shapely.points(taken.lon, taken.lat)
    first, numbers = answers[0], [answer.numbers for answer in answers]
    order = np.lexsort((taken.key, numbers[0], numbers[0] == 0))
    for row in order.tolist():
        values: dict[str, Any] = {
            "incident": taken.fields["incident"][row],
            "incident_title": taken.fields["title"][row],
            "radius_m": float(taken.radius_m[row]),
            "cluster": int(numbers[0][row]) or None,
            "part": _part(first, row),
        }
        if len(answers) > 1:
            values["must_cluster"] = int(numbers[1][row]) or None
            values["must_part"] = _part(answers[1], row)
        if first.strength is not None:
            values["strength"] = float(first.strength[row])
        if first.sure is not None:
            values["p_clustered"] = float(first.sure.p_clustered[row])
            values["p_together"] = float(first.sure.p_together[row])
            if first.strength is None:
                values["p_core"] = float(first.sure.p_core[row])
            if first.asked:
                values["p_with"] = float(first.sure.p_with[row])
        yield ResultRow(
            incident_id=int(taken.key[row]),
            values=values,
            geom=points[row],
            start=moment_of(taken.start[row]),
            end=moment_of(taken.end[row]),
        )


def tried(
    chosen: ClusterParameters,
    labels: IntArray,
    radius_km: float | None,
    min_points: int,
    gap: Gap | None,
) -> ResultRow:
    """A row of the layer ``cluster-sensitivity``."""
    inside = labels[labels > NOISE]
    size = np.bincount(inside, minlength=1)
    is_run = min_points == chosen.min_points and radius_km in (None, chosen.radius_km)
    return ResultRow(
        values={
            "radius_km": radius_km,
            "min_points": min_points,
            "gap": gap,
            "setting": "run" if is_run else "tried",
            "clusters": int(size.size) if inside.size else 0,
            "clustered": int(inside.size),
            "clustered_share": inside.size / labels.size if labels.size else None,
            "largest": int(size.max()),
            "algorithm": chosen.algorithm,
        }
    )


def _told(inside: Incidents, border: NearestBorder) -> dict[str, Any]:
    """What is told of the incidents of a cluster."""
    killed = killed_in(inside)
    places = set(zip(inside.lon.tolist(), inside.lat.tolist(), strict=True))
    return {
        "incidents": inside.size,
        "places": len(places),
        "killed_low": killed.low,
        "killed_high": killed.high,
        "killed_unknown": killed.unknown,
        "actors": actors_of(inside),
        "countries": countries_of(inside),
        "border": border.border,
        "border_distance_m": border.metres,
        "border_distance_low_m": border.low_m,
        "border_distance_high_m": border.high_m,
    }


def _sure(answer: Answer, member: Any) -> dict[str, Any]:
    """How sure a cluster is, over the draws."""
    if answer.sure is None:
        return {}
    core = member & answer.found.core
    together = answer.sure.p_together[member]
    known = together[~np.isnan(together)]
    found: dict[str, Any] = {
        "p_together": float(known.mean()) if known.size else None,
        "p_together_least": float(known.min()) if known.size else None,
        "draws": int(answer.sure.clusters.size),
    }
    if answer.strength is None:
        found["p_core"] = float(answer.sure.p_core[core].mean())
    return found


def _part(answer: Answer, row: int) -> str:
    if answer.found.labels[row] == NOISE:
        return "alone"
    if answer.strength is not None:
        return "member"
    return "core" if answer.found.core[row] else "border"
