from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from db.asof import AsOf, state_as_of, state_of, version_as_of
from db.engine import connect
from db.errors import InvalidQuery
from db.history import current_version
from tests.db.rows import add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as db:
        add_source(db)
    with connect(database_url) as connection:
        yield connection


def test_today_is_what_is_recorded_by_now(connection: Connection) -> None:
    today = datetime.now(UTC).date().isoformat()
    assert version_as_of(connection, today) == current_version(connection) > 0


def test_before_the_first_record_there_is_nothing(connection: Connection) -> None:
    assert version_as_of(connection, "1999-12-31") == 0
    assert version_as_of(connection, "0001-01-01T00:00:00Z") == 0


def test_a_moment_is_understood_in_its_own_offset(connection: Connection) -> None:
    stamped = connection.exec_driver_sql(
        "SELECT max(recorded_at) FROM liptako.data_version"
    ).scalar_one()
    now = current_version(connection)
    before = (stamped - timedelta(microseconds=1)).astimezone(UTC)
    assert version_as_of(connection, stamped.astimezone(UTC).isoformat()) == now
    assert version_as_of(connection, before.isoformat()) < now
    # A '+' that is not escaped in a query string arrives as a space.
    assert version_as_of(connection, before.isoformat().replace("+", " ")) < now


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2020", "2020-13-01", "2020-02-30", "2020-01-01T00:00", "9999-12-31T25:00Z"],
)
def test_what_is_no_moment_is_refused(connection: Connection, text: str) -> None:
    with pytest.raises(InvalidQuery, match="asof"):
        version_as_of(connection, text)


@pytest.mark.parametrize("text", ["9999-12-30", "2999-01-01T00:00:00Z"])
def test_the_future_is_refused(connection: Connection, text: str) -> None:
    with pytest.raises(InvalidQuery, match="future"):
        version_as_of(connection, text)


def test_the_last_day_of_the_calendar_has_no_end(connection: Connection) -> None:
    with pytest.raises(InvalidQuery, match="asof"):
        version_as_of(connection, "9999-12-31")


def test_a_date_is_over_before_the_next_begins(connection: Connection) -> None:
    assert state_as_of(connection, "2020-01-11").moment == datetime(
        2020, 1, 11, 23, 59, 59, 999999, UTC
    )


def test_a_state_is_final_once_a_later_one_is_recorded(
    connection: Connection, database_url: str
) -> None:
    now = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    moment = now.astimezone(UTC).isoformat()
    found = state_as_of(connection, moment)
    assert (found.version, found.is_final) == (current_version(connection), False)
    assert found.recorded_at is not None
    with psycopg.connect(database_url, autocommit=True) as db:
        add_source(db, "another")
    connection.rollback()
    again = state_as_of(connection, moment)
    assert (again.version, again.is_final) == (found.version, True)
    assert state_as_of(connection, "1999-12-31") == AsOf(
        datetime(1999, 12, 31, 23, 59, 59, 999999, UTC), 0, None, is_final=True
    )


def test_the_state_of_a_version_is_the_one_that_was_recorded_with_it(
    connection: Connection,
) -> None:
    now = current_version(connection)
    found = state_of(connection, now)
    assert (found.version, found.moment) == (now, found.recorded_at)
    assert state_of(connection, 0).version == 0


def test_a_moment_before_the_calendar_is_refused(connection: Connection) -> None:
    with pytest.raises(InvalidQuery, match="asof"):
        version_as_of(connection, "0001-01-01T00:00:00+14:00")
