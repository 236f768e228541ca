"""The distances that sources state, checked against the geometry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array

from db.analyses.found import Found, MeasureRow
from db.analyses.method import Method
from db.analyses.parameters import PREFERRED, Parameters
from db.history import current_version
from db.layers.claims import STATED_DISTANCE
from db.models.claims import Claim
from db.models.incidents import Incident
from db.models.places import Boundary, Place
from db.models.sources import Source
from db.vocabulary import BoundaryKind, ClaimKind, IncidentStatus, Qualifier
from gis.border_index import border_index
from gis.borders import border_envelope, nearest_border
from gis.crs import geodesic_m
from gis.discs import distance_bounds
from gis.precision import DEFAULT_RADIUS_M, PlacePrecision
from gis.stated_distance import (
    Direction,
    Statement,
    Unit,
    Verdict,
    Wording,
    check_bearing,
    check_distance,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Row

    from db.analyses.method import Progress

_UNITS = {"m": Unit.METRE, "km": Unit.KILOMETRE, "mi": Unit.MILE}

_WORDINGS = {
    Qualifier.ABOUT: Wording.ABOUT,
    Qualifier.ALMOST: Wording.ALMOST,
    Qualifier.AT_LEAST: Wording.AT_LEAST,
    Qualifier.MORE_THAN: Wording.AT_LEAST,
    Qualifier.AT_MOST: Wording.AT_MOST,
}

_DIRECTIONS = dict(zip("N NE E SE S SW W NW".split(), Direction, strict=True))


@dataclass(frozen=True, slots=True)
class _Measured:
    """The geodesic distance at the points, and its bounds over radii and boundary sources.

    Where several sources have the border, ``metres`` is by the preferred one, as in ``borders``.
    """

    metres: float | None = None
    low_m: float | None = None
    high_m: float | None = None


def compute(connection: Connection, chosen: Parameters, progress: Progress) -> Found:
    """Check every claim of a distance about an active incident."""
    progress(0.0, "reading claims")
    claims = connection.execute(_claims()).all()
    borders = _borders(connection, {claim.target_border for claim in claims} - {None})
    rows = [_row(claim, borders) for claim in claims]
    counts = {"claims": len(rows)} | Counter(row.outcome for row in rows)
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=current_version(connection),
        editions=_editions(connection),
        counts=counts,
        measures=rows,
    )


METHOD = Method(
    name="stated-distances",
    version="1",
    title="Distances that sources state",
    answers="Does the geometry bear out the distances that reports state?",
    parameters=Parameters,
    compute=compute,
    layers=("claims",),
)


def _claims() -> Any:
    return (
        select(
            Claim.claim_id,
            Claim.incident_id,
            Claim.qualifier,
            Claim.distance,
            Claim.distance_unit,
            Claim.target_border,
            Claim.bearing,
            Incident.radius_m,
            func.ST_X(Incident.geom).label("lon"),
            func.ST_Y(Incident.geom).label("lat"),
            Place.code.label("target_code"),
            func.ST_X(Place.geom).label("target_lon"),
            func.ST_Y(Place.geom).label("target_lat"),
        )
        .join(Incident, Incident.incident_id == Claim.incident_id)
        .outerjoin(Place, Place.place_id == Claim.target_place_id)
        .where(
            Claim.kind == ClaimKind.DISTANCE.value,
            Incident.status == IncidentStatus.ACTIVE.value,
        )
        .order_by(Claim.claim_id)
    )


def _borders(connection: Connection, codes: set[str]) -> dict[str, list[shapely.Geometry]]:
    asked = (
        select(Boundary.code, func.ST_AsBinary(Boundary.geom))
        .join(Source, Source.source_id == Boundary.source_id)
        .where(
            Boundary.kind == BoundaryKind.BORDER.value,
            Boundary.code.in_(codes),
            Source.redistributable,
        )
        .order_by(
            func.coalesce(func.array_position(array(PREFERRED), Source.code), len(PREFERRED) + 1),
            Source.code,
        )
    )
    found: dict[str, list[shapely.Geometry]] = {}
    for code, wkb in connection.execute(asked):
        found.setdefault(code, []).append(shapely.from_wkb(bytes(wkb)))
    return found


def _editions(connection: Connection) -> dict[str, str]:
    asked = (
        select(Source.code, Boundary.edition)
        .join(Source, Source.source_id == Boundary.source_id)
        .where(Boundary.kind == BoundaryKind.BORDER.value)
        .distinct()
    )
    return {row[0]: row[1] for row in connection.execute(asked)}


def _row(claim: Row[Any], borders: dict[str, list[shapely.Geometry]]) -> MeasureRow:
    measured = _measured(claim, borders)
    statement = Statement(
        Decimal(f"{claim.distance:.10g}"),
        _UNITS[claim.distance_unit],
        _WORDINGS.get(claim.qualifier, Wording.EXACT),
    )
    check = check_distance(
        statement,
        measured.low_m,
        measured.high_m,
        between_places=claim.target_border is None,
    )
    return MeasureRow(
        name=STATED_DISTANCE,
        incident_id=claim.incident_id,
        claim_id=claim.claim_id,
        target=claim.target_border or claim.target_code,
        unit="m",
        outcome=check.verdict.value,
        value=measured.metres,
        low=measured.low_m,
        high=measured.high_m,
        reason="; ".join(_reasons(claim, check.verdict, check.ratio)) or None,
    )


def _measured(claim: Row[Any], borders: dict[str, list[shapely.Geometry]]) -> _Measured:
    if claim.lon is None or claim.radius_m is None:
        return _Measured()
    if claim.target_border is None:
        # A distance "from Niamey" is told from somewhere in the town.
        radius_m = claim.radius_m + (DEFAULT_RADIUS_M[PlacePrecision.SETTLEMENT] or 0.0)
        straight = float(geodesic_m(claim.lon, claim.lat, claim.target_lon, claim.target_lat))
        bounds = distance_bounds(straight, radius_m)
        return _Measured(straight, float(bounds.low_m), float(bounds.high_m))
    shapes = borders.get(claim.target_border, [])
    if not shapes:
        return _Measured()
    metres = np.array(
        [nearest_border([claim.lon], [claim.lat], border_index([s])).metres for s in shapes]
    )
    envelope = border_envelope(metres, claim.radius_m)
    return _Measured(float(metres[0, 0]), float(envelope.low_m[0]), float(envelope.high_m[0]))


def _reasons(claim: Row[Any], verdict: Verdict, ratio: float | None) -> Iterator[str]:
    if verdict is Verdict.UNDETERMINED:
        yield "the incident has no point, or no radius, or the border is not installed"
    if ratio is not None:
        yield f"stated is {ratio:.2f} of measured"
    if claim.bearing is not None and claim.target_lon is not None and claim.lon is not None:
        target, place = (claim.target_lon, claim.target_lat), (claim.lon, claim.lat)
        bearing = check_bearing(_DIRECTIONS[claim.bearing], target, place, claim.radius_m)
        answer = {True: "holds", False: "does not hold", None: "cannot be told"}[bearing.holds]
        yield f"the direction {claim.bearing} {answer}"
