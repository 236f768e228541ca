"""Hot and cold spots, those that emerge, and the cube in space and time behind them."""

from __future__ import annotations

from db.layers.results import result_layer
from gis.emerging import Pattern
from gis.fields import Field, Kind, Role
from gis.hotspots import Quadrant, Spot
from gis.series import PeriodLength

CELL = Field("cell", Kind.TEXT, "Cell", "Name of the cell in its grid.", nullable=False)
REGION = Field("region", Kind.TEXT, "Region", "Region of study of the run.")
LEVEL = Field(
    "level",
    Kind.NUMBER,
    "Level",
    "Rate of false discoveries up to which a cell is hot or cold, of the run.",
    nullable=False,
)
VALUE_OF = Field(
    "value_of",
    Kind.TEXT,
    "Compared",
    "What is compared between cells: 'incidents', or 'killed_low', people killed at least.",
    nullable=False,
    words=("incidents", "killed_low"),
)
WEIGHTING = Field(
    "weighting",
    Kind.TEXT,
    "Weighting",
    "Where an incident counts: 'point', or 'probability', by the share of its disc in each cell.",
    nullable=False,
    words=("point", "probability"),
)
INCIDENTS = Field(
    "incidents", Kind.INTEGER, "Incidents", "Incidents whose point is in it.", nullable=False
)

_HOTSPOTS = (
    CELL,
    INCIDENTS,
    Field(
        "expected",
        Kind.NUMBER,
        "Incidents expected",
        "Expected number, each incident by the share of its disc in the cell.",
        nullable=False,
    ),
    Field(
        "count_low",
        Kind.INTEGER,
        "Incidents, lowest",
        "Lower end of the 90 % interval of it, all parts of a disc being equally likely.",
        nullable=False,
    ),
    Field("count_high", Kind.INTEGER, "Incidents, highest", "Upper end of it.", nullable=False),
    Field(
        "killed_low",
        Kind.COUNT,
        "People killed, lowest",
        "Sum of the lower bounds that are known; missing where none is.",
        unit="person",
    ),
    Field(
        "killed_unknown",
        Kind.INTEGER,
        "Incidents without a figure",
        "Incidents of the cell without a lower bound of killed.",
        nullable=False,
    ),
    Field("value", Kind.NUMBER, "Value", "What was compared between cells.", nullable=False),
    Field("area_km2", Kind.NUMBER, "Area", "On the ellipsoid.", unit="km2", nullable=False),
    Field("neighbours", Kind.INTEGER, "Neighbours", "Cells beside it.", nullable=False),
    Field("z", Kind.NUMBER, "Gi*", "Getis-Ord Gi* as a z-score; missing if all values are alike."),
    Field("p", Kind.NUMBER, "p of Gi*", "Two-sided."),
    Field("p_fdr", Kind.NUMBER, "p of Gi*, adjusted", "For the false discovery rate."),
    Field(
        "spot",
        Kind.TEXT,
        "Spot",
        "'hot' or 'cold' where the adjusted p is at or below the level, else 'none'.",
        nullable=False,
        words=tuple(word.value for word in Spot),
    ),
    Field("p_hot", Kind.NUMBER, "Share hot", "Share of draws of places in which it is hot."),
    Field("p_cold", Kind.NUMBER, "Share cold", "Share of draws of places in which it is cold."),
    Field("local_i", Kind.NUMBER, "Local Moran", "Local Moran's I."),
    Field("local_p", Kind.NUMBER, "p of local Moran", "Two-sided, of conditional permutations."),
    Field(
        "local_p_fdr", Kind.NUMBER, "p of local Moran, adjusted", "For the false discovery rate."
    ),
    Field(
        "quadrant",
        Kind.TEXT,
        "Quadrant",
        "The cell and its neighbours, high or low, where the adjusted p is at or below the level.",
        nullable=False,
        words=tuple(word.value for word in Quadrant),
    ),
    Field("moran_i", Kind.NUMBER, "Moran's I", "Of all cells of the run."),
    Field("moran_z", Kind.NUMBER, "z of Moran's I", "Under randomisation."),
    Field("moran_p", Kind.NUMBER, "p of Moran's I", "Two-sided."),
    VALUE_OF,
    WEIGHTING,
    REGION,
    LEVEL,
)

