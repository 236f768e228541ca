"""Classes of cells and years by the Spatial Conflict Dynamics indicator of OECD/SWAC."""

from __future__ import annotations

from db.layers.hotspots import CELL, INCIDENTS, REGION
from db.layers.results import result_layer
from gis.fields import Field, Kind, Role
from gis.scdi import Frame, ScdiClass

_CLASSES = "'C' clustered or 'D' dispersed, 'H' high or 'L' low intensity"

_FIELDS = (
    CELL,
    Field("year", Kind.INTEGER, "Year", "Of its incidents.", nullable=False),
    INCIDENTS,
    Field(
        "places",
        Kind.INTEGER,
        "Places",
        "Distinct coordinates of its incidents: a stack on one point is no pattern.",
        nullable=False,
    ),
    Field(
        "imprecise",
        Kind.INTEGER,
        "Imprecise",
        "Incidents of it whose place has no radius, like the centre of a district.",
        nullable=False,
    ),
    Field(
        "scdi",
        Kind.TEXT,
        "SCDi",
        f"{_CLASSES}; missing for a single incident, which the rule does not classify.",
        words=tuple(word.value for word in ScdiClass),
    ),
    Field(
        "density",
        Kind.NUMBER,
        "Density",
        "Incidents per square kilometre of the area by which the rule divides.",
        unit="1/km2",
        nullable=False,
    ),
    Field(
        "nni",
        Kind.NUMBER,
        "Nearest neighbour index",
        "Mean distance to the nearest incident by what chance gives; below 1 is clustered.",
    ),
    *(
        Field(
            f"p_{word.value.lower()}",
            Kind.NUMBER,
            f"Share {word.value}",
            "Share of draws of places in which it has this class; missing if a radius is.",
        )
        for word in ScdiClass
    ),
    Field(
        "p_single",
        Kind.NUMBER,
        "Share without a class",
        "Share of draws with fewer than two incidents in it.",
    ),
    Field(
        "clustered_at_random",
        Kind.NUMBER,
        "Clustered by chance",
        "How often the rule calls so many incidents clustered that lie at random.",
    ),
    Field(
        "clustered_in_towns",
        Kind.NUMBER,
        "Clustered by coding",
        "How often, if they lie at random but are coded to five random towns.",
    ),
    Field(
        "area_km2", Kind.NUMBER, "Area", "By which the rule divides.", unit="km2", nullable=False
    ),
    Field("cutoff", Kind.NUMBER, "Cutoff", "Density from which intensity is high.", nullable=False),
    REGION,
    Field("event_start", Kind.DATETIME, "Start", "First moment of the year.", role=Role.START),
    Field("event_end", Kind.DATETIME, "End", "Last moment of the year.", role=Role.END),
)

SCDI = result_layer(
    id=Frame.PUBLISHED.value,
    method="scdi",
    title="Spatial Conflict Dynamics indicator",
    description=(
        "Class of each cell and year as OECD/SWAC compute it, on their published grid of 25 "
        "minutes of arc. Beside it: how much of the class is left under the radii of places, and "
        "how often the rule says 'clustered' where nothing is."
    ),
    fields=_FIELDS,
    geometry="Polygon",
    keywords=("SCDi", "OECD", "SWAC", "clustering", "intensity"),
)

SCDI_EQUAL_AREA = result_layer(
    id=Frame.EQUAL_AREA.value,
    method="scdi",
    title="SCDi on cells of equal area",
    description=(
        "The rule of the Spatial Conflict Dynamics indicator on cells of 2,500 square kilometres "
        "(EPSG:6933) with distances on the ellipsoid, anywhere on Earth: not to be compared cell "
        "by cell with the published grid, whose cells have 1,709 to 2,136."
    ),
    fields=_FIELDS,
    geometry="Polygon",
    keywords=("SCDi", "equal area", "clustering", "intensity"),
)
