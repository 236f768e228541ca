"""An analysis of a former state finds what it would have found then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.methods import METHODS
from db.analyses.run import run_method
from db.engine import connect
from tests.db.whole import analyse, build

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[Any]

CHANGES = (
    (
        "UPDATE liptako.boundary SET geom = ST_Translate(geom, 0.2, 0), name = name || '+',"
        " edition = '2', note = 'moved'"
    ),
    "UPDATE liptako.region SET geom = ST_Translate(geom, 5, 0), edition = '2'",
    "UPDATE liptako.place SET geom = ST_Translate(geom, 0.1, 0), name = name || '+'",
    (
        "UPDATE liptako.source SET licence = licence || '+', attribution = attribution || '+',"
        " name = name || '+'"
    ),
    "UPDATE liptako.actor SET name = name || '+'",
    (
        "UPDATE liptako.incident SET geom = ST_Translate(geom, 0.05, 0), adm1 = 'Other',"
        " radius_m = 100"
    ),
    "UPDATE liptako.estimate SET low = low + 10",
    "UPDATE liptako.claim SET distance_m = 1 WHERE kind = 'distance'",
)


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as db:
        build(db)
        db.execute(
            "INSERT INTO liptako.boundary (kind, code, name, country, source_id, edition, geom)"
            " SELECT 'adm1', 'AAA/West', 'West', 'AAA', source_id, '1', geom"
            " FROM liptako.boundary WHERE kind = 'adm0'"
        )
        db.execute("UPDATE liptako.incident SET country = 'AAA', adm1 = 'West'")
        # Known to a unit only, whose outline stands for it.
        db.execute(
            "UPDATE liptako.incident SET radius_m = NULL, place_precision = 'adm1'"
            " WHERE code LIKE '%-2'"
        )
        yield db


def found(db: Connection, url: str, method: str, asof: str | None) -> list[tuple[Any, ...]]:
    """All that a run of one's own finds, and under which terms."""
    region = db.execute(
        "SELECT code || '/' || variant FROM liptako.region ORDER BY region_id LIMIT 1"
    ).fetchone()
    assert region is not None
    chosen = METHODS[method].parameters()
    wanted: dict[str, Any] = {"region": region[0], "asof": asof}
    if isinstance(chosen, ClusterParameters):
        wanted |= {"radius_km": 50, "min_points": 2}
    known = {name: value for name, value in wanted.items() if name in type(chosen).model_fields}
    with connect(url) as connection:
        run = run_method(connection, METHODS[method], chosen.model_copy(update=known), keep_s=600)
        connection.commit()
    terms = "SELECT licence, attribution, editions, counts FROM liptako.analysis_run"
    measures = (
        "SELECT name, incident_id, claim_id, boundary_id, target, value, low, high, outcome,"
        " reason, geom::text, detail FROM liptako.measure"
    )
    results = "SELECT layer, incident_id, period, geom::text, values FROM liptako.result"
    return [
        row
        for asked, key in ((terms, "run_id"), (measures, "measure_id"), (results, "result_id"))
        for row in db.execute(
            f"{asked} WHERE run_id = %s ORDER BY {key}".encode(), [run.run_id]
        ).fetchall()
    ]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_found_at_a_former_state_is_what_was_found_then(
    database_url: str, db: Connection, method: str
) -> None:
    analyse(database_url, "borders")
    stamp = db.execute("SELECT max(recorded_at) FROM liptako.data_version").fetchone()
    assert stamp is not None
    then = found(db, database_url, method, stamp[0].isoformat())
    for statement in CHANGES:
        db.execute(statement.encode())
    analyse(database_url, "borders")
    assert found(db, database_url, method, stamp[0].isoformat()) == then
    assert found(db, database_url, method, None) != then
