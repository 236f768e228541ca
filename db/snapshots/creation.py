"""A snapshot is made: every layer is read at one version and hashed, then the name is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from db.asof import PARAMETER as ASOF
from db.asof import version_as_of
from db.errors import InvalidQuery, SnapshotTaken
from db.snapshots.kept import is_taken, keep
from db.snapshots.manifest import manifest_of
from db.snapshots.names import check_name
from db.snapshots.signed import Signature
from db.transaction import current_state, reading
from gis.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from db.snapshots.kept import Snapshot
    from db.snapshots.keys import SigningKey


def create_snapshot(
    engine: Engine,
    name: str,
    *,
    note: str = "",
    asof: str | None = None,
    key: SigningKey | None = None,
    progress: Callable[[str, int], None] = lambda layer, features: None,
) -> Snapshot:
    """Give a name to a version of the data, for good.

    Nothing is held while layers are read that a writer would wait for, and the data do not change
    by it: no new version comes of it.

    Parameters
    ----------
    engine : Engine
    name : str
    note : str
        What it is for.
    asof : str, optional
        Of a former state; the present where missing.
    key : SigningKey, optional
        Signs the manifest; without one the snapshot is unsigned.
    progress : callable
        Told a layer and the number of its features so far.

    Raises
    ------
    InvalidQuery
        The name breaks its rule, or nothing was recorded by then.
    SnapshotTaken
        There is a snapshot of that name.
    """
    check_name(name)
    with reading(engine) as connection:
        if is_taken(connection, name):
            raise SnapshotTaken(name)
        now = current_state(connection).version
        version = now if asof is None else version_as_of(connection, asof)
        if version == 0:
            raise InvalidQuery(ASOF, asof or "now", "nothing was recorded by then")
        manifest = manifest_of(connection, name, note, version, now, progress)
    signature = None if key is None else Signature(key.public, key.sign(canonical(manifest)))
    try:
        with engine.begin() as connection:
            return keep(connection, manifest, signature)
    except IntegrityError as fault:  # somebody was faster
        raise SnapshotTaken(name) from fault
