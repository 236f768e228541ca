"""What was computed: distances to borders, and clusters."""

from __future__ import annotations

from sqlalchemy import func, or_

from db.history import as_of
from db.layers.layer import Column, Layer, Rows, first_moment, last_moment, may_leave
from db.layers.recurring import (
    ATTRIBUTION,
    INCIDENT,
    INCIDENT_END,
    INCIDENT_START,
    INCIDENT_TITLE,
    LICENCE,
)
from db.models.derived import AnalysisRun, Cluster, Measure
from db.models.incidents import Incident
from db.models.places import Boundary
from db.models.sources import Source
from db.vocabulary import IncidentStatus
from gis.fields import Field, Kind, Role

BORDER_DISTANCE = "border_distance"
"""Name of the measure that :mod:`db.analyses.borders` makes."""
NEAREST = "nearest"
"""Its target where all borders compete."""

_DISTANCE_FIELDS = (
    INCIDENT,
    INCIDENT_TITLE,
    INCIDENT_START,
    INCIDENT_END,
    Field(
        "border",
        Kind.TEXT,
        "Border",
        "Border or tripoint measured to; 'nearest' where all international borders compete.",
        nullable=False,
    ),
    Field("boundary", Kind.TEXT, "Boundary", "Name of the line or point that was nearest."),
    Field("boundary_source", Kind.TEXT, "Boundary source", "Whose line it is."),
    Field("boundary_edition", Kind.TEXT, "Edition", "Edition of that source."),
    Field("distance_m", Kind.NUMBER, "Distance", "Geodesic, from the point, WGS 84.", unit="m"),
    Field(
        "low_m",
        Kind.NUMBER,
        "Distance, lowest",
        "Least possible distance within the radius of the place.",
        unit="m",
    ),
    Field(
        "high_m",
        Kind.NUMBER,
        "Distance, highest",
        "Greatest possible distance within the radius of the place.",
        unit="m",
    ),
    Field("outcome", Kind.TEXT, "Outcome", "'computed', or why it is not.", nullable=False),
    Field("reason", Kind.TEXT, "Reason", "Why it could not be computed, or what to mind."),
    Field("method", Kind.TEXT, "Method", "Name and version of the method.", nullable=False),
    Field("licence", Kind.TEXT, "Licence", "Licences of the incident and of the boundary."),
    ATTRIBUTION,
)


def _distance_rows(version: int | None) -> Rows:
    measure, run = Measure.__table__.alias("measure"), AnalysisRun.__table__.alias("run")
    incident = as_of(Incident, version).alias("incident")
    boundary = Boundary.__table__.alias("boundary")
    owner, compiler = Source.__table__.alias("owner"), Source.__table__.alias("compiler")
    joined = (
        measure.join(incident, incident.c.incident_id == measure.c.incident_id)
        .outerjoin(run, run.c.run_id == measure.c.run_id)
        .outerjoin(boundary, boundary.c.boundary_id == measure.c.boundary_id)
        .outerjoin(owner, owner.c.source_id == boundary.c.source_id)
        .outerjoin(compiler, compiler.c.source_id == incident.c.source_id)
    )
    columns: dict[str, Column] = {
        "incident": incident.c.code,
        "incident_title": incident.c.title,
        "event_start": first_moment(incident.c.occurred),
        "event_end": last_moment(incident.c.occurred),
        "border": measure.c.target,
        "boundary": boundary.c.name,
        "boundary_source": owner.c.name,
        "boundary_edition": boundary.c.edition,
        "distance_m": measure.c.value,
        "low_m": measure.c.low,
        "high_m": measure.c.high,
        "outcome": measure.c.outcome,
        "reason": measure.c.reason,
        "method": run.c.method + " " + run.c.method_version,
        "licence": func.concat_ws("; ", compiler.c.licence, owner.c.licence),
        "attribution": func.concat_ws(" | ", compiler.c.attribution, owner.c.attribution),
    }
    return Rows(
        source=joined,
        key=measure.c.measure_id,
        columns={field.name: columns[field.name] for field in _DISTANCE_FIELDS},
        # The method writes what it could compute first, so the key is the completest-first order.
        order=(measure.c.measure_id,),
        geometry=measure.c.geom,
        period=incident.c.occurred,
        where=(
            measure.c.name == BORDER_DISTANCE,
            incident.c.status == IncidentStatus.ACTIVE.value,
            may_leave(incident.c.source_id),
            or_(boundary.c.source_id.is_(None), may_leave(boundary.c.source_id)),
        ),
    )


