from __future__ import annotations

from threading import Thread, Timer

import psycopg
import pytest
from sqlalchemy import text

from db.engine import create_engine
from db.errands import ERRAND, Errand
from db.errors import CalledOff, StatementTimeout
from db.transaction import reading


def test_what_runs_is_cancelled_and_the_connection_lives_on(database_url: str) -> None:
    errand = Errand()
    with psycopg.connect(database_url, autocommit=True) as connection:
        with errand.running(connection):
            assert errand.is_running
            ending = Thread(target=errand.call_off)
            ending.start()
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute("SELECT pg_sleep(600)")
        ending.join()
        assert errand.is_off
        assert not errand.is_running
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_nothing_begins_after_it_was_called_off(database_url: str) -> None:
    errand = Errand()
    errand.call_off()
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(CalledOff),
        errand.running(connection),
    ):
        pytest.fail("it began")


def test_a_transaction_is_called_off_and_another_is_not_touched(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1)
    errand = Errand()
    token = ERRAND.set(errand)
    try:
        ending = Timer(0.1, errand.call_off)
        ending.start()
        with pytest.raises(CalledOff), reading(engine) as connection:
            connection.execute(text("SELECT pg_sleep(600)"))
        ending.join()
    finally:
        ERRAND.reset(token)
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_time_limit_is_something_else(database_url: str) -> None:
    engine = create_engine(database_url, statement_timeout_s=0.05)
    token = ERRAND.set(Errand())
    try:
        with pytest.raises(StatementTimeout), reading(engine) as connection:
            connection.execute(text("SELECT pg_sleep(600)"))
    finally:
        ERRAND.reset(token)
    engine.dispose()
