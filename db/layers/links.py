"""Pairs of incidents that are close in space and time, and the chains that they make."""

from __future__ import annotations

from db.layers.layer import words_of
from db.layers.results import result_layer
from gis.fields import Field, Kind, Role
from gis.links import Closeness

METHOD_NAME = "links"

_LIMITS = (
    Field("within_km", Kind.NUMBER, "Most distance", "Of the run.", unit="km", nullable=False),
    Field("within_days", Kind.NUMBER, "Most days", "Of the run.", unit="d", nullable=False),
)

INCIDENT_LINKS = result_layer(
    id="incident-links",
    method=METHOD_NAME,
    title="Links between incidents",
    description=(
        "Two incidents within some kilometres and days of one another, with the bounds that their "
        "radii and intervals allow. The line joins their points; for two at one point it has no "
        "length. That they are close does not say that one led to the other."
    ),
    fields=(
        Field("first", Kind.TEXT, "First incident", "It may have begun earlier.", nullable=False),
        Field(
            "first_title", Kind.TEXT, "Title of first incident", "What happened.", nullable=False
        ),
        Field("second", Kind.TEXT, "Second incident", "Its name.", nullable=False),
        Field(
            "second_title", Kind.TEXT, "Title of second incident", "What happened.", nullable=False
        ),
        Field(
            "event_start",
            Kind.DATETIME,
            "Start",
            "Earliest moment of the two.",
            role=Role.START,
        ),
        Field("event_end", Kind.DATETIME, "End", "Latest moment of the two.", role=Role.END),
        Field(
            "closeness",
            Kind.TEXT,
            "Closeness",
            "'certain': close wherever within their radii and whenever within their intervals; "
            "'reported': at their points, and at some moments; 'possible': at some places and "
            "moments.",
            nullable=False,
            words=words_of(Closeness),
        ),
        Field(
            "distance_low_m",
            Kind.NUMBER,
            "Distance, lowest",
            "Least possible within both radii.",
            unit="m",
            nullable=False,
        ),
        Field(
            "distance_m",
            Kind.NUMBER,
            "Distance",
            "Geodesic between their points, WGS 84.",
            unit="m",
            nullable=False,
        ),
        Field(
            "distance_high_m",
            Kind.NUMBER,
            "Distance, highest",
            "Greatest possible within both radii.",
            unit="m",
            nullable=False,
        ),
        Field(
            "days_low",
            Kind.NUMBER,
            "Days between, fewest",
            "Least possible gap between their intervals.",
            unit="d",
            nullable=False,
        ),
        Field(
            "days_high",
            Kind.NUMBER,
            "Days between, most",
            "Greatest possible gap between their intervals.",
            unit="d",
            nullable=False,
        ),
        *_LIMITS,
    ),
    geometry="MultiLineString",
    keywords=("links", "near repeats", "proximity"),
)

INCIDENT_CHAINS = result_layer(
    id="incident-chains",
    method=METHOD_NAME,
    title="Chains of incidents",
    description=(
        "All incidents that hang together by links, however indirectly, once for each closeness: "
        "chains of certain links lie within those of reported ones, and these within those of "
        "possible ones. The line is the shortest tree of links through its points."
    ),
    fields=(
        Field(
            "chain",
            Kind.INTEGER,
            "Chain",
            "Number within its run and closeness, the most incidents first.",
            nullable=False,
        ),
        Field(
            "closeness",
            Kind.TEXT,
            "Closeness",
            "The least sure links that it is made of.",
            nullable=False,
            words=words_of(Closeness),
        ),
        Field("incidents", Kind.INTEGER, "Incidents", "Incidents in it.", nullable=False),
        Field("links", Kind.INTEGER, "Links", "Pairs of them that are close.", nullable=False),
        Field(
            "places",
            Kind.INTEGER,
            "Places",
            "Distinct coordinates: 1 is a stack on one point.",
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
            "days",
            Kind.NUMBER,
            "Days",
            "From the earliest moment to the latest.",
            unit="d",
            nullable=False,
        ),
        Field(
            "length_m",
            Kind.NUMBER,
            "Length",
            "Geodesic length of its shortest tree.",
            unit="m",
            nullable=False,
        ),
        Field(
            "killed_low",
            Kind.COUNT,
            "People killed, lowest",
            "Sum of the lower bounds.",
            unit="person",
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
            "Incidents of the chain of which no figure of killed is known.",
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
            "members",
            Kind.TEXT,
            "Members",
            "Names of its incidents by time, fifty at most.",
            nullable=False,
        ),
        *_LIMITS,
    ),
    geometry="MultiLineString",
    keywords=("chains", "links", "proximity"),
)
