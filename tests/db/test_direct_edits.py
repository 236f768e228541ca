"""History is complete whoever edits, however: QGIS through PostGIS, psql, a hostile script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.db.intervals import TABLES, check_intervals, life, state
from tests.db.rows import (
    add_actor,
    add_boundary,
    add_claim,
    add_estimate,
    add_incident,
    add_place,
    add_region,
    add_report,
    add_role,
    add_source,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[Any]

PASSWORD = "only-in-tests"
EDITED = [table for table in TABLES if table != "incident_summary"]


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db
        check_intervals(db)


@pytest.fixture
def editor_url(db: Connection, database_url: str) -> Iterator[str]:
    """A role that may edit the tables and does not own them, as one gives to people with QGIS."""
    name = f"editor_{db.info.dbname}"
    db.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    db.execute(f"GRANT USAGE ON SCHEMA liptako TO {name}")
    db.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA liptako TO {name}")
    parts = urlsplit(database_url)
    yield parts._replace(netloc=f"{name}:{PASSWORD}@{parts.hostname}:{parts.port}").geturl()
    db.execute(f"DROP OWNED BY {name}")
    db.execute(f"DROP ROLE {name}")


@pytest.fixture
def editor(editor_url: str) -> Iterator[Connection]:
    with psycopg.connect(editor_url, autocommit=True) as editor:
        yield editor


@pytest.fixture
def incident(db: Connection) -> int:
    """An incident, and one row of every other table."""
    source = add_source(db)
    incident = add_incident(db, source, title="first")
    add_estimate(db, incident, low=1, best=None, high=None)
    add_claim(db, incident, add_report(db, source), "told", low=1)
    actor = add_actor(db, "Army")
    add_role(db, incident, actor, "party")
    place = add_place(db, source, "geonames:1", 1.0, 15.0)
    db.execute("INSERT INTO liptako.place_name (place_id, name) VALUES (%s, 'Else')", [place])
    db.execute("INSERT INTO liptako.actor_name (actor_id, name) VALUES (%s, 'FAN')", [actor])
    add_boundary(db, source, "border", "AAA-BBB", "MULTILINESTRING((1 14, 1 16))")
    add_region(db, source, "here", "all", "MULTIPOLYGON(((0 14, 1 14, 1 16, 0 14)))")
    db.execute(
        "WITH run AS (INSERT INTO liptako.analysis_run (method, method_version, parameters,"
        " data_version, editions, software, counts, published_version)"
        " VALUES ('m', '1', '{}', 1, '{}', '{}', '{}', 0) RETURNING run_id)"
        " INSERT INTO liptako.measure (run_id, name, incident_id, unit, outcome)"
        " SELECT run_id, 'made_up', %s, 'm', 'computed' FROM run",
        [incident],
    )
    return incident


@pytest.mark.parametrize("table", EDITED)
def test_a_role_that_may_only_edit_keeps_the_history_of_every_table(
    db: Connection, editor: Connection, incident: int, table: str
) -> None:
    before, then = version(db), state(db)
    rows = db.execute(f"SELECT {table}_id, since_version FROM liptako.{table}").fetchall()
    editor.execute(f"UPDATE liptako.{table} SET since_version = 1")
    assert version(db) == before + 1
    for key, since in rows:
        assert life(db, table, key) == [(since, before + 1), (before + 1, None)]
    assert state(db, before) == then
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        editor.execute(f"SELECT FROM liptako_history.{table}")


@pytest.mark.parametrize("table", TABLES)
def test_a_versioned_table_is_not_emptied_at_a_stroke(
    db: Connection, incident: int, table: str
) -> None:
    before, then = version(db), state(db)
    for name in (f"liptako.{table}", f"liptako_history.{table}"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            db.execute(f"TRUNCATE {name} CASCADE")
    assert (version(db), state(db)) == (before, then)


QGIS = (
    # As QGIS writes them: by the key, with values as text, and a geometry by its SRID.
    (
        'UPDATE "liptako"."incident" SET "title"=\'moved\','
        "\"geom\"=st_geomfromwkb(decode('0101000000000000000000F03F0000000000002E40','hex'),4326)"
        ' WHERE "incident_id"={incident}'
    ),
    (
        'INSERT INTO "liptako"."incident"("geom","code","title","event_type","time_precision",'
        '"time_extent","place_precision","source_id","kind","status")'
        " VALUES (st_geomfromwkb(decode('0101000000000000000000F03F0000000000002E40','hex'),4326),"
        "'drawn','drawn','attack','unknown','within','settlement',1,'incident'::text,'active'::text)"
        ' RETURNING "incident_id"'
    ),
    'DELETE FROM "liptako"."incident" WHERE "code"=\'drawn\'',
    (
        "INSERT INTO liptako.incident (code, title, event_type, time_precision, time_extent,"
        " place_precision, source_id) SELECT 'copied-' || n, 'c', 'other', 'unknown', 'within',"
        " 'unknown', 1 FROM generate_series(1, 500) n"
    ),
    "DELETE FROM liptako.incident WHERE code LIKE 'copied-%' AND right(code, 1) = '7'",
    (
        "INSERT INTO liptako.incident (code, title, event_type, time_precision, time_extent,"
        " place_precision, source_id) SELECT code, 'again', event_type, time_precision,"
        " time_extent, place_precision, source_id FROM liptako.incident WHERE code LIKE 'copied-%'"
        " ON CONFLICT (code) DO UPDATE SET title = excluded.title || incident.incident_id"
    ),
    (
        "INSERT INTO liptako.incident (code, title, event_type, time_precision, time_extent,"
        " place_precision, source_id) SELECT code, 'never', event_type, time_precision,"
        " time_extent, place_precision, source_id FROM liptako.incident"
        " WHERE code LIKE 'copied-%' ON CONFLICT DO NOTHING"
    ),
    (
        "MERGE INTO liptako.estimate kept"
        " USING (VALUES ('killed', 9), ('injured', 4)) new (harm, low) ON kept.harm = new.harm"
        " AND kept.incident_id = {incident}"
        " WHEN MATCHED THEN UPDATE SET low = new.low"
        " WHEN NOT MATCHED THEN INSERT (incident_id, harm, person_status, low, rule)"
        " VALUES ({incident}, new.harm, 'all', new.low, 'coder')"
    ),
    (
        "WITH gone AS (DELETE FROM liptako.estimate WHERE harm = 'injured' RETURNING *)"
        " INSERT INTO liptako.estimate (incident_id, harm, person_status, low, rule)"
        " SELECT incident_id, 'missing', person_status, low, rule FROM gone"
    ),
    "UPDATE liptako.estimate SET estimate_id = DEFAULT",
    "UPDATE liptako.region SET region_id = DEFAULT",
    "DELETE FROM liptako.estimate",
)
SESSIONS = {
    "plain": (),
    "far away": ("SET TIME ZONE 'Pacific/Kiritimati'", "SET datestyle = 'SQL, DMY'"),
    "no path": ("SET search_path = ''",),
    "serializable": ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",),
    "a trap in the path": (
        "CREATE TEMP TABLE data_version (version bigint, transaction_id bigint)",
        "CREATE TEMP TABLE former (incident_id bigint)",
        (
            "CREATE FUNCTION pg_temp.split_part(text, text, int) RETURNS text LANGUAGE sql"
            " AS $$ SELECT '1' $$"
        ),
        "SET search_path = pg_temp, pg_catalog, public",
    ),
}


@pytest.mark.parametrize("session", SESSIONS)
def test_every_state_of_a_session_of_edits_is_kept(
    db: Connection, editor: Connection, incident: int, session: str
) -> None:
    for statement in SESSIONS[session]:
        editor.execute(statement)
    seen = {version(db): state(db)}
    for statement in QGIS:
        editor.execute(statement.format(incident=incident).replace("st_geom", "public.st_geom"))
        seen[version(db)] = state(db)
    assert len(seen) > len(QGIS) - 2
    for at, then in seen.items():
        assert state(db, at) == then, at


def test_rows_that_are_copied_in_are_versioned(db: Connection, editor: Connection) -> None:
    source = add_source(db)
    before = version(db)
    columns = "code, title, event_type, time_precision, time_extent, place_precision, source_id"
    with editor.cursor().copy(f"COPY liptako.incident ({columns}) FROM STDIN") as copy:
        for number in range(1000):
            copy.write_row((f"c-{number}", "c", "other", "unknown", "within", "unknown", source))
    assert version(db) == before + 1
    rows = db.execute("SELECT since_version, count(*) FROM liptako.incident GROUP BY 1").fetchall()
    assert rows == [(before + 1, 1000)]


def test_a_new_key_ends_the_row_of_the_old_one(
    db: Connection, editor: Connection, incident: int
) -> None:
    for table in ("measure", "estimate", "actor_role", "claim"):
        editor.execute(f"DELETE FROM liptako.{table}")
    before = version(db)
    editor.execute("UPDATE liptako.incident SET incident_id = DEFAULT")
    ((new,),) = db.execute("SELECT incident_id FROM liptako.incident").fetchall()
    assert life(db, "incident", incident)[-1][1] == before + 1
    assert life(db, "incident", new) == [(before + 1, None)]
    assert life(db, "incident_summary", incident)[-1][1] == before + 1
    assert life(db, "incident_summary", new) == [(before + 1, None)]


def test_a_row_that_goes_and_comes_back_with_its_key_has_a_gap_or_none(
    db: Connection, editor: Connection
) -> None:
    source = add_source(db)
    incident = add_incident(db, source)
    since = version(db)
    again = (
        "INSERT INTO liptako.incident (incident_id, code, title, event_type, time_precision,"
        " time_extent, place_precision, source_id) OVERRIDING SYSTEM VALUE"
        f" VALUES ({incident}, 'x', 'x', 'other', 'unknown', 'within', 'unknown', {source})"
    )
    with editor.transaction():
        editor.execute("DELETE FROM liptako.incident")
        editor.execute(again)
        editor.execute("UPDATE liptako.incident SET title = 'y'")
    assert life(db, "incident", incident) == [(since, since + 1), (since + 1, None)]
    editor.execute("DELETE FROM liptako.incident")
    add_source(db, "meanwhile")
    editor.execute(again)
    assert life(db, "incident", incident) == [
        (since, since + 1),
        (since + 1, since + 2),
        (since + 4, None),
    ]


def test_a_row_that_comes_and_goes_in_one_transaction_was_never_there(
    db: Connection, editor: Connection
) -> None:
    source = add_source(db)
    then = state(db)
    with editor.transaction():
        incident = add_incident(editor, source)
        add_estimate(editor, incident, low=1, best=1, high=1)
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("DELETE FROM liptako.estimate")
        editor.execute("DELETE FROM liptako.incident")
    assert state(db) == state(db, version(db)) == then
    assert life(db, "incident", incident) == life(db, "incident_summary", incident) == []


@pytest.mark.parametrize("first", [True, False])
def test_a_savepoint_that_is_rolled_back_leaves_no_trace_and_no_stale_version(
    db: Connection, editor: Connection, incident: int, first: bool
) -> None:
    before, then = version(db), state(db)
    ((since, _),) = life(db, "incident", incident)
    with editor.transaction():
        if not first:
            editor.execute("UPDATE liptako.source SET name = 'new'")
        with editor.transaction(force_rollback=True):
            editor.execute("UPDATE liptako.incident SET title = 'never'")
            editor.execute("DELETE FROM liptako.estimate")
        editor.execute("UPDATE liptako.incident SET title = 'second'")
    now = version(db)
    titles = db.execute("SELECT title, since_version FROM liptako.incident").fetchall()
    assert titles == [("second", now)]
    assert life(db, "incident", incident) == [(since, now), (now, None)]
    assert state(db, before) == then
    assert db.execute("SELECT count(*) FROM liptako_history.estimate").fetchone() == (0,)


def test_constraints_that_are_checked_at_once_change_nothing_of_the_history(
    db: Connection, editor: Connection, incident: int
) -> None:
    before, then = version(db), state(db)
    with editor.transaction():
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("UPDATE liptako.estimate SET low = 5")
        editor.execute("UPDATE liptako.source SET name = 'new'")
        editor.execute("UPDATE liptako.claim SET low = 6")
        row = editor.execute("SELECT clock_timestamp()").fetchone()
    assert version(db) == before + 1
    stamp = db.execute("SELECT max(recorded_at) FROM liptako.data_version").fetchone()
    assert row is not None
    assert stamp is not None
    assert stamp > row
    told = db.execute("SELECT killed_low, killed_claims FROM liptako.incident_summary").fetchone()
    assert told == (5, "6+ all (new)")
    assert state(db, before) == then


FORGED = "SELECT set_config('liptako.version', '{version}/' || pg_current_xact_id(), true)"


@pytest.mark.parametrize("forged", ["1", "999", "0"])
@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO liptako.source (code, name, kind, licence, attribution, redistributable)"
            " VALUES ('x', 'x', 'news', 'x', 'x', true)"
        ),
        (
            "INSERT INTO liptako.measure (run_id, name, incident_id, unit, outcome)"
            " SELECT run_id, 'forged', incident_id, unit, outcome FROM liptako.measure"
        ),
        "UPDATE liptako.place SET name = 'x'",
        "DELETE FROM liptako.place_name",
        (
            "INSERT INTO liptako.estimate (incident_id, harm, person_status, low, rule)"
            " SELECT incident_id, 'captured', 'all', 1, 'coder' FROM liptako.incident"
        ),
    ],
)
def test_a_version_that_was_chosen_is_refused(
    db: Connection, editor: Connection, incident: int, statement: str, forged: str
) -> None:
    before, then = version(db), state(db)
    forge = FORGED.format(version=forged)
    for prelude in ("", "UPDATE liptako.actor SET name = 'legitimate';"):
        with pytest.raises(psycopg.errors.RaiseException, match="not yours to set"):
            editor.execute(f"BEGIN; {prelude} {forge}; {statement}; COMMIT")
        editor.execute("ROLLBACK")
    assert (version(db), state(db)) == (before, then)


def test_a_version_that_is_chosen_between_two_rows_is_refused(
    db: Connection, editor: Connection, incident: int
) -> None:
    db.execute(
        "INSERT INTO liptako.place_name (place_id, name) SELECT place_id, 'Or' FROM liptako.place"
    )
    before = version(db)
    # The first row is written at the version of the transaction, the second at an old one.
    with pytest.raises(psycopg.errors.RaiseException, match="not yours to set"):
        editor.execute(
            "UPDATE liptako.place_name SET reason = CASE place_name_id WHEN 1 THEN 'x' ELSE"
            " set_config('liptako.version', '1/' || pg_current_xact_id(), true) END"
        )
    assert version(db) == before


def test_a_summary_is_not_made_of_a_state_of_the_past(
    db: Connection, editor: Connection, incident: int
) -> None:
    db.execute("UPDATE liptako.estimate SET low = 2")
    then = state(db)
    with editor.transaction():
        for old in range(1, version(db) + 1):
            editor.execute(FORGED.format(version=old))
            editor.execute("UPDATE liptako.estimate SET low = 0 WHERE false")
    assert state(db) == then


TRAP = """
    CREATE TEMP TABLE trap (n int);
    CREATE FUNCTION pg_temp.sprung() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {statement}; RETURN NULL; END $$;
    CREATE TRIGGER sprung AFTER INSERT ON trap FOR EACH ROW EXECUTE FUNCTION pg_temp.sprung();
    INSERT INTO trap VALUES (1)
