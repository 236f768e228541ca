"""What a method found, on its way into the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import shapely


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """A measure of an incident or a claim.

    ``geom`` is EWKT; ``detail`` is what else is known of it, by the names of a layer's fields.
    """

    name: str
    incident_id: int | None
    target: str
    unit: str
    outcome: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    claim_id: int | None = None
    boundary_id: int | None = None
    reason: str | None = None
    geom: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A feature of a layer of results.

    Parameters
    ----------
    values : mapping of str to value
        By the names of the layer's fields. NaN, ``None`` and what is left out are unknown.
    geom : Geometry, optional
        WGS 84.
    start, end : datetime, optional
        Civil time, half-open: when it was so. An end that is missing is open; with neither, the
        feature has no time, unless ``always``.
    incident_id : int, optional
        The incident it is about.
    """

    values: Mapping[str, Any]
    geom: shapely.Geometry | None = None
    start: datetime | None = None
    end: datetime | None = None
    always: bool = False
    incident_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Licences and attributions of what took part."""

    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a method found, and from what.

    Parameters
    ----------
    chosen : mapping
        The parameters as they were used, with whatever was resolved from a default.
    data_version : int
        State of the data that was read.
    input_sha256 : str, optional
        Of the arrays given to the pure function.
    seed : int, optional
    editions : mapping of str to str
        Source of a boundary -> its edition.
    terms : Terms
    counts : mapping of str to int
        How many results there are, and how many there are not and why.
    measures : iterable of MeasureRow
    results : mapping of layer to iterable of ResultRow
        In the order in which they are shown.
    raster : bytes, optional
        A Cloud Optimized GeoTIFF, of a method that makes one.
    pictures : mapping of str to callable
        Names of the method's pictures -> what draws them as SVG, for who asks; not stored.
    """

    chosen: Mapping[str, Any]
    data_version: int
    counts: Mapping[str, int]
    input_sha256: str | None = None
    seed: int | None = None
    editions: Mapping[str, str] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    measures: Iterable[MeasureRow] = ()
    results: Mapping[str, Iterable[ResultRow]] = field(default_factory=dict)
    raster: bytes | None = None
    pictures: Mapping[str, Callable[[], str]] = field(default_factory=dict)
