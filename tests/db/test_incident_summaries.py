"""The database sums up each incident by itself, whoever writes and however."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import migrate
from db.engine import connect, create_engine
from db.history import summarise_now
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_columns
from db.read import batches
from db.transaction import reading
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source, version

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


def shown(engine: Engine, *names: str, at: int | None = None) -> tuple[Any, ...]:
    """Some fields of the only incident of the layer."""
    layer = LAYERS["incidents"]
    query = LayerQuery(properties=names, version=at)
    lead = len(sort_columns(layer, query, layer.rows(None)))
    with reading(engine) as connection:
        ((row,),) = batches(connection, layer, query)
    fields = [field.name for field in layer.fields if field.name in names]
    values = dict(zip(fields, row[lead + 2 :], strict=True))
    return tuple(values[name] for name in names)


def killed(engine: Engine) -> tuple[Any, ...]:
    """Low, best, high and rule of people killed, of the only incident."""
    return shown(engine, "killed_low", "killed_best", "killed_high", "killed_rule")


def summaries(db: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """All summaries, former ones included."""
    return db.execute(
        "SELECT NULL AS until_version, * FROM liptako.incident_summary"
        " UNION ALL SELECT * FROM liptako_history.incident_summary ORDER BY 2, 1 NULLS LAST"
    ).fetchall()


def add_party(db: psycopg.Connection[Any], incident: int, name: str) -> None:
    """An actor of that name, as a party to the incident."""
    db.execute(
        "WITH actor AS (INSERT INTO liptako.actor (code, name, kind) VALUES (%s, %s, 'other')"
        " RETURNING actor_id) INSERT INTO liptako.actor_role (incident_id, actor_id, role)"
        " SELECT %s, actor_id, 'party' FROM actor",
        [name.lower(), name, incident],
    )


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


def test_an_incident_without_anything_has_a_summary_all_the_same(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    add_incident(db, add_source(db))
    names = ("killed_claims", "harm_claims", "actors", "claims", "reports")
    assert shown(engine, *names) == (None, None, None, 0, 0)


def test_claims_and_parties_are_told_in_words(db: psycopg.Connection[Any], engine: Engine) -> None:
    source = add_source(db)
    incident, report = add_incident(db, source), add_report(db, source)
    add_claim(db, incident, report, "a", low=25, qualifier="at_least", claimant="a ministry")
    add_claim(db, incident, report, "b", low=5, high=12, person_status="state_forces")
    add_claim(db, incident, report, "c", best=3, harm="injured", polarity="denies")
    add_claim(db, incident, report, "d", high=9)
    add_claim(db, incident, report, "e", low=4)
    add_claim(db, incident, report, "f", low=7, high=7)
    add_claim(db, incident, report, "g")
    add_party(db, incident, "One")
    add_party(db, incident, "Another")
    assert shown(engine, "killed_claims", "harm_claims", "actors", "claims", "reports") == (
        (
            "at least 25 all (a ministry, press); 5-12 state forces (press); up to 9 all (press); "
            "4+ all (press); 7 all (press); number not given all (press)"
        ),
        "denied: injured 3 all (press)",
        "One (party); Another (party)",
        7,
        1,
    )


def test_a_transaction_is_summed_up_once_and_the_former_summary_is_kept(
    db: psycopg.Connection[Any],
) -> None:
    with db.transaction():
        incident = add_incident(db, add_source(db))
        estimate = add_estimate(db, incident, low=1, best=1, high=1)
        db.execute("UPDATE liptako.estimate SET high = 2")
    first = version(db)
    assert [(row[0], row[2:5], row[-1]) for row in summaries(db)] == [(None, (1, 1, 2), first)]
    db.execute("DELETE FROM liptako.estimate WHERE estimate_id = %s", [estimate])
    assert [(row[0], row[2:5], row[-1]) for row in summaries(db)] == [
        (first + 1, (1, 1, 2), first),
        (None, (None, None, None), first + 1),
    ]


def test_what_changes_no_summary_writes_none(db: psycopg.Connection[Any]) -> None:
    add_incident(db, add_source(db))
    before = summaries(db)
    db.execute("UPDATE liptako.incident SET title = 'another'")
    assert summaries(db) == before


def test_a_deleted_incident_has_only_former_summaries(db: psycopg.Connection[Any]) -> None:
    add_incident(db, add_source(db))
    written = version(db)
    db.execute("DELETE FROM liptako.incident")
    assert [(row[0], row[-1]) for row in summaries(db)] == [(written + 1, written)]


def test_a_claim_that_moves_leaves_one_incident_and_comes_to_the_other(
    db: psycopg.Connection[Any],
) -> None:
    source = add_source(db)
    one, other = add_incident(db, source, "one"), add_incident(db, source, "other")
    add_claim(db, one, add_report(db, source), "claim", low=3)
    db.execute("UPDATE liptako.claim SET incident_id = %s", [other])
    counts = "SELECT claims FROM liptako.incident_summary ORDER BY incident_id"
    assert db.execute(counts).fetchall() == [(0,), (1,)]


def test_a_new_name_of_what_a_summary_quotes_is_quoted(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source, other = add_source(db), add_source(db, "other")
    incident = add_incident(db, source)
    add_claim(db, incident, add_report(db, source), "claim", low=3)
    add_party(db, incident, "One")
    before = version(db)
    db.execute("UPDATE liptako.actor SET name = 'Two'")
    db.execute("UPDATE liptako.source SET name = 'The press' WHERE source_id = %s", [source])
    assert shown(engine, "actors", "killed_claims") == ("Two (party)", "3+ all (The press)")
    db.execute("UPDATE liptako.report SET source_id = %s", [other])
    assert shown(engine, "killed_claims") == ("3+ all (other)",)
    assert shown(engine, "actors", "killed_claims", at=before) == ("One (party)", "3+ all (press)")


def test_claims_of_a_source_that_may_not_leave_are_told_at_no_version(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source, closed = add_source(db), add_source(db, "closed")
    incident = add_incident(db, source)
    add_claim(db, incident, add_report(db, source), "a", low=3)
    add_claim(db, incident, add_report(db, closed, "secret"), "b", low=4)
    before = version(db)
    assert shown(engine, "killed_claims") == ("3+ all (press); 4+ all (closed)",)
    db.execute("UPDATE liptako.source SET redistributable = false WHERE source_id = %s", [closed])
    assert shown(engine, "killed_claims", "claims") == ("3+ all (press)", 2)
    assert shown(engine, "killed_claims", "claims", at=before) == ("3+ all (press)", 2)


def test_a_row_that_leaves_no_trace_leaves_none_in_a_summary_made_meanwhile(
    db: psycopg.Connection[Any],
) -> None:
    source = add_source(db)
    one, other = add_incident(db, source, "one"), add_incident(db, source, "other")
    report = add_report(db, source)
    with db.transaction():
        add_claim(db, one, report, "claim", low=3)
        db.execute("UPDATE liptako.source SET name = 'renamed'")
        db.execute("UPDATE liptako.claim SET incident_id = %s", [other])
    counts = "SELECT claims FROM liptako.incident_summary ORDER BY incident_id"
    assert db.execute(counts).fetchall() == [(0,), (1,)]


def test_a_session_that_checks_its_constraints_at_once_sums_up_all_that_it_writes(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    with db.transaction():
        db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        incident = add_incident(db, add_source(db))
        add_estimate(db, incident, low=1, best=2, high=3)
        db.execute("UPDATE liptako.estimate SET high = 4")
    assert killed(engine) == (1.0, 2.0, 4.0, "coder")
    assert len(summaries(db)) == 1


def test_a_writer_can_have_its_summaries_before_its_commit(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        incident = add_incident(db, add_source(db))
        db.commit()
    with connect(database_url) as connection:
        driver: Any = connection.connection.driver_connection
        asked = "SELECT killed_low FROM liptako.incident_summary"
        for low in (5, 6):
            driver.execute("DELETE FROM liptako.estimate")
            add_estimate(driver, incident, low=low, best=None, high=None)
            summarise_now(connection)
            assert driver.execute(asked).fetchall() == [(low,)]
        driver.execute("DELETE FROM liptako.estimate")
        connection.commit()
        assert driver.execute(asked).fetchall() == [(None,)]


def test_a_savepoint_that_is_rolled_back_leaves_nothing(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    incident = add_incident(db, add_source(db))
    with db.transaction():
        with db.transaction(force_rollback=True):
            add_estimate(db, incident, low=1, best=1, high=1)
        add_estimate(db, incident, low=2, best=2, high=2)
    assert killed(engine) == (2.0, 2.0, 2.0, "coder")


def test_a_killed_writer_leaves_nothing(database_url: str, db: psycopg.Connection[Any]) -> None:
    incident = add_incident(db, add_source(db))
    before = summaries(db)
    writer = psycopg.connect(database_url)
    add_estimate(writer, incident, low=1, best=1, high=1)
    db.execute("SELECT pg_terminate_backend(%s, 5000)", [writer.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        writer.commit()
    assert summaries(db) == before
    add_estimate(db, incident, low=2, best=2, high=2)
    assert [row[2] for row in summaries(db)] == [None, 2]


def test_writers_at_once_are_summed_up_one_after_the_other(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    source = add_source(db)
    incident, report = add_incident(db, source), add_report(db, source)

    def claim(number: int) -> None:
        with psycopg.connect(database_url) as connection:
            add_claim(connection, incident, report, str(number), low=number)

    threads = [threading.Thread(target=claim, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row[-3] for row in summaries(db)] == list(range(9))


def test_a_writer_of_an_old_snapshot_writes_no_stale_summary(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    source = add_source(db)
    incident, report = add_incident(db, source), add_report(db, source)
    with psycopg.connect(database_url) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("SELECT 1 FROM liptako.incident")
        add_claim(db, incident, report, "a", low=1)
        add_claim(old, incident, report, "b", low=2)
        with pytest.raises(psycopg.errors.SerializationFailure):
            old.commit()
    assert summaries(db)[-1][-3] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE liptako.incident_summary SET killed_low = 1000",
        "DELETE FROM liptako.incident_summary",
        "TRUNCATE liptako.incident_summary",
        "INSERT INTO liptako.incident_summary VALUES (99)",
        "INSERT INTO liptako.summary_due VALUES (1)",
        "SELECT liptako.summarise(ARRAY[1], 1)",
        "INSERT INTO liptako_history.incident_summary VALUES (2, 99)",
    ],
)
def test_nobody_types_over_a_summary(db: psycopg.Connection[Any], statement: str) -> None:
    add_incident(db, add_source(db))
    with pytest.raises(psycopg.errors.RestrictViolation, match="keeps it by itself"):
        db.execute(statement)


@pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
def test_former_summaries_are_only_ever_added_to(db: psycopg.Connection[Any], verb: str) -> None:
    add_incident(db, add_source(db))
    with pytest.raises(psycopg.errors.RestrictViolation, match="only ever added to"):
        db.execute(f"{verb} liptako_history.incident_summary")


def test_the_stamp_of_a_version_is_after_its_summaries(db: psycopg.Connection[Any]) -> None:
    incident = add_incident(db, add_source(db))
    # As if summing up took long.
    db.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$;"
        "CREATE TRIGGER slow BEFORE UPDATE ON liptako.incident_summary"
        " FOR EACH ROW EXECUTE FUNCTION slow()"
    )
    with db.transaction():
        add_estimate(db, incident, low=1, best=1, high=1)
        row = db.execute("SELECT clock_timestamp() + interval '0.2 seconds'").fetchone()
        assert row is not None
    stamp = db.execute("SELECT max(recorded_at) FROM liptako.data_version").fetchone()
    assert stamp is not None
    assert stamp[0] > row[0]


edits = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["incident", "estimate", "claim", "role", "change", "move", "part", "drop"]
            ),
            st.integers(0, 2),
            st.integers(0, 9),
        ),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=8,
)


@given(edits)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_state_is_summed_up_as_it_was_and_a_later_migration_finds_the_same(
    database_url: str, db: psycopg.Connection[Any], transactions: list[list[tuple[str, int, int]]]
) -> None:
    for name in ("claim", "estimate", "actor_role", "incident"):
        db.execute(f"DELETE FROM liptako.{name}")
    db.execute(PREPARE)
    for edits in transactions:
        with db.transaction():
            for kind, one, number in edits:
                db.execute(EDITS[kind], {"i": one, "n": number})
    for at in range(version(db) + 1):
        assert db.execute(AS_OF.format(at=at)).fetchall() == [], at
    kept = summaries(db)
    migrate.downgrade(database_url, "0002")
    migrate.upgrade(database_url)
    assert summaries(db) == kept


PREPARE = """
    INSERT INTO liptako.source (code, name, kind, licence, attribution, redistributable)
    VALUES ('a', 'A', 'news', 'CC0', 'a', true), ('b', 'B', 'news', 'CC0', 'b', false)
    ON CONFLICT DO NOTHING;
    INSERT INTO liptako.report (code, source_id, title, published_precision)
    SELECT code, source_id, code, 'unknown' FROM liptako.source ON CONFLICT DO NOTHING;
    INSERT INTO liptako.actor (code, name, kind) VALUES ('x', 'X', 'other'), ('y', 'Y', 'other')
    ON CONFLICT DO NOTHING
