"""What can be chosen of the methods that count by cell; importing this does not import them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from db.analyses.parameters import Names, Seed, Selection
from db.vocabulary import EventType
from gis.permutations import PERMUTATIONS, SEED
from gis.scdi import CUTOFF
from gis.series import PeriodLength


class Cells(StrEnum):
    """How the land is cut."""

    EQUAL_AREA = "equal-area"
    H3 = "h3"


class Area(StrEnum):
    """Which cells take part."""

    ALL = "all"
    """All of the region; without a region, of the convex hull of the incidents."""
    OCCUPIED = "occupied"
    """Those with an incident."""


class Value(StrEnum):
    """What is compared between cells."""

    INCIDENTS = "incidents"
    KILLED_LOW = "killed_low"
    """The sum of the lower bounds of killed; incidents without one are counted apart."""


class Weighting(StrEnum):
    """Where an incident counts."""

    POINT = "point"
    """In the cell of its point."""
    PROBABILITY = "probability"
    """In each cell by the share of its disc there."""


class Neighbours(StrEnum):
    """Which cells are neighbours."""

    QUEEN = "queen"
    """Those that share an edge or a corner."""
    ROOK = "rook"
    """Those that share an edge."""
    BAND = "band"
    """Those whose centres are at most `band_km` apart."""


class CellParameters(Selection):
    """Of all methods that count by cell."""

    region: str | None = Field(default="liptako-gourma/alg_listed_units", max_length=200)
    """Region of study, as `code` or `code/variant`; without one, the hull of the incidents."""
    grid: Cells = Cells.EQUAL_AREA
    """Cells of equal area (EPSG:6933), or of H3."""
    cell_km: float = Field(default=50.0, ge=1, le=1_000, allow_inf_nan=False)
    """Cells of equal area have the square of this as their area."""
    h3_resolution: int = Field(default=4, ge=0, le=15)
    """Resolution of the cells of H3."""
    area: Area = Area.ALL
    """All cells of the region, or those with an incident only."""
    radius_km: float = Field(default=50.0, gt=0, le=1_000, allow_inf_nan=False)
    """Incidents whose place is known less well than this take no part."""
    value: Value = Value.INCIDENTS
    """What is compared between cells: incidents, or people killed at least."""
    weighting: Weighting = Weighting.POINT
    """An incident counts in the cell of its point, or in each by the share of its disc there."""
    neighbours: Neighbours = Neighbours.QUEEN
    """Cells that share an edge or corner (queen), an edge (rook), or are near (band)."""
    band_km: float = Field(default=100.0, gt=0, le=20_000, allow_inf_nan=False)
    """Most kilometres between the centres of neighbours, for `band`."""
    level: float = Field(default=0.05, gt=0, lt=1)
    """Rate of false discoveries up to which a cell is hot or cold."""


class HotspotParameters(CellParameters):
    """Of ``hotspots``."""

    permutations: int = Field(default=PERMUTATIONS, ge=0, le=99_999)
    """Shuffles for the p of local Moran; 0 for none."""
    draws: int = Field(default=200, ge=0, le=10_000)
    """Draws of places within their radii, for the chance of being hot or cold; 0 for none."""
    seed: Seed = SEED


class EmergingParameters(CellParameters):
    """Of ``emerging-hotspots``."""

    step: PeriodLength = PeriodLength.YEAR
    """Length of a step of time."""
    steps_back: int = Field(default=1, ge=0, le=100)
    """Steps before that count as neighbours in time."""
    trend_level: float = Field(default=0.05, gt=0, lt=1)
    """Level of significance of a trend."""


VIOLENT = (
    EventType.ATTACK.value,
    EventType.BATTLE.value,
    EventType.OPERATION.value,
    EventType.AIR_STRIKE.value,
    EventType.EXPLOSIVE.value,
    EventType.VIOLENCE_AGAINST_CIVILIANS.value,
    EventType.ABDUCTION.value,
)
"""What ACLED, whose events the authors count, calls violent: battles, explosions and remote
violence, violence against civilians (abductions included)."""


class ScdiParameters(Selection):
    """Of ``scdi``."""

    region: str | None = Field(default="liptako-gourma/three_states", max_length=200)
    """Region of study, as `code` or `code/variant`; without one, incidents everywhere."""
    events: Names = VIOLENT
    """Types of event that count."""
    cutoff: float = Field(default=CUTOFF, gt=0, le=1e9, allow_inf_nan=False)
    """Incidents per square kilometre from which intensity is high."""
    draws: int = Field(default=200, ge=0, le=10_000)
    """Draws of places within their radii, for the chance of each class; 0 for none."""
    seed: Seed = SEED