HOTSPOTS = result_layer(
    id="hotspots",
    method="hotspots",
    title="Hot spots",
    description=(
        "Cells that with their neighbours have more (hot) or less (cold) than their share of the "
        "incidents, by Getis-Ord Gi*; and local Moran. Beside the count at points stands the "
        "interval that the radii of the places allow, and the share of draws in which it is hot."
    ),
    fields=_HOTSPOTS,
    geometry="Polygon",
    keywords=("hot spots", "Getis-Ord", "Moran", "LISA"),
)

_PERIOD = (
    Field("step_start", Kind.DATETIME, "Start", "First moment of it, local time.", role=Role.START),
    Field("step_end", Kind.DATETIME, "End", "Last moment of it, local time.", role=Role.END),
)

EMERGING_HOTSPOTS = result_layer(
    id="emerging-hotspots",
    method="emerging-hotspots",
    title="Emerging hot spots",
    description=(
        "What became of hot and cold spots over the steps of time: one of sixteen patterns, or "
        "none, from Gi* in space and time and the Mann-Kendall trend of its z-scores."
    ),
    fields=(
        CELL,
        INCIDENTS,
        Field(
            "pattern",
            Kind.TEXT,
            "Pattern",
            "History of the cell; the rules are those of Esri's emerging hot spot analysis.",
            nullable=False,
            words=tuple(word.value for word in Pattern),
        ),
        Field("hot_steps", Kind.INTEGER, "Hot steps", "Steps at which it is hot.", nullable=False),
        Field(
            "cold_steps", Kind.INTEGER, "Cold steps", "Steps at which it is cold.", nullable=False
        ),
        Field("steps", Kind.INTEGER, "Steps", "Steps of time of the run.", nullable=False),
        Field(
            "step",
            Kind.TEXT,
            "Step",
            "Length of a step.",
            words=tuple(word.value for word in PeriodLength),
        ),
        Field("last_z", Kind.NUMBER, "Gi* at last", "Z-score at the last step."),
        Field("trend_tau", Kind.NUMBER, "Trend of Gi*", "Kendall's tau-b of its z-scores."),
        Field("trend_p", Kind.NUMBER, "p of the trend", "Two-sided, Mann-Kendall."),
        Field("slope", Kind.NUMBER, "Slope of Gi*", "Sen's slope of the z-score, a step."),
        Field("count_tau", Kind.NUMBER, "Trend of value", "Kendall's tau-b of its values."),
        Field("count_p", Kind.NUMBER, "p of that trend", "Two-sided, Mann-Kendall."),
        Field("count_slope", Kind.NUMBER, "Slope of value", "Sen's slope of its values, a step."),
        Field(
            "event_start",
            Kind.DATETIME,
            "Start",
            "First moment of the first step.",
            role=Role.START,
        ),
        Field("event_end", Kind.DATETIME, "End", "Last moment of the last step.", role=Role.END),
        VALUE_OF,
        WEIGHTING,
        REGION,
        LEVEL,
    ),
    geometry="Polygon",
    keywords=("emerging hot spots", "Mann-Kendall", "space-time cube"),
)

SPACE_TIME_CUBE = result_layer(
    id="space-time-cube",
    method="emerging-hotspots",
    title="Hot spots by step of time",
    description=(
        "A cell at a step of time, for a time slider: its value and Gi* in space and time. Shown "
        "are those with a value and those that are hot or cold; all others have a value of 0."
    ),
    fields=(
        CELL,
        *_PERIOD,
        Field(
            "value",
            Kind.NUMBER,
            "Value",
            "What was compared; an uncertain date counts by its share in each step.",
            nullable=False,
        ),
        Field("z", Kind.NUMBER, "Gi*", "In space and time, as a z-score."),
        Field("p", Kind.NUMBER, "p of Gi*", "Two-sided."),
        Field("p_fdr", Kind.NUMBER, "p of Gi*, adjusted", "Over all cells and steps."),
        Field(
            "spot",
            Kind.TEXT,
            "Spot",
            "'hot' or 'cold' where the adjusted p is at or below the level, else 'none'.",
            nullable=False,
            words=tuple(word.value for word in Spot),
        ),
        VALUE_OF,
        WEIGHTING,
    ),
    geometry="Polygon",
    keywords=("space-time cube", "Getis-Ord", "time"),
)
