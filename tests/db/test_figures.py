from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_columns
from db.read import batches, reading
from tests.db.rows import add_estimate, add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def killed(engine: Engine) -> tuple[Any, ...]:
    """Low, best, high and rule of people killed, of the only incident."""
    layer = LAYERS["incidents"]
    names = ("killed_low", "killed_best", "killed_high", "killed_rule")
    query = LayerQuery(properties=names)
    lead = len(sort_columns(layer, query, layer.rows(None)))
    with reading(engine) as connection:
        ((row,),) = batches(connection, layer, query)
    return tuple(row[lead + 2 :])


def test_a_total_of_parts_is_a_lower_bound_and_nothing_more(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    incident = add_incident(db, add_source(db))
    add_estimate(db, incident, low=71, best=71, high=71, person_status="state_forces")
    add_estimate(db, incident, low=None, best=63, high=None, person_status="militant")
    assert killed(engine) == (71.0, None, None, "sum_of_parts")


def test_an_estimate_for_everybody_is_taken_as_it_is(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    incident = add_incident(db, add_source(db))
    add_estimate(db, incident, low=None, best=None, high=9)
    add_estimate(db, incident, low=3, best=3, high=3, person_status="civilian")
    assert killed(engine) == (None, None, 9.0, "coder")


def test_a_changed_part_changes_the_total(db: psycopg.Connection[Any], engine: Engine) -> None:
    incident = add_incident(db, add_source(db))
    add_estimate(db, incident, low=71, best=71, high=None, person_status="state_forces")
    db.execute("UPDATE liptako.estimate SET low = 75, best = 75")
    assert killed(engine)[0] == 75.0


def test_the_sides_of_a_dataset_are_no_separate_people(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    incident = add_incident(db, add_source(db))
    add_estimate(db, incident, low=5, best=5, high=5, person_status="side_a")
    assert killed(engine) == (None, None, None, None)


def test_a_datasets_figures_out_of_order_say_so(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    incident = add_incident(db, add_source(db))
    add_estimate(db, incident, low=500, best=4, high=3, rule="as_published")
    assert killed(engine) == (500.0, 4.0, 3.0, "as_published, out of order")


def test_nothing_estimated_is_not_zero(db: psycopg.Connection[Any], engine: Engine) -> None:
    add_incident(db, add_source(db))
    assert killed(engine) == (None, None, None, None)
