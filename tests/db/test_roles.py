from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors

from db.engine import connect
from db.errors import RoleRefused
from db.roles import READING, grant, service

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "liptako_test_role"


@pytest.fixture
def granted(database_url: str) -> Iterator[str]:
    """Give the URL by which a reader logs in."""
    with connect(database_url) as connection:
        grant(connection, ROLE, "per%cent 'quote", READING)
        connection.commit()
    host = urlsplit(database_url).netloc.rpartition("@")[2]
    netloc = f"{ROLE}:per%25cent%20'quote@{host}"
    yield urlsplit(database_url)._replace(netloc=netloc).geturl()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {ROLE}".encode())
        connection.execute(f"DROP ROLE {ROLE}".encode())


def test_a_reader_logs_in_and_finds_the_layers_on_its_path(granted: str) -> None:
    with psycopg.connect(granted) as connection:
        assert connection.execute("SELECT count(*) FROM incidents").fetchone() == (0,)
        shown = connection.execute("SHOW join_collapse_limit").fetchone()
    assert shown == ("16",)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM liptako.incident",
        "SELECT * FROM liptako_history.incident",
        "SELECT liptako.writing_version()",
        "SELECT * FROM pg_authid",
        "CREATE ROLE other",
        "SET default_transaction_read_only = off; CREATE VIEW layers.mine AS SELECT 1",
        "SET default_transaction_read_only = off; CREATE TABLE public.mine ()",
        "SET default_transaction_read_only = off; DELETE FROM layers.regions",
        "SET default_transaction_read_only = off; UPDATE layers.borders SET note = ''",
        "SET default_transaction_read_only = off; INSERT INTO layers.regions (id) VALUES (1)",
    ],
)
def test_a_reader_may_do_nothing_else(granted: str, statement: str) -> None:
    first, _, last = statement.rpartition("; ")
    with psycopg.connect(granted, autocommit=True) as connection:
        if first:
            connection.execute(first.encode())
        # A view of several tables takes nothing from anybody, whoever asks.
        refusals = (errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)
        with pytest.raises(refusals if first else (*refusals, errors.ReadOnlySqlTransaction)):
            connection.execute(last.encode())


def test_granting_again_gives_a_new_password(granted: str, database_url: str) -> None:
    with connect(database_url) as connection:
        grant(connection, ROLE, "another", READING)
        connection.commit()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(granted)


def test_a_role_that_is_somebody_elses_is_left_alone(database_url: str) -> None:
    with connect(database_url) as connection:
        owner = connection.exec_driver_sql("SELECT current_user").scalar_one()
        with pytest.raises(RoleRefused, match="another name"):
            grant(connection, owner, "word", READING)


@pytest.mark.parametrize("role, password", [("", "word"), (ROLE, "")])
def test_a_role_has_a_name_and_a_password(database_url: str, role: str, password: str) -> None:
    with connect(database_url) as connection, pytest.raises(RoleRefused, match="a password"):
        grant(connection, role, password, READING)


def test_a_service_says_where_the_database_is_and_no_password() -> None:
    found = service(
        "postgresql://me:secret@db.example:6543/sahel?sslmode=require", "ana", "liptako"
    )
    assert found.splitlines() == [
        "[liptako]",
        "host=db.example",
        "port=6543",
        "dbname=sahel",
        "user=ana",
        "sslmode=require",
        "application_name=QGIS",
    ]
