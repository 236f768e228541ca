"""Distance from each incident to borders, the nearest border and tripoints.

For every installed boundary source, because publishers of one border disagree by up to kilometres:
a measure to a source's line, with bounds and quantiles from the radius or the polygon of the place,
and one measure over all sources whose bounds hold whichever of them is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from db.analyses.border_bands import BandInput, band_rows
from db.analyses.border_countries import country_rows
from db.analyses.border_lines import (
    check_names,
    editions_of,
    inner_pairs,
    read_lines,
    targets,
)
from db.analyses.border_measures import by_name, measure, measure_rows
from db.analyses.border_places import read_places
from db.analyses.found import Found, Terms
from db.analyses.method import Method
from db.analyses.parameters import PREFERRED, BorderParameters
from db.analyses.selection import terms_of, version_asked
from db.history import as_of
from db.models.sources import Source
from db.vocabulary import BoundaryKind
from gis.parts.borders import keep_discs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.analyses.border_measures import Measured
    from db.analyses.border_places import Places
    from db.analyses.method import Progress
    from gis.parts.engine import Engine


def compute(
    connection: Connection,
    chosen: BorderParameters,
    progress: Progress,
    *,
    engine: Engine | None = None,
) -> Found:
    """Measure the distances of the incidents of a selection.

    Incidents outside the countries whose borders are installed are counted and left out. Those
    known to a country only, or to a unit of which there is no polygon, get a measure that says so.

    Raises
    ------
    InvalidQuery
        A border or a source of the parameters is not installed, or a value of the selection breaks
        its rule.
    """
    progress(0.0, "reading borders and incidents")
    version = version_asked(connection, chosen)
    lines = read_lines(connection, version, BoundaryKind.BORDER, BoundaryKind.TRIPOINT)
    outlines = read_lines(connection, version, BoundaryKind.ADM0)
    countries = {line.country for line in lines if line.country}
    check_names(lines, chosen.pairs, chosen.prefer, PREFERRED)
    places, outside = read_places(connection, chosen, outlines, countries)
    pairs = chosen.pairs or inner_pairs(lines, countries)
    every = targets(lines, pairs, chosen.edges)
    discs = None
    if engine is not None:
        discs = keep_discs(engine, places.lon, places.lat, places.radius_m)
    measured = []
    for done, target in enumerate(every):
        progress(done / len(every), f"measuring to {target.name}, {target.source}")
        measured.append(measure(places, target, chosen, discs))
    groups = by_name(measured, chosen.prefer)
    rest = np.flatnonzero(places.site < 0) if every else np.empty(0, dtype=np.int64)
    computable = places.computable
    progress(0.9, "summing up bands and countries")
    passed_on = [line for line in (*lines, *outlines) if line.redistributable]
    return Found(
        chosen=chosen.model_dump(mode="json") | {"pairs": sorted({one.name for one in every})},
        data_version=places.incidents.version,
        input_sha256=places.incidents.sha256,
        editions=editions_of(lines),
        terms=_terms(connection, places, {line.source for line in passed_on}, version),
        measures=measure_rows(places, computable, rest, measured, groups, chosen),
        counts={
            "incidents": computable.size,
            "measures": computable.size * (len(measured) + len(groups)) + rest.size * len(groups),
            "known to a polygon": int((places.site >= places.lon.size).sum()),
            "not computable": rest.size,
            "outside the countries with borders": outside,
        },
        results={
            "border-bands": band_rows(places, _band_inputs(groups), chosen.within_km),
            "country-shares": country_rows(places, outlines, {line.source for line in lines}),
        },
    )


METHOD = Method(
    name="borders",
    version="2",
    title="Distances to borders",
    answers="How far is each incident from each border, by every boundary source?",
    parameters=BorderParameters,
    compute=compute,
    has_parts=True,
    layers=("border-distances", "border-bands", "country-shares", "incidents"),
)


def _terms(connection: Connection, places: Places, sources: set[str], version: int | None) -> Terms:
    """Those of the incidents that may leave, and of the boundaries."""
    own = terms_of(connection, places.incidents.of(places.public))
    source = as_of(Source, version)
    asked = (
        select(source.c.licence, source.c.attribution)
        .where(source.c.code.in_(sorted(sources)))
        .order_by(source.c.source_id)
    )
    rows = connection.execute(asked).all()
    licences = [own.licence, *(row.licence for row in rows)]
    attributions = [own.attribution, *(row.attribution for row in rows)]
    return Terms(
        licence="; ".join(dict.fromkeys(one for one in licences if one)) or None,
        attribution=" | ".join(dict.fromkeys(one for one in attributions if one)) or None,
    )


def _band_inputs(groups: dict[str, list[Measured]]) -> Iterator[BandInput]:
    for name, group in groups.items():
        for rank, one in enumerate(group, start=1):
            if one.target.is_border:
                source = one.target.lines[0].source_name
                yield BandInput(name, source, one.target.editions, rank, one.within)
