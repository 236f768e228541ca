"""Statements say what was asked, and values reach them as parameters only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from db.errors import InvalidQuery
from db.layers.catalogue import LAYERS
from db.query import (
    LayerQuery,
    SortKey,
    count,
    field_of,
    rows_of,
    selected_fields,
    sort_columns,
    sort_kinds,
    statement,
)
from gis.bbox import BBox
from gis.fields import Kind
from gis.interval import parse_interval

if TYPE_CHECKING:
    from sqlalchemy import Select

INCIDENTS, REPORTS, BORDERS = LAYERS["incidents"], LAYERS["reports"], LAYERS["borders"]
EVIL = "x'; DROP TABLE liptako.incident; --"


def written(asked: Select[Any]) -> tuple[str, dict[str, Any]]:
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    compiled = asked.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_row_is_sort_values_key_geometry_and_fields(layer: Any) -> None:
    query = LayerQuery(limit=10)
    columns = list(statement(layer, query).selected_columns)
    lead = len(sort_kinds(layer, query))
    names = [column.name for column in columns[lead + 2 :]]
    assert names == [field.name for field in layer.fields]
    assert len(sort_columns(layer, query, rows_of(layer, None))) == lead


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("version", [None, 3])
def test_every_field_has_its_column_in_its_order(layer: Any, version: int | None) -> None:
    rows = rows_of(layer, version)
    assert list(rows.columns) == [field.name for field in layer.fields]
    assert rows.order[-1] is rows.key, "the order is unique because the key ends it"
    assert (rows.geometry is None) == (layer.geometry is None)


def test_values_are_parameters_never_text() -> None:
    query = LayerQuery(
        bbox=BBox(0.125, 14, 4, 16),
        interval=parse_interval("2019-12-10/.."),
        equals=(("title", EVIL), ("note", "%s %(x)s")),
        item=EVIL,
        sort_by=(SortKey("title"),),
        after=(EVIL, 0, 7),
        limit=10,
    )
    for asked in (statement(INCIDENTS, query), count(INCIDENTS, query)):
        text, values = written(asked)
        assert "DROP" not in text
        assert "0.125" not in text
        assert EVIL in values.values()
        assert datetime(2019, 12, 10) in values.values()


def test_the_rows_of_a_layer_are_made_once_for_a_version() -> None:
    assert rows_of(INCIDENTS, None) is rows_of(INCIDENTS, None)
    assert rows_of(INCIDENTS, 3) is rows_of(INCIDENTS, 3)
    assert rows_of(INCIDENTS, 3) is not rows_of(INCIDENTS, 4)


def test_a_point_is_compared_by_its_coordinates_and_a_line_by_its_shape() -> None:
    query = LayerQuery(bbox=BBox(0, 14, 4, 16))
    points, _ = written(count(INCIDENTS, query))
    assert "ST_X" in points
    assert "ST_Intersects" not in points
    lines, _ = written(count(BORDERS, query))
    assert "ST_Intersects" in lines


def test_a_box_across_the_antimeridian_is_two() -> None:
    text, values = written(count(INCIDENTS, LayerQuery(bbox=BBox(177, 65, -177, 70))))
    assert text.count("ST_MakeEnvelope(") == 2
    assert {180.0, -180.0} <= set(values.values())


def test_what_a_layer_does_not_have_is_not_asked() -> None:
    query = LayerQuery(bbox=BBox(0, 14, 4, 16), interval=parse_interval("2019"))
    assert "ST_" not in written(count(REPORTS, query))[0]
    assert "tsrange" not in written(count(BORDERS, query))[0]


def test_only_the_fields_wanted_are_read_in_the_order_of_the_layer() -> None:
    query = LayerQuery(properties=("note", "title", "note"))
    assert [field.name for field in selected_fields(INCIDENTS, query)] == ["title", "note"]
    assert selected_fields(INCIDENTS, LayerQuery()) == INCIDENTS.fields
    assert selected_fields(INCIDENTS, LayerQuery(properties=())) == ()
    text, _ = written(statement(INCIDENTS, LayerQuery(properties=("title",), limit=1)))
    assert "estimate" not in text.split("FROM")[0]


def test_a_geometry_that_is_not_wanted_is_not_read() -> None:
    assert "ST_AsGeoJSON" in written(statement(INCIDENTS, LayerQuery()))[0]
    without = statement(INCIDENTS, LayerQuery(with_geometry=False))
    assert "ST_AsGeoJSON" not in written(without)[0]


@pytest.mark.parametrize(
    "query",
    [
        LayerQuery(equals=(("titel", "x"),)),
        LayerQuery(sort_by=(SortKey("titel"),)),
        LayerQuery(properties=("titel",)),
    ],
)
def test_a_field_that_is_not_there_is_refused_with_the_nearest(query: LayerQuery) -> None:
    with pytest.raises(InvalidQuery) as caught:
        statement(INCIDENTS, query)
    assert caught.value.nearest == "title"


def test_a_field_is_found_by_its_name() -> None:
    assert field_of(INCIDENTS, "title", "sortby").name == "title"
    with pytest.raises(InvalidQuery) as caught:
        field_of(INCIDENTS, "zzzzzz", "sortby")
    assert caught.value.parameter == "sortby"
    assert caught.value.nearest is None


def test_sort_values_are_of_the_kinds_of_their_fields_then_whole_numbers() -> None:
    query = LayerQuery(sort_by=(SortKey("title"), SortKey("killed_low", descending=True)))
    assert sort_kinds(INCIDENTS, query) == [Kind.TEXT, Kind.COUNT, Kind.INTEGER, Kind.INTEGER]
