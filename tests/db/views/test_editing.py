"""What an editor writes is a version under their name; what breaks a rule is refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors

from db.engine import connect
from db.roles import EDITING, grant
from db.views.rules import EDITED, rules
from tests.db.rows import (
    add_actor,
    add_claim,
    add_estimate,
    add_incident,
    add_report,
    add_source,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

EDITOR = "liptako_test_amina"


@pytest.fixture
def editor(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Give the session of an editor, in which each statement is a transaction."""
    with psycopg.connect(database_url) as owner:
        press = add_source(owner)
        dataset = add_source(owner, "ged", kind="dataset")
        incident = add_incident(owner, press, "inates")
        taken_over = add_incident(owner, dataset, "ged-1")
        report = add_report(owner, press, "aib-1")
        add_claim(owner, incident, report, "inates-1", low=71, best=71, high=71)
        add_estimate(owner, incident, low=71, best=71, high=73)
        add_estimate(owner, taken_over, low=9, best=8, high=7, rule="as_published")
        add_actor(owner, "isgs")
    with connect(database_url) as connection:
        grant(connection, EDITOR, "word", EDITING)
        connection.commit()
    host = urlsplit(database_url).netloc.rpartition("@")[2]
    url = urlsplit(database_url)._replace(netloc=f"{EDITOR}:word@{host}").geturl()
    with psycopg.connect(url, autocommit=True) as session:
        yield session
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {EDITOR}".encode())
        connection.execute(f"DROP ROLE {EDITOR}".encode())


def one(session: psycopg.Connection[Any], statement: str) -> Any:
    found = session.execute(statement.encode()).fetchone()
    return None if found is None else found[0] if len(found) == 1 else found


def test_every_rule_has_words(database_url: str) -> None:
    with psycopg.connect(database_url, options="-c search_path=public") as connection:
        found = connection.execute(
            "SELECT conrelid::regclass::text, conname, obj_description(oid, 'pg_constraint')"
            "  FROM pg_constraint WHERE contype <> 'p' AND conrelid::regclass::text = ANY (%s)",
            [[f"liptako.{model.__tablename__}" for model in EDITED]],
        ).fetchall()
    words = {(table.removeprefix("liptako."), name): told for table, name, told in found}
    assert words == rules()
    assert "it is one of active, retracted, merged" in words.values()


def test_every_column_is_remarked_on(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        bare = connection.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class c"
            "   ON c.oid = attrelid AND relkind = 'v' AND relnamespace = 'editing'::regnamespace"
            " WHERE col_description(attrelid, attnum) IS NULL"
        ).fetchall()
    assert bare == []


def test_an_edit_is_a_version_under_the_name_of_who_logged_in(
    editor: psycopg.Connection[Any], database_url: str
) -> None:
    editor.execute("UPDATE editing.incidents SET title = 'New' WHERE incident = 'inates'")
    assert one(editor, "SELECT title FROM layers.incidents WHERE incident = 'inates'") == "New"
    assert one(editor, "SELECT recorded_by FROM editing.incidents WHERE incident = 'inates'") == (
        EDITOR
    )
    with psycopg.connect(database_url) as owner:
        former = owner.execute(
            "SELECT title, v.recorded_by FROM liptako_history.incident i"
            "  JOIN liptako.data_version v ON v.version = i.until_version"
        ).fetchall()
    assert former == [("inates", EDITOR)]


def test_saving_what_is_there_is_no_change(editor: psycopg.Connection[Any]) -> None:
    before = one(editor, "SELECT max(recorded_at) FROM editing.incidents")
    editor.execute("UPDATE editing.incidents SET title = title WHERE incident = 'inates'")
    assert one(editor, "SELECT max(recorded_at) FROM editing.incidents") == before


