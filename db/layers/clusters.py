"""Clusters of incidents, and which incident is in which."""

from __future__ import annotations

from db.layers.recurring import INCIDENT, INCIDENT_END, INCIDENT_START, INCIDENT_TITLE
from db.layers.results import result_layer
from gis.fields import Field, Kind, Role

METHOD_NAME = "clusters"

_FIELDS = (
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
)

CLUSTERS = result_layer(
    id="clusters",
    method=METHOD_NAME,
    title="Clusters",
    description=(
        "Dense groups of incidents on geodesic distance (DBSCAN), of the latest run. The polygon "
        "is the convex hull of the discs within which its incidents lie. Incidents are coded to "
        "towns, so look at 'places' before reading a pattern into one."
    ),
    fields=_FIELDS,
    geometry="Polygon",
    keywords=("clusters", "DBSCAN", "density"),
)

CLUSTER_MEMBERS = result_layer(
    id="cluster-members",
    method=METHOD_NAME,
    title="Incidents in clusters",
    description=(
        "Each incident that takes part, at its point: the cluster in which it is, or none, and "
        "whether its surroundings are dense."
    ),
    fields=(
        INCIDENT,
        INCIDENT_TITLE,
        INCIDENT_START,
        INCIDENT_END,
        Field("cluster", Kind.COUNT, "Cluster", "Number of its cluster; missing: in none."),
        Field(
            "part",
            Kind.TEXT,
            "Part",
            "'core': its own surroundings are dense; 'border': near a core; 'alone': in none.",
            nullable=False,
            words=("core", "border", "alone"),
        ),
    ),
    geometry="Point",
    keywords=("clusters", "DBSCAN"),
)