"""


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO liptako.data_version DEFAULT VALUES",
        "UPDATE liptako.data_version SET recorded_at = now()",
        "INSERT INTO liptako.summary_due VALUES (1)",
        "UPDATE liptako.incident_summary SET killed_low = 1000",
        "PERFORM liptako.summarise(array[1], 1)",
        "PERFORM liptako.writing_version()",
        "PERFORM liptako.stamp(1)",
    ],
)
def test_what_the_database_keeps_by_itself_is_not_written_from_a_trigger_either(
    db: Connection, editor: Connection, incident: int, statement: str
) -> None:
    before, then = version(db), state(db)
    refused = (psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)
    with pytest.raises(refused):
        editor.execute(TRAP.format(statement=statement))
    assert (version(db), state(db)) == (before, then)


def test_nobody_makes_a_trigger_of_his_own_of_a_function_that_writes_history(
    db: Connection, editor: Connection, incident: int
) -> None:
    editor.execute("CREATE TEMP TABLE incident AS SELECT * FROM liptako.incident")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        editor.execute(
            "CREATE TRIGGER forge AFTER DELETE ON pg_temp.incident REFERENCING OLD TABLE AS former"
            " FOR EACH STATEMENT EXECUTE FUNCTION liptako.keep_former()"
        )
    callable_by_all = db.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'liptako'::regnamespace AND prosecdef"
        " AND prorettype = 'trigger'::regtype AND has_function_privilege(%s, oid, 'EXECUTE')",
        [editor.info.user],
    ).fetchall()
    assert callable_by_all == []


def test_recorded_time_grows_also_for_who_does_not_see_the_last_stamp(
    db: Connection, database_url: str, incident: int
) -> None:
    with psycopg.connect(database_url) as old:
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT FROM liptako.source")
        # The clock stood a year ahead when the next version was stamped, and is set back then.
        db.execute(
            "SELECT setval('liptako.last_stamp',"
            " (extract(epoch FROM now() + interval '1 year') * 1000000)::bigint)"
        )
        db.execute("UPDATE liptako.incident SET title = 'in a year'")
        old.execute("UPDATE liptako.source SET name = 'now'")
    stamps = db.execute(
        "SELECT recorded_at > now() + interval '300 days' FROM liptako.data_version"
        " ORDER BY version DESC LIMIT 3"
    ).fetchall()
    assert stamps == [(True,), (True,), (False,)]
