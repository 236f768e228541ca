"""What is asked of a layer, and the statements that answer it.

Everything here is pure: a :class:`LayerQuery` is a value, :func:`statement` and :func:`count` make
a statement of it. Values reach SQL as bound parameters only, and names only by way of the layer's
own fields.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    ColumnElement,
    Double,
    LargeBinary,
    Text,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    null,
    select,
    union_all,
)

from db.cql2.condition import condition
from db.errors import InvalidQuery
from db.halves import halves
from db.history import Throughout
from db.joins import selected_from
from db.knowledge import CODED, Knowledge
from db.models.base import SRID
from db.predicates import beyond, is_within, meets_box, shares_moment
from gis.fields import Field, Kind
from gis.likeness import nearest
from gis.reference_systems import CRS84, WORLD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Select

    from db.cql2.filter import Filter
    from db.layers.layer import Column, Layer, Rows
    from gis.bbox import BBox
    from gis.foreign_box import ForeignBox
    from gis.interval import Interval
    from gis.reference_systems import ReferenceSystem

Value = str | float | int | date | datetime | None

RUN = "run"
"""Field of a layer of results; who asks for its value sees that run and not the published one."""

KEYS = "page_keys"
"""Parameter of :func:`rows_statement`: the keys of a page, in any order."""


ITEM = "item_asked"
"""Parameter of a query for one feature: its key or its code."""


class Shape(Enum):
    """In which form a geometry leaves the database."""

    GEOJSON = "geojson"
    WKB = "wkb"


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field to sort by; what is missing comes last in either direction."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerQuery:
    """What is asked of a layer: which rows, at which state of the data, in which order and form.

    Parameters
    ----------
    bbox : BBox or ForeignBox, optional
        Features that intersect it, and those without a geometry (OGC API - Features 1.0,
        requirement ``/req/core/fc-bbox-response``).
    interval : Interval, optional
        Features whose interval shares a moment with it, and those without a time
        (``/req/core/fc-time-response``).
    version : int, optional
        State of the data to read; the present where missing.
    knowledge : Knowledge
        Which reports are known, and by which rule figures are made of what they claim.
    equals : tuple of (field name, value)
        Fields that must have exactly these values.
    item : int or str, optional
        Only the feature with that key or, for a text, with that code.
    filter : Filter, optional
        An expression of CQL2 that is true of the features.
    sort_by : tuple of SortKey
        Before the layer's own order, which always comes last and makes the order unique.
    properties : tuple of str, optional
        Fields wanted; all where missing.
    with_geometry : bool
    limit : int
        Most features on a page.
    after : tuple, optional
        Sort values of the last feature of the page before.
    offset : int
        Features to pass over; a courtesy to clients that know no cursors.
    leading : tuple of int
        Keys of the features listed before all others, as far as they match, on pages in the
        layer's own order (see :mod:`db.exemplars`). Other reading passes them over.
    by_place : bool
        Features near one another together, where neither an order nor a page is asked for.
    """

    bbox: BBox | ForeignBox | None = None
    interval: Interval | None = None
    version: int | None = None
    knowledge: Knowledge = CODED
    equals: tuple[tuple[str, Value], ...] = ()
    item: int | str | None = None
    filter: Filter | None = None
    sort_by: tuple[SortKey, ...] = ()
    properties: tuple[str, ...] | None = None
    with_geometry: bool = True
    limit: int | None = None
    after: tuple[Value, ...] | None = None
    offset: int = 0
    leading: tuple[int, ...] = ()
    by_place: bool = False


def rows_of(
    layer: Layer, version: int | None, knowledge: Knowledge = CODED, *, few: bool = False
) -> Rows:
    """The SQL of a layer at a version, made once: making it takes ten times as long as a page.

    A version does not change, and neither do the parts of a statement; threads may share them.

    Parameters
    ----------
    layer : Layer
    version : int or None
    knowledge : Knowledge
        Other than what is concluded from all reports only of a layer that takes it.
    few : bool
        Whether only a few rows will be read, which are known by their keys or lie in a box.
    """
    if knowledge == CODED:
        return _made(layer.rows, version)
    if layer.told is None:
        raise InvalidQuery("rule", str(knowledge), f"the layer {layer.id!r} rests on no reports")
    return _told(layer.told, version, knowledge, few)


def rows_asked(layer: Layer, query: LayerQuery, *, few: bool = False) -> Rows:
    """The SQL of a layer in the state in which a query asks for it."""
    # PostgreSQL knows nothing of the number of incidents at a former version, so it looks up each.
    few = few or query.bbox is not None or query.item is not None or query.version is not None
    return rows_of(layer, query.version, query.knowledge, few=few)


@lru_cache(maxsize=512, typed=True)  # a version, and the same throughout
def _made(make: Callable[[int | None], Rows], version: int | None) -> Rows:
    return make(version)


@lru_cache(maxsize=128)
def _told(
    make: Callable[[int | None, Knowledge, bool], Rows],
    version: int | None,
    knowledge: Knowledge,
    few: bool,
) -> Rows:
    return make(version, knowledge, few)


@lru_cache(maxsize=512)
def _halves_of(make: Callable[[int | None], Rows], version: int) -> tuple[Rows, ...]:
    return halves(_made(make, version), version)


def field_of(layer: Layer, name: str, parameter: str) -> Field:
    """The field that a parameter names.

    Raises
    ------
    InvalidQuery
        The layer has no such field; the error names the one most like it.
    """
    field = layer.field(name)
    if field is None:
        rule = f"the layer {layer.id!r} has no such field"
        meant = nearest(name, (field.name for field in layer.fields))
        raise InvalidQuery(parameter, name, rule, nearest=meant)
    return field


def selected_fields(layer: Layer, query: LayerQuery) -> tuple[Field, ...]:
    """The fields of a query's features, in the order of the layer."""
    if query.properties is None:
        return layer.fields
    wanted = {field_of(layer, name, "properties").name for name in query.properties}
    return tuple(field for field in layer.fields if field.name in wanted)


