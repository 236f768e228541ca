"""All layers in one GeoPackage, in one state of the data, which the file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.bundle_project import project_embedded
from db.export import Exported, colophon_of, features_of, recorded_at
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.read import at_version
from db.snapshots.kept import snapshot_named
from db.transaction import reading
from gis.export import unwritable
from gis.formats.geopackage import GEOPACKAGE, write_layers
from gis.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from gis.formats.features import Colophon, Features

    Progress = Callable[[str, int], None]


def export_all(
    engine: Engine,
    path: Path,
    query: LayerQuery | None = None,
    progress: Progress | None = None,
    *,
    snapshot: str | None = None,
) -> Exported:
    """Write every layer into one GeoPackage, also those that have no features.

    The file appears under its name when it is whole; one of that name stays until then.

    Parameters
    ----------
    engine : Engine
    path : Path
    query : LayerQuery, optional
        What is asked of each layer: a version, a box, an interval; everything where missing.
        It names no field, as layers have different ones.
    progress : callable, optional
        Told a layer and the number of its features so far.
    snapshot : str, optional
        By whose name the state was asked for.

    Raises
    ------
    gis.whole_file.UnwritableFile
        The file cannot be written.
    db.errors.DbError
        See :func:`db.transaction.reading`.
    """
    wanted = query or LayerQuery()
    with whole_file(path, GEOPACKAGE.extension) as partial, reading(engine) as connection:
        version, asked = at_version(connection, wanted)
        done: list[Features] = []

        def layers() -> Iterator[tuple[Features, Colophon]]:
            for layer in LAYERS.values():
                features = features_of(
                    connection, layer, asked, GEOPACKAGE, _told(layer.id, progress)
                )
                done.append(features)
                yield features, colophon_of(connection, layer, wanted, version, snapshot)

        try:
            identity = _identity(connection, version, snapshot)
            write_layers(partial, layers(), identity, [project_embedded(path.name)])
        except OSError as fault:
            if any(features.fault is not None for features in done):
                raise
            raise unwritable(partial, fault) from fault
        return Exported(path, sum(features.count for features in done), version)


def _told(layer: str, progress: Progress | None) -> Callable[[int], None] | None:
    return None if progress is None else lambda features: progress(layer, features)


def _identity(connection: Connection, version: int, snapshot: str | None) -> dict[str, object]:
    """Which state of the data the file holds, and by whose name it was asked for."""
    found: dict[str, object] = {
        "version": version,
        "recorded_at": recorded_at(connection, version),
        "layers": list(LAYERS),
    }
    if snapshot is not None:
        content = snapshot_named(connection, snapshot).manifest["content"]
        found["snapshot"] = {"name": snapshot, "content": content}
    return found
