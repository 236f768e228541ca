"""Where incidents lie, for distances to borders: discs, polygons, or nowhere that can be told.

Incidents that may not be passed on are measured as well, where all are: their measures are for who
reads the database itself, and take no part in any table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import func, not_, select

from db.analyses.parameters import Selection
from db.analyses.selection import Incidents, incident_query, read_incidents
from db.history import as_of
from db.layers.layer import may_leave
from db.models.incidents import Incident
from db.models.places import Boundary
from db.places import NamedUnit, units_named
from db.vocabulary import BoundaryKind, IncidentKind, IncidentStatus
from gis.area_cells import area_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    from sqlalchemy import Connection

    from db.analyses.border_lines import Line
    from gis.area_cells import AreaCells

FIELDS = (
    "incident",
    "title",
    "place_precision",
    "country",
    "adm1",
    "adm2",
    "time_extent",
    "part_of",
    "killed_low",
    "killed_best",
    "killed_high",
)


_NUMBERS = ("lon", "lat", "radius_m", "start", "end")


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A polygon in which places lie, and in words whose it is."""

    cells: AreaCells
    called: str


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Incidents (n,) and the sites at which they lie: u different discs, then the areas.

    ``site`` (n,) is the site of each incident, -1 where its place cannot be computed with;
    ``public`` and ``counted`` (n,) tell which may leave, and which no other incident includes;
    ``lon``, ``lat`` (degrees) and ``radius_m`` are those of the discs, (u,).
    """

    incidents: Incidents
    public: npt.NDArray[np.bool_]
    counted: npt.NDArray[np.bool_]
    site: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    radius_m: npt.NDArray[np.float64]
    areas: tuple[Area, ...]

    @property
    def computable(self) -> npt.NDArray[np.int64]:
        """Rows of the incidents that have a site."""
        return np.flatnonzero(self.site >= 0)


def read_places(
    connection: Connection, chosen: Selection, outlines: Sequence[Line], countries: set[str]
) -> tuple[Places, int]:
    """Incidents of a selection in the countries whose borders are installed, and how many are not.

    A nearest border among lines of elsewhere would be none. Where the selection has no condition,
    incidents that may not leave are read as well.
    """
    every = read_incidents(connection, chosen, fields=FIELDS, with_parts=True)
    public = np.ones(every.size, dtype=bool)
    if Selection(**chosen.model_dump(include=set(Selection.model_fields))) == Selection():
        private = _private_incidents(connection, every.version)
        public = np.concatenate((public, np.zeros(private.size, dtype=bool)))
        every = _joined(every, private)
    inside = _covered(every, outlines, countries)
    taken, public = every.of(inside), public[inside]
    own = set(taken.fields["incident"].tolist())
    counted = np.array([whole not in own for whole in taken.fields["part_of"]], dtype=bool)
    disc = ~np.isnan(taken.lon) & ~np.isnan(taken.radius_m)
    keyed = np.column_stack((taken.lon[disc], taken.lat[disc], taken.radius_m[disc]))
    discs, of_disc = np.unique(keyed, axis=0, return_inverse=True)
    site = np.full(taken.size, -1, dtype=np.int64)
    site[disc] = of_disc.ravel()
    version = incident_query(connection, chosen).version
    areas = _areas(connection, taken, np.flatnonzero(~disc), version)
    known: dict[str, int] = {}
    for row, area in areas.items():
        site[row] = len(discs) + known.setdefault(area.called, len(known))
    distinct = {area.called: area for area in areas.values()}
    lon, lat, radius_m = (discs[:, column].copy() for column in range(3))
    called = tuple(distinct[name] for name in known)
    places = Places(taken, public, counted, site, lon, lat, radius_m, called)
    return places, every.size - taken.size


def _private_incidents(connection: Connection, version: int) -> Incidents:
    """Active incidents, aggregates apart, whose licence keeps them from leaving."""
    columns: dict[str, Any] = {
        "incident": Incident.code,
        "title": Incident.title,
        "place_precision": Incident.place_precision,
        "country": Incident.country,
        "adm1": Incident.adm1,
        "adm2": Incident.adm2,
        "time_extent": Incident.time_extent,
    }
    days = 86_400.0
    asked = (
        select(
            Incident.incident_id,
            func.ST_X(Incident.geom),
            func.ST_Y(Incident.geom),
            Incident.radius_m,
            func.extract("epoch", func.lower(Incident.occurred)) / days,
            func.extract("epoch", func.upper(Incident.occurred)) / days,
            *columns.values(),
        )
        .where(
            Incident.status == IncidentStatus.ACTIVE.value,
            Incident.kind == IncidentKind.INCIDENT.value,
            not_(may_leave(Incident.__table__.c.source_id, None)),
        )
        .order_by(Incident.incident_id)
    )
    rows = connection.execute(asked).all()
    read = list(zip(*rows, strict=True)) if rows else [()] * (6 + len(columns))
    texts = dict(zip(columns, (np.array(one, dtype=object) for one in read[6:]), strict=True))
    nobody = np.full(len(rows), None, dtype=object)
    unknown = {name: np.full(len(rows), np.nan) for name in FIELDS if name.startswith("killed")}
    numbers = dict(
        zip(_NUMBERS, (np.array(one, dtype=np.float64) for one in read[1:6]), strict=True)
    )
    return Incidents(
        key=np.array(read[0], dtype=np.int64),
        version=version,
        fields={"part_of": nobody} | texts | unknown,
        **numbers,
    )


def _joined(one: Incidents, other: Incidents) -> Incidents:
    """The incidents of both, one after the other."""
    columns: dict[str, Any] = {
        name: np.concatenate((getattr(one, name), getattr(other, name)))
        for name in ("key", *_NUMBERS)
    }
    fields = {
        name: np.concatenate((values, other.fields[name])) for name, values in one.fields.items()
    }
    return replace(one, **columns, fields=fields)


def _covered(
    every: Incidents, outlines: Sequence[Line], countries: set[str]
) -> npt.NDArray[np.bool_]:
    """Incidents in a country whose whole border is installed, by its outline or its name."""
    pointless = np.isnan(every.lon)
    inside = pointless & np.isin(every.fields["country"].astype(str), sorted(countries))
    for outline in outlines:
        if outline.country in countries:
            shapely.prepare(outline.shape)
            left = np.flatnonzero(~inside & ~pointless)
            inside[left] = shapely.intersects_xy(outline.shape, every.lon[left], every.lat[left])
    return inside


def _areas(
    connection: Connection, taken: Incidents, rows: Iterable[int], version: int | None
) -> dict[int, Area]:
    """The polygon of each incident that has one of its own, or is known to a unit with one."""
    rows = list(rows)
    own = _own_areas(connection, version)
    found = {
        row: Area(area_cells(shape), f"the polygon of {taken.fields['incident'][row]}")
        for row in rows
        if (shape := own.get(int(taken.key[row]))) is not None
    }
    named = {row: unit for row in rows if row not in found and (unit := _unit(taken, row))}
    units = units_named(connection, set(named.values()), version=version)
    keys = {unit.boundary_id for unit in units.values() if unit}
    shapes = _unit_shapes(connection, keys, version)
    cells = {key: area_cells(shape) for key, shape in shapes.items()}
    for row, asked in named.items():
        if there := units[asked]:
            called = f"{there.code} ({there.source} {there.edition})"
            found[row] = Area(cells[there.boundary_id], called)
    return {row: found[row] for row in sorted(found)}


def _own_areas(connection: Connection, version: int | None) -> dict[int, shapely.Geometry]:
    """The polygons of all incidents that have one, which are few."""
    incident = as_of(Incident, version).alias("incident")
    asked = select(incident.c.incident_id, func.ST_AsBinary(incident.c.area)).where(
        incident.c.area.is_not(None)
    )
    return {key: shapely.from_wkb(bytes(wkb)) for key, wkb in connection.execute(asked)}


def _unit(taken: Incidents, row: int) -> NamedUnit | None:
    """The unit to which an incident is known, as it names it, on its first day."""
    level, country = taken.fields["place_precision"][row], taken.fields["country"][row]
    if level not in (BoundaryKind.ADM1.value, BoundaryKind.ADM2.value) or not country:
        return None
    name, start = taken.fields[level][row], taken.start[row]
    if not name:
        return None
    day = None if np.isnan(start) else date(1970, 1, 1) + timedelta(days=int(start // 1))
    return NamedUnit(country, level, name, day)


def _unit_shapes(
    connection: Connection, keys: set[int], version: int | None
) -> dict[int, shapely.Geometry]:
    boundary = as_of(Boundary, version)
    asked = select(boundary.c.boundary_id, func.ST_AsBinary(boundary.c.geom)).where(
        boundary.c.boundary_id.in_(keys)
    )
    return {key: shapely.from_wkb(bytes(wkb)) for key, wkb in connection.execute(asked)}
