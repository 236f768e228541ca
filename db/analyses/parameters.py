"""What can be chosen of a run of each method; importing this does not import the methods."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gis.bands import Bands, Closed
from gis.border_edges import EdgeMeaning
from gis.errors import InvalidSetting
from gis.estimates import Rule
from gis.permutations import SEED, Alternative
from gis.series import PeriodLength
from gis.sums import RangeModel

PREFERRED = ("openstreetmap", "lsib-quattroshapes", "natural-earth")
"""Boundary sources in the order in which one gives the headline value where several have a border.

OpenStreetMap follows the judgments of the International Court of Justice of 1986 and 2013 on the
borders of Burkina Faso most closely, and equals the other good source on that of Mali and Niger.
"""

Kilometres = Annotated[float, Field(gt=0, le=20_100, allow_inf_nan=False)]

Seed = Annotated[int, Field(ge=0, lt=2**63, description="Seed of the random draws.")]

Names = Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=50)]
"""A few names."""


class Parameters(BaseModel):
    """What can be chosen; the base of every method's own, and all of one that has no choice.

    Strangers choose, too (see :mod:`db.jobs`): every number, text and list has an upper bound, and
    whatever makes a method dear a sensible one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Selection(Parameters):
    """Which incidents take part, at which state of the data, and whose figures of people count."""

    region: str | None = Field(default=None, max_length=200)
    """Region of study, as `code` or `code/variant`; without one, incidents everywhere."""
    datetime: str | None = Field(default=None, max_length=100)
    """Only incidents that share a moment with this date, moment or interval `a/b`."""
    asof: str | None = Field(default=None, max_length=100)
    """The data as recorded by then: a date (its end, UTC) or a moment; the present if missing."""
    rule: Rule | None = None
    """By which rule figures of people are made from claims; coded if missing, or envelope with
    `known_by`."""
    known_by: str | None = Field(default=None, max_length=100)
    """Only incidents of which a report was published by this day, and figures made of what such
    reports claim."""
    filter: str | None = Field(default=None, max_length=4_000)
    """CQL2 text over the fields of the layer `incidents`."""

    @model_validator(mode="before")
    @classmethod
    def _ruled(cls, given: Any) -> Any:
        """The rule is written out, so that a run says by which its figures were made."""
        if not isinstance(given, dict) or given.get("rule") is not None:
            return given
        rule = Rule.CODED if given.get("known_by") is None else Rule.ENVELOPE
        return given | {"rule": rule.value}

    @field_validator("region")
    @classmethod
    def _no_region(cls, region: str | None) -> str | None:
        """An empty text asks for no region, where one is the default."""
        return region or None


class BorderParameters(Selection):
    """Of ``borders``."""

    pairs: Names = ()
    """Borders measured to one by one, like MLI-NER; by default all inner ones."""
    prefer: Names = PREFERRED
    """Boundary sources in the order in which they give the headline value."""
    within_km: tuple[Kilometres, ...] = Field(
        default=(10.0, 20.0, 50.0, 100.0), min_length=1, max_length=50
    )
    """Limits of bands, in kilometres; a band has its upper limit, and not its lower one."""
    edges: EdgeMeaning = EdgeMeaning.LONLAT
    """What runs between two vertices of a border: `lonlat`, straight in degrees, or `geodesic`."""

    @field_validator("within_km")
    @classmethod
    def _rising(cls, limits: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sorted(set(limits)))


class ProximityParameters(Selection):
    """Of ``proximity``."""

    within_km: Kilometres = 100.0
    """Places and roads further away than this are none."""
    places: int = Field(default=3, ge=1, le=50)
    """How many populated places are told of each incident, the nearest first."""


class By(StrEnum):
    """What the incidents of a table are told apart by."""

    NONE = "none"
    COUNTRY = "country"
    ADM1 = "adm1"
    EVENT_TYPE = "event_type"
    ACTOR = "actor"
    BORDER_BAND = "border_band"


class SummedStatus(StrEnum):
    """People killed of whom the layer ``incidents`` has figures."""

    ALL = "all"
    CIVILIAN = "civilian"
    STATE_FORCES = "state_forces"
    MILITANT = "militant"


class SeriesParameters(Selection):
    """Of ``series``."""

    region: str | None = Field(default="liptako-gourma/alg_listed_units", max_length=200)
    """Region of study, as `code` or `code/variant`; without one, incidents everywhere."""
    period: PeriodLength = PeriodLength.YEAR
    """How long the periods are: day, week (from Monday), month, quarter, year, or all."""
    by: By = By.COUNTRY
    """What incidents are told apart by; actors overlap, all others add up."""
    within_km: tuple[Kilometres, ...] = Field(
        default=(10.0, 20.0, 50.0, 100.0), min_length=1, max_length=50
    )
    """Limits of bands, in kilometres; a band has its upper limit, and not its lower one."""
    person_status: SummedStatus = SummedStatus.ALL
    """Which people killed are added up: all, civilian, state_forces or militant."""
    model: RangeModel = RangeModel.UNIFORM
    """How likely the numbers in a range of killed are: uniform, or pert with its best figure."""

    @field_validator("within_km")
    @classmethod
    def _rising(cls, limits: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sorted(set(limits)))


