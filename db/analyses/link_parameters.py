"""What can be chosen of links."""

from __future__ import annotations

from pydantic import Field

from db.analyses.parameters import Selection
from gis.links import Closeness


class LinkParameters(Selection):
    """Of ``links``."""

    region: str | None = Field(default="liptako-gourma/alg_listed_units", max_length=200)
    """Region of study, as `code` or `code/variant`; incidents everywhere if empty."""
    within_km: float = Field(default=50.0, gt=0, le=1_000, allow_inf_nan=False)
    """Most kilometres between two incidents, on the ellipsoid; incidents with a greater radius of
    their own take no part."""
    days: float = Field(default=30.0, ge=0, le=36_525, allow_inf_nan=False)
    """Most days between them."""
    closeness: Closeness = Closeness.POSSIBLE
    """The least sure links that are wanted: `certain`, `reported` (at their points), `possible`."""
    most_pairs: int = Field(default=100_000, ge=1, le=2_000_000)
    """More pairs than that are refused."""
