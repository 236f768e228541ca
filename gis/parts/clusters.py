"""Density clusters of parts, put together: those that :func:`gis.clusters.density_clusters` finds.

A part knows the sites within twice the radius: those within one radius are the neighbours of its
own, and those within two tell which of these are core. Links between core sites of several parts
are told by each as a link to one of them, and make the clusters of the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.clusters import (
    Clusters,
    Period,
    core_sites,
    density_clusters,
    linked_sites,
    numbered,
    searched,
)
from gis.crs import ecef_m, longest_chord_m
from gis.neighbours import ROUNDING_M, Nearness, Neighbourhoods, Sites
from gis.parts.cut import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis.parts.engine import Arrays, Engine

_COLUMNS = ("lon", "lat", "start", "end", "weight")


def clusters_in_parts(
    engine: Engine,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    radius_km: float,
    min_points: int,
    period: Period | None = None,
) -> Clusters:
    """Find dense groups as :func:`gis.clusters.density_clusters` does, whose parameters these are.

    Raises
    ------
    InvalidGeometry, InvalidInterval
        As there.
    """
    at, nearness = searched(lon, lat, radius_km, min_points, period)
    parts = engine.parts_for(at.lon.size)
    if parts < 2:
        return density_clusters(lon, lat, radius_km=radius_km, min_points=min_points, period=period)
    core = np.zeros(at.lon.size, dtype=np.bool_)
    nearest = np.full(at.lon.size, -1, dtype=np.int64)
    links = [np.empty((2, 0), dtype=np.int64)]
    kept = engine.keep(_parts(parts, at, nearness))
    for found in engine.map(cluster_part, kept, nearness=nearness, min_points=min_points):
        core[found["site"]] = found["core"]
        nearest[found["site"]] = found["nearest"]
        links.append(found["links"])
    one, other = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(one.size, np.bool_), (one, other)), shape=(core.size,) * 2)
    component = connected_components(graph, directed=False)[1].astype(np.int64)
    return numbered(at, core, component, nearest)


def _parts(parts: int, at: Sites, nearness: Nearness) -> Iterator[Arrays]:
    reach = float(longest_chord_m(nearness.radius_m)) + ROUNDING_M
    for part in cut(ecef_m(at.lon, at.lat), parts, reach_m=reach, rings=2):
        columns = {name: getattr(at, name)[part.row] for name in _COLUMNS}
        yield {**columns, "site": part.row, "ring": part.ring}


def cluster_part(part: Arrays, *, nearness: Nearness, min_points: int) -> Arrays:
    """What the own sites of a part are, by their number in the whole.

    Returns
    -------
    mapping
        ``site``, ``core`` and ``nearest`` (own sites,), the last with -1 for none; ``links`` (2, l)
        of core sites, own ones and neighbours, that belong together.
    """
    site, ring = part["site"], part["ring"]
    own = ring == 0
    at = Sites(**{name: part[name] for name in _COLUMNS}, row=np.arange(site.size))
    around = Neighbourhoods(at, nearness)
    core = core_sites(at, around, min_points, ring <= 1)
    component, nearest = linked_sites(at, around, core, own)
    _, first, member = np.unique(component[core], return_index=True, return_inverse=True)
    linked = site[core]
    return {
        "site": site[own],
        "core": core[own],
        "nearest": np.where(nearest[own] >= 0, site[nearest[own]], -1),
        "links": np.stack((linked, linked[first][member])),
    }
