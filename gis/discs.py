"""What a place's radius does to a distance: hard bounds, and nodes spread over the disc.

A place is a point and a radius in metres: the true place lies somewhere within. The bounds need
nothing but that to be true. A share or a quantile over the nodes also assumes that every part of
the disc is equally likely, and should be published with that assumption.

Nodes are fixed, not drawn: the same place gives the same answer. On discs of 25 km, 64 nodes err
as little as about 1,000 random draws (0.011 root mean square in a probability).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.crs import FloatArray, checked_lonlat, wgs84
from gis.errors import InvalidGeometry

NODES = 64

GOLDEN_ANGLE_DEG = 180.0 * (3.0 - 5.0**0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The least and the greatest distance that a radius allows, (n,) metres, NaN if unknown."""

    low_m: FloatArray
    high_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DiscNodes:
    """Nodes of discs, (n, nodes) degrees; a row is NaN for a missing place or radius."""

    lon: FloatArray
    lat: FloatArray


def distance_bounds(metres: npt.ArrayLike, radius_m: npt.ArrayLike) -> Bounds:
    """Bounds on the distance from anywhere in a disc, given the distance from its centre.

    ``[max(0, d - r), d + r]`` by the triangle inequality: always true, whatever the target is.

    Parameters
    ----------
    metres : array_like, metres
        Distance from the centre; any shape that broadcasts with ``radius_m``.
    radius_m : array_like, metres, >= 0
        NaN for an unknown radius, which gives NaN bounds: unknown is not exact.

    Raises
    ------
    InvalidGeometry
        If a radius is negative.

    Examples
    --------
    >>> distance_bounds([3_000.0, 9_000.0], 5_000.0)
    Bounds(low_m=array([   0., 4000.]), high_m=array([ 8000., 14000.]))
    """
    radius = _checked_radius(radius_m)
    distance = np.asarray(metres, dtype=np.float64)
    return Bounds(low_m=np.maximum(distance - radius, 0.0), high_m=distance + radius)


def disc_nodes(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike, *, nodes: int = NODES
) -> DiscNodes:
    """Spread nodes of equal area over the disc around each place, on the ellipsoid.

    Node k lies at radius ``r * sqrt((k + 1/2) / nodes)`` and azimuth ``k`` times the golden angle
    (a sunflower). A radius of 0 puts all nodes on the centre.

    Parameters
    ----------
    lon, lat : (n,) array_like, degrees
    radius_m : () or (n,) array_like, metres, >= 0
    nodes : int, >= 1
        The arrays hold ``n * nodes`` numbers: a caller with many places asks in batches.

    Raises
    ------
    InvalidGeometry
        If a coordinate or a radius is out of range, or there is no node.

    References
    ----------
    Vogel, H. (1979), A better way to construct the sunflower head, Mathematical Biosciences 44.
    """
    if nodes < 1:
        raise InvalidGeometry(nodes, "a disc has at least one node")
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(_checked_radius(radius_m), x.shape)
    order = np.arange(nodes)
    away = radius[:, None] * np.sqrt((order + 0.5) / nodes)
    turn, from_lon, from_lat = (
        np.broadcast_to(part, away.shape)
        for part in (np.mod(order * GOLDEN_ANGLE_DEG, 360.0), x[:, None], y[:, None])
    )
    node_lon, node_lat, _ = wgs84().fwd(from_lon, from_lat, turn, away)
    unknown = np.isnan(away + from_lon)
    return DiscNodes(
        lon=np.where(unknown, np.nan, node_lon), lat=np.where(unknown, np.nan, node_lat)
    )


def disc_node(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    node: npt.ArrayLike,
    *,
    nodes: int = NODES,
) -> tuple[FloatArray, FloatArray]:
    """One node of each disc, (n,) longitudes and latitudes: a draw, where ``node`` is drawn.

    Parameters
    ----------
    lon, lat, radius_m, nodes
        As of :func:`disc_nodes`.
    node : (n,) array_like of int
        Number of the node, from 0.
    """
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(_checked_radius(radius_m), x.shape)
    order = np.broadcast_to(np.asarray(node), x.shape)
    away = radius * np.sqrt((order + 0.5) / nodes)
    node_lon, node_lat, _ = wgs84().fwd(x, y, np.mod(order * GOLDEN_ANGLE_DEG, 360.0), away)
    unknown = np.isnan(away + x)
    return np.where(unknown, np.nan, node_lon), np.where(unknown, np.nan, node_lat)


def share_within(node_metres: FloatArray, limit_m: npt.ArrayLike) -> FloatArray:
    """Share of each disc that lies within a distance: P(d <= limit) for a uniform disc.

    Parameters
    ----------
    node_metres : (n, nodes) float64, metres
        Distance of every node.
    limit_m : () or (n,) array_like, metres
        The band is closed: a node at exactly the limit is within.

    Returns
    -------
    (n,) float64
        In [0, 1]; NaN where a node has no distance or the limit is NaN.
    """
    limit = np.broadcast_to(np.asarray(limit_m, dtype=np.float64), node_metres.shape[:1])
    share = (node_metres <= limit[:, None]).mean(axis=1)
    return np.where(np.isnan(node_metres).any(axis=1) | np.isnan(limit), np.nan, share)


def _checked_radius(radius_m: npt.ArrayLike) -> FloatArray:
    """Return radii as floats, none of them negative."""
    radius = np.asarray(radius_m, dtype=np.float64)
    wrong = radius[(radius < 0) | np.isinf(radius)]
    if wrong.size:
        raise InvalidGeometry(float(wrong.flat[0]), "a radius is a finite number of metres >= 0")
    return radius
