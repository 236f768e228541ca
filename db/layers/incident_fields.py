"""The fields of the layers ``incidents`` and ``aggregates``."""

from __future__ import annotations

from db.layers.layer import words_of
from db.layers.recurring import ATTRIBUTION, LICENCE
from db.vocabulary import EventType, Harm, PersonStatus, PlacePrecision, TimeExtent, TimePrecision
from gis.fields import Field, Kind, Role

FIGURES = (
    ("killed", Harm.KILLED, PersonStatus.ALL, "People killed, of whatever status"),
    ("killed_civilians", Harm.KILLED, PersonStatus.CIVILIAN, "Civilians killed"),
    ("killed_forces", Harm.KILLED, PersonStatus.STATE_FORCES, "Members of state forces killed"),
    ("killed_militants", Harm.KILLED, PersonStatus.MILITANT, "Militants killed"),
    ("injured", Harm.INJURED, PersonStatus.ALL, "People injured, of whatever status"),
)
BOUNDS = (
    ("low", "the lower bound", "lowest"),
    ("best", "the single best figure", "best"),
    ("high", "the upper bound", "highest"),
)


def _figure_fields() -> tuple[Field, ...]:
    return tuple(
        Field(
            f"{name}_{bound}",
            Kind.COUNT,
            f"{title}, {short}",
            f"{title}: {meaning} of the estimate. Missing is not known; 0 is a claim.",
            unit="person",
        )
        for name, _, _, title in FIGURES
        for bound, meaning, short in BOUNDS
    )


FIELDS = (
    Field("incident", Kind.TEXT, "Incident", "Lasting name of the incident.", nullable=False),
    Field("title", Kind.TEXT, "Title", "What happened, in a line.", nullable=False),
    Field(
        "event_type",
        Kind.TEXT,
        "Type of event",
        "Kind of event, from a closed list.",
        nullable=False,
        words=words_of(EventType),
    ),
    Field("sub_type", Kind.TEXT, "Sub-type", "The dataset's own category, or a finer word."),
    Field(
        "event_start",
        Kind.DATETIME,
        "Start",
        "Earliest possible moment, in local civil time; the Z is a label, not an offset.",
        role=Role.START,
    ),
    Field(
        "event_end",
        Kind.DATETIME,
        "End",
        "Latest possible moment, in local civil time; it belongs to the interval.",
        role=Role.END,
    ),
    Field(
        "time_precision",
        Kind.TEXT,
        "Precision of time",
        "How narrowly the reports fix the time.",
        nullable=False,
        words=words_of(TimePrecision),
    ),
    Field(
        "time_extent",
        Kind.TEXT,
        "Meaning of the interval",
        "'within': once, at an unknown moment of the interval; 'throughout': it lasted so long.",
        nullable=False,
        words=words_of(TimeExtent),
    ),
    Field("place_name", Kind.TEXT, "Place", "The place as told."),
    Field("country", Kind.TEXT, "Country", "ISO 3166-1 alpha-3 code of the country as coded."),
    Field("adm1", Kind.TEXT, "First-level unit", "First-level unit, as the source names it."),
    Field("adm2", Kind.TEXT, "Second-level unit", "Second-level unit, as the source names it."),
    Field(
        "place_precision",
        Kind.TEXT,
        "Precision of place",
        "How narrowly the reports fix the place.",
        nullable=False,
        words=words_of(PlacePrecision),
    ),
    Field(
        "radius_m",
        Kind.NUMBER,
        "Radius of place",
        "The true place lies within this distance of the point; missing where no radius is honest.",
        unit="m",
    ),
    *_figure_fields(),
    Field(
        "killed_rule",
        Kind.TEXT,
        "Rule of the estimate of killed",
        "How the estimate of all killed came about. 'sum_of_parts' is a lower bound: the sum of "
        "those for separate kinds of people. A dataset's figures may be 'out of order'. With the "
        "parameter 'rule' it names that rule, and says 'disputed' where claims in force contradict "
        "one another.",
    ),
    Field(
        "disputed",
        Kind.TEXTS,
        "Disputed figures",
        "Which figures are disputed: the claims in force cannot all be right, or one is denied. "
        "Told where the parameter 'rule' has figures made from claims; missing in figures as "
        "coded.",
    ),
    Field(
        "killed_claims",
        Kind.TEXT,
        "What reports say of killed",
        "Every claim about people killed: wording, figure, whose, and in brackets who says so.",
    ),
    Field(
        "harm_claims",
        Kind.TEXT,
        "What reports say of other harm",
        "Every claim about people injured, missing, captured, displaced or otherwise harmed.",
    ),
    Field("actors", Kind.TEXT, "Actors", "Parties and what they were, as 'name (role)'."),
    Field("actor_names", Kind.TEXTS, "Names of actors", "Names of the actors, each once."),
    Field("claims", Kind.INTEGER, "Claims", "How many claims reports make.", nullable=False),
    Field("reports", Kind.INTEGER, "Reports", "How many reports make claims.", nullable=False),
    Field(
        "border_distance_m",
        Kind.NUMBER,
        "Distance to nearest border",
        "Geodesic distance from the point to the nearest international border, by the preferred "
        "boundary source.",
        unit="m",
    ),
    Field(
        "border_distance_low_m",
        Kind.NUMBER,
        "Distance to nearest border, lowest",
        "Least possible distance over all boundary sources and the radius of the place.",
        unit="m",
    ),
    Field(
        "border_distance_high_m",
        Kind.NUMBER,
        "Distance to nearest border, highest",
        "Greatest possible distance over all boundary sources and the radius of the place.",
        unit="m",
    ),
    Field("part_of", Kind.TEXT, "Part of", "Incident whose figures include these."),
    Field("note", Kind.TEXT, "Note", "The coder's reasons for time, place and figures."),
    Field("dataset", Kind.TEXT, "Dataset", "Who compiled the row.", nullable=False),
    LICENCE,
    ATTRIBUTION,
)
