"""What can be chosen of a run of each method; importing this does not import the methods."""

from __future__ import annotations

from dataclasses import dataclass

PREFERRED = ("openstreetmap", "lsib-quattroshapes", "natural-earth")
"""Boundary sources in the order in which one gives the headline value where several have a border.

OpenStreetMap follows the judgments of the International Court of Justice of 1986 and 2013 on the
borders of Burkina Faso most closely, and equals the other good source on that of Mali and Niger.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderParameters:
    """Of ``borders``.

    ``pairs`` are the borders measured to one by one; empty for those between countries whose own
    border is installed on every side.
    """

    pairs: tuple[str, ...] = ()
    prefer: tuple[str, ...] = PREFERRED


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterParameters:
    """Of ``clusters``.

    ``radius_km`` and ``min_points`` (the point itself counts) make surroundings dense; with
    ``days``, neighbours are also no further apart in time than that, whatever uncertain dates
    allow. ``region`` and ``variant`` name the region whose incidents take part.
    """

    region: str = "liptako-gourma"
    variant: str = "alg_listed_units"
    radius_km: float = 50.0
    min_points: int = 3
    days: float | None = None
