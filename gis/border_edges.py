"""What runs between two vertices of a border."""

from __future__ import annotations

from enum import StrEnum


class EdgeMeaning(StrEnum):
    """What runs between two neighbouring vertices of a border.

    The two differ by the square of the edge's length: by 2 m at most for distances in
    Liptako-Gourma, by kilometres for a border of one edge across a continent.
    """

    LONLAT = "lonlat"
    """A straight line in a plane of longitude and latitude: the meaning of GeoJSON (RFC 7946)."""
    GEODESIC = "geodesic"
    """The geodesic: the meaning of PostGIS ``geography``."""
