"""Distance from each located incident to borders, the nearest border and tripoints.

For every installed boundary source, because publishers of one border disagree by up to kilometres:
a measure to a source's line, with bounds from the place's radius, and one measure over all sources
whose bounds hold whichever of them is right.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from sqlalchemy import func, select

from db.analyses.found import Found, MeasureRow
from db.analyses.located import Located, located_incidents
from db.analyses.method import Method
from db.analyses.parameters import PREFERRED, BorderParameters
from db.errors import InvalidQuery
from db.history import current_version
from db.layers.derived import BORDER_DISTANCE, NEAREST
from db.models.incidents import Incident
from db.models.places import Boundary
from db.models.sources import Source
from db.vocabulary import BoundaryKind
from gis.border_index import BorderIndex, border_index
from gis.borders import BorderDistance, border_envelope, nearest_border
from gis.discs import distance_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from db.analyses.method import Progress


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    boundary_id: int
    kind: str
    code: str
    country: str | None
    neighbour: str | None
    source: str
    edition: str
    redistributable: bool
    shape: shapely.Geometry


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    """What is measured to: the lines of one source that compete for the nearest."""

    name: str
    source: str
    lines: tuple[_Line, ...]
    index: BorderIndex


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    target: _Target
    distance: BorderDistance


def compute(connection: Connection, chosen: BorderParameters, progress: Progress) -> Found:
    """Measure the distances of all active incidents.

    Incidents outside the countries whose borders are installed are counted and left out: a nearest
    border among lines of elsewhere would be none. Those known to a country or a unit only get a
    measure that says so.

    Raises
    ------
    InvalidQuery
        A border or a source of the parameters is not installed.
    """
    progress(0.0, "reading borders and incidents")
    lines = _lines(connection)
    countries = {line.country for line in lines if line.country}
    every = located_incidents(connection)
    covered = every.of(_covered(connection, every, countries))
    _check_names(lines, chosen)
    targets = _targets(lines, chosen.pairs or _inner(lines, countries))
    editions = {line.source: "" for line in lines}
    for source in editions:
        editions[source] = ", ".join(sorted({x.edition for x in lines if x.source == source}))
    ready = ~np.isnan(covered.lon) & ~np.isnan(covered.radius_m)
    computable, rest = covered.of(ready), covered.of(~ready)
    found = []
    for done, target in enumerate(targets):
        progress(done / len(targets), f"measuring to {target.name}, {target.source}")
        found.append(_Found(target, nearest_border(computable.lon, computable.lat, target.index)))
    rows = list(_rows(computable, rest, found, chosen))
    return Found(
        chosen={"pairs": sorted({t.name for t in targets}), "prefer": list(chosen.prefer)},
        data_version=current_version(connection),
        editions=editions,
        measures=rows,
        counts={
            "incidents": computable.size,
            "measures": len(rows),
            "not computable": rest.size if targets else 0,
            "outside the countries with borders": every.size - covered.size,
        },
    )


METHOD = Method(
    name="borders",
    version="1",
    title="Distances to borders",
    answers="How far is each incident from each border, by every boundary source?",
    parameters=BorderParameters,
    compute=compute,
    layers=("border-distances", "incidents"),
)


def _lines(connection: Connection) -> list[_Line]:
    asked = (
        select(
            Boundary.boundary_id,
            Boundary.kind,
            Boundary.code,
            Boundary.country,
            Boundary.neighbour,
            Source.code.label("source"),
            Boundary.edition,
            Source.redistributable,
            func.ST_AsBinary(Boundary.geom).label("shape"),
        )
        .join(Source, Source.source_id == Boundary.source_id)
        .where(Boundary.kind.in_([BoundaryKind.BORDER.value, BoundaryKind.TRIPOINT.value]))
        .order_by(Boundary.boundary_id)
    )
    return [
        _Line(
            boundary_id=row.boundary_id,
            kind=row.kind,
            code=row.code,
            country=row.country,
            neighbour=row.neighbour,
            source=row.source,
            edition=row.edition,
            redistributable=row.redistributable,
            shape=shapely.from_wkb(bytes(row.shape)),
        )
        for row in connection.execute(asked)
    ]


def _covered(
    connection: Connection, every: Located, countries: set[str]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Incidents in a country whose whole border is installed, by its outline or its name."""
    asked = select(Incident.incident_id).where(
        select(Boundary.boundary_id)
        .where(
            Boundary.kind == BoundaryKind.ADM0.value,
            Boundary.country.in_(countries),
            func.ST_Intersects(Boundary.geom, Incident.geom),
        )
        .exists()
        | (Incident.geom.is_(None) & Incident.country.in_(countries))
    )
    return np.isin(every.incident_id, np.array(connection.scalars(asked).all(), dtype=np.int64))


def _inner(lines: Sequence[_Line], countries: set[str]) -> tuple[str, ...]:
    """Borders with an installed country on either side."""
    inner = {
        line.code
        for line in lines
        if line.kind == BoundaryKind.BORDER and {line.country, line.neighbour} <= countries
    }
    return tuple(sorted(inner))


