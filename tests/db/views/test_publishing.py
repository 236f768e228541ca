from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db import migrate
from db.engine import connect
from db.errors import ViewInUse
from db.layers.catalogue import LAYERS
from db.roles import READING, grant
from db.views.definition import view_name, view_of
from db.views.publishing import finds_boxes, publish, withdraw
from tests.db.rows import add_claim, add_incident, add_report, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {view_name(layer) for layer in LAYERS.values()}
READER = "liptako_test_publishing"


@pytest.fixture
def reading(database_url: str) -> Iterator[str]:
    """Give the URL of a database in which a reader may read."""
    with connect(database_url) as connection:
        grant(connection, READER, "word", READING)
        connection.commit()
    yield database_url
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {READER}".encode())
        connection.execute(f"DROP ROLE {READER}".encode())


def views(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'layers'")
        return {name for (name,) in found}


def as_reader(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        connection.execute(f"SET SESSION AUTHORIZATION {READER}".encode())
        return connection.execute(statement.encode()).fetchall()


def test_each_layer_has_a_view_whose_place_is_registered(database_url: str) -> None:
    assert views(database_url) == NAMES
    with psycopg.connect(database_url) as connection:
        registered = connection.execute(
            "SELECT f_table_name, f_geometry_column, srid, type, coord_dimension"
            " FROM geometry_columns WHERE f_table_schema = 'layers'"
        ).fetchall()
    assert {row[0]: row[1:] for row in registered} == {
        view_name(layer): ("geom", 4326, layer.geometry.upper(), 2)
        for layer in LAYERS.values()
        if layer.geometry is not None
    }


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_every_column_is_remarked_on_and_of_a_type_that_qgis_keeps(
    database_url: str, layer: Any
) -> None:
    with psycopg.connect(database_url) as connection:
        columns = connection.execute(
            "SELECT attname, col_description(attrelid, attnum), format_type(atttypid, atttypmod)"
            "  FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
            [f"layers.{view_name(layer)}"],
        ).fetchall()
    assert {name: comment for name, comment, _ in columns} == view_of(layer).comments
    assert [name for name, _, _ in columns] == list(view_of(layer).comments)
    kept = {
        *("bigint", "text", "double precision", "date", "timestamp without time zone", "text[]"),
        f"geometry({layer.geometry},4326)",
    }
    assert {kind for _, _, kind in columns} <= kept


def test_what_is_as_it_should_be_is_left_alone(database_url: str) -> None:
    with connect(database_url) as connection:
        publish(connection)  # a copy of a database has a name of its own
        assert not publish(connection)


def test_a_view_that_somebody_dropped_comes_back(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP VIEW layers.claims")
    assert migrate.upgrade(database_url) == []
    assert views(database_url) == NAMES


def test_what_a_role_may_read_it_may_read_of_views_made_later(reading: str) -> None:
    with connect(reading) as connection:
        withdraw(connection)
        assert publish(connection)
        connection.commit()
    assert as_reader(reading, "SELECT count(*) FROM layers.claims") == [(0,)]


def test_a_view_on_which_something_is_built_is_not_taken_away(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE VIEW public.mine AS SELECT id FROM layers.claims")
    with connect(database_url) as connection, pytest.raises(ViewInUse, match=r"mine depends"):
        withdraw(connection)
    assert migrate.upgrade(database_url) == []  # what need not be made anew is no trouble


def test_indexes_that_no_view_needs_go_and_others_stay(database_url: str) -> None:
    def indexes() -> dict[str, int]:
        with psycopg.connect(database_url) as connection:
            found = connection.execute(
                "SELECT relname, oid::int FROM pg_class WHERE relname LIKE 'ix_layers_%'"
            )
            return dict(found.fetchall())

    before = indexes()
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE INDEX ix_layers_of_old ON liptako.result (layer)")
        connection.execute("DROP VIEW layers.claims")
    migrate.upgrade(database_url)
    assert indexes() == before


def test_rows_that_no_licence_lets_out_are_not_in_the_views(reading: str) -> None:
    with psycopg.connect(reading) as connection:
        press, secret = (
            add_source(connection),
            add_source(connection, "secret", redistributable=False),
        )
        shown = add_incident(connection, press, "shown")
        hidden = add_incident(connection, secret, "hidden")
        told, untold = (
            add_report(connection, source, f"report-{source}") for source in (press, secret)
        )
        add_claim(connection, shown, told, "told")
        add_claim(connection, shown, untold, "untold")
        add_claim(connection, hidden, told, "of-hidden")
    assert as_reader(reading, "SELECT incident FROM layers.incidents") == [("shown",)]
    assert as_reader(reading, "SELECT claim FROM layers.claims") == [("told",)]


@pytest.mark.parametrize("view", ["incidents", "claims"])
def test_no_condition_is_looked_at_in_rows_that_must_not_leave(reading: str, view: str) -> None:
    with psycopg.connect(reading) as connection:
        secret = add_source(connection, "secret", redistributable=False)
        incident = add_incident(connection, secret, "hidden", title="what nobody may read")
        claimed = add_report(connection, secret)
        add_claim(connection, incident, claimed, "untold", statement="what nobody may read")
        connection.execute("ANALYZE")
    column = "title" if view == "incidents" else "statement"
    # Without the barrier PostgreSQL answers: invalid input syntax for integer: "what nobody ...".
    assert as_reader(reading, f"SELECT FROM layers.{view} WHERE {column}::int = 1") == []


def test_a_claim_is_shown_at_its_own_place_else_at_its_incidents(reading: str) -> None:
    with psycopg.connect(reading) as connection:
        source = add_source(connection)
        incident, report = add_incident(connection, source), add_report(connection, source)
        add_claim(connection, incident, report, "of-killed")
        add_claim(
            connection,
            incident,
            report,
            "of-place",
            kind="place",
            harm=None,
            person_status=None,
            place_name="elsewhere",
            place_precision="settlement",
            geom="SRID=4326;POINT(2 14)",
        )
    found = as_reader(reading, "SELECT claim, ST_AsText(geom) FROM layers.claims ORDER BY id")
    assert found == [("of-killed", "POINT(1.3135 15.2275)"), ("of-place", "POINT(2 14)")]


def test_a_box_may_be_looked_up(database_url: str) -> None:
    with connect(database_url) as connection:
        assert finds_boxes(connection)


def test_each_layer_has_a_default_style_and_those_of_others_stay(database_url: str) -> None:
    own = (
        "INSERT INTO layers.layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, stylename, useasdefault, description)"
        " VALUES (current_database(), 'layers', 'incidents', 'geom', 'mine', true, 'by me')"
    )
    with psycopg.connect(database_url) as connection:
        connection.execute(own.encode())
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT DISTINCT ON (f_table_name) f_table_name, stylename, description"
            "  FROM layers.layer_styles WHERE f_table_catalog = current_database()"
            " AND f_table_schema = 'layers' AND useasdefault"
            " ORDER BY f_table_name, update_time DESC"
        ).fetchall()
    assert {name for name, *_ in found} == NAMES
    assert [row for row in found if not row[2].startswith("Liptako: ")] == [
        ("incidents", "mine", "by me")
    ]
