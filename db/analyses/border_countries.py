"""In which country each incident lies, with what probability, by each source of outlines.

The outline of a country and its border line are taken from one source: the two of different
sources differ by kilometres, and a place beside the line would be in a country of neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from db.analyses.days import moment_of
from db.analyses.found import ResultRow
from gis.border_index import border_index
from gis.borders import nearest_border
from gis.discs import disc_nodes
from gis.outline_shares import outline_shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from db.analyses.border_lines import Line
    from db.analyses.border_places import Places

DISCS_AT_ONCE = 4096


def country_rows(
    places: Places, outlines: Sequence[Line], sources: set[str]
) -> Iterator[ResultRow]:
    """A row for each incident, each source of both borders and outlines, and each country.

    What lies in no outline of the source has a row without a country. Incidents that may not leave
    have none.
    """
    taken = places.incidents
    points = shapely.points(taken.lon, taken.lat)
    rows = [row for row in places.computable.tolist() if places.public[row]]
    own = [line for line in outlines if line.redistributable and line.source in sources]
    for source in sorted({line.source for line in own}):
        lines = sorted((line for line in own if line.source == source), key=lambda x: x.code)
        shares = _shares(places, [line.shape for line in lines])
        for row in rows:
            site = places.site[row]
            for column in np.flatnonzero(shares[site] > 0).tolist():
                inside = column < len(lines)
                yield ResultRow(
                    incident_id=int(taken.key[row]),
                    values={
                        "incident": taken.fields["incident"][row],
                        "incident_title": taken.fields["title"][row],
                        "coded_country": taken.fields["country"][row],
                        "country": lines[column].code if inside else None,
                        "probability": float(shares[site, column]),
                        "location_model": "disc" if site < places.lon.size else "polygon",
                        "boundary_source": lines[0].source_name,
                        "boundary_edition": lines[0].edition,
                    },
                    geom=None if np.isnan(taken.lon[row]) else points[row],
                    start=moment_of(taken.start[row]),
                    end=moment_of(taken.end[row]),
                )


def _shares(places: Places, outlines: Sequence[shapely.Geometry]) -> npt.NDArray[np.float64]:
    """Shares of all sites, (sites, outlines + 1); only discs that an edge may cut have nodes."""
    edges = border_index([shapely.boundary(outline) for outline in outlines])
    away = nearest_border(places.lon, places.lat, edges).metres
    shares = outline_shares(places.lon[:, None], places.lat[:, None], outlines)
    cut = np.flatnonzero(away <= places.radius_m)
    for rows in np.array_split(cut, 1 + cut.size // DISCS_AT_ONCE):
        nodes = disc_nodes(places.lon[rows], places.lat[rows], places.radius_m[rows])
        shares[rows] = outline_shares(nodes.lon, nodes.lat, outlines)
    cells = [area.cells for area in places.areas]
    of_areas = [outline_shares([c.lon[c.inside]], [c.lat[c.inside]], outlines) for c in cells]
    return np.concatenate((shares, *of_areas))
