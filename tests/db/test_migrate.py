from __future__ import annotations

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from db import migrate
from db.errors import DatabaseUnreachable
from db.history import VERSIONED
from db.models.base import SCHEMA
from db.models.every import METADATA
from db.settings import normalise_url
from db.views.indexes import PREFIX


def test_an_empty_database_is_brought_to_the_newest_revision(empty_database_url: str) -> None:
    assert migrate.current(empty_database_url) is None
    assert migrate.upgrade(empty_database_url)[-1] == migrate.newest()
    assert migrate.current(empty_database_url) == migrate.newest()


def test_a_second_upgrade_finds_nothing_to_do(database_url: str) -> None:
    assert migrate.upgrade(database_url) == []


def test_the_migrations_make_the_tables_that_the_models_describe(database_url: str) -> None:
    # The role is called like our schema, which would be reflected as "the default one", unnamed.
    engine = sqlalchemy.create_engine(
        normalise_url(database_url), connect_args={"options": "-c search_path=public"}
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: (
                    name == SCHEMA if kind == "schema" else not str(name).startswith(PREFIX)
                ),
                "include_object": lambda table, name, kind, *_: name != "alembic_version",
                "version_table_schema": SCHEMA,
            },
        )
        differences = compare_metadata(context, METADATA)
    engine.dispose()
    assert differences == []


def test_a_downgrade_takes_everything_away(database_url: str) -> None:
    migrate.downgrade(database_url, "base")
    with psycopg.connect(database_url) as connection:
        left = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
            " WHERE table_schema LIKE 'liptako%' AND table_name <> 'alembic_version'"
        ).fetchall()
        functions = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'liptako'::regnamespace"
        ).fetchall()
    assert left == functions == []
    assert migrate.upgrade(database_url)[-1] == migrate.newest()


def test_a_history_table_has_the_columns_of_its_table(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT h.table_name, array_agg(h.column_name::text ORDER BY h.ordinal_position),"
            " (SELECT array_agg(c.column_name::text ORDER BY c.ordinal_position)"
            "    FROM information_schema.columns c"
            "   WHERE c.table_schema = 'liptako' AND c.table_name = h.table_name)"
            " FROM information_schema.columns h WHERE h.table_schema = 'liptako_history'"
            " GROUP BY h.table_name"
        ).fetchall()
    assert {row[0] for row in rows} == {model.__tablename__ for model in VERSIONED}
    for _, history, current in rows:
        assert history == ["until_version", *current]


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        migrate.current("postgresql://me:secret@127.0.0.1:9/nowhere")
    assert "127.0.0.1:9/nowhere" in str(refused.value)
    assert "secret" not in str(refused.value)
