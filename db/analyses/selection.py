"""Which incidents take part in an analysis: the rows of the layer ``incidents``, as arrays.

What is computed of them is public, so only what the layer shows takes part: no aggregate, nothing
retracted, and nothing whose licence keeps it from leaving.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import ARRAY, BigInteger, and_, any_, bindparam, func, not_, select

from db.analyses.found import Terms
from db.asof import version_as_of
from db.cql2.filter import Filter, Language
from db.errors import InvalidQuery
from db.history import as_of, current_version
from db.knowledge import parse_knowledge
from db.layers.incidents import INCIDENTS
from db.models.incidents import Incident
from db.models.places import Region
from db.models.sources import Source
from db.query import LayerQuery, conditions, rows_asked
from db.read import version_of
from db.vocabulary import IncidentKind
from gis.errors import GisError
from gis.fields import Kind
from gis.interval import parse_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from sqlalchemy import ColumnElement, Connection, Select

    from db.analyses.parameters import Selection
    from gis.fields import Field

BATCH = 50_000

_NUMBERS = frozenset({Kind.INTEGER, Kind.COUNT, Kind.NUMBER})
_COLUMNS = ("lon", "lat", "radius_m", "start", "end")


@dataclass(frozen=True, slots=True, eq=False)
class Incidents:
    """Incidents, in the order of their keys; all arrays have the same length n.

    Parameters
    ----------
    key : (n,) int64
    lon, lat : (n,) float64
        Degrees, WGS 84; NaN where there is no point.
    radius_m : (n,) float64
        NaN where no radius is honest.
    start, end : (n,) float64
        Days since 1970-01-01 of local civil time, half-open; NaN where open or not known.
    fields : mapping of field name to (n,) array
        Fields of the layer that were asked for: float64 with NaN for numbers and counts, object
        with ``None`` for texts.
    version : int
        State of the data at which they were read.
    """

    key: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    radius_m: npt.NDArray[np.float64]
    start: npt.NDArray[np.float64]
    end: npt.NDArray[np.float64]
    version: int
    fields: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.key.size)

    def of(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Incidents:
        """Some of the incidents: those marked, or those of these rows."""
        return replace(
            self,
            key=self.key[rows],
            **{name: getattr(self, name)[rows] for name in _COLUMNS},
            fields={name: values[rows] for name, values in self.fields.items()},
        )

    @property
    def sha256(self) -> str:
        """Hash of all arrays: what a computation over them depends on."""
        digest = hashlib.sha256()
        for name in ("key", *_COLUMNS):
            digest.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        for name, values in sorted(self.fields.items()):
            digest.update(name.encode())
            if values.dtype == object:
                digest.update("\x1f".join("\0" if v is None else str(v) for v in values).encode())
            else:
                digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def read_incidents(
    connection: Connection,
    chosen: Selection,
    *,
    fields: Sequence[str] = (),
    with_parts: bool = False,
) -> Incidents:
    """The incidents that take part.

    Parameters
    ----------
    connection : Connection
    chosen : Selection
    fields : sequence of str
        Fields of the layer ``incidents`` that are wanted as arrays, too.
    with_parts : bool
        Whether incidents take part that are parts of another: they would be counted with their
        whole. A part of an aggregate takes part in any case, because the aggregate does not.

    Raises
    ------
    InvalidQuery
        A value of the selection breaks its rule; the error names the parameter.
    """
    query = incident_query(connection, chosen)
    read, query = version_of(query, current_version(connection))
    rows = rows_asked(INCIDENTS, query)
    assert rows.geometry is not None
    assert rows.period is not None
    wanted = [_field(name) for name in fields]
    asked = (
        select(
            rows.key,
            func.ST_X(rows.geometry),
            func.ST_Y(rows.geometry),
            rows.columns["radius_m"],
            _days(func.lower(rows.period)),
            _days(func.upper(rows.period)),
            *(rows.columns[name] for name in fields),
        )
        .select_from(rows.source)
        .where(*conditions(INCIDENTS, query, rows))
        .order_by(rows.key)
    )
    if chosen.region is not None:
        asked = asked.where(func.ST_Intersects(rows.geometry, _region(connection, chosen)))
    if not with_parts:
        asked = asked.where(not_(_whole(rows.key, query.version).exists()))
    return _arrays(connection, asked, wanted, read)


def incident_query(connection: Connection, chosen: Selection) -> LayerQuery:
    """What a selection asks of the layer ``incidents``, its region apart."""
    try:
        interval = None if chosen.datetime is None else parse_interval(chosen.datetime)
    except GisError as fault:
        raise InvalidQuery("datetime", str(chosen.datetime), fault.rule) from fault
    return LayerQuery(
        interval=interval,
        version=version_asked(connection, chosen),
        knowledge=parse_knowledge(chosen.rule, chosen.known_by),
        filter=None if chosen.filter is None else Filter(chosen.filter, Language.TEXT),
    )


def version_asked(connection: Connection, chosen: Selection) -> int | None:
    """The state that a selection asks for; nothing for the present.

    Whatever else a method reads, boundaries and places included, it reads at this version.

    Raises
    ------
    InvalidQuery
        ``asof`` is no moment of the past.
    """
    if chosen.asof is None:
        return None
    version = version_as_of(connection, chosen.asof)
    return None if version >= current_version(connection) else version


def past_version(connection: Connection, incidents: Incidents) -> int | None:
    """The state at which incidents were read; nothing for the present."""
    return incidents.version if incidents.version < current_version(connection) else None


def terms_of(connection: Connection, incidents: Incidents) -> Terms:
    """Licences and attributions of incidents."""
    # One parameter, however many keys: a list of parameters ends at 65,535.
    keys = bindparam("keys", incidents.key.tolist(), ARRAY(BigInteger))
    version = past_version(connection, incidents)
    incident, source = as_of(Incident, version), as_of(Source, version)
    owners = select(incident.c.source_id).where(incident.c.incident_id == any_(keys))
    asked = (
        select(source.c.licence, source.c.attribution)
        .where(source.c.source_id.in_(owners))
        .order_by(source.c.source_id)
    )
    found = connection.execute(asked).all()
    if not found:
        return Terms()
    return Terms(
        licence="; ".join(dict.fromkeys(row.licence for row in found)),
        attribution=" | ".join(dict.fromkeys(row.attribution for row in found)),
    )


def region_edition(connection: Connection, chosen: Selection) -> dict[str, str]:
    """Whose outline the region of a selection is, and which edition; nothing without a region."""
    if chosen.region is None:
        return {}
    version = version_asked(connection, chosen)
    region, source = as_of(Region, version), as_of(Source, version)
    row = connection.execute(
        select(source.c.code, region.c.edition)
        .join_from(region, source, source.c.source_id == region.c.source_id)
        .where(region.c.region_id == _region_key(connection, chosen.region, version))
    ).one()
    return {row[0]: row[1]}


def region_outline(connection: Connection, chosen: Selection) -> shapely.Geometry:
    """The outline of the region of a selection, WGS 84.

    Raises
    ------
    InvalidQuery
        There is no such region; the error names those there are.
    """
    asked = select(func.ST_AsBinary(_region(connection, chosen)))
    return shapely.from_wkb(bytes(connection.execute(asked).scalar_one()))


def _region(connection: Connection, chosen: Selection) -> ColumnElement[Any]:
    assert chosen.region is not None
    version = version_asked(connection, chosen)
    region = as_of(Region, version)
    key = _region_key(connection, chosen.region, version)
    return select(region.c.geom).where(region.c.region_id == key).scalar_subquery()


def _region_key(connection: Connection, named: str, version: int | None) -> int:
    code, _, variant = named.partition("/")
    region = as_of(Region, version)
    of_code = select(region.c.region_id).where(region.c.code == code).order_by(region.c.region_id)
    asked = of_code.where(region.c.variant == variant) if variant else of_code
    key = connection.scalar(asked.limit(1))
    if key is None:
        names = region.c.code + "/" + region.c.variant
        there = ", ".join(connection.scalars(select(names).order_by(region.c.region_id))) or "none"
        raise InvalidQuery("region", named, f"it is one of the loaded regions: {there}")
    return int(key)


def _whole(key: ColumnElement[Any], version: int | None) -> Select[Any]:
    """The incident, no aggregate, of which an incident is a part."""
    part, whole = (
        as_of(Incident, version).alias("a_part"),
        as_of(Incident, version).alias("a_whole"),
    )
    return (
        select(whole.c.incident_id)
        .select_from(part.join(whole, whole.c.incident_id == part.c.part_of))
        .where(and_(part.c.incident_id == key, whole.c.kind == IncidentKind.INCIDENT.value))
    )


def _field(name: str) -> Field:
    found = INCIDENTS.field(name)
    assert found is not None, name
    return found


def _days(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.extract("epoch", moment) / 86_400.0


def _arrays(
    connection: Connection, asked: Select[Any], fields: Sequence[Field], version: int
) -> Incidents:
    columns: list[list[Any]] = [[] for _ in range(6 + len(fields))]
    streamed = {"stream_results": True, "yield_per": BATCH}
    result = connection.execute(asked, execution_options=streamed)
    for batch in result.partitions():
        for column, values in zip(columns, zip(*batch, strict=True), strict=True):
            column.extend(values)
    key, *numbers = columns[:6]
    named = zip(_COLUMNS, numbers, strict=True)
    return Incidents(
        key=np.array(key, dtype=np.int64),
        version=version,
        **{name: np.array(values, dtype=np.float64) for name, values in named},
        fields={
            one.name: np.array(values, dtype=np.float64 if one.kind in _NUMBERS else object)
            for one, values in zip(fields, columns[6:], strict=True)
        },
    )
