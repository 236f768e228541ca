"""``asof``: the state of the data that was recorded by then."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from db.errors import InvalidQuery, UnknownSnapshot
from db.history import version_at
from db.snapshots.kept import snapshot_version
from db.snapshots.names import is_name

if TYPE_CHECKING:
    from sqlalchemy import Connection

PARAMETER = "asof"
RULE = (
    "it is a date (its end, in UTC), a moment with its offset, like 2020-01-11T18:00:00Z, or the "
    "name of a snapshot"
)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def version_as_of(connection: Connection, text: str) -> int:
    """The version of the data that was current then; 0 before anything was recorded.

    Parameters
    ----------
    connection : Connection
    text : str
        A date, which stands for its end in UTC, or a moment (RFC 3339). Today is a date that has
        not ended: it stands for now. Or the name of a snapshot.

    Raises
    ------
    InvalidQuery
        The text is none of these, or lies in the future: what will be recorded is not known.
    """
    if is_name(text):
        return _version_of_snapshot(connection, text)
    moment = _moment(text)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    if moment > now and not (_DATE.fullmatch(text) and moment.date() <= _tomorrow(now)):
        raise InvalidQuery(PARAMETER, text, "it does not lie in the future")
    return version_at(connection, moment)


def _version_of_snapshot(connection: Connection, name: str) -> int:
    try:
        return snapshot_version(connection, name)
    except UnknownSnapshot as fault:
        raise InvalidQuery(PARAMETER, name, RULE, nearest=fault.nearest) from fault


def _moment(text: str) -> datetime:
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(day, time(), UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except (ValueError, OverflowError) as fault:
        raise InvalidQuery(PARAMETER, text, RULE) from fault
    if moment.tzinfo is None or "T" not in text.upper():
        raise InvalidQuery(PARAMETER, text, RULE)
    return moment


def _tomorrow(now: datetime) -> date:
    return now.astimezone(UTC).date() + timedelta(days=1)
