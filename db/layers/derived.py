"""What was measured: distances to borders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Double, case, cast, func, or_

from db.history import as_of
from db.layers.layer import (
    Column,
    Layer,
    Rows,
    first_moment,
    last_moment,
    may_leave,
    words_of,
)
from db.layers.recurring import (
    ATTRIBUTION,
    INCIDENT,
    INCIDENT_END,
    INCIDENT_START,
    INCIDENT_TITLE,
)
from db.layers.results import METHOD, RUN, published_run
from db.models.derived import AnalysisRun, Measure
from db.models.incidents import Incident
from db.models.places import Boundary
from db.models.sources import Source
from db.vocabulary import IncidentStatus
from gis.border_edges import EdgeMeaning
from gis.fields import Field, Kind

if TYPE_CHECKING:
    from sqlalchemy import FromClause

BORDER_DISTANCE = "border_distance"
"""Name of the measure that :mod:`db.analyses.borders` makes."""
NEAREST = "nearest"
"""Its target where all borders compete."""
SHARED = "shared"
"""Its target where the borders that are measured to one by one compete."""


def within_name(limit_km: float) -> str:
    """Name of the probability of a distance of at most so many kilometres."""
    return f"p_within_{limit_km:g}_km"


_LIMITS_KM = (10, 20, 50, 100)
"""Those that the method takes by default; probabilities of others are in its bands."""


def _within_fields() -> tuple[Field, ...]:
    return tuple(
        Field(
            within_name(limit),
            Kind.NUMBER,
            f"Probability of {limit} km",
            f"Of a distance of at most {limit} km, by the same model as the quantiles; missing "
            "where the run chose other limits.",
        )
        for limit in _LIMITS_KM
    )


_DISTANCE_FIELDS = (
    INCIDENT,
    INCIDENT_TITLE,
    INCIDENT_START,
    INCIDENT_END,
    Field(
        "border",
        Kind.TEXT,
        "Border",
        "Border or tripoint measured to; 'nearest' where all international borders compete, "
        "'shared' where those between the countries of the region do.",
        nullable=False,
    ),
    Field("boundary", Kind.TEXT, "Boundary", "Name of the line or point that was nearest."),
    Field("boundary_source", Kind.TEXT, "Boundary source", "Whose line it is."),
    Field("boundary_edition", Kind.TEXT, "Edition", "Edition of that source."),
    Field(
        "distance_m",
        Kind.NUMBER,
        "Distance",
        "Geodesic, from the point, WGS 84; missing where the place is a polygon.",
        unit="m",
    ),
    Field(
        "low_m",
        Kind.NUMBER,
        "Distance, lowest",
        "Least possible distance within the radius or polygon of the place.",
        unit="m",
    ),
    Field(
        "high_m",
        Kind.NUMBER,
        "Distance, highest",
        "Greatest possible distance within the radius or polygon of the place.",
        unit="m",
    ),
    Field(
        "q05_m",
        Kind.NUMBER,
        "Distance, 5 %",
        "Quantile, if every part of the place is equally likely; over all sources the least.",
        unit="m",
    ),
    Field(
        "q50_m",
        Kind.NUMBER,
        "Distance, median",
        "Likewise; over all sources that of the preferred one.",
        unit="m",
    ),
    Field(
        "q95_m",
        Kind.NUMBER,
        "Distance, 95 %",
        "Likewise; over all sources the greatest.",
        unit="m",
    ),
    *_within_fields(),
    Field(
        "spread_m",
        Kind.NUMBER,
        "Spread of sources",
        "How far the sources differ at the point, or in the median of a polygon.",
        unit="m",
    ),
    Field(
        "agreement",
        Kind.TEXT,
        "Do the sources agree",
        "'disputed' where they differ by more than 500 m or 10 %; of features over all sources.",
        words=("agree", "disputed", "one_source"),
    ),
    Field(
        "nearest_border",
        Kind.TEXT,
        "Nearest border",
        "Which one is, where several compete; 'undetermined' where it is for less than 95 % of "
        "the place, by any source.",
    ),
    Field(
        "nearest_border_share",
        Kind.NUMBER,
        "Share of the nearest border",
        "Share of the place to which the likeliest border is the nearest, the least of all "
        "sources.",
    ),
    Field(
        "edges",
        Kind.TEXT,
        "Edges",
        "What runs between two vertices of a border: a line straight in degrees, or a geodesic.",
        words=words_of(EdgeMeaning),
    ),
    Field("outcome", Kind.TEXT, "Outcome", "'computed', or why it is not.", nullable=False),
    Field("reason", Kind.TEXT, "Reason", "Why it could not be computed, or what to mind."),
    RUN,
    METHOD,
    Field("licence", Kind.TEXT, "Licence", "Licences of the incident and of the boundary."),
    ATTRIBUTION,
)


_NUMBERS = ("q05_m", "q50_m", "q95_m", *(within_name(limit) for limit in _LIMITS_KM), "spread_m")


def _number(measure: FromClause, name: str) -> Column:
    # What is not there, or is JSON's null, is a text that is missing.
    return cast(measure.c.detail[name].astext, Double)


def _distance_rows(version: int | None) -> Rows:
    measure, run = as_of(Measure, version).alias("measure"), AnalysisRun.__table__.alias("run")
    incident = as_of(Incident, version).alias("incident")
    boundary = as_of(Boundary, version).alias("boundary")
    owner = as_of(Source, version).alias("owner")
    compiler = as_of(Source, version).alias("compiler")
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
        **{name: _number(measure, name) for name in _NUMBERS},
        "agreement": measure.c.detail["agreement"].astext,
        "nearest_border": measure.c.detail["nearest_border"].astext,
        "nearest_border_share": _number(measure, "nearest_border_share"),
        "edges": run.c.parameters["edges"].astext,
        "outcome": measure.c.outcome,
        "reason": measure.c.reason,
        "run": measure.c.run_id,
        "method": run.c.method + " " + run.c.method_version,
        # What spans all sources stands under the terms of all that took part in the run.
        **{
            name: case(
                (owner.c.source_id.is_(None), func.coalesce(run.c[name], compiler.c[name])),
                else_=func.concat_ws(joint, compiler.c[name], owner.c[name]),
            )
            for name, joint in (("licence", "; "), ("attribution", " | "))
        },
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
            may_leave(incident.c.source_id, version),
            or_(measure.c.boundary_id.is_(None), may_leave(boundary.c.source_id, version)),
        ),
        published_run=published_run("borders", version),
    )


BORDER_DISTANCES = Layer(
    id="border-distances",
    title="Distances to borders",
    description=(
        "For each located incident and each border, tripoint and boundary source: the geodesic "
        "from the incident to the nearest point of the border. Boundary sources disagree by up to "
        "kilometres, so each is a feature of its own; features without a line sum up all sources, "
        "are about a place known to a polygon, or say why there is no distance. Bounds hold "
        "wherever in its radius or polygon the place is; quantiles and probabilities take every "
        "part of it as equally likely."
    ),
    fields=_DISTANCE_FIELDS,
    geometry="LineString",
    rows=_distance_rows,
    keywords=("borders", "distance", "geodesic", "Liptako-Gourma"),
)
