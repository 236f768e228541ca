"""The distances that sources state, checked against the geometry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array

from db.analyses.found import Found, MeasureRow
from db.analyses.method import Method
from db.analyses.parameters import PREFERRED, Selection
from db.analyses.selection import read_incidents, version_asked
from db.history import as_of, current_version
from db.layers.claims import STATED_DISTANCE
from db.layers.layer import may_leave
from db.models.claims import Claim
from db.models.incidents import Incident
from db.models.places import Boundary, Place
from db.models.sources import Source
from db.vocabulary import BoundaryKind, ClaimKind, IncidentStatus, Qualifier
from gis.border_index import BorderIndex, border_index
from gis.borders import border_envelope, nearest_border
from gis.crs import geodesic_m
from gis.discs import disc_nodes, distance_bounds
from gis.precision import DEFAULT_RADIUS_M, PlacePrecision
from gis.stated_bearing import Direction, check_bearing
from gis.stated_distance import (
    Statement,
    Unit,
    Verdict,
    Wording,
    check_distance,
    share_holding,
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


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """The geodesic distance at the points, and its bounds over radii and boundary sources.

    Where several sources have the border, ``metres`` is by the preferred one, as in ``borders``;
    so are ``nodes``, the distances of nodes of equal area of the place.
    """

    metres: float | None = None
    low_m: float | None = None
    high_m: float | None = None
    nodes: npt.NDArray[np.float64] | None = None


def compute(connection: Connection, chosen: Selection, progress: Progress) -> Found:
    """Check every claim of a distance about the incidents of a selection.

    Without a condition these are all active incidents, aggregates and those that may not leave
    included.

    Raises
    ------
    InvalidQuery
        A value of the selection breaks its rule.
    """
    progress(0.0, "reading claims")
    version = version_asked(connection, chosen)
    claims = connection.execute(_claims(version)).all()
    if chosen != Selection():
        taking_part = set(read_incidents(connection, chosen, with_parts=True).key.tolist())
        claims = [claim for claim in claims if claim.incident_id in taking_part]
    borders = _borders(connection, version, {claim.target_border for claim in claims} - {None})
    rows = []
    for done, claim in enumerate(claims):
        progress(done / len(claims), "measuring")
        rows.append(_row(claim, borders))
    counts = {"claims": len(rows)} | Counter(row.outcome for row in rows)
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=current_version(connection),
        editions=_editions(connection, version),
        counts=counts,
        measures=rows,
    )


METHOD = Method(
    name="stated-distances",
    version="2",
    title="Distances that sources state",
    answers="Does the geometry bear out the distances that reports state?",
    parameters=Selection,
    compute=compute,
    layers=("claims",),
)


def _claims(version: int | None) -> Any:
    claim = as_of(Claim, version).alias("claim")
    incident = as_of(Incident, version).alias("incident")
    target = as_of(Place, version).alias("target")
    return (
        select(
            claim.c.claim_id,
            claim.c.incident_id,
            claim.c.qualifier,
            claim.c.distance,
            claim.c.distance_unit,
            claim.c.target_border,
            claim.c.bearing,
            incident.c.radius_m,
            func.ST_X(incident.c.geom).label("lon"),
            func.ST_Y(incident.c.geom).label("lat"),
            target.c.code.label("target_code"),
            func.ST_X(target.c.geom).label("target_lon"),
            func.ST_Y(target.c.geom).label("target_lat"),
        )
        .select_from(claim)
        .join(incident, incident.c.incident_id == claim.c.incident_id)
        .outerjoin(target, target.c.place_id == claim.c.target_place_id)
        .where(
            claim.c.kind == ClaimKind.DISTANCE.value,
            incident.c.status == IncidentStatus.ACTIVE.value,
            # A measure is about a claim that is still there.
            claim.c.claim_id.in_(select(Claim.claim_id)),
        )
        .order_by(claim.c.claim_id)
    )


def _borders(
    connection: Connection, version: int | None, codes: set[str]
) -> dict[str, list[BorderIndex]]:
    """The line of each border by each source, the preferred source first."""
    boundary, source = as_of(Boundary, version), as_of(Source, version)
    rank = func.array_position(array(PREFERRED), source.c.code)
    asked = (
        select(boundary.c.code, func.ST_AsBinary(boundary.c.geom))
        .join_from(boundary, source, source.c.source_id == boundary.c.source_id)
        .where(
            boundary.c.kind == BoundaryKind.BORDER.value,
            boundary.c.code.in_(codes),
            may_leave(source.c.source_id, version),
        )
        .order_by(func.coalesce(rank, len(PREFERRED) + 1), source.c.code)
    )
    found: dict[str, list[BorderIndex]] = {}
    for code, wkb in connection.execute(asked):
        found.setdefault(code, []).append(border_index([shapely.from_wkb(bytes(wkb))]))
    return found


def _editions(connection: Connection, version: int | None) -> dict[str, str]:
    boundary, source = as_of(Boundary, version), as_of(Source, version)
    asked = (
        select(source.c.code, func.string_agg(boundary.c.edition.distinct(), ", "))
        .join_from(boundary, source, source.c.source_id == boundary.c.source_id)
        .where(boundary.c.kind == BoundaryKind.BORDER.value)
        .group_by(source.c.code)
        .order_by(source.c.code)
    )
    return {row[0]: row[1] for row in connection.execute(asked)}


def _row(claim: Row[Any], borders: dict[str, list[BorderIndex]]) -> MeasureRow:
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
    detail: dict[str, float | None] = {"stated_low_m": check.low_m}
    if isfinite(check.high_m):
        detail["stated_high_m"] = check.high_m
    if measured.nodes is not None:
        detail["p_holds"] = share_holding(statement, measured.nodes)
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
        detail=detail,
    )


def _measured(claim: Row[Any], borders: dict[str, list[BorderIndex]]) -> _Measured:
    if claim.lon is None or claim.radius_m is None:
        return _Measured()
    if claim.target_border is None:
        # A distance "from Niamey" is told from somewhere in the town.
        radius_m = claim.radius_m + (DEFAULT_RADIUS_M[PlacePrecision.SETTLEMENT] or 0.0)
        straight = float(geodesic_m(claim.lon, claim.lat, claim.target_lon, claim.target_lat))
        bounds = distance_bounds(straight, radius_m)
        nodes = disc_nodes([claim.lon], [claim.lat], radius_m)
        away = geodesic_m(nodes.lon[0], nodes.lat[0], claim.target_lon, claim.target_lat)
        return _Measured(straight, float(bounds.low_m), float(bounds.high_m), away)
    lines = borders.get(claim.target_border, [])
    if not lines:
        return _Measured()
    metres = np.array([nearest_border([claim.lon], [claim.lat], line).metres for line in lines])
    envelope = border_envelope(metres, claim.radius_m)
    nodes = disc_nodes([claim.lon], [claim.lat], claim.radius_m)
    away = nearest_border(nodes.lon[0], nodes.lat[0], lines[0]).metres
    return _Measured(float(metres[0, 0]), float(envelope.low_m[0]), float(envelope.high_m[0]), away)


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
