"""The nearest places and roads of incidents."""

from __future__ import annotations

from db.layers.recurring import INCIDENT, INCIDENT_END, INCIDENT_START, INCIDENT_TITLE
from db.layers.results import result_layer
from gis.fields import Field, Kind

METHOD_NAME = "proximity"

PROXIMITY = result_layer(
    id="proximity",
    method=METHOD_NAME,
    title="Nearest places and roads",
    description=(
        "For each incident with a radius: the nearest populated places of the gazetteer, the "
        "nearest first, and the nearest road, if roads are loaded. The line is the geodesic from "
        "the incident's point. A gazetteer leaves out villages and a file of roads leaves out "
        "tracks: nearest means nearest known."
    ),
    fields=(
        INCIDENT,
        INCIDENT_TITLE,
        INCIDENT_START,
        INCIDENT_END,
        Field(
            "target",
            Kind.TEXT,
            "To what",
            "A populated place or a road.",
            nullable=False,
            words=("place", "road"),
        ),
        Field("code", Kind.TEXT, "Code", "Of the place or road, by its source.", nullable=False),
        Field("name", Kind.TEXT, "Name", "Of the place or road.", nullable=False),
        Field(
            "rank",
            Kind.INTEGER,
            "Rank",
            "1 is the nearest of its kind and source.",
            nullable=False,
        ),
        Field(
            "distance_m",
            Kind.NUMBER,
            "Distance",
            "Geodesic, from the point, WGS 84.",
            unit="m",
            nullable=False,
        ),
        Field(
            "low_m",
            Kind.NUMBER,
            "Distance, lowest",
            "Least possible within the radius of the incident.",
            unit="m",
            nullable=False,
        ),
        Field(
            "high_m",
            Kind.NUMBER,
            "Distance, highest",
            "Greatest possible within the radius of the incident.",
            unit="m",
            nullable=False,
        ),
        Field(
            "azimuth_deg",
            Kind.NUMBER,
            "Azimuth",
            "Direction of the incident as seen from there, clockwise from north; missing at 0 m.",
            unit="deg",
        ),
        Field(
            "nearest_share",
            Kind.NUMBER,
            "Share",
            "Share of the incident's radius to which it is the nearest, if every part is equally "
            "likely.",
            nullable=False,
        ),
        Field("target_source", Kind.TEXT, "Source", "Of the place or road.", nullable=False),
    ),
    geometry="LineString",
    keywords=("places", "roads", "proximity", "distance"),
)
