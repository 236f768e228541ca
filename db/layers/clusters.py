"""Clusters of incidents, which incident is in which, and what other settings would have found."""

from __future__ import annotations

from db.layers.recurring import INCIDENT, INCIDENT_END, INCIDENT_START, INCIDENT_TITLE
from db.layers.results import result_layer
from gis.fields import Field, Kind, Role

METHOD_NAME = "clusters"

_GAP = Field(
    "gap",
    Kind.TEXT,
    "Reading of dates",
    "'may': the dates may have been within the days of the run; 'must': they must have been, "
    "whatever the intervals hide; missing: the run asked for no days.",
    words=("may", "must"),
)
_ALGORITHM = Field(
    "algorithm",
    Kind.TEXT,
    "Algorithm",
    "'dbscan': one radius for all; 'hdbscan': densities that differ.",
    nullable=False,
    words=("dbscan", "hdbscan"),
)
_PARTS = ("core", "border", "member", "alone")

_FIELDS = (
    Field(
        "cluster",
        Kind.INTEGER,
        "Cluster",
        "Number within its run and reading of dates, largest first.",
        nullable=False,
    ),
    _GAP,
    Field("incidents", Kind.INTEGER, "Incidents", "Incidents in it.", nullable=False),
    Field(
        "core_incidents",
        Kind.INTEGER,
        "Core incidents",
        "Those in dense surroundings; of 'hdbscan' all.",
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
    Field(
        "actors",
        Kind.TEXT,
        "Actors",
        "As 'name (role): incidents', the most frequent first, twelve at most.",
    ),
    Field("countries", Kind.TEXT, "Countries", "ISO codes of the countries of its incidents."),
    Field(
        "border",
        Kind.TEXT,
        "Nearest border",
        "Border to which the nearest of its incidents has the least distance.",
    ),
    Field(
        "border_distance_m",
        Kind.NUMBER,
        "Distance to nearest border",
        "Geodesic from the nearest of its incidents, at its point.",
        unit="m",
    ),
    Field(
        "border_distance_low_m",
        Kind.NUMBER,
        "Distance to nearest border, lowest",
        "Least possible distance of any of its incidents, over boundary sources and radii.",
        unit="m",
    ),
    Field(
        "border_distance_high_m",
        Kind.NUMBER,
        "Distance to nearest border, highest",
        "At least one of its incidents is no further from a border, over sources and radii.",
        unit="m",
    ),
    Field(
        "p_core",
        Kind.NUMBER,
        "P(core)",
        "Mean share of draws in which its core incidents are core, places being uniform within "
        "their radii; of 'dbscan'.",
    ),
    Field(
        "p_together",
        Kind.NUMBER,
        "P(together)",
        "Mean over its incidents of their P(together): 1 if every draw has the cluster whole.",
    ),
    Field(
        "p_together_least", Kind.NUMBER, "P(together), least", "That of its least sure incident."
    ),
    Field("draws", Kind.COUNT, "Draws", "How often places were drawn; missing: not at all."),
    _ALGORITHM,
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
        "Dense groups of incidents on geodesic distance (DBSCAN or HDBSCAN), of the latest run. "
        "The polygon is the hull of the discs within which its incidents lie. Incidents are coded "
        "to towns, so look at 'places' before reading a pattern into one, and at 'p_together' "
        "before trusting it."
    ),
    fields=_FIELDS,
    geometry="MultiPolygon",
    keywords=("clusters", "DBSCAN", "HDBSCAN", "density"),
)

CLUSTER_MEMBERS = result_layer(
    id="cluster-members",
    method=METHOD_NAME,
    title="Incidents in clusters",
    description=(
        "Each incident that takes part, at its point: the cluster in which it is, or none, whether "
        "its surroundings are dense, and how sure that is where its place is known to a radius."
    ),
    fields=(
        INCIDENT,
        INCIDENT_TITLE,
        INCIDENT_START,
        INCIDENT_END,
        Field(
            "radius_m",
            Kind.NUMBER,
            "Radius of place",
            "The true place lies within this distance of the point.",
            unit="m",
        ),
        Field("cluster", Kind.COUNT, "Cluster", "Number of its cluster; missing: in none."),
        Field(
            "part",
            Kind.TEXT,
            "Part",
            "'core': its own surroundings are dense; 'border': near a core; 'member': in a cluster "
            "of 'hdbscan'; 'alone': in none.",
            nullable=False,
            words=_PARTS,
        ),
        Field(
            "must_cluster",
            Kind.COUNT,
            "Cluster that must be",
            "Number of its cluster if neighbours must have been within the days; missing: in none, "
            "or the run asked for no days.",
        ),
        Field(
            "must_part",
            Kind.TEXT,
            "Part that must be",
            "Its part in that answer; missing: the run asked for no days.",
            words=_PARTS,
        ),
        Field(
            "p_core",
            Kind.NUMBER,
            "P(core)",
            "Share of draws in which it is core, places being uniform within their radii.",
        ),
        Field(
            "p_clustered",
            Kind.NUMBER,
            "P(clustered)",
            "Share of draws in which it is in a cluster.",
        ),
        Field(
            "p_together",
            Kind.NUMBER,
            "P(together)",
            "Expected share of the other core incidents of its cluster with which it shares one in "
            "a draw; missing: it is in none.",
        ),
        Field(
            "p_with",
            Kind.NUMBER,
            "P(together with the one asked for)",
            "Share of draws in which it is in a cluster with the incident that the run asked for.",
        ),
        Field(
            "strength",
            Kind.NUMBER,
            "Strength",
            "Of 'hdbscan': how near to the densest of its cluster it lies, 0 to 1.",
        ),
    ),
    geometry="Point",
    keywords=("clusters", "DBSCAN", "uncertainty"),
)

CLUSTER_SENSITIVITY = result_layer(
    id="cluster-sensitivity",
    method=METHOD_NAME,
    title="Sensitivity of clusters",
    description=(
        "How many clusters other settings find among the same incidents. A result that only one "
        "setting gives is a result of the setting."
    ),
    fields=(
        Field(
            "radius_km",
            Kind.NUMBER,
            "Radius of neighbourhood",
            "Tried radius; missing for 'hdbscan', which has none.",
            unit="km",
        ),
        Field("min_points", Kind.INTEGER, "Least neighbours", "Tried number.", nullable=False),
        _GAP,
        Field(
            "setting",
            Kind.TEXT,
            "Setting",
            "'run': the one that made the clusters; 'tried': another.",
            nullable=False,
            words=("run", "tried"),
        ),
        Field("clusters", Kind.INTEGER, "Clusters", "How many it finds.", nullable=False),
        Field(
            "clustered",
            Kind.INTEGER,
            "Incidents in clusters",
            "How many are in one.",
            nullable=False,
        ),
        Field(
            "clustered_share",
            Kind.NUMBER,
            "Share in clusters",
            "Of the incidents that take part; missing if none does.",
        ),
        Field(
            "largest", Kind.INTEGER, "Largest cluster", "Incidents in the largest.", nullable=False
        ),
        _ALGORITHM,
    ),
    geometry=None,
    keywords=("clusters", "sensitivity"),
)
