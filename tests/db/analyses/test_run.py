from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.clusters import METHOD
from db.analyses.run import APPLICATION, needs_run, run_method
from db.engine import connect, create_engine
from db.history import current_version
from db.layers.catalogue import layer_named
from db.query import LayerQuery
from db.read import batches
from db.transaction import reading
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDE = ClusterParameters(region=None, radius_km=50, min_points=2)
NARROW = ClusterParameters(region=None, radius_km=1, min_points=2)


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        source = add_source(db)
        for number in range(3):
            place = f"SRID=4326;POINT(1.{number} 15)"
            add_incident(db, source, f"a-{number}", geom=place, radius_m=500)
        yield db


def run(url: str, chosen: ClusterParameters, keep_s: float | None = None) -> int:
    with connect(url, application=APPLICATION) as connection:
        outcome = run_method(connection, METHOD, chosen, keep_s=keep_s)
        connection.commit()
    return outcome.run_id


def shown(url: str, query: LayerQuery | None = None) -> int:
    engine = create_engine(url)
    with reading(engine) as connection:
        read = batches(connection, layer_named("clusters"), query or LayerQuery())
        found = sum(len(rows) for rows in read)
    engine.dispose()
    return found


def version(url: str) -> int:
    with connect(url) as connection:
        return current_version(connection)


def test_a_published_run_takes_the_place_of_the_one_before(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    run(database_url, WIDE)
    assert shown(database_url) == 1
    run(database_url, NARROW)
    assert shown(database_url) == 0


def test_what_was_published_then_is_shown_to_who_asks_for_then(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    before = version(database_url)
    run(database_url, WIDE)
    then = version(database_url)
    run(database_url, NARROW)
    assert shown(database_url, LayerQuery(version=then)) == 1
    assert shown(database_url, LayerQuery(version=before)) == 0


def test_a_run_of_ones_own_is_shown_to_who_asks_for_it_and_changes_nothing(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    run(database_url, NARROW)
    then = version(database_url)
    own = run(database_url, WIDE, keep_s=3600)
    assert version(database_url) == then
    assert shown(database_url) == 0
    assert shown(database_url, LayerQuery(equals=(("run", own),))) == 1


def test_what_has_expired_goes_with_the_next_run(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    own = run(database_url, WIDE, keep_s=0)
    run(database_url, NARROW)
    assert shown(database_url, LayerQuery(equals=(("run", own),))) == 0
    left = db.execute("SELECT count(*) FROM liptako.result WHERE run_id = %s", [own]).fetchone()
    assert left == (0,)


def test_the_versions_of_a_run_are_not_typed_over(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    run(database_url, WIDE)
    published = version(database_url)
    own = run(database_url, NARROW, keep_s=3600)
    db.execute(
        "UPDATE liptako.analysis_run SET replaced_version = 1 WHERE replaced_version IS NULL"
        " AND published_version IS NOT NULL"
    )
    db.execute(
        "UPDATE liptako.analysis_run SET published_version = 1, expires_at = NULL"
        " WHERE run_id = %s",
        [own],
    )
    rows = db.execute(
        "SELECT published_version, replaced_version FROM liptako.analysis_run ORDER BY run_id"
    ).fetchall()
    assert rows == [(published, published + 1), (published + 2, None)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE liptako.analysis_run SET method_version = '0'",
        "UPDATE liptako.analysis_run SET published_version = 1",
        "DELETE FROM liptako.analysis_run",
        "UPDATE liptako.result SET layer = 'other'",
        "DELETE FROM liptako.result",
        (
            "INSERT INTO liptako.result (run_id, layer, values)"
            " SELECT run_id, layer, values FROM liptako.result"
        ),
        "TRUNCATE liptako.result",
    ],
)
def test_what_is_published_is_never_changed(
    database_url: str, db: psycopg.Connection[Any], statement: str
) -> None:
    run(database_url, WIDE)
    with pytest.raises(psycopg.errors.RestrictViolation, match="is refused"):
        db.execute(statement)
    assert shown(database_url) == 1


def test_a_replaced_run_can_be_deleted_and_its_measures_go_with_it(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    number = run(database_url, WIDE)
    db.execute(
        "INSERT INTO liptako.measure (run_id, name, incident_id, unit, outcome)"
        " SELECT %s, 'made_up', min(incident_id), 'm', 'computed' FROM liptako.incident",
        [number],
    )
    db.execute("INSERT INTO liptako.raster VALUES (%s, '')", [number])
    run(database_url, NARROW)
    measures = "SELECT count(*) FROM liptako_history.measure"
    assert db.execute(measures).fetchone() == (1,)
    db.execute("DELETE FROM liptako.analysis_run WHERE replaced_version IS NOT NULL")
    assert db.execute(measures).fetchone() == (0,)
    kept = db.execute("SELECT count(*) FROM liptako.result WHERE run_id = %s", [number]).fetchone()
    assert kept == (0,)
    with pytest.raises(psycopg.errors.RestrictViolation, match="keeps it by itself"):
        db.execute("DELETE FROM liptako_history.measure")


def test_a_measure_of_ones_own_run_raises_no_version_and_leaves_no_trace(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    before = version(database_url)
    own = run(database_url, WIDE, keep_s=3600)
    db.execute(
        "INSERT INTO liptako.measure (run_id, name, incident_id, unit, outcome, is_current)"
        " SELECT %s, 'made_up', min(incident_id), 'm', 'computed', false FROM liptako.incident",
        [own],
    )
    db.execute("UPDATE liptako.measure SET value = 1")
    db.execute("DELETE FROM liptako.analysis_run")
    assert version(database_url) == before
    left = db.execute(
        "SELECT (SELECT count(*) FROM liptako.measure),"
        " (SELECT count(*) FROM liptako_history.measure)"
    ).fetchone()
    assert left == (0, 0)


def test_the_same_input_gives_the_same_identity_and_results(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    run(database_url, WIDE)
    run(database_url, WIDE)
    identities = db.execute("SELECT DISTINCT input_sha256 FROM liptako.analysis_run").fetchall()
    assert len(identities) == 1
    distinct = db.execute(
        "SELECT count(DISTINCT (layer, incident_id, period, ST_AsEWKB(geom), values)), count(*)"
        " FROM liptako.result"
    ).fetchone()
    assert distinct is not None
    # Of each run a cluster, three members and fifteen other settings.
    assert distinct[0] * 2 == distinct[1] == 38


def test_a_run_is_needed_after_anybody_else_has_written(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    with connect(database_url) as connection:
        assert needs_run(connection, METHOD.name)
    run(database_url, WIDE)
    with connect(database_url) as connection:
        assert not needs_run(connection, METHOD.name)
    db.execute("UPDATE liptako.incident SET title = 'Another' WHERE code = 'a-0'")
    with connect(database_url) as connection:
        assert needs_run(connection, METHOD.name)