def statement(
    layer: Layer,
    query: LayerQuery,
    *,
    system: ReferenceSystem = CRS84,
    shape: Shape = Shape.GEOJSON,
) -> Select[Any]:
    """The rows of a page: sort values, key, geometry as GeoJSON text or WKB, then the fields.

    The sort values (as many as :func:`sort_columns` gives) come first and make the next cursor.
    The geometry is ``NULL`` where there is none, where the query wants none, and for a layer
    without geometry. Its coordinates are those of ``system``: in GeoJSON in the order that the
    system's URI demands, in WKB always east before north. A place that the system has no
    coordinates for is missing: 75 degrees from its meridian, a UTM zone has no more.
    """
    rows = rows_asked(layer, query)
    asked = _shown(layer, query, rows, system, shape)
    if query.limit is None:
        found = _narrowed(asked, layer, query, rows)
        return found.offset(query.offset) if query.offset else found
    # The page is found by its keys alone, so that joins and texts are made for its rows only and
    # not for all that match.
    return asked.where(rows.key.in_(keys_statement(layer, query).correlate(None)))


def throughout(query: LayerQuery) -> LayerQuery:
    """The same query, for one who will read all that match, or most."""
    if query.version is None or query.knowledge != CODED:
        return query
    return replace(query, version=Throughout(query.version))


def keys_statement(layer: Layer, query: LayerQuery) -> Select[Any]:
    """The keys of a page, in its order; those of the leading features apart.

    The joins whose columns are not named here are left out, so this touches little else than the
    table and index in which the page is found.
    """
    if query.version is not None and query.knowledge == CODED:
        parts = _halves_of(layer.rows, query.version)
        if len(parts) > 1:
            return _merged(layer, query, parts)
    rows = rows_asked(layer, query)
    found = _of_page(select(rows.key), layer, query, rows)
    return selected_from(found.offset(query.offset) if query.offset else found, rows.source)


def _of_page(
    asked: Select[Any], layer: Layer, query: LayerQuery, rows: Rows, more: int = 0
) -> Select[Any]:
    """A select of what a page holds, in its order, and of so many more."""
    found = _narrowed(asked, layer, query, rows)
    if query.leading:
        found = found.where(rows.key.not_in(query.leading))
    limit = None if query.limit is None else query.limit + more
    return found.order_by(*_order(layer, query, rows)).limit(limit)


def _merged(layer: Layer, query: LayerQuery, parts: Sequence[Rows]) -> Select[Any]:
    """The keys of a page of a former state: of each half as many as it may have, merged."""
    arms = []
    for rows in parts:
        places = [column for column, _ in sort_columns(layer, query, rows)]
        named = [column.label(f"place_{number}") for number, column in enumerate(places)]
        arm = _of_page(select(rows.key.label("key"), *named), layer, query, rows, query.offset)
        arms.append(selected_from(arm, rows.source).subquery().select())
    both = union_all(*arms).subquery("both")
    keys = sort_columns(layer, query, parts[0])
    ordered = (_ordered(both.c[f"place_{n}"], down) for n, (_, down) in enumerate(keys))
    found = select(both.c.key).order_by(*ordered).limit(query.limit)
    return found.offset(query.offset) if query.offset else found


def rows_statement(
    layer: Layer,
    query: LayerQuery,
    *,
    system: ReferenceSystem = CRS84,
    shape: Shape = Shape.GEOJSON,
) -> Select[Any]:
    """The rows of :func:`statement` for keys that are bound to :data:`KEYS` later.

    Its text depends on how rows are shown and ordered, and on the version, but on no filter, so it
    can be kept; and any plan that begins with the keys is right, so its plan can be, too.
    """
    rows = rows_asked(layer, query, few=True)
    keys = bindparam(KEYS, [], type_=ARRAY(BigInteger))
    asked = _shown(layer, query, rows, system, shape).where(rows.key == any_(keys))
    if query.version is None or query.sort_by:
        return asked
    # PostgreSQL expects far too many rows of joined unions, and would rather go through all in
    # their order than sort those. Sums are in no index, so it begins with the keys.
    return asked.order_by(None).order_by(*(column + 0 for column in rows.order))