def _targets(lines: Sequence[_Line], pairs: Sequence[str]) -> list[_Target]:
    """Each border asked for, all borders together, and the tripoints of the borders asked for."""
    groups: defaultdict[tuple[str, str], list[_Line]] = defaultdict(list)
    named = {code for pair in pairs for code in pair.split("-")}
    complete = _complete_sources(lines)
    for line in lines:
        if line.kind == BoundaryKind.TRIPOINT:
            if set(line.code.split("-")) <= named:
                groups[line.code, line.source].append(line)
            continue
        if line.source in complete:
            groups[NEAREST, line.source].append(line)
        if line.code in pairs:
            groups[line.code, line.source].append(line)
    return [
        _Target(name, source, tuple(group), border_index([line.shape for line in group]))
        for (name, source), group in sorted(groups.items())
    ]


def _check_names(lines: Sequence[_Line], chosen: BorderParameters) -> None:
    """A misspelt border or source would quietly leave out what was meant."""
    borders = {line.code for line in lines if line.kind == BoundaryKind.BORDER}
    for pair in chosen.pairs:
        if pair not in borders:
            raise InvalidQuery("pair", pair, f"it is one of {', '.join(sorted(borders))}")
    sources = {line.source for line in lines}
    for source in set(chosen.prefer) - set(PREFERRED):
        if source not in sources:
            raise InvalidQuery("prefer", source, f"it is one of {', '.join(sorted(sources))}")


def _complete_sources(lines: Sequence[_Line]) -> set[str]:
    """Sources among whose lines the nearest border can be sought.

    The nearest of one line is no nearest border: a source takes part if it has every border, known
    from any source, of each country whose outline it follows. Where no source is so complete, those
    with the most borders are.
    """
    pairs: defaultdict[str, set[frozenset[str | None]]] = defaultdict(set)
    countries = {line.country for line in lines if line.kind == BoundaryKind.BORDER}
    for line in lines:
        if line.kind == BoundaryKind.BORDER:
            pairs[line.source].add(frozenset((line.country, line.neighbour)))
    every = set().union(*pairs.values())
    complete = {
        source
        for source, known in pairs.items()
        if all(
            pair in known
            for country in countries
            if any(country in own for own in known)
            for pair in every
            if country in pair
        )
    }
    most = max((len(known) for known in pairs.values()), default=0)
    return complete or {source for source, known in pairs.items() if len(known) == most}


def _rows(
    computable: Located, rest: Located, found: Sequence[_Found], chosen: BorderParameters
) -> Iterator[MeasureRow]:
    """What could be computed first, by source; then over all sources; then what could not."""
    for one in found:
        yield from _of_source(computable, one)
    by_name: defaultdict[str, list[_Found]] = defaultdict(list)
    for one in found:
        # What spans all sources is public, so a line that may not be passed on has no part in it.
        if all(line.redistributable for line in one.target.lines):
            by_name[one.target.name].append(one)
    for name, group in by_name.items():
        yield from _over_sources(computable, name, group, chosen.prefer)
    for row in range(rest.size):
        precision = str(rest.precision[row])
        for name in by_name:
            yield MeasureRow(
                name=BORDER_DISTANCE,
                incident_id=int(rest.incident_id[row]),
                target=name,
                unit="m",
                outcome="not_computable",
                reason=f"the place is known to this precision only: {precision}",
            )


def _of_source(incidents: Located, found: _Found) -> Iterator[MeasureRow]:
    metres = found.distance.metres
    bounds = distance_bounds(metres, incidents.radius_m)
    for row in range(incidents.size):
        lon, lat = incidents.lon[row], incidents.lat[row]
        yield MeasureRow(
            name=BORDER_DISTANCE,
            incident_id=int(incidents.incident_id[row]),
            target=found.target.name,
            unit="m",
            outcome="computed",
            value=float(metres[row]),
            low=float(bounds.low_m[row]),
            high=float(bounds.high_m[row]),
            boundary_id=found.target.lines[found.distance.line[row]].boundary_id,
            geom=_segment(lon, lat, found.distance.lon[row], found.distance.lat[row]),
        )


def _over_sources(
    incidents: Located, name: str, group: Sequence[_Found], prefer: Sequence[str]
) -> Iterator[MeasureRow]:
    ranks = {source: rank for rank, source in enumerate(prefer)}
    ordered = sorted(group, key=lambda one: (ranks.get(one.target.source, 99), one.target.source))
    metres = np.stack([one.distance.metres for one in ordered])
    envelope = border_envelope(metres, incidents.radius_m)
    for row in range(incidents.size):
        reason = None
        if envelope.disputed[row]:
            reason = f"the sources differ by {envelope.spread_m[row]:.0f} m"
        yield MeasureRow(
            name=BORDER_DISTANCE,
            incident_id=int(incidents.incident_id[row]),
            target=name,
            unit="m",
            outcome="computed",
            value=float(metres[0, row]),
            low=float(envelope.low_m[row]),
            high=float(envelope.high_m[row]),
            reason=reason,
        )


def _segment(lon: float, lat: float, to_lon: float, to_lat: float) -> str:
    # Twelve decimals are a micrometre: the end of the line is the point that was measured to.
    return f"SRID=4326;LINESTRING({lon:.12f} {lat:.12f}, {to_lon:.12f} {to_lat:.12f})"