@pytest.mark.parametrize(
    "precision, start, end, occurred",
    [
        ("day", "2021-03-01", "2021-03-01", '["2021-03-01 00:00:00","2021-03-02 00:00:00")'),
        (
            "day",
            "2021-03-01",
            "2021-03-01 23:59:59",
            '["2021-03-01 00:00:00","2021-03-02 00:00:00")',
        ),
        (
            "time",
            "2021-03-01 17:00",
            "2021-03-01 18:00",
            '["2021-03-01 17:00:00","2021-03-01 18:00:00"]',
        ),
        ("time", "2021-03-01", "2021-03-01", '["2021-03-01 00:00:00","2021-03-01 00:00:00"]'),
        ("month", "2021-03-01", "2021-03-31", '["2021-03-01 00:00:00","2021-04-01 00:00:00")'),
        ("longer", "2021-03-01", None, '["2021-03-01 00:00:00",)'),
    ],
)
def test_two_moments_are_an_interval(
    editor: psycopg.Connection[Any],
    database_url: str,
    precision: str,
    start: str,
    end: str | None,
    occurred: str,
) -> None:
    editor.execute(
        "UPDATE editing.incidents SET event_start = %s, event_end = %s, time_precision = %s"
        " WHERE incident = 'inates'",
        [start, end, precision],
    )
    with psycopg.connect(database_url) as owner:
        stored = "SELECT occurred::text FROM liptako.incident WHERE code = 'inates'"
        assert one(owner, stored) == occurred
        # An edit of something else leaves the interval what it is.
        editor.execute("UPDATE editing.incidents SET note = 'n' WHERE incident = 'inates'")
        assert one(owner, stored) == occurred


def test_a_new_incident_has_a_number_and_is_shown(editor: psycopg.Connection[Any]) -> None:
    number = one(
        editor,
        "INSERT INTO editing.incidents (geom, incident, title, event_type, event_start, event_end,"
        "  time_precision, time_extent, place_precision, radius_m, dataset)"
        " VALUES (ST_SetSRID(ST_Point(0.2, 14), 4326), 'new-one', 'New', 'attack', '2021-03-01',"
        "  '2021-03-01', 'day', 'within', 'settlement', 2000, 'press') RETURNING id",
    )
    shown = "SELECT id, event_end::text FROM layers.incidents WHERE incident = 'new-one'"
    assert one(editor, shown) == (number, "2021-03-01 23:59:59")


def test_a_new_claim_is_told_of_its_incident(editor: psycopg.Connection[Any]) -> None:
    editor.execute(
        "INSERT INTO editing.claims (claim, incident, report, kind, statement, distance,"
        "  distance_unit, target_border)"
        " VALUES ('inates-2', 'inates', 'aib-1', 'distance', 'seven miles', 7, 'mi', 'MLI-NER')"
    )
    editor.execute(
        "INSERT INTO editing.claims (claim, incident, report, kind, statement, actor, role,"
        "  part_of) VALUES ('inates-3', 'inates', 'aib-1', 'attribution', 'they did', 'isgs',"
        "  'alleged_perpetrator', 'inates-1')"
    )
    found = "SELECT distance_m, distance_from FROM layers.claims WHERE claim = 'inates-2'"
    assert one(editor, found) == (7 * 1609.344, "MLI-NER")
    assert one(editor, "SELECT claims FROM layers.incidents WHERE incident = 'inates'") == 3


def test_a_claim_that_was_entered_in_error_can_go(
    editor: psycopg.Connection[Any], database_url: str
) -> None:
    editor.execute("DELETE FROM editing.claims WHERE claim = 'inates-1'")
    assert one(editor, "SELECT count(*) FROM layers.claims") == 0
    with psycopg.connect(database_url) as owner:
        assert one(owner, "SELECT code FROM liptako_history.claim") == "inates-1"


def test_an_estimate_that_a_person_saves_is_a_coders(
    editor: psycopg.Connection[Any], database_url: str
) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE liptako.estimate SET rule = 'envelope' WHERE low = 71")
    editor.execute("UPDATE editing.estimates SET high = 80 WHERE incident = 'inates'")
    assert one(editor, "SELECT high, rule FROM editing.estimates WHERE incident = 'inates'") == (
        80,
        "coder",
    )
    assert one(editor, "SELECT killed_high FROM layers.incidents WHERE incident = 'inates'") == 80