class Weighed(StrEnum):
    """What a density is of."""

    INCIDENTS = "incidents"
    KILLED = "killed"


Share = Annotated[float, Field(gt=0, lt=1)]


class DensityParameters(Selection):
    """Of ``density``."""

    region: str | None = Field(default="liptako-gourma/alg_listed_units", max_length=200)
    """Region of study, as `code` or `code/variant`; without one, incidents everywhere."""
    bandwidth_km: float = Field(default=50.0, gt=0, le=2_000, allow_inf_nan=False)
    """How far an incident of exact place is spread, where the density is middling."""
    cell_km: float = Field(default=5.0, gt=0, le=1_000, allow_inf_nan=False)
    """Edge of a cell of the raster; at most half of the bandwidth."""
    adaptive: bool = True
    """Whether bandwidths are narrower where incidents lie thick, and wider where they are few."""
    weight: Weighed = Weighed.INCIDENTS
    """What is spread: incidents, or killed, the people killed by the lower bound."""
    shares: tuple[Share, ...] = Field(default=(0.5, 0.8, 0.95), min_length=1, max_length=20)
    """Shares of the whole that the areas hold."""


Edge = Annotated[float, Field(le=100_000)]
Edges = Annotated[tuple[Edge, ...], Field(min_length=2, max_length=20)]


class KnoxParameters(Selection):
    """Of ``knox``."""

    closed: Closed = Closed.LEFT
    """Which end of each band belongs to it: `left`, the lower, or `right`, the upper."""
    space_km: Edges = (0.0, 10.0, 25.0, 50.0, 100.0)
    """Edges of the bands of distance, rising, in kilometres on the ellipsoid. Places known no
    better than the first band is wide take no part."""
    time_days: Edges = (0.0, 1.0, 8.0, 15.0, 31.0, 91.0)
    """Edges of the bands of days, rising; from 0 to 1 is the same day."""
    near_km: float = Field(default=10.0, gt=0, le=20_100, allow_inf_nan=False)
    """Kilometres that are near, for Mantel and the modified Knox."""
    near_days: float = Field(default=7.0, gt=0, le=100_000, allow_inf_nan=False)
    """Days that are near, for Mantel and the modified Knox."""
    neighbours: int = Field(default=3, ge=1, le=100)
    """Nearest neighbours, for Jacquez."""
    permutations: int = Field(default=999, ge=0, le=9_999)
    """Shuffles of the dates; the smallest p is one in as many and one."""
    draws: int = Field(default=20, ge=0, le=200)
    """Draws of places within their radii and of days within their dates, with 99 shuffles each."""
    alternative: Alternative = Alternative.GREATER
    """What speaks against chance: `greater` for more pairs, `less`, or `two-sided`."""
    seed: Seed = SEED

    @field_validator("space_km", "time_days")
    @classmethod
    def _edges_rise(cls, edges: tuple[float, ...], given: ValidationInfo) -> tuple[float, ...]:
        try:
            bands = Bands(edges, given.data.get("closed", Closed.LEFT))
        except InvalidSetting as fault:
            raise ValueError(fault.rule) from fault
        if bands.unbounded or edges[-1] == 0:
            raise ValueError("the last edge is above 0, and a number")
        return edges


class ScanParameters(Selection):
    """Of ``scan``."""

    model: str = Field(default="permutation", json_schema_extra={"enum": ["permutation"]})
    """What chance is: `permutation`, any incident's date could have been any other's."""
    prospective: bool = False
    """Only what still goes on at the last day of the study; otherwise any stretch of time."""
    radius_km: float = Field(default=50.0, gt=0, le=20_100, allow_inf_nan=False)
    """Greatest radius of a circle, in kilometres on the ellipsoid. Places known no better than
    that take no part."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Greatest share of all incidents within a circle."""
    step_days: int = Field(default=30, ge=1, le=3_660)
    """Days of a step of time, counted back from the last day: 1, 7 or 30, say."""
    max_days: int = Field(default=360, ge=1, le=36_600)
    """Longest stretch of time, in days."""
    min_incidents: int = Field(default=2, ge=2, le=1_000_000)
    """Fewest incidents of a cluster."""
    replications: int = Field(default=99, ge=9, le=9_999)
    """Shuffles of the dates; the smallest p is one in as many and one."""
    max_p: float = Field(default=0.1, gt=0, le=1)
    """Clusters whose p is above are counted, and not shown."""
    draws: int = Field(default=100, ge=0, le=1_000)
    """Draws of days within their dates, for the spread of the ratio of each cluster."""
    seed: Seed = SEED

    @field_validator("model")
    @classmethod
    def _model_is_possible(cls, model: str) -> str:
        if model != "permutation":
            raise ValueError(
                "it is 'permutation', which needs incidents alone; the Poisson model needs a"
                " population by place, the Bernoulli model controls, and no layer has either"
            )
        return model
