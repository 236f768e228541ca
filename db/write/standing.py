"""How an incident stands: retracted, merged into another, active again.

Nothing is deleted: a retracted or merged incident keeps its code, its claims and its history, and
leaves the layers. Who does so may state a name, which the database keeps with the version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from db.errors import StandingRefused
from db.models.incidents import Incident
from db.vocabulary import IncidentStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ACTIVE, _RETRACTED, _MERGED = (
    IncidentStatus.ACTIVE.value,
    IncidentStatus.RETRACTED.value,
    IncidentStatus.MERGED.value,
)


def state_author(connection: Connection, name: str) -> None:
    """State who writes, for the transaction that is open; nobody checks it."""
    connection.execute(select(func.set_config("liptako.author", name, True)))


def retract(connection: Connection, code: str, note: str) -> None:
    """Withdraw an incident: it did not happen, or nobody says so any more.

    Raises
    ------
    StandingRefused
        There is no such incident, or it is not active.
    """
    key = _key_of(connection, code, _ACTIVE)
    _set(connection, key, status=_RETRACTED, status_note=note)


def merge(connection: Connection, code: str, into: str, note: str | None = None) -> None:
    """Find an incident to be the same as another, which survives.

    What was merged into the first, and what was part of it, goes over to the survivor. The claims
    of the first stay with it: curation and datasets own their incidents whole, and a claim that was
    moved would be taken away, or back, by the next load.

    Raises
    ------
    StandingRefused
        One of them does not exist or is not active, they are the same, or the survivor is a part of
        the other.
    """
    key = _key_of(connection, code, _ACTIVE)
    survivor = _key_of(connection, into, _ACTIVE)
    if key == survivor:
        raise StandingRefused(code, "an incident is merged into another one")
    if connection.scalar(select(Incident.part_of).where(Incident.incident_id == survivor)) == key:
        raise StandingRefused(into, f"it is a part of {code!r}")
    _set(connection, key, status=_MERGED, merged_into=survivor, status_note=note)
    for column in (Incident.merged_into, Incident.part_of):
        moved = update(Incident).where(column == key).values({column: survivor})
        connection.execute(moved)


def restore(connection: Connection, code: str) -> None:
    """Make an incident active again that was retracted or merged.

    Raises
    ------
    StandingRefused
        There is no such incident, or it is active.
    """
    key = _key_of(connection, code, _RETRACTED, _MERGED)
    _set(connection, key, status=_ACTIVE, merged_into=None, status_note=None)


def _key_of(connection: Connection, code: str, *wanted: str) -> int:
    asked = select(Incident.incident_id, Incident.status).where(Incident.code == code)
    row = connection.execute(asked).first()
    if row is None:
        raise StandingRefused(code, "there is no such incident")
    if row.status not in wanted:
        raise StandingRefused(code, f"it is {row.status}")
    return int(row.incident_id)


def _set(connection: Connection, key: int, **values: object) -> None:
    connection.execute(update(Incident).where(Incident.incident_id == key).values(values))
