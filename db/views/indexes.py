"""Indexes for what is asked of a view and of nothing else.

- A box: a view registers the type of its geometries by casting them, and where the table keeps them
  untyped, an index on its column knows nothing of the cast. Where the column has the type, the cast
  is none, and the index of the table serves.
- A date: QGIS compares ``event_start`` and ``event_end`` with moments, where the API looks for
  overlapping ranges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnClause, Select, Table, column
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from db.query import rows_of
from db.views.definition import placed, sql, view_name
from gis.fields import Role

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import ClauseElement

    from db.layers.layer import Layer, Rows

PREFIX = "ix_layers_"
"""How their names begin; those that the migrations make begin otherwise."""

_UNTYPED = "GEOMETRY"


def indexes_of(layer: Layer) -> dict[str, str]:
    """Name -> statement of the indexes that the view of a layer needs.

    Layers that look at the same column share an index, by its name.
    """
    rows = rows_of(layer, None)
    return {**_of_place(layer, rows), **_of_time(layer, rows)}


def _of_place(layer: Layer, rows: Rows) -> dict[str, str]:
    place = rows.geometry
    if not isinstance(place, ColumnClause) or layer.geometry is None:
        return {}
    if getattr(place.type, "geometry_type", None) != _UNTYPED:
        return {}
    name = PREFIX + view_name(layer)
    shown = " AND ".join(_bare(each) for each in rows.where if _tables(each) == {place.table})
    made = f"USING gist (({_bare(placed(place, layer.geometry))})) WHERE {shown}"
    return {name: f"CREATE INDEX {name} ON {_stored(place.table)} {made}"}


def _of_time(layer: Layer, rows: Rows) -> dict[str, str]:
    # The rows of a run are found by the run.
    if rows.published_run is not None:
        return {}
    found = {}
    for field in layer.fields:
        if field.role in (Role.START, Role.END):
            moment = rows.columns[field.name]
            (table,) = _tables(moment)
            name = f"{PREFIX}{_stored(table).name}_{field.name}"
            found[name] = f"CREATE INDEX {name} ON {_stored(table)} (({_bare(moment)}))"
    return found


def _tables(part: ColumnElement[Any]) -> set[Any]:
    """The tables that an expression names; the conditions of a subquery are not taken apart."""
    parts = list(iterate(part))
    named = {each.table for each in parts if isinstance(each, ColumnClause)}
    return {None} if any(isinstance(each, Select) for each in parts) else named


def _stored(table: Any) -> Table:
    while not isinstance(table, Table):
        table = table.element
    return table


def _bare(part: ClauseElement) -> str:
    """An expression with the names of its columns alone, as an index has it."""

    def bare(element: object, **_: object) -> ColumnClause[Any] | None:
        if isinstance(element, ColumnClause) and element.table is not None:
            return column(element.name, element.type)
        return None

    return sql(cast("ClauseElement", replacement_traverse(part, {}, bare)))
