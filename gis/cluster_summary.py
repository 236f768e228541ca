"""How large each cluster is, how long it lasted, and the hull around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs import FloatArray, IntArray, checked_lonlat
from gis.errors import InvalidInterval


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSummary:
    """One row for each of c clusters, in the order of their labels.

    ``rows`` and ``places`` (c,) count the rows and the distinct coordinates: five rows at one place
    are stacking, not a pattern. ``start`` and ``end`` (c,) are the least and the greatest time, in
    the unit they were given in, NaN where a member's time is unknown. ``hull`` (c,) is the convex
    hull in a plane of lon/lat: a Polygon, or a Point or LineString where the places span no area.
    """

    label: IntArray
    rows: IntArray
    places: IntArray
    start: FloatArray
    end: FloatArray
    hull: npt.NDArray[np.object_]


def summarise_clusters(
    labels: IntArray,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
) -> ClusterSummary:
    """Summarise the members of each cluster; noise and missing rows belong to none.

    Parameters
    ----------
    labels : (n,) int64
        From :func:`gis.clusters.density_clusters`; negative labels are left out.
    lon, lat : (n,) array_like, WGS 84 degrees
        The hull of a cluster across the antimeridian is given in longitudes that run on beyond
        180. A cluster around a pole has no hull in this plane that means anything.
    start, end : (n,) array_like
        Times as numbers.

    Raises
    ------
    InvalidGeometry
        If a coordinate is out of range.
    InvalidInterval
        If the arrays differ in length.

    Examples
    --------
    >>> summarise_clusters(np.array([0, 0, -1]), [0, 1, 9], [0, 1, 9], [5, 3, 0], [6, 7, 9])
    ClusterSummary(label=array([0]), rows=array([2]), places=array([2]), start=array([3.]), \
end=array([7.]), hull=array([<LINESTRING (0 0, 1 1)>], dtype=object))
    """
    x, y = checked_lonlat(lon, lat)
    begin, finish = (np.asarray(part, dtype=np.float64) for part in (start, end))
    if not labels.shape == x.shape == begin.shape == finish.shape:
        shapes = (labels.shape, x.shape, begin.shape, finish.shape)
        raise InvalidInterval(shapes, "labels, places and times are arrays of one length")
    members = np.flatnonzero(labels >= 0)
    members = members[np.argsort(labels[members], kind="stable")]
    label, first = np.unique(labels[members], return_index=True)
    groups = np.split(members, first[1:]) if label.size else []
    places = [np.unique(np.column_stack((x[group], y[group])), axis=0) for group in groups]
    return ClusterSummary(
        label=label,
        rows=np.array([group.size for group in groups], dtype=np.int64),
        places=np.array([len(place) for place in places], dtype=np.int64),
        start=np.array([begin[group].min() for group in groups], dtype=np.float64),
        end=np.array([finish[group].max() for group in groups], dtype=np.float64),
        hull=np.array([_hull(place) for place in places], dtype=np.object_),
    )


def _hull(place: FloatArray) -> shapely.Geometry:
    """Convex hull of (p, 2) coordinates, unwrapped around the first of them."""
    unwrapped = place.copy()
    unwrapped[:, 0] -= 360.0 * np.rint((place[:, 0] - place[0, 0]) / 360.0)
    if unwrapped[:, 0].min() < -180.0:
        unwrapped[:, 0] += 360.0
    return shapely.convex_hull(shapely.multipoints(unwrapped))
