"""What is asked of the database for one tile; pure, as :mod:`db.query`.

A statement with figures of features is one select of the layer's rows, narrowed by the layer's own
conditions, by the index on the geometry, and by the pixel: the last alone decides in which tile a
place lies.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Double,
    LargeBinary,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    null,
    select,
)

from db.history import Throughout
from db.models.base import SRID
from db.query import LayerQuery, conditions, rows_asked, rows_of, selected_fields
from db.tiles.placing import fractions, pixel
from db.tiles.sums import added_up, aggregates, told
from gis.fields import Field, Kind
from gis.tile_matrix import BUFFER, CRS84_SRID, EXTENT, WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Select, Subquery

    from db.layers.layer import Column, Layer, Rows
    from gis.bbox import BBox
    from gis.depiction import Depiction
    from gis.tile_matrix import Tile

CELL = 128
"""Pixels along a side of a cell: 32 by 32 cells to a tile."""

SNAP = 4
"""Pixels to which vertices of lines and areas are moved, but for the deepest matrix: a quarter of
a pixel of a screen. Two areas with a common edge have the same vertices on it before and after."""

SPECK = 2
"""Pixels up to which a line or an area that would vanish is drawn as one pixel."""

_SLACK_DEG = 1e-6
"""By which the box for the index is wider than the tile, so that the pixel alone decides."""

KEY, SHAPE = "feature_id", "shape"

_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
_DAY = "YYYY-MM-DD"


def crowd_statement(layer: Layer, query: LayerQuery, tile: Tile, most: int) -> Select[Any]:
    """How many points of a tile match, counted no further than to ``most`` and one."""
    rows = rows_asked(layer, query, few=True)
    placed = _placed(layer, query, rows, tile, 0, {}).subquery("placed")
    some = select(placed.c.x).where(_inside(placed, 0)).limit(most + 1).subquery("some")
    return select(func.count()).select_from(some)


def points_statement(layer: Layer, query: LayerQuery, tile: Tile) -> Select[Any]:
    """A tile of single points, each in the pixel in which it lies, those of the buffer too."""
    rows = rows_asked(layer, query, few=True)
    fields = {field.name: _written(rows, field) for field in selected_fields(layer, query)}
    placed = _placed(layer, query, rows, tile, BUFFER, {KEY: rows.key, **fields}).subquery("placed")
    shown = (
        select(
            func.ST_Point(placed.c.x, placed.c.y, type_=Geometry).label(SHAPE),
            placed.c[KEY],
            *(placed.c[name] for name in fields),
        )
        .where(_inside(placed, BUFFER))
        .order_by(placed.c[KEY])
    )
    return _encoded(shown, layer.id, KEY)


def cells_statement(
    layer: Layer, depiction: Depiction, query: LayerQuery, tile: Tile
) -> Select[Any]:
    """A tile of cells, made of the rows that match: each with its count and its sums.

    A cell is drawn where its features lie on average, which is in the cell.
    """
    rows = rows_asked(layer, query)
    x, y = pixel(func.ST_X(rows.geometry), func.ST_Y(rows.geometry), tile)
    cell = (func.div(x, CELL), func.div(y, CELL))
    within = and_(x.between(0, EXTENT - 1), y.between(0, EXTENT - 1))
    cells = (
        select(
            cast(func.floor(func.avg(x)), BigInteger).label("x"),
            cast(func.floor(func.avg(y)), BigInteger).label("y"),
            *(made.label(name) for name, made in aggregates(rows, depiction).items()),
        )
        .select_from(rows.source)
        .where(*conditions(layer, query, rows), _near(rows, tile.box()), within)
        .group_by(*cell)
        .subquery("cells")
    )
    return _cells(layer, depiction, cells)


def given_cells_statement(
    layer: Layer, depiction: Depiction, numbers: Mapping[str, Sequence[int]]
) -> Select[Any]:
    """The same of cells that are known: ``x``, ``y`` and what :func:`added_up` names, by column."""
    names = ("x", "y", *added_up(depiction))
    arrays = [cast(list(numbers[name]), ARRAY(BigInteger)) for name in names]
    cells = func.unnest(*arrays).table_valued(
        *(column(name, BigInteger) for name in names), name="cells"
    )
    return _cells(layer, depiction, cells.render_derived())


def places_statement(layer: Layer, depiction: Depiction, version: int | None = None) -> Select[Any]:
    """Every different place of a layer at a version, with what is added up of the rows there.

    The answer is one sequence of bytes, 8 to a number, most significant first: of each place its
    longitude, its latitude and its southward fraction in Web Mercator as floats, then the whole
    numbers of :func:`added_up`. A million rows of Python objects would take longer than all else.
    The fraction is computed here, because the last bit of a tangent differs between libraries.
    """
    rows = rows_of(layer, None if version is None else Throughout(version))
    assert rows.geometry is not None
    lon, lat = func.ST_X(rows.geometry), func.ST_Y(rows.geometry)
    places = (
        select(
            lon.label("lon"),
            lat.label("lat"),
            *(made.label(name) for name, made in aggregates(rows, depiction).items()),
        )
        .select_from(rows.source)
        .where(*conditions(layer, LayerQuery(), rows), rows.geometry.is_not(None))
        .group_by(lon, lat)
        .subquery("places")
    )
    _, v = fractions(places.c.lon, places.c.lat, WEB_MERCATOR_QUAD)
    sent: list[Column] = [func.float8send(each) for each in (places.c.lon, places.c.lat, v)]
    sent += [func.int8send(places.c[name]) for name in added_up(depiction)]
    record = reduce(lambda left, right: left.op("||")(right), sent)
    nothing = literal(b"", LargeBinary)
    return select(func.string_agg(record, nothing, type_=LargeBinary)).select_from(places)


def shapes_statement(layer: Layer, query: LayerQuery, tile: Tile) -> Select[Any]:
    """A tile of lines or areas, cut at its buffer."""
    rows = rows_asked(layer, query, few=True)
    geometry, box = rows.geometry, tile.box(BUFFER)
    assert geometry is not None
    # Cut before anything else is done: an outline of a country has 100,000 vertices. The sides of
    # a tile run along meridians and parallels in both sets, so the cut is the same.
    cut = func.ST_ClipByBox2D(geometry, _envelope(box), type_=Geometry)
    if tile.set.srid != CRS84_SRID:
        cut = func.ST_Transform(cut, tile.set.srid, type_=Geometry)
    bounds = tile.bounds()
    unit = (bounds[2] - bounds[0]) / EXTENT
    if tile.matrix < tile.set.deepest:
        cut = func.ST_SnapToGrid(cut, SNAP * unit, type_=Geometry)
    frame = func.ST_MakeEnvelope(*bounds, tile.set.srid, type_=Geometry)
    drawn = func.ST_AsMVTGeom(cut, func.Box2D(frame), EXTENT, BUFFER, literal(True), type_=Geometry)
    placed = (
        select(
            func.coalesce(drawn, _speck(layer, geometry, tile)).label(SHAPE),
            rows.key.label(KEY),
            *(_written(rows, field).label(field.name) for field in selected_fields(layer, query)),
        )
        .select_from(rows.source)
        .where(*conditions(layer, query, rows), _near(rows, box))
        .subquery("placed")
    )
    shown = select(*placed.c).where(placed.c[SHAPE].is_not(None)).order_by(placed.c[KEY])
    return _encoded(shown, layer.id, KEY)


def cells_name(layer: Layer) -> str:
    """The name of the cells of a layer among the layers of a tile."""
    return f"{layer.id}-cells"


def _placed(
    layer: Layer,
    query: LayerQuery,
    rows: Rows,
    tile: Tile,
    buffer: int,
    columns: Mapping[str, Column],
) -> Select[Any]:
    x, y = pixel(func.ST_X(rows.geometry), func.ST_Y(rows.geometry), tile)
    return (
        select(x.label("x"), y.label("y"), *(made.label(name) for name, made in columns.items()))
        .select_from(rows.source)
        .where(*conditions(layer, query, rows), _near(rows, tile.box(buffer)))
    )


def _inside(placed: Subquery, buffer: int) -> ColumnElement[bool]:
    first, last = -buffer, EXTENT - 1 + buffer
    return and_(placed.c.x.between(first, last), placed.c.y.between(first, last))


def _near(rows: Rows, box: BBox) -> ColumnElement[bool]:
    assert rows.geometry is not None
    return rows.geometry.op("&&", is_comparison=True)(_envelope(box, _SLACK_DEG))


def _envelope(box: BBox, slack: float = 0.0) -> Column:
    west, south = box.west - slack, box.south - slack
    return func.ST_MakeEnvelope(
        west, south, box.east + slack, box.north + slack, SRID, type_=Geometry
    )


def _speck(layer: Layer, geometry: Column, tile: Tile) -> Column:
    """One pixel, for a line or an area that is so small that it would vanish."""
    width, height = _extent(geometry, "X"), _extent(geometry, "Y")
    most = SPECK * 360.0 / (tile.set.wide * (EXTENT << tile.matrix))
    x, y = pixel(_middle(geometry, "X"), _middle(geometry, "Y"), tile)
    if "Polygon" in (layer.geometry or ""):
        # The first ring of an area runs clockwise on a screen.
        drawn = func.ST_Reverse(func.ST_MakeEnvelope(x, y, x + 1, y + 1, type_=Geometry))
    else:
        drawn = func.ST_MakeLine(func.ST_Point(x, y), func.ST_Point(x + 1, y))
    here = and_(x.between(0, EXTENT - 1), y.between(0, EXTENT - 1))
    return case((and_(width < most, height < most, here), drawn), else_=null())


def _extent(geometry: Column, axis: str) -> Column:
    return _edge(geometry, axis, "Max") - _edge(geometry, axis, "Min")


def _middle(geometry: Column, axis: str) -> Column:
    return (_edge(geometry, axis, "Max") + _edge(geometry, axis, "Min")) / 2.0


def _edge(geometry: Column, axis: str, which: str) -> Column:
    found: Column = getattr(func, f"ST_{axis}{which}")(geometry, type_=Double)
    return found


def _cells(layer: Layer, depiction: Depiction, cells: Any) -> Select[Any]:
    added = {name: cells.c[name] for name in added_up(depiction)}
    shown = select(
        func.ST_Point(cells.c.x, cells.c.y, type_=Geometry).label(SHAPE),
        *(made.label(name) for name, made in told(added, depiction).items()),
    ).order_by(cells.c.y, cells.c.x)
    return _encoded(shown, cells_name(layer), None)


def _encoded(shown: Select[Any], name: str, key: str | None) -> Select[Any]:
    drawn = shown.subquery("shown")
    named = [] if key is None else [key]
    return select(
        func.ST_AsMVT(drawn.table_valued(), name, EXTENT, SHAPE, *named, type_=LargeBinary)
    )


def _written(rows: Rows, field: Field) -> Column:
    """A field in a type that a vector tile has: text, whole number or real number."""
    made = rows.columns[field.name]
    if field.kind in (Kind.COUNT, Kind.INTEGER):
        return cast(made, BigInteger)
    if field.kind is Kind.NUMBER:
        return cast(made, Double)
    if field.kind is Kind.DATETIME:
        return func.to_char(made, _MOMENT)
    if field.kind is Kind.DATE:
        return func.to_char(made, _DAY)
    if field.kind is Kind.TEXTS:
        return func.array_to_string(made, ", ")
    return cast(made, Text)
