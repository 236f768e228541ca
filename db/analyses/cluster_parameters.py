"""What can be chosen of density clusters."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from db.analyses.parameters import Seed, Selection
from gis.hulls import Hull

Kilometres = Annotated[float, Field(gt=0, le=5_000, allow_inf_nan=False)]
Points = Annotated[int, Field(ge=1, le=1_000_000)]


class Algorithm(StrEnum):
    """How density is told."""

    DBSCAN = "dbscan"
    """The same everywhere: so many incidents within one radius."""
    HDBSCAN = "hdbscan"
    """By the surroundings: dense where nearby it is less so."""


class ClusterParameters(Selection):
    """Of ``clusters``."""

    region: str | None = Field(default="liptako-gourma/alg_listed_units", max_length=200)
    """Region of study, as `code` or `code/variant`; incidents everywhere if empty."""
    algorithm: Algorithm = Algorithm.DBSCAN
    """`dbscan`: one radius for all; `hdbscan`: densities that differ, in space only."""
    radius_km: float = Field(default=50.0, gt=0, le=5_000, allow_inf_nan=False)
    """Radius of a neighbourhood, in kilometres on the ellipsoid; with `hdbscan`, only the least
    precise that an incident may be. Incidents with a greater radius of their own take no part."""
    min_points: int = Field(default=3, ge=1, le=1_000_000)
    """Incidents that make a neighbourhood dense; the incident itself counts."""
    days: float | None = Field(default=None, ge=0, le=100_000, allow_inf_nan=False)
    """Most days between neighbours; any if missing. Gives two answers: neighbours that may have
    been that close, and those that must have been, whatever uncertain dates allow."""
    least_km: float = Field(default=1.0, ge=0, le=5_000, allow_inf_nan=False)
    """Of `hdbscan`: clusters no further apart than that are one."""
    hull: Hull = Hull.CONVEX
    """Outline of a cluster: `convex` or `concave`."""
    hull_ratio: float = Field(default=0.3, ge=0, le=1)
    """How straight a concave outline is: 0 goes into every bay, 1 is convex."""
    draws: int = Field(default=200, ge=0, le=10_000)
    """How often places are drawn anew within their radii to see what holds; 0 leaves that out."""
    seed: Seed = 0
    """Of the draws."""
    together_with: str | None = Field(default=None, max_length=200)
    """Incident, by its name: how often is each other one in a cluster with it?"""
    try_km: tuple[Kilometres, ...] = Field(default=(), max_length=20)
    """Radii tried in the table of sensitivity; by default from half to twice `radius_km`."""
    try_points: tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...] = Field(
        default=(), max_length=20
    )
    """Least neighbours tried in the table; by default around `min_points`."""

    @property
    def tried_km(self) -> tuple[float, ...]:
        """The radii of the table of sensitivity."""
        return self.try_km or tuple(self.radius_km * share for share in (0.5, 0.75, 1, 1.5, 2))

    @property
    def tried_points(self) -> tuple[int, ...]:
        """The least neighbours of the table of sensitivity."""
        least, points = (2 if self.min_points > 1 else 1), self.min_points
        around = {max(points - 1, least), points, points + 1, points + 2, 2 * points}
        return self.try_points or tuple(sorted(around))
