"""Dense groups of incidents in a region, in space and, where days are given, in time."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import and_, func, insert, not_, select

from db.analyses.located import Located, in_region, located_incidents
from db.analyses.parameters import ClusterParameters
from db.analyses.run import Inputs, Method, Outcome, begin_run, end_run
from db.errors import InvalidQuery
from db.figures import lower_bound
from db.layers.layer import may_leave
from db.models.derived import Cluster, ClusterMember
from db.models.incidents import Estimate, Incident
from db.models.places import Region
from db.models.sources import Source
from db.vocabulary import Harm, IncidentKind, PersonStatus
from gis.clusters import Period, density_clusters
from gis.hulls import hull_of_discs

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from gis.clusters import Clusters

METHOD = Method("clusters", "1")


def run_clusters(connection: Connection, parameters: ClusterParameters | None = None) -> Outcome:
    """Find and store the clusters of the active incidents of a region.

    Incidents without a point, or whose radius is unknown or greater than that of the neighbourhood,
    are counted and left out: their neighbours cannot be told. An incident that is part of another
    takes no part beside it.

    Raises
    ------
    InvalidQuery
        There is no such region.
    """
    chosen = parameters or ClusterParameters()
    edition = _region_edition(connection, chosen)
    inside = [
        in_region(chosen.region, chosen.variant),
        # A part would be counted with its whole; an aggregate takes no part, so its parts do.
        not_(_whole().exists()),
        # The layer is public, and a hull tells of every incident in it.
        may_leave(Incident.__table__.c.source_id),
    ]
    every = located_incidents(connection, where=inside)
    precise = every.radius_m <= chosen.radius_km * 1000.0
    if chosen.days is not None:
        precise &= ~np.isnan(every.start) & ~np.isnan(every.end)
    taken = every.of(precise)
    found = _clusters(taken, chosen)
    inputs = Inputs({**asdict(chosen), **_terms(connection, taken)}, edition)
    run_id = begin_run(connection, METHOD, inputs)
    for label in range(found.labels.max(initial=-1) + 1):
        _store(connection, run_id, label, taken, found)
    counts = {
        "incidents": taken.size,
        "clusters": int(found.labels.max(initial=-1) + 1),
        "in no cluster": int((found.labels < 0).sum()),
        "place or time too imprecise": every.size - taken.size,
    }
    return end_run(connection, METHOD, run_id, counts)


def _whole() -> Select[int]:
    """The incident, no aggregate, of which an incident is a part."""
    whole = Incident.__table__.alias("whole")
    return select(whole.c.incident_id).where(
        whole.c.incident_id == Incident.part_of, whole.c.kind == IncidentKind.INCIDENT.value
    )


def _clusters(taken: Located, chosen: ClusterParameters) -> Clusters:
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


def _store(
    connection: Connection, run_id: int, label: int, taken: Located, found: Clusters
) -> None:
    member = found.labels == label
    incidents = taken.of(member)
    core = found.core[member]
    keys = incidents.incident_id.tolist()
    low, high, unknown = _killed(connection, keys)
    hull = hull_of_discs(incidents.lon, incidents.lat, incidents.radius_m)
    # Merged as ranges, so that an open end of one incident stays the cluster's open end.
    period = select(func.range_merge(func.range_agg(Incident.occurred))).where(
        Incident.incident_id.in_(keys)
    )
    cluster = insert(Cluster).values(
        run_id=run_id,
        label=label + 1,
        incidents=incidents.size,
        core_incidents=int(core.sum()),
        places=len(set(zip(incidents.lon.tolist(), incidents.lat.tolist(), strict=True))),
        period=period.scalar_subquery(),
        killed_low=low,
        killed_high=high,
        killed_unknown=unknown,
        countries=sorted(set(incidents.country.tolist()) - {""}),
        geom=f"SRID=4326;{hull.wkt}",
    )
    cluster_id = connection.execute(cluster.returning(Cluster.cluster_id)).scalar_one()
    rows = [
        {"cluster_id": cluster_id, "incident_id": key, "is_core": bool(is_core)}
        for key, is_core in zip(keys, core, strict=True)
    ]
    connection.execute(insert(ClusterMember), rows)


def _killed(connection: Connection, keys: list[int]) -> tuple[int | None, int | None, int]:
    """Hard bounds of the sum of killed, and how many incidents have no figure.

    The lower bound adds up what is known at least. The upper bound is missing as soon as one
    incident's is: an unknown figure is not 0.
    """
    total, incident = Estimate.__table__.alias("total"), Incident.__table__.alias("incident")
    low = lower_bound(total, incident.c.incident_id, Harm.KILLED, None)
    figures = (
        select(low.label("low"), total.c.best, total.c.high)
        .select_from(
            incident.outerjoin(
                total,
                and_(
                    total.c.incident_id == incident.c.incident_id,
                    total.c.harm == Harm.KILLED.value,
                    total.c.person_status == PersonStatus.ALL.value,
                ),
            )
        )
        .where(incident.c.incident_id.in_(keys))
    )
    rows = connection.execute(figures).all()
    lows = [row.low for row in rows if row.low is not None]
    low_sum = sum(lows) if lows else None
    high_sum = None if any(row.high is None for row in rows) else sum(row.high for row in rows)
    if low_sum is not None and high_sum is not None and low_sum > high_sum:
        # Imported figures may be out of order; a sum of them is a range all the same.
        low_sum, high_sum = high_sum, low_sum
    unknown = sum(row.low is None and row.best is None and row.high is None for row in rows)
    return low_sum, high_sum, unknown


def _region_edition(connection: Connection, chosen: ClusterParameters) -> dict[str, str]:
    asked = (
        select(Source.code, Region.edition)
        .join(Source, Source.source_id == Region.source_id)
        .where(Region.code == chosen.region, Region.variant == chosen.variant)
    )
    row = connection.execute(asked).one_or_none()
    if row is None:
        known = select(Region.code + "/" + Region.variant).order_by(Region.region_id)
        there = ", ".join(connection.scalars(known)) or "none"
        named = f"{chosen.region}/{chosen.variant}"
        raise InvalidQuery("region", named, f"it is one of the loaded regions: {there}")
    return {row[0]: row[1]}


def _terms(connection: Connection, taken: Located) -> dict[str, str]:
    """Licences and attributions of the incidents that took part."""
    sources = select(Incident.source_id).where(Incident.incident_id.in_(taken.incident_id.tolist()))
    asked = (
        select(Source.licence, Source.attribution)
        .where(Source.source_id.in_(sources))
        .order_by(Source.source_id)
    )
    rows = connection.execute(asked).all()
    return {
        "licence": "; ".join(dict.fromkeys(row.licence for row in rows)),
        "attribution": " | ".join(dict.fromkeys(row.attribution for row in rows)),
    }