@pytest.mark.parametrize(
    "statement, words",
    [
        (
            "UPDATE editing.incidents SET event_type = 'atack' WHERE incident = 'inates'",
            "event_type 'atack' is refused: it is one of attack, battle, operation",
        ),
        (
            "UPDATE editing.incidents SET event_type = NULL WHERE incident = 'inates'",
            "event_type without a value is refused: it is always known",
        ),
        (
            "UPDATE editing.incidents SET event_end = '2019-01-01' WHERE incident = 'inates'",
            (
                "event_end '2019-01-01 00:00:00' is refused: it is not before event_start "
                "'2019-12-10 00:00:00'"
            ),
        ),
        (
            "UPDATE editing.incidents SET time_precision = 'unknown' WHERE incident = 'inates'",
            "event_start '2019-12-10T00:00:00', event_end '2019-12-10T23:59:59' are refused",
        ),
        (
            "UPDATE editing.incidents SET radius_m = -1 WHERE incident = 'inates'",
            "radius_m '-1' is refused: a radius is a number of metres above 0",
        ),
        (
            "UPDATE editing.incidents SET incident = 'other' WHERE incident = 'inates'",
            "incident 'other' is refused: an incident keeps its name for good, here 'inates'",
        ),
        (
            "UPDATE editing.incidents SET status = 'merged' WHERE incident = 'inates'",
            "status 'merged' is refused: status is 'merged' of what names in merged_into",
        ),
        (
            "UPDATE editing.incidents SET part_of = 'inaets' WHERE incident = 'inates'",
            (
                "part_of 'inaets' is refused: there is no incident of this name\n"
                "HINT:  Names that begin like it: inates"
            ),
        ),
        (
            "UPDATE editing.incidents SET title = 'x' WHERE incident = 'ged-1'",
            "dataset 'ged' is refused: rows of a dataset stand as they were published",
        ),
        (
            "DELETE FROM editing.incidents WHERE incident = 'inates'",
            (
                "incident 'inates' is refused: an incident keeps its name for good\n"
                "HINT:  To withdraw it, set status to retracted"
            ),
        ),
        (
            (
                "INSERT INTO editing.incidents (incident, title, event_type, time_precision,"
                " time_extent, place_precision, dataset)"
                " VALUES ('inates', 't', 'attack', 'unknown', 'within', 'unknown', 'press')"
            ),
            "incident 'inates' is refused: this name is taken",
        ),
        (
            "INSERT INTO editing.incidents (incident, title) VALUES ('new', 't')",
            "dataset without a value is refused: somebody compiled the row",
        ),
        (
            "UPDATE editing.estimates SET best = 99 WHERE incident = 'inates'",
            "low '71', best '99', high '73', rule 'coder' are refused: low is no more than best",
        ),
        (
            "UPDATE editing.estimates SET low = 1 WHERE incident = 'ged-1'",
            "rule 'as_published' is refused: a dataset's own figure stands",
        ),
        (
            (
                "INSERT INTO editing.estimates (incident, harm, person_status, low)"
                " VALUES ('inates', 'killed', 'all', 3)"
            ),
            "are refused: an incident has one estimate to each harm and person_status",
        ),
        (
            "UPDATE editing.claims SET low = -1 WHERE claim = 'inates-1'",
            "are refused: a number of people is 0 or more",
        ),
        (
            "UPDATE editing.claims SET role = 'target' WHERE claim = 'inates-1'",
            (
                "are refused: a claim fills the fields of its kind and leaves the others empty; "
                "casualties: harm, person_status, low, best, high"
            ),
        ),
        (
            "UPDATE editing.claims SET report = 'nowhere' WHERE claim = 'inates-1'",
            "report 'nowhere' is refused: there is no report of this name",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_in_words(
    editor: psycopg.Connection[Any], statement: str, words: str
) -> None:
    before = one(editor, "SELECT max(recorded_at) FROM editing.incidents")
    with pytest.raises(errors.CheckViolation) as refused:
        editor.execute(statement.encode())
    assert words in str(refused.value)
    assert "ck_" not in str(refused.value).partition("\nCONTEXT")[0]
    assert one(editor, "SELECT max(recorded_at) FROM editing.incidents") == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE liptako.incident SET title = 'x'",
        "DELETE FROM liptako_history.claim",
        "INSERT INTO liptako.source (code) VALUES ('x')",
        "UPDATE layers.incidents SET title = 'x'",
        "CREATE TABLE editing.mine ()",
    ],
)
def test_an_editor_may_do_nothing_else(editor: psycopg.Connection[Any], statement: str) -> None:
    # A view of several tables takes nothing from anybody.
    with pytest.raises((errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)):
        editor.execute(statement.encode())
