"""``asof``: the state of the data that was recorded by then."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from db.errors import InvalidQuery, UnknownSnapshot
from db.models.state import DataVersion
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


@dataclass(frozen=True, slots=True)
class AsOf:
    """The state of the data that was recorded by a moment.

    Parameters
    ----------
    moment : datetime
        The moment that was asked for; of a date its end, of a snapshot when its version was
        recorded. In UTC.
    version : int
        The version that was current then; 0 before anything was recorded.
    recorded_at : datetime or None
        When that version was recorded; ``None`` for version 0.
    is_final : bool
        Whether the moment names this version for good: a snapshot does, any other moment once a
        later version is recorded. Until then a transaction that is about to commit, or a
        clock that is set back, may still stamp a version before the moment: recorded time always
        grows, so nothing is ever stamped before what is recorded already.
    """

    moment: datetime
    version: int
    recorded_at: datetime | None
    is_final: bool


def state_as_of(connection: Connection, text: str, parameter: str = PARAMETER) -> AsOf:
    """The state that a text names.

    Parameters
    ----------
    connection : Connection
    text : str
        A date, which stands for its end in UTC, or a moment (RFC 3339). Today is a date that has
        not ended: it stands for now. Or the name of a snapshot.
    parameter : str
        The word that the caller used.

    Raises
    ------
    InvalidQuery
        The text is none of these, or lies in the future: what will be recorded is not known.
    """
    try:
        return _state_as_of(connection, text)
    except InvalidQuery as fault:
        raise InvalidQuery(parameter, text, fault.rule, nearest=fault.nearest) from fault


def _state_as_of(connection: Connection, text: str) -> AsOf:
    if is_name(text):
        return replace(state_of(connection, _version_of(connection, text)), is_final=True)
    moment = _moment(text)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    is_today = _DATE.fullmatch(text) is not None and moment.date() == now.astimezone(UTC).date()
    if moment > now and not is_today:
        raise InvalidQuery(PARAMETER, text, "it does not lie in the future")
    return state_at(connection, moment)


def state_at(connection: Connection, moment: datetime) -> AsOf:
    """The state that was recorded by a moment.

    Parameters
    ----------
    connection : Connection
    moment : datetime
        In UTC.
    """
    recorded = DataVersion.recorded_at
    latest = select(DataVersion.version, recorded).where(recorded <= moment)
    row = connection.execute(latest.order_by(DataVersion.version.desc()).limit(1)).first()
    later = connection.scalar(select(select(DataVersion).where(recorded > moment).exists()))
    version, recorded_at = (0, None) if row is None else (int(row.version), row.recorded_at)
    return AsOf(moment, version, recorded_at, bool(later))


def state_of(connection: Connection, version: int) -> AsOf:
    """The state of a version that is recorded; of another, the one before it."""
    latest = select(func.max(DataVersion.recorded_at)).where(DataVersion.version <= version)
    moment: datetime | None = connection.scalar(latest)
    return state_at(connection, moment or datetime.min.replace(tzinfo=UTC))


def version_as_of(connection: Connection, text: str) -> int:
    """The version of the state that a text names, as :func:`state_as_of` finds it."""
    return state_as_of(connection, text).version


def _version_of(connection: Connection, name: str) -> int:
    try:
        return snapshot_version(connection, name)
    except UnknownSnapshot as fault:
        raise InvalidQuery(PARAMETER, name, RULE, nearest=fault.nearest) from fault


def _moment(text: str) -> datetime:
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is not None and "T" in text.upper():
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise InvalidQuery(PARAMETER, text, RULE) from fault
    raise InvalidQuery(PARAMETER, text, RULE)
