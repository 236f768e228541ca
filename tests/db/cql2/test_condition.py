"""Each conformance class by a table of filters, counted once by PostGIS and once by Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cql2
import pytest

from db.cql2.filter import Language
from tests.db.cql2.asking import rows
from tests.db.cql2.tables import CLASSES

if TYPE_CHECKING:
    from tests.db.cql2.asking import Asking, Test

EVERY = [
    pytest.param(layer, text, test, id=f"{name}: {text}")
    for name, table in CLASSES.items()
    for layer, text, test in table
]


@pytest.mark.parametrize("layer, text, test", EVERY)
def test_a_filter_matches_what_python_finds(
    asking: Asking, layer: str, text: str, test: Test
) -> None:
    wanted = asking.wanted(layer, test)
    assert 0 < len(wanted) < len(rows(asking.connection, layer)), "a case that proves nothing"
    assert asking.matched(layer, text) == wanted


@pytest.mark.parametrize("layer, text, test", EVERY)
def test_json_that_another_program_writes_matches_the_same(
    asking: Asking, layer: str, text: str, test: Test
) -> None:
    written = json.dumps(cql2.parse_text(text).to_json())
    assert asking.matched(layer, written, Language.JSON) == asking.wanted(layer, test)


def test_brackets_around_one_text_are_a_list_where_a_list_is_wanted(asking: Asking) -> None:
    one = asking.matched("incidents", "A_CONTAINS(actor_names, ('Civilians'))")
    twice = asking.matched("incidents", "A_CONTAINS(actor_names, ('Civilians', 'Civilians'))")
    assert one == twice != set()


def test_every_list_contains_the_empty_one(asking: Asking) -> None:
    named = asking.matched("incidents", "actor_names IS NOT NULL")
    assert asking.matched("incidents", "A_CONTAINS(actor_names, ())") == named
    assert asking.matched("incidents", "A_CONTAINEDBY(actor_names, ())") == set()
