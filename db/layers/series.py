"""Incidents and people killed by period: a table."""

from __future__ import annotations

from db.layers.results import result_layer
from gis.fields import Field, Kind, Role

_BOUNDS = (
    ("low", "lowest", "5 % of what the model allows lies below, rounded down."),
    ("high", "highest", "5 % of what the model allows lies above, rounded up."),
)
_INTERVALS = (
    (
        "independent",
        "independent",
        "If the figures of different incidents err each for itself",
    ),
    ("dependent", "fully dependent", "If all figures are too low, or all too high, together"),
)

_FIELDS = (
    Field("event_start", Kind.DATETIME, "Start of period", "First moment of it.", role=Role.START),
    Field("event_end", Kind.DATETIME, "End of period", "Last moment of it.", role=Role.END),
    Field(
        "period",
        Kind.TEXT,
        "Length of period",
        "How long the periods of the run are. Those at the ends of an asked interval are cut.",
        nullable=False,
        words=("day", "week", "month", "quarter", "year", "all"),
    ),
    Field(
        "grouped_by",
        Kind.TEXT,
        "Told apart by",
        "What the groups of the run are. Actors overlap: never add them up.",
        nullable=False,
        words=("none", "country", "adm1", "event_type", "actor", "border_band"),
    ),
    Field("group", Kind.TEXT, "Group", "Which of them; missing: not known of these incidents."),
    Field(
        "incidents",
        Kind.NUMBER,
        "Incidents, expected",
        "Sum of the aoristic shares: of an incident, the part of its interval that lies in the "
        "period.",
        nullable=False,
    ),
    Field(
        "incidents_whole",
        Kind.INTEGER,
        "Incidents, each in one period",
        "Each counts where most of its interval lies.",
        nullable=False,
    ),
    Field(
        "incidents_certain",
        Kind.INTEGER,
        "Incidents, certainly",
        "Their whole interval lies in the period, and their group is beyond doubt.",
        nullable=False,
    ),
    Field(
        "incidents_possible",
        Kind.INTEGER,
        "Incidents, possibly",
        "Any of their interval lies in the period; their group is possible.",
        nullable=False,
    ),
    Field(
        "person_status",
        Kind.TEXT,
        "Who",
        "Which people killed are added up.",
        nullable=False,
        words=("all", "civilian", "state_forces", "militant"),
    ),
    Field(
        "killed_low",
        Kind.COUNT,
        "People killed, hard lower bound",
        "Sum of the lower bounds of the incidents that certainly belong here; missing if none of "
        "those that may has one.",
        unit="person",
    ),
    Field(
        "killed_high",
        Kind.COUNT,
        "People killed, hard upper bound",
        "Sum of the upper bounds of all that may belong here; missing as soon as one is.",
        unit="person",
    ),
    Field(
        "killed_best",
        Kind.NUMBER,
        "People killed, expected best",
        "Sum of the best figures, each by its share; those that are missing are left out.",
        unit="person",
    ),
    Field(
        "killed_best_whole",
        Kind.COUNT,
        "People killed, best in whole people",
        "Each best figure split over periods by the largest remainder, so that its total is kept.",
        unit="person",
    ),
    *(
        Field(
            f"killed_{name}_{bound}",
            Kind.COUNT,
            f"People killed, {title} 90 %, {end}",
            f"{condition}: {meaning} Over incidents with both bounds only.",
            unit="person",
        )
        for name, title, condition in _INTERVALS
        for bound, end, meaning in _BOUNDS
    ),
    Field(
        "killed_model",
        Kind.TEXT,
        "Model of a range",
        "How likely the numbers between the bounds of an incident are taken to be.",
        nullable=False,
        words=("uniform", "pert"),
    ),
    Field(
        "killed_open",
        Kind.INTEGER,
        "Incidents without both bounds",
        "Some figure is known of them, but not both bounds: they are in no interval.",
        nullable=False,
    ),
    Field(
        "killed_unknown",
        Kind.INTEGER,
        "Incidents without a figure",
        "Incidents that may belong here of which no figure of killed is known.",
        nullable=False,
    ),
    Field("region", Kind.TEXT, "Region", "Region of study of the run."),
)

SERIES = result_layer(
    id="series",
    method="series",
    title="Series",
    description=(
        "Incidents and people killed by period and group, of the latest run. Dates that are "
        "intervals count in each period by their share. Sums of killed are given as hard bounds "
        "and as two 90 % intervals; the truth between those cannot be known from the data. A "
        "trend of reports is not a trend of violence where reporting changed."
    ),
    fields=_FIELDS,
    geometry=None,
    keywords=("time series", "trend", "aoristic", "casualties", "sums"),
)
