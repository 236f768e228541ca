"""How sure clusters are when places lie somewhere within their radii."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.clusters import NOISE
from gis.disc_draws import drawn_places
from gis.errors import InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Callable

    from gis.clusters import Clusters
    from gis.crs import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """What became of n rows, and of their clusters, over draws of their places.

    Each is a share of the draws; the standard error of a share p is ``sqrt(p (1 - p) / draws)``.

    Parameters
    ----------
    p_core : (n,) float64
        In which the row is core.
    p_clustered : (n,) float64
        In which it is in any cluster.
    p_together : (n,) float64
        Expected share of the core rows of its own cluster, itself left out, with which it shares
        one; NaN for a row in no cluster, and for the only core row of its cluster.
    p_with : (n,) float64
        In which it shares a cluster with the row that was asked for; NaN if none was.
    clusters : (draws,) int64
        How many clusters each draw has.
    """

    p_core: FloatArray
    p_clustered: FloatArray
    p_together: FloatArray
    p_with: FloatArray
    clusters: IntArray


def stability(
    key: npt.ArrayLike,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    found: Clusters,
    clustered: Callable[[FloatArray, FloatArray], Clusters],
    *,
    draws: int = 200,
    seed: int = 0,
    beside: int | None = None,
    told: Callable[[float], None] = lambda share: None,
) -> Stability:
    """Cluster the same rows again and again, each time somewhere else within their radii.

    The model: each place is uniform on its disc, and independent of all others. Two incidents that
    stand on one town are drawn apart, though whoever coded them may have erred in the same way.

    Parameters
    ----------
    key, lon, lat, radius_m : (n,) array_like
        As of :func:`gis.disc_draws.drawn_places`.
    found : Clusters
        The clusters of the rows at the places that are reported.
    clustered : callable
        Makes clusters of drawn longitudes and latitudes, (n,) each, as ``found`` was made.
    draws : int, >= 1
    seed : int, >= 0
    beside : int, optional
        A row; how often is each other one in a cluster with it?
    told : callable
        Is told the share of the draws that is done.

    Raises
    ------
    InvalidSetting
        If there is no draw.
    """
    if draws < 1:
        raise InvalidSetting(draws, "there is at least one draw")
    rows = found.labels.size
    core, inside, beside_count = (np.zeros(rows, dtype=np.int64) for _ in range(3))
    shared = np.zeros(rows)
    clusters = np.zeros(draws, dtype=np.int64)
    for draw in range(draws):
        drawn = clustered(*drawn_places(key, lon, lat, radius_m, draw=draw, seed=seed))
        core += drawn.core
        inside += drawn.labels > NOISE
        shared += _shared(found, drawn.labels)
        if beside is not None and drawn.labels[beside] > NOISE:
            beside_count += drawn.labels == drawn.labels[beside]
        clusters[draw] = drawn.labels.max(initial=NOISE) + 1
        told((draw + 1) / draws)
    return Stability(
        p_core=core / draws,
        p_clustered=inside / draws,
        p_together=shared / draws,
        p_with=np.full(rows, np.nan) if beside is None else beside_count / draws,
        clusters=clusters,
    )


def _shared(found: Clusters, labels: IntArray) -> FloatArray:
    """Share of the other core rows of its cluster that have a row's label in a draw, (n,)."""
    member = found.labels > NOISE
    groups, drawn_groups = found.labels.max(initial=NOISE) + 1, labels.max(initial=NOISE) + 1
    cell = np.where(member & (labels > NOISE), found.labels * drawn_groups + labels, -1)
    counted = found.core & (cell >= 0)
    together = np.bincount(cell[counted], minlength=int(groups * drawn_groups))
    of_cluster = np.bincount(found.labels[found.core & member], minlength=int(groups))
    share = np.full(labels.size, np.nan)
    others = of_cluster[found.labels[member]] - found.core[member]
    with_it = np.zeros(labels.size, dtype=np.int64)
    with_it[cell >= 0] = together[cell[cell >= 0]] - found.core[cell >= 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share[member] = np.where(others > 0, with_it[member] / others, np.nan)
    return share
