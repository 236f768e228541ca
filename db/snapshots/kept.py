"""The snapshots that there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from db.errors import UnknownSnapshot
from db.models.snapshots import Snapshot as Row
from db.models.snapshots import SnapshotRun
from db.snapshots.signed import Signature
from gis.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A version of the data under a name.

    Parameters
    ----------
    name : str
    version : int
    created_at : datetime
    manifest : mapping
        See :mod:`db.snapshots.manifest`.
    signature : Signature, optional
        Of the manifest as canonical JSON; missing where nobody signed it.
    """

    name: str
    version: int
    created_at: datetime
    manifest: Mapping[str, Any]
    signature: Signature | None


def snapshots(connection: Connection) -> list[Snapshot]:
    """All snapshots, the latest first."""
    found = connection.execute(_asked().order_by(Row.created_at.desc(), Row.name))
    return [_snapshot(row) for row in found]


def snapshot_named(connection: Connection, name: str) -> Snapshot:
    """The snapshot of that name.

    Raises
    ------
    UnknownSnapshot
        There is none; the error names the one most like it.
    """
    row = connection.execute(_asked().where(Row.name == name)).first()
    if row is None:
        raise UnknownSnapshot(name, nearest=nearest(name, connection.scalars(select(Row.name))))
    return _snapshot(row)


def snapshot_version(connection: Connection, name: str) -> int:
    """The version of the data that a snapshot is of.

    Raises
    ------
    UnknownSnapshot
    """
    found = connection.scalar(select(Row.version).where(Row.name == name))
    if found is None:
        raise UnknownSnapshot(name, nearest=nearest(name, connection.scalars(select(Row.name))))
    return int(found)


def is_taken(connection: Connection, name: str) -> bool:
    """Whether there is a snapshot of that name."""
    return bool(connection.scalar(select(select(Row.name).where(Row.name == name).exists())))


def public_keys(connection: Connection) -> list[str]:
    """The keys that signed snapshots, in base64, the latest first."""
    asked = select(Row.public_key).where(Row.public_key.is_not(None)).order_by(Row.created_at)
    return list(dict.fromkeys(reversed(list(connection.scalars(asked)))))


def keep(
    connection: Connection, manifest: Mapping[str, Any], signature: Signature | None
) -> Snapshot:
    """Store a snapshot, with the runs whose results it holds."""
    stored = insert(Row).values(
        name=manifest["name"],
        version=manifest["version"],
        created_at=manifest["created_at"],
        manifest=dict(manifest),
        public_key=None if signature is None else signature.public_key,
        signature=None if signature is None else signature.value,
    )
    connection.execute(stored)
    if runs := [{"name": manifest["name"], "run_id": run["run"]} for run in manifest["runs"]]:
        connection.execute(insert(SnapshotRun), runs)
    return snapshot_named(connection, manifest["name"])


def _asked() -> Any:
    return select(
        Row.name, Row.version, Row.created_at, Row.manifest, Row.public_key, Row.signature
    )


def _snapshot(row: Any) -> Snapshot:
    signed = None if row.signature is None else Signature(row.public_key, row.signature)
    return Snapshot(row.name, row.version, row.created_at, row.manifest, signed)
