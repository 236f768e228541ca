from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select

from db.joins import selected_from
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, SortKey, count, keys_statement

METADATA = MetaData()
A, B, C = (Table(name, METADATA, *(Column(column, Integer) for column in "xyz")) for name in "abc")
OUTER = A.outerjoin(B, B.c.x == A.c.x).outerjoin(C, C.c.y == B.c.y)


def test_an_outer_join_that_nothing_names_is_left_out() -> None:
    assert "JOIN" not in str(selected_from(select(A.c.x).where(A.c.y > 1), OUTER))


def test_a_join_is_kept_for_a_column_that_is_shown_asked_or_sorted_by() -> None:
    plain = select(A.c.x)
    for asked in (plain.add_columns(B.c.z), plain.where(B.c.z > 1), plain.order_by(B.c.z)):
        text = str(selected_from(asked, OUTER))
        assert "LEFT OUTER JOIN b" in text
        assert "JOIN c" not in text


def test_a_join_is_kept_for_another_that_goes_by_it() -> None:
    text = str(selected_from(select(A.c.x, C.c.z), OUTER))
    assert "LEFT OUTER JOIN b" in text
    assert "LEFT OUTER JOIN c" in text


def test_a_column_within_a_sub_query_is_named_too() -> None:
    inner = select(C.c.x).where(C.c.z == B.c.z).correlate(B).scalar_subquery()
    assert "LEFT OUTER JOIN b" in str(selected_from(select(A.c.x, inner), OUTER))


def test_an_inner_join_decides_which_rows_there_are_and_is_kept() -> None:
    joined = A.join(B, B.c.x == A.c.x).outerjoin(C, C.c.y == B.c.y)
    text = str(selected_from(select(A.c.x), joined))
    assert "JOIN b" in text
    assert "JOIN c" not in text


def test_a_single_table_stays_what_it_is() -> None:
    assert str(selected_from(select(A.c.x), A)) == str(select(A.c.x))


@pytest.mark.parametrize("version", [None, 3])
def test_counting_incidents_and_finding_a_page_touch_one_table(version: int | None) -> None:
    layer = LAYERS["incidents"]
    for asked in (count(layer, LayerQuery(version=version)), keys_statement(layer, LayerQuery())):
        assert "JOIN" not in str(asked)
    by_figure = LayerQuery(sort_by=(SortKey("killed_low"),), limit=10)
    assert str(keys_statement(layer, by_figure)).count("JOIN") == 1
