"""The database keeps its own history, whoever writes and however."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.db.rows import add_claim, add_incident, add_report, add_source, version

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORY = """
    SELECT since_version, until_version, title FROM liptako_history.incident
    WHERE incident_id = %(id)s
    UNION ALL
    SELECT since_version, NULL, title FROM liptako.incident WHERE incident_id = %(id)s
    ORDER BY since_version
"""


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def history(db: psycopg.Connection[Any], incident_id: int) -> list[tuple[Any, ...]]:
    return db.execute(HISTORY, {"id": incident_id}).fetchall()


def test_a_changed_row_keeps_its_former_version(db: psycopg.Connection[Any]) -> None:
    incident = add_incident(db, add_source(db), title="first")
    written = version(db)
    db.execute("UPDATE liptako.incident SET title = 'second'")
    assert history(db, incident) == [
        (written, written + 1, "first"),
        (written + 1, None, "second"),
    ]


def test_a_deleted_row_stays_in_the_history(db: psycopg.Connection[Any]) -> None:
    incident = add_incident(db, add_source(db), title="first")
    written = version(db)
    db.execute("DELETE FROM liptako.incident")
    assert history(db, incident) == [(written, written + 1, "first")]


def test_one_transaction_is_one_version_and_hides_what_it_wrote_between(
    db: psycopg.Connection[Any],
) -> None:
    source = add_source(db)
    before = version(db)
    with db.transaction():
        incident = add_incident(db, source, title="draft")
        db.execute("UPDATE liptako.incident SET title = 'final'")
    assert version(db) == before + 1
    assert history(db, incident) == [(before + 1, None, "final")]


def test_a_statement_that_changes_nothing_raises_no_version(db: psycopg.Connection[Any]) -> None:
    add_incident(db, add_source(db))
    before = version(db)
    db.execute("UPDATE liptako.incident SET title = 'x' WHERE false")
    db.execute("DELETE FROM liptako.source WHERE code = 'nobody'")
    assert version(db) == before


def test_a_rolled_back_transaction_leaves_neither_version_nor_history(
    db: psycopg.Connection[Any],
) -> None:
    incident = add_incident(db, add_source(db), title="first")
    before = version(db)
    with db.transaction(force_rollback=True):
        db.execute("UPDATE liptako.incident SET title = 'never'")
    assert version(db) == before
    assert history(db, incident) == [(before, None, "first")]


def test_a_caller_cannot_choose_the_version(db: psycopg.Connection[Any]) -> None:
    incident = add_incident(db, add_source(db), since_version=999)
    assert history(db, incident)[0][0] == version(db) != 999


def test_a_forged_version_is_refused(db: psycopg.Connection[Any]) -> None:
    add_incident(db, add_source(db))
    forged = """
        BEGIN;
        SELECT set_config('liptako.version', '999/' || pg_current_xact_id(), true);
        UPDATE liptako.incident SET title = 'forged';
    """
    with pytest.raises(psycopg.errors.RaiseException, match="not yours to set"):
        db.execute(forged)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE liptako.incident CASCADE",
        "TRUNCATE liptako_history.incident",
        "DELETE FROM liptako_history.incident",
        "UPDATE liptako_history.incident SET title = 'x'",
    ],
)
def test_history_is_only_ever_added_to(db: psycopg.Connection[Any], statement: str) -> None:
    add_incident(db, add_source(db))
    with pytest.raises(psycopg.errors.RestrictViolation, match="only ever added to"):
        db.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO liptako.data_version DEFAULT VALUES",
        "UPDATE liptako.data_version SET recorded_at = '1999-01-01'",
        "DELETE FROM liptako.data_version",
        "SELECT liptako.writing_version()",
        "INSERT INTO liptako_history.incident SELECT since_version + 1, * FROM liptako.incident",
    ],
)
def test_what_the_database_keeps_by_itself_nobody_writes_by_hand(
    db: psycopg.Connection[Any], statement: str
) -> None:
    add_incident(db, add_source(db))
    with pytest.raises(psycopg.errors.RestrictViolation, match="keeps it by itself"):
        db.execute(statement)


def test_every_versioned_table_keeps_history(db: psycopg.Connection[Any]) -> None:
    source = add_source(db)
    incident = add_incident(db, source)
    add_claim(db, incident, add_report(db, source), "claim", low=25)
    db.execute(
        "INSERT INTO liptako.estimate (incident_id, harm, person_status, low, rule)"
        " VALUES (%s, 'killed', 'all', 25, 'coder')",
        [incident],
    )
    db.execute("INSERT INTO liptako.actor (code, name, kind) VALUES ('a', 'A', 'other')")
    db.execute(
        "INSERT INTO liptako.actor_role (incident_id, actor_id, role)"
        " SELECT %s, actor_id, 'target' FROM liptako.actor",
        [incident],
    )
    for table in ("actor_role", "estimate", "claim"):
        db.execute(f"DELETE FROM liptako.{table}")
        kept = db.execute(f"SELECT count(*) FROM liptako_history.{table}").fetchone()
        assert kept == (1,), table


def test_writers_take_turns_so_versions_are_committed_in_order(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        incident = add_incident(db, add_source(db), title="0")

    def edit(number: int) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE liptako.incident SET title = %s", [str(number)])

    threads = [threading.Thread(target=edit, args=[number]) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(database_url, autocommit=True) as db:
        rows = history(db, incident)
        stamps = db.execute(
            "SELECT recorded_at FROM liptako.data_version ORDER BY version"
        ).fetchall()
    assert len(rows) == 9
    assert [row[1] for row in rows[:-1]] == [row[0] for row in rows[1:]]
    assert rows[-1][1] is None
    assert stamps == sorted(set(stamps))


def test_recorded_time_grows_when_the_clock_is_set_back(db: psycopg.Connection[Any]) -> None:
    add_source(db)
    # As if the clock had stood a year ahead; the database refuses this to everybody else.
    db.execute("ALTER TABLE liptako.data_version DISABLE TRIGGER not_by_hand")
    db.execute("UPDATE liptako.data_version SET recorded_at = now() + interval '1 year'")
    db.execute("ALTER TABLE liptako.data_version ENABLE TRIGGER not_by_hand")
    add_source(db, "later")
    stamps = db.execute("SELECT recorded_at FROM liptako.data_version ORDER BY version").fetchall()
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == 2


def test_a_version_says_who_wrote_it(db: psycopg.Connection[Any]) -> None:
    db.execute("SET application_name = 'a coder in QGIS'")
    add_source(db)
    row = db.execute(
        "SELECT recorded_by = session_user, application FROM liptako.data_version"
    ).fetchone()
    assert row == (True, "a coder in QGIS")


@pytest.mark.parametrize(
    "columns, rule",
    [
        ({"time_precision": "unknown"}, "occurred_is_known"),
        ({"geom": None}, "a_known_place_has_a_geometry"),
        ({"place_precision": "country"}, "no_point_for_a_country"),
        ({"geom": "SRID=4326;POINT(1 91)"}, "geom_is_on_earth"),
        ({"geom": "SRID=4326;POINT EMPTY"}, "geom_is_not_empty"),
        ({"radius_m": 0}, "radius_is_positive"),
        ({"occurred": "empty"}, "occurred_is_not_empty"),
        ({"event_type": "skirmish"}, "event_type_is_a_word"),
        ({"status": "merged"}, "merged_names_its_survivor"),
        ({"code": "Not a Slug"}, "code_fits_a_url"),
    ],
)
def test_an_incident_that_breaks_a_rule_is_refused_by_the_rules_name(
    db: psycopg.Connection[Any], columns: dict[str, Any], rule: str
) -> None:
    source = add_source(db)
    with pytest.raises(psycopg.errors.CheckViolation, match=rule):
        add_incident(db, source, **columns)


@pytest.mark.parametrize(
    "columns, rule",
    [
        ({"low": -1}, "nobody_is_less_than_nobody"),
        ({"harm": None}, "casualties_say_of_whom"),
        ({"distance": 7}, "columns_fit_kind"),
        ({"kind": "time", "harm": None, "person_status": None}, "a_time_is_an_interval"),
        ({"kind": "distance", "harm": None, "person_status": None}, "a_unit_and_a_target"),
    ],
)
def test_a_claim_that_breaks_a_rule_is_refused_by_the_rules_name(
    db: psycopg.Connection[Any], columns: dict[str, Any], rule: str
) -> None:
    source = add_source(db)
    incident, report = add_incident(db, source), add_report(db, source)
    with pytest.raises(psycopg.errors.CheckViolation, match=rule):
        add_claim(db, incident, report, "claim", **columns)


def test_our_estimates_are_in_order_and_a_datasets_are_kept_and_flagged(
    db: psycopg.Connection[Any],
) -> None:
    incident = add_incident(db, add_source(db))
    insert = (
        "INSERT INTO liptako.estimate (incident_id, harm, person_status, low, best, high, rule)"
        " VALUES (%s, 'killed', 'all', 5, 3, 4, %s) RETURNING disordered"
    )
    with pytest.raises(psycopg.errors.CheckViolation, match="low_best_high_in_order"):
        db.execute(insert, [incident, "coder"])
    assert db.execute(insert, [incident, "as_published"]).fetchone() == (True,)
