"""Tables of the method ``borders``: bands of distance, and countries with their probability."""

from __future__ import annotations

from db.layers.recurring import INCIDENT, INCIDENT_END, INCIDENT_START, INCIDENT_TITLE
from db.layers.results import result_layer
from gis.fields import Field, Kind, Role

METHOD_NAME = "borders"

_SOURCE = Field(
    "boundary_source", Kind.TEXT, "Boundary source", "Whose line it is.", nullable=False
)
_EDITION = Field("boundary_edition", Kind.TEXT, "Edition", "Of that source.", nullable=False)


def _number(name: str, title: str, meaning: str, unit: str | None = None) -> Field:
    return Field(name, Kind.NUMBER, title, meaning, unit=unit)


BORDER_BANDS = result_layer(
    id="border-bands",
    method=METHOD_NAME,
    title="Bands of distance from borders",
    description=(
        "How many incidents, and people killed, lie within bands of distance from each border, by "
        "boundary source, year by year and in all. Incidents count by their probabilities, not by "
        "their points. A band has its upper limit and not its lower one. Rows of the part 'within' "
        "overlap, and so do borders: take one part, one border and one source before adding up."
    ),
    fields=(
        Field(
            "border",
            Kind.TEXT,
            "Border",
            "Border measured to; 'nearest' of all, 'shared': the nearest of those between the "
            "countries of the region.",
            nullable=False,
        ),
        _SOURCE,
        _EDITION,
        Field(
            "rank",
            Kind.INTEGER,
            "Rank of the source",
            "1 is the preferred source of this border.",
            nullable=False,
        ),
        Field(
            "year",
            Kind.COUNT,
            "Year",
            "Missing: all years together, incidents without a date included.",
        ),
        Field("event_start", Kind.DATETIME, "Start", "First moment of the year.", role=Role.START),
        Field("event_end", Kind.DATETIME, "End", "Last moment of the year.", role=Role.END),
        Field(
            "part",
            Kind.TEXT,
            "Part",
            "'band': from one limit to the next; 'within': everything up to a limit.",
            nullable=False,
            words=("band", "within"),
        ),
        Field(
            "from_km",
            Kind.NUMBER,
            "From",
            "Lower limit; not part of it, but for 0.",
            unit="km",
            nullable=False,
        ),
        _number("to_km", "To", "Upper limit; part of it. Missing: no limit.", "km"),
        _number(
            "measured",
            "Incidents measured",
            "Of the year, by the days on which they may have begun.",
        ),
        _number(
            "left_out", "Incidents left out", "Known to a country, or not at all: no distance."
        ),
        _number("incidents_expected", "Incidents, expected", "Sum of their probabilities."),
        Field(
            "incidents_low",
            Kind.INTEGER,
            "Incidents, 5 %",
            "Lower end of the 90 % interval (Poisson-binomial: places independent).",
            nullable=False,
        ),
        Field(
            "incidents_high",
            Kind.INTEGER,
            "Incidents, 95 %",
            "Upper end of that interval.",
            nullable=False,
        ),
        _number("share", "Share of incidents", "Expected, of those measured."),
        _number("share_low", "Share, 5 %", "Of the 90 % interval."),
        _number("share_high", "Share, 95 %", "Of the 90 % interval."),
        _number("killed_low", "Killed, expected, lowest", "From the lower bounds.", "person"),
        _number(
            "killed_best",
            "Killed, expected, best",
            "From the best figures; missing as soon as one is not known.",
            "person",
        ),
        _number(
            "killed_high",
            "Killed, expected, highest",
            "From the upper bounds; missing as soon as one is not known.",
            "person",
        ),
        Field(
            "killed_interval_low",
            Kind.COUNT,
            "Killed, 5 %",
            "Lower end of the 90 % interval if each figure is its lower bound.",
            unit="person",
        ),
        Field(
            "killed_interval_high",
            Kind.COUNT,
            "Killed, 95 %",
            "Upper end of that interval if each figure is its upper bound; missing as above.",
            unit="person",
        ),
        Field(
            "killed_unknown",
            Kind.INTEGER,
            "Incidents without a figure",
            "Incidents that may lie in the band and of which no figure of killed is known.",
            nullable=False,
        ),
        _number(
            "published_share_low",
            "Published share, from",
            "Share of incidents as published, of other data: see 'published'.",
        ),
        _number("published_share_high", "Published share, to", "Missing for 'over'."),
        _number("published_killed_share", "Published share of deaths", "Likewise."),
        Field("published", Kind.TEXT, "Published by", "Who, of which incidents and years."),
    ),
    geometry=None,
    keywords=("borders", "bands", "borderlands", "uncertainty"),
)

COUNTRY_SHARES = result_layer(
    id="country-shares",
    method=METHOD_NAME,
    title="Countries of incidents",
    description=(
        "In which country each incident lies, by each source of outlines: with probability 1, or "
        "with the share of its radius or polygon where that crosses a border. A row without a "
        "country is what lies in no outline of the source, which may have few countries."
    ),
    fields=(
        INCIDENT,
        INCIDENT_TITLE,
        INCIDENT_START,
        INCIDENT_END,
        Field("country", Kind.TEXT, "Country", "ISO 3166-1 alpha-3 code, by the outline."),
        Field(
            "probability",
            Kind.NUMBER,
            "Probability",
            "Share of the place that lies in it, if every part of it is equally likely.",
            nullable=False,
        ),
        Field("coded_country", Kind.TEXT, "Country as coded", "Of the incident."),
        Field(
            "location_model",
            Kind.TEXT,
            "Model of the place",
            "'disc': uniform within its radius; 'polygon': uniform within its unit or area.",
            nullable=False,
            words=("disc", "polygon"),
        ),
        _SOURCE,
        _EDITION,
    ),
    geometry="Point",
    keywords=("country", "probability", "borders"),
)
