"""What can be chosen of a run of each method; importing this does not import the methods."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PREFERRED = ("openstreetmap", "lsib-quattroshapes", "natural-earth")
"""Boundary sources in the order in which one gives the headline value where several have a border.

OpenStreetMap follows the judgments of the International Court of Justice of 1986 and 2013 on the
borders of Burkina Faso most closely, and equals the other good source on that of Mali and Niger.
"""

Seed = Annotated[int, Field(ge=0, lt=2**63, description="Seed of the random draws.")]


class Parameters(BaseModel):
    """What can be chosen; the base of every method's own, and all of one that has no choice."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Selection(Parameters):
    """Which incidents take part, and at which state of the data."""

    region: str | None = Field(default=None, max_length=200)
    """Region of study, as `code` or `code/variant`; without one, incidents everywhere."""
    datetime: str | None = Field(default=None, max_length=100)
    """Only incidents that share a moment with this date, moment or interval `a/b`."""
    asof: str | None = Field(default=None, max_length=100)
    """The data as recorded by then: a date (its end, UTC) or a moment; the present if missing."""
    filter: str | None = Field(default=None, max_length=4_000)
    """CQL2 text over the fields of the layer `incidents`."""


class BorderParameters(Parameters):
    """Of ``borders``."""

    pairs: tuple[str, ...] = ()
    """Borders measured to one by one, like MLI-NER; by default all inner ones."""
    prefer: tuple[str, ...] = PREFERRED
    """Boundary sources in the order in which they give the headline value."""


class ClusterParameters(Selection):
    """Of ``clusters``."""

    region: str | None = Field(default="liptako-gourma/alg_listed_units", max_length=200)
    """Region of study, as `code` or `code/variant`; without one, incidents everywhere."""
    radius_km: float = Field(default=50.0, gt=0, le=20_100, allow_inf_nan=False)
    """Radius of a neighbourhood, in kilometres on the ellipsoid."""
    min_points: int = Field(default=3, ge=1)
    """Incidents that make a neighbourhood dense; the incident itself counts."""
    days: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Most days between neighbours, whatever uncertain dates allow; any if missing."""
