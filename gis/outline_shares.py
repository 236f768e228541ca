"""In which country an imprecise place lies, with what probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.crs import FloatArray


def outline_shares(
    node_lon: npt.ArrayLike, node_lat: npt.ArrayLike, outlines: Sequence[shapely.Geometry]
) -> FloatArray:
    """Share of each place's nodes that lie in each outline.

    Parameters
    ----------
    node_lon, node_lat : (n, nodes) array_like, degrees
        Nodes of equal area; a place with a NaN among them has no shares.
    outlines : (m,) sequence of Polygon or MultiPolygon
        Of one source, so that they do not overlap; a node on a common edge counts for the first.

    Returns
    -------
    (n, m + 1) float64
        Shares that add up to 1; the last is that of no outline. NaN for a missing place.

    Examples
    --------
    >>> west, east = shapely.box(0, 14, 1, 15), shapely.box(1, 14, 2, 15)
    >>> outline_shares([[0.5, 1.5, 1.6, 9.0]], [[14.5, 14.5, 14.5, 14.5]], [west, east])
    array([[0.25, 0.5 , 0.25]])
    """
    lon, lat = (np.atleast_2d(np.asarray(part, dtype=np.float64)) for part in (node_lon, node_lat))
    unknown = (np.isnan(lon) | np.isnan(lat)).any(axis=1)
    left = np.ones(lon.shape, dtype=bool)
    shares = np.empty((lon.shape[0], len(outlines) + 1))
    for number, outline in enumerate(outlines):
        shapely.prepare(outline)
        within = np.zeros_like(left)
        within[left] = shapely.intersects_xy(outline, lon[left], lat[left])
        shares[:, number] = within.mean(axis=1)
        left &= ~within
    shares[:, -1] = left.mean(axis=1)
    shares[unknown] = np.nan
    return shares
