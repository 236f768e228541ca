from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from db.engine import create_engine
from db.errors import DatabaseUnreachable, NotMigrated, StatementTimeout
from db.transaction import DatabaseBusy, current_state, reading
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url, pool_size=2)
    yield made
    made.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_a_state_is_seen_until_the_end_of_a_transaction(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    source = add_source(db)
    add_incident(db, source, "first")
    with reading(engine) as connection:
        before = current_state(connection)
        add_incident(db, source, "second")
        assert current_state(connection) == before
        with reading(engine) as other:
            after = current_state(other)
    assert after.version == before.version + 1
    assert before.recorded_at is not None
    assert after.recorded_at is not None
    assert after.recorded_at > before.recorded_at


def test_reading_cannot_write(engine: Engine) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), reading(engine) as connection:
        connection.execute(text("DELETE FROM liptako.incident"))


def test_a_read_ends_so_that_its_statements_stay_prepared(engine: Engine) -> None:
    for _ in range(2):
        with reading(engine) as connection:
            assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            prepared = len(driver.execute("SELECT FROM pg_prepared_statements").fetchall())
            driver.execute("SELECT 1 WHERE %s", [True], prepare=True)
    assert prepared == 1


def test_faults_of_the_database_are_named(database_url: str, empty_database_url: str) -> None:
    slow = create_engine(database_url, statement_timeout_s=0.05)
    with pytest.raises(StatementTimeout), reading(slow) as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    slow.dispose()
    gone = create_engine("postgresql://nobody:secret@127.0.0.1:1/nowhere")
    with pytest.raises(DatabaseUnreachable) as caught, reading(gone):
        pass
    assert "secret" not in str(caught.value)
    empty = create_engine(empty_database_url)
    with pytest.raises(NotMigrated), reading(empty) as connection:
        current_state(connection)
    empty.dispose()


def test_a_fault_of_ours_stays_what_it_is(engine: Engine) -> None:
    with (
        pytest.raises((ProgrammingError, psycopg.errors.UndefinedTable)),
        reading(engine) as connection,
    ):
        connection.execute(text("SELECT * FROM liptako.nothing_of_the_kind"))


def test_no_connection_in_time_is_named(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1)
    engine.pool._timeout = 0.05  # type: ignore[attr-defined]  # 30 s is too long for a test
    with (
        engine.connect() as first,
        engine.connect() as second,
        pytest.raises(DatabaseBusy),
        reading(engine),
    ):
        pass
    assert first.closed
    assert second.closed
    engine.dispose()


def test_a_transaction_that_cannot_begin_gives_its_connection_back(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url, pool_size=1, pool_wait_s=0.05)
    faults = []
    for _ in range(4):
        with pytest.raises(NotMigrated) as caught, reading(engine):
            pass
        # While the fault is looked at, whatever its frames hold is held.
        faults.append(caught)
    assert len(faults) == 4
    engine.dispose()