def _shown(
    layer: Layer, query: LayerQuery, rows: Rows, system: ReferenceSystem, shape: Shape
) -> Select[Any]:
    keys = sort_columns(layer, query, rows)
    geometry = None if not query.with_geometry else rows.geometry
    fields = [
        _typed(rows.columns[field.name], field.kind).label(field.name)
        for field in selected_fields(layer, query)
    ]
    return (
        select(*(column for column, _ in keys), rows.key, _shaped(geometry, system, shape), *fields)
        .select_from(rows.source)
        .order_by(*_order(layer, query, rows))
    )


def _order(layer: Layer, query: LayerQuery, rows: Rows) -> list[ColumnElement[Any]]:
    order = [_ordered(*key) for key in sort_columns(layer, query, rows)]
    is_free = query.limit is None and not query.sort_by and not query.offset
    if query.by_place and is_free and rows.geometry is not None:
        # PostGIS orders geometries along the Hilbert curve of their centres; no place comes last.
        return [rows.geometry.asc(), *order]
    return order


def _narrowed(asked: Select[Any], layer: Layer, query: LayerQuery, rows: Rows) -> Select[Any]:
    """A select of only what matches, from where the cursor says."""
    asked = asked.where(*conditions(layer, query, rows))
    if query.after is not None:
        asked = asked.where(beyond(sort_columns(layer, query, rows), query.after))
    return asked


def count(layer: Layer, query: LayerQuery) -> Select[Any]:
    """How many features a query matches on all its pages together."""
    rows = rows_asked(layer, query)
    matched = select(rows.key).where(*conditions(layer, query, rows))
    return select(func.count()).select_from(selected_from(matched, rows.source).subquery())


def conditions(layer: Layer, query: LayerQuery, rows: Rows) -> list[ColumnElement[bool]]:
    """What a row must fulfil to match, pages apart."""
    found = list(rows.where)
    if rows.published_run is not None and RUN not in dict(query.equals):
        found.append(rows.columns[RUN] == rows.published_run)
    if query.bbox is not None and rows.geometry is not None:
        found.append(meets_box(rows.geometry, query.bbox, layer.geometry))
    if query.interval is not None and rows.period is not None:
        found.append(shares_moment(rows.period, query.interval))
    for name, value in query.equals:
        found.append(rows.columns[field_of(layer, name, name).name] == value)
    if query.item is not None:
        found.append(_is_item(rows, query.item))
    if query.filter is not None:
        found.append(condition(layer, rows, query.filter))
    return found


def sort_columns(layer: Layer, query: LayerQuery, rows: Rows) -> list[tuple[Column, bool]]:
    """Columns by which a page is ordered, each with whether it descends; unique as a whole."""
    wanted = [
        (rows.columns[field_of(layer, key.name, "sortby").name], key.descending)
        for key in query.sort_by
    ]
    return [*wanted, *((column, False) for column in rows.order)]


def sort_kinds(layer: Layer, query: LayerQuery) -> list[Kind]:
    """What the sort values of a cursor are, in their order."""
    wanted = [field_of(layer, key.name, "sortby").kind for key in query.sort_by]
    return wanted + [Kind.INTEGER] * len(rows_of(layer, None).order)


def _is_item(rows: Rows, item: int | str) -> ColumnElement[bool]:
    if isinstance(item, int):
        return rows.key == bindparam(ITEM, item, type_=BigInteger)
    return false() if rows.code is None else rows.code == bindparam(ITEM, item, type_=Text)


def _ordered(column: Column, descending: bool) -> ColumnElement[Any]:
    return column.desc().nulls_last() if descending else column.asc()


def _typed(column: Column, kind: Kind) -> Column:
    """A column in the type in which it leaves: a count as a real number, a moment with a zone.

    See :mod:`gis.geojson` for the count. Civil time leaves labelled ``Z``, as clients of OGC API
    expect an RFC 3339 moment; the session's time zone is UTC, so the clock face does not change.
    """
    if kind is Kind.COUNT:
        return cast(column, Double)
    if kind is Kind.DATETIME:
        return cast(column, TIMESTAMP(timezone=True))
    return column


def _transformed(geometry: Column, system: ReferenceSystem) -> Column:
    placed = func.ST_Transform(geometry, system.srid, type_=Geometry)
    if system.reach == WORLD:
        return placed
    # PostGIS gives up the statement over one place that has no coordinates in the system.
    return case((is_within(geometry, system.reach), placed), else_=null())


def _shaped(geometry: Column | None, system: ReferenceSystem, shape: Shape) -> ColumnElement[Any]:
    if geometry is None:
        return null()
    placed = geometry if system.srid == SRID else _transformed(geometry, system)
    if shape is Shape.WKB:
        return func.ST_AsBinary(placed, type_=LargeBinary)
    if system == CRS84:
        return func.ST_AsGeoJSON(placed, system.decimals)
    ordered = func.ST_FlipCoordinates(placed) if system.north_first else placed
    # Without the last argument PostGIS adds a member 'crs', which GeoJSON has no longer.
    return func.ST_AsGeoJSON(ordered, system.decimals, 0)