BORDER_DISTANCES = Layer(
    id="border-distances",
    title="Distances to borders",
    description=(
        "For each located incident and each border, tripoint and boundary source: the geodesic "
        "from the incident to the nearest point of the border. Boundary sources disagree by up to "
        "kilometres, so each is a feature of its own; features without a line sum up all sources, "
        "or say why there is no distance."
    ),
    fields=_DISTANCE_FIELDS,
    geometry="LineString",
    rows=_distance_rows,
    keywords=("borders", "distance", "geodesic", "Liptako-Gourma"),
)

_CLUSTER_FIELDS = (
    Field(
        "cluster", Kind.INTEGER, "Cluster", "Number within its run, largest first.", nullable=False
    ),
    Field("incidents", Kind.INTEGER, "Incidents", "Incidents in it.", nullable=False),
    Field(
        "core_incidents",
        Kind.INTEGER,
        "Core incidents",
        "Those in dense surroundings.",
        nullable=False,
    ),
    Field(
        "places",
        Kind.INTEGER,
        "Places",
        "Distinct coordinates: 1 is a stack on one point, not a pattern.",
        nullable=False,
    ),
    Field(
        "event_start",
        Kind.DATETIME,
        "Start",
        "Earliest moment of its incidents.",
        role=Role.START,
    ),
    Field("event_end", Kind.DATETIME, "End", "Latest moment of its incidents.", role=Role.END),
    Field(
        "killed_low", Kind.COUNT, "People killed, lowest", "Sum of the lower bounds.", unit="person"
    ),
    Field(
        "killed_high",
        Kind.COUNT,
        "People killed, highest",
        "Sum of the upper bounds; missing as soon as one is not known.",
        unit="person",
    ),
    Field(
        "killed_unknown",
        Kind.INTEGER,
        "Incidents without a figure",
        "Incidents of the cluster of which no figure of killed is known.",
        nullable=False,
    ),
    Field("countries", Kind.TEXT, "Countries", "ISO codes of the countries of its incidents."),
    Field("region", Kind.TEXT, "Region", "Region of study of the run."),
    Field("radius_km", Kind.NUMBER, "Radius of neighbourhood", "Of the run.", unit="km"),
    Field("days", Kind.NUMBER, "Days of neighbourhood", "Of the run; missing: any.", unit="d"),
    Field("min_points", Kind.INTEGER, "Least neighbours", "Of the run.", nullable=False),
    Field("method", Kind.TEXT, "Method", "Name and version of the method.", nullable=False),
    LICENCE,
    ATTRIBUTION,
)


def _cluster_rows(version: int | None) -> Rows:
    cluster, run = Cluster.__table__.alias("cluster"), AnalysisRun.__table__.alias("run")
    parameters = run.c.parameters
    columns: dict[str, Column] = {
        "cluster": cluster.c.label,
        "incidents": cluster.c.incidents,
        "core_incidents": cluster.c.core_incidents,
        "places": cluster.c.places,
        "event_start": first_moment(cluster.c.period),
        "event_end": last_moment(cluster.c.period),
        "killed_low": cluster.c.killed_low,
        "killed_high": cluster.c.killed_high,
        "killed_unknown": cluster.c.killed_unknown,
        "countries": func.array_to_string(cluster.c.countries, ", "),
        "region": parameters["region"].astext,
        "radius_km": parameters["radius_km"].as_float(),
        "days": parameters["days"].as_float(),
        "min_points": parameters["min_points"].as_integer(),
        "method": run.c.method + " " + run.c.method_version,
        "licence": parameters["licence"].astext,
        "attribution": parameters["attribution"].astext,
    }
    return Rows(
        source=cluster.join(run, run.c.run_id == cluster.c.run_id),
        key=cluster.c.cluster_id,
        columns={field.name: columns[field.name] for field in _CLUSTER_FIELDS},
        order=(cluster.c.cluster_id,),
        geometry=cluster.c.geom,
        period=cluster.c.period,
    )


CLUSTERS = Layer(
    id="clusters",
    title="Clusters",
    description=(
        "Dense groups of incidents on geodesic distance (DBSCAN), of the latest run. The polygon "
        "is the convex hull of the discs within which its incidents lie. Incidents are coded to "
        "towns, so look at 'places' before reading a pattern into one."
    ),
    fields=_CLUSTER_FIELDS,
    geometry="Polygon",
    rows=_cluster_rows,
    keywords=("clusters", "DBSCAN", "density"),
)
