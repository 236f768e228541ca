"""What was measured: distances to borders."""

from __future__ import annotations

from sqlalchemy import func, or_

from db.history import as_of
from db.layers.layer import Column, Layer, Rows, first_moment, last_moment, may_leave
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
from gis.fields import Field, Kind

BORDER_DISTANCE = "border_distance"
"""Name of the measure that :mod:`db.analyses.borders` makes."""
NEAREST = "nearest"
"""Its target where all borders compete."""

_DISTANCE_FIELDS = (
    INCIDENT,
    INCIDENT_TITLE,
    INCIDENT_START,
    INCIDENT_END,
    Field(
        "border",
        Kind.TEXT,
        "Border",
        "Border or tripoint measured to; 'nearest' where all international borders compete.",
        nullable=False,
    ),
    Field("boundary", Kind.TEXT, "Boundary", "Name of the line or point that was nearest."),
    Field("boundary_source", Kind.TEXT, "Boundary source", "Whose line it is."),
    Field("boundary_edition", Kind.TEXT, "Edition", "Edition of that source."),
    Field("distance_m", Kind.NUMBER, "Distance", "Geodesic, from the point, WGS 84.", unit="m"),
    Field(
        "low_m",
        Kind.NUMBER,
        "Distance, lowest",
        "Least possible distance within the radius of the place.",
        unit="m",
    ),
    Field(
        "high_m",
        Kind.NUMBER,
        "Distance, highest",
        "Greatest possible distance within the radius of the place.",
        unit="m",
    ),
    Field("outcome", Kind.TEXT, "Outcome", "'computed', or why it is not.", nullable=False),
    Field("reason", Kind.TEXT, "Reason", "Why it could not be computed, or what to mind."),
    RUN,
    METHOD,
    Field("licence", Kind.TEXT, "Licence", "Licences of the incident and of the boundary."),
    ATTRIBUTION,
)


def _distance_rows(version: int | None) -> Rows:
    measure, run = Measure.__table__.alias("measure"), AnalysisRun.__table__.alias("run")
    incident = as_of(Incident, version).alias("incident")
    boundary = Boundary.__table__.alias("boundary")
    owner, compiler = Source.__table__.alias("owner"), Source.__table__.alias("compiler")
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
        "outcome": measure.c.outcome,
        "reason": measure.c.reason,
        "run": measure.c.run_id,
        "method": run.c.method + " " + run.c.method_version,
        "licence": func.concat_ws("; ", compiler.c.licence, owner.c.licence),
        "attribution": func.concat_ws(" | ", compiler.c.attribution, owner.c.attribution),
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
            may_leave(incident.c.source_id),
            or_(boundary.c.source_id.is_(None), may_leave(boundary.c.source_id)),
        ),
        # Measures of former runs are not kept.
        published_run=published_run("borders", None),
    )


BORDER_DISTANCES = Layer(
    id="border-distances",
    title="Distances to borders",
    description=(
        "For each located incident and each border, tripoint and boundary source: the geodesic "
        "from the incident to the nearest point of the border. Boundary sources disagree by up to "
        "kilometres, so each is a feature of its own; features without a line sum up all sources, "
        "or say why there is no distance."
    ),
    fields=_DISTANCE_FIELDS,
    geometry="LineString",
    rows=_distance_rows,
    keywords=("borders", "distance", "geodesic", "Liptako-Gourma"),
)
