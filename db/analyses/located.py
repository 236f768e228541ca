"""Incidents as arrays, and those that have no place to compute with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import and_, func, select

from db.models.incidents import Incident
from db.models.places import Region
from db.vocabulary import IncidentKind, IncidentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Incidents, in the order of their keys; all arrays have the same length n.

    ``lon`` and ``lat`` are degrees, WGS 84, NaN where there is no point; ``radius_m`` is NaN where
    no radius is honest; ``start`` and ``end`` are days since 1970-01-01 of local civil time, NaN
    where open or not known; ``precision`` and ``country`` are texts.
    """

    incident_id: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    radius_m: npt.NDArray[np.float64]
    start: npt.NDArray[np.float64]
    end: npt.NDArray[np.float64]
    precision: npt.NDArray[np.str_]
    country: npt.NDArray[np.str_]

    def of(self, rows: npt.NDArray[np.bool_]) -> Located:
        """Some of the incidents."""
        return Located(*(getattr(self, name)[rows] for name in self.__slots__))

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.incident_id.size)


def located_incidents(
    connection: Connection, *, where: Sequence[ColumnElement[bool]] = ()
) -> Located:
    """Active incidents, aggregates apart, that fulfil conditions on :class:`Incident`."""
    days = 86_400.0
    asked = (
        select(
            Incident.incident_id,
            func.ST_X(Incident.geom),
            func.ST_Y(Incident.geom),
            Incident.radius_m,
            func.extract("epoch", func.lower(Incident.occurred)) / days,
            func.extract("epoch", func.upper(Incident.occurred)) / days,
            Incident.place_precision,
            func.coalesce(Incident.country, ""),
        )
        .where(
            Incident.status == IncidentStatus.ACTIVE.value,
            Incident.kind == IncidentKind.INCIDENT.value,
            *where,
        )
        .order_by(Incident.incident_id)
    )
    rows = connection.execute(asked).all()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    key, lon, lat, radius_m, start, end, precision, country = columns
    return Located(
        incident_id=np.array(key, dtype=np.int64),
        lon=np.array(lon, dtype=np.float64),
        lat=np.array(lat, dtype=np.float64),
        radius_m=np.array(radius_m, dtype=np.float64),
        start=np.array(start, dtype=np.float64),
        end=np.array(end, dtype=np.float64),
        precision=np.array(precision, dtype=np.str_),
        country=np.array(country, dtype=np.str_),
    )


def in_region(code: str, variant: str) -> ColumnElement[bool]:
    """Condition that an incident's point lies in a region; its edge belongs to it."""
    region = (
        select(Region.geom).where(and_(Region.code == code, Region.variant == variant))
    ).scalar_subquery()
    return func.ST_Intersects(Incident.geom, region)
