"""The nearest populated places of each incident, and the nearest road of each source of roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import func, literal, select

from db.analyses.days import moment_of
from db.analyses.found import Found, ResultRow, Terms
from db.analyses.method import Method
from db.analyses.parameters import ProximityParameters
from db.analyses.selection import read_incidents, region_edition, terms_of, version_asked
from db.history import as_of
from db.layers.layer import may_leave
from db.layers.proximity import METHOD_NAME
from db.models.places import Boundary, Place
from db.models.sources import Source
from db.vocabulary import BoundaryKind
from gis.border_index import border_index
from gis.crs import initial_azimuth_deg
from gis.discs import distance_bounds
from gis.nearest_of_discs import nearest_of_discs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Select

    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from gis.nearest_of_discs import Nearest


@dataclass(frozen=True, slots=True, eq=False)
class _Targets:
    """Places or roads of one source, in the order of their keys."""

    kind: str
    source: str
    terms: Terms
    editions: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    shapes: npt.NDArray[np.object_]


def compute(connection: Connection, chosen: ProximityParameters, progress: Progress) -> Found:
    """Find what is near to the incidents of a selection.

    Incidents without a point or a radius are counted and left out, and so are those near to
    nothing known: a gazetteer of other countries tells nothing about them.

    Raises
    ------
    InvalidQuery
        A value of the selection breaks its rule.
    """
    progress(0.0, "reading incidents, places and roads")
    every = read_incidents(connection, chosen, fields=("incident", "title"))
    taken = every.of(~np.isnan(every.lon) & ~np.isnan(every.radius_m))
    version = version_asked(connection, chosen)
    targets = [
        *_sources(connection, "place", _places(version)),
        *_sources(connection, "road", _roads(version)),
    ]
    rows: list[ResultRow] = []
    near = np.zeros(taken.size, dtype=bool)
    for done, target in enumerate(targets):
        progress(done / len(targets), f"measuring to each {target.kind} of {target.source}")
        found = nearest_of_discs(
            taken.lon,
            taken.lat,
            taken.radius_m,
            border_index(target.shapes),
            count=chosen.places if target.kind == "place" else 1,
            within_m=chosen.within_km * 1000.0,
        )
        near[found.place] = True
        rows += _rows(taken, target, found)
    used = [terms_of(connection, taken), *(target.terms for target in targets)]
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=every.version,
        input_sha256=taken.sha256,
        editions=region_edition(connection, chosen)
        | {target.source: target.editions for target in targets if target.editions},
        terms=Terms(
            licence="; ".join(dict.fromkeys(one.licence for one in used if one.licence)) or None,
            attribution=" | ".join(
                dict.fromkeys(one.attribution for one in used if one.attribution)
            )
            or None,
        ),
        counts={
            "incidents": int(near.sum()),
            "rows": len(rows),
            "near to nothing known": int((~near).sum()),
            "without a point or a radius": every.size - taken.size,
            "sources of roads": sum(target.kind == "road" for target in targets),
        },
        results={"proximity": rows},
    )


METHOD = Method(
    name=METHOD_NAME,
    version="1",
    title="Nearest places and roads",
    answers="Which populated places, and which road, are the nearest to each incident?",
    parameters=ProximityParameters,
    compute=compute,
    layers=("proximity",),
)


def _places(version: int | None) -> Select[Any]:
    place, source = as_of(Place, version), as_of(Source, version)
    # Of the gazetteer's classes only P is where people live.
    return (
        select(
            source.c.name.label("source"),
            source.c.licence,
            source.c.attribution,
            literal(None).label("edition"),
            place.c.code,
            place.c.name,
            func.ST_AsBinary(place.c.geom).label("shape"),
        )
        .join_from(place, source, source.c.source_id == place.c.source_id)
        .where(place.c.feature_class == "P", may_leave(source.c.source_id, version))
        .order_by(source.c.source_id, place.c.place_id)
    )


def _roads(version: int | None) -> Select[Any]:
    boundary, source = as_of(Boundary, version), as_of(Source, version)
    return (
        select(
            source.c.name.label("source"),
            source.c.licence,
            source.c.attribution,
            boundary.c.edition,
            boundary.c.code,
            boundary.c.name,
            func.ST_AsBinary(boundary.c.geom).label("shape"),
        )
        .join_from(boundary, source, source.c.source_id == boundary.c.source_id)
        .where(boundary.c.kind == BoundaryKind.ROAD.value, may_leave(source.c.source_id, version))
        .order_by(source.c.source_id, boundary.c.boundary_id)
    )


def _sources(connection: Connection, kind: str, asked: Select[Any]) -> Iterator[_Targets]:
    """What one source has, source by source."""
    rows = connection.execute(asked).all()
    for source in dict.fromkeys(row.source for row in rows):
        own = [row for row in rows if row.source == source]
        yield _Targets(
            kind=kind,
            source=source,
            terms=Terms(licence=own[0].licence, attribution=own[0].attribution),
            editions=", ".join(sorted({row.edition for row in own if row.edition})),
            codes=tuple(row.code for row in own),
            names=tuple(row.name for row in own),
            shapes=shapely.from_wkb([bytes(row.shape) for row in own]),
        )


def _rows(taken: Incidents, target: _Targets, found: Nearest) -> Iterator[ResultRow]:
    bounds = distance_bounds(found.metres, taken.radius_m[found.place])
    lon, lat = taken.lon[found.place], taken.lat[found.place]
    azimuth = initial_azimuth_deg(found.lon, found.lat, lon, lat)
    for number, row in enumerate(found.place.tolist()):
        there = int(found.line[number])
        ends = [(lon[number], lat[number]), (found.lon[number], found.lat[number])]
        yield ResultRow(
            incident_id=int(taken.key[row]),
            values={
                "incident": taken.fields["incident"][row],
                "incident_title": taken.fields["title"][row],
                "target": target.kind,
                "code": target.codes[there],
                "name": target.names[there],
                "rank": int(found.rank[number]),
                "distance_m": float(found.metres[number]),
                "low_m": float(bounds.low_m[number]),
                "high_m": float(bounds.high_m[number]),
                "azimuth_deg": float(azimuth[number]),
                "nearest_share": float(found.share[number]),
                "target_source": target.source,
            },
            # A place at the very point of the incident is no line away.
            geom=shapely.LineString(ends) if found.metres[number] > 0 else None,
            start=moment_of(taken.start[row]),
            end=moment_of(taken.end[row]),
        )