"""

EDITS = {
    "incident": """
        INSERT INTO liptako.incident (code, title, event_type, time_precision, time_extent,
          place_precision, source_id)
        SELECT 'i' || %(i)s, 'i', 'attack', 'unknown', 'within', 'country', min(source_id)
        FROM liptako.source ON CONFLICT (code) DO UPDATE SET title = 'again' || %(n)s""",
    "estimate": """
        INSERT INTO liptako.estimate (incident_id, harm, person_status, low, rule)
        SELECT incident_id, (ARRAY['killed', 'injured'])[1 + %(n)s %% 2],
          (ARRAY['all', 'civilian', 'militant'])[1 + %(n)s %% 3], %(n)s, 'coder'
        FROM liptako.incident WHERE code = 'i' || %(i)s
        ON CONFLICT (incident_id, harm, person_status) DO UPDATE SET low = excluded.low + 1""",
    "claim": """
        INSERT INTO liptako.claim (code, incident_id, report_id, kind, statement, harm,
          person_status, low)
        SELECT 'c' || %(n)s, incident_id, report_id, 'casualties', 's', 'killed', 'all', %(n)s
        FROM liptako.incident, liptako.report
        WHERE incident.code = 'i' || %(i)s
          AND report.code = (ARRAY['a', 'b'])[1 + %(n)s %% 2]
        ON CONFLICT (code) DO UPDATE SET low = excluded.low + 10""",
    "role": """
        INSERT INTO liptako.actor_role (incident_id, actor_id, role)
        SELECT incident_id, actor_id, 'party' FROM liptako.incident, liptako.actor
        WHERE incident.code = 'i' || %(i)s AND actor.code = (ARRAY['x', 'y'])[1 + %(n)s %% 2]
        ON CONFLICT DO NOTHING""",
    "change": """
        UPDATE liptako.claim SET low = %(n)s WHERE incident_id IN
          (SELECT incident_id FROM liptako.incident WHERE code = 'i' || %(i)s)""",
    "move": """
        UPDATE liptako.claim SET incident_id = incident.incident_id FROM liptako.incident
        WHERE incident.code = 'i' || %(i)s AND claim.code = 'c' || %(n)s""",
    "part": """
        DELETE FROM liptako.estimate WHERE incident_id IN
          (SELECT incident_id FROM liptako.incident WHERE code = 'i' || %(i)s) AND %(n)s > 4""",
    "drop": """
        WITH gone AS (SELECT incident_id FROM liptako.incident WHERE code = 'i' || %(i)s),
          a AS (DELETE FROM liptako.claim WHERE incident_id IN (SELECT * FROM gone)),
          b AS (DELETE FROM liptako.estimate WHERE incident_id IN (SELECT * FROM gone)),
          c AS (DELETE FROM liptako.actor_role WHERE incident_id IN (SELECT * FROM gone))
        DELETE FROM liptako.incident WHERE incident_id IN (SELECT * FROM gone) AND %(n)s > 4""",
}

AS_OF = """
    WITH kept AS (
      SELECT * FROM liptako.incident_summary WHERE since_version <= {at}
      UNION ALL
      SELECT incident_id, killed_low, killed_best, killed_high, killed_civilians_low,
        killed_civilians_best, killed_civilians_high, killed_forces_low, killed_forces_best,
        killed_forces_high, killed_militants_low, killed_militants_best, killed_militants_high,
        injured_low, injured_best, injured_high, killed_rule, killed_claims, harm_claims, actors,
        actor_names,
        claims, reports, since_version
      FROM liptako_history.incident_summary WHERE since_version <= {at} AND until_version > {at}
    ), made AS (
      SELECT made.*, kept.since_version
      FROM liptako.summaries_at(array(SELECT incident_id FROM liptako.incident
          UNION SELECT incident_id FROM liptako_history.incident), {at}) made
      LEFT JOIN kept USING (incident_id)
    )
    (SELECT * FROM kept EXCEPT ALL SELECT * FROM made)
    UNION ALL (SELECT * FROM made EXCEPT ALL SELECT * FROM kept)
"""
"""What is kept and what would be made anew for a version, where they differ."""
