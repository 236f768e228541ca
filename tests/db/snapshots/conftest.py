"""A small database for snapshots: two incidents, and one that may not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.engine import create_engine
from tests.db.rows import (
    add_actor,
    add_boundary,
    add_claim,
    add_estimate,
    add_incident,
    add_report,
    add_role,
    add_source,
)

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
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def filled(db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A connection to a database with rows in it."""
    press = add_source(db, licence="CC BY 4.0", attribution="The press")
    secret = add_source(db, "secret", redistributable=False, licence="none", attribution="Nobody")
    first = add_incident(db, press, "inates", geom="SRID=4326;POINT(1.31351234567891 15.2275)")
    add_estimate(db, first, low=71, best=71, high=None)
    add_claim(db, first, add_report(db, press), "claim", low=71)
    add_role(db, first, add_actor(db, "Army"), "target")
    add_incident(
        db, press, "nowhere", geom=None, place_precision="country", radius_m=None, occurred=None,
        time_precision="unknown",
    )  # fmt: skip
    add_incident(db, secret, "hidden")
    add_boundary(db, press, "border", "MLI-NER", "MULTILINESTRING((0 15, 4 15.2))", edition="2024")
    add_boundary(
        db, secret, "border", "NER-NGA", "MULTILINESTRING((5 13, 6 13))", edition="private"
    )
    return db
