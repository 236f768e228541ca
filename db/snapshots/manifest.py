"""What a snapshot states of itself, as one JSON document: the manifest.

It has texts and whole numbers only, so that its canonical form (RFC 8785), which is what is signed,
can be made without a library.
"""

from __future__ import annotations

from hashlib import sha256
from importlib import metadata
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from db.history import as_of
from db.layers.catalogue import LAYERS
from db.layers.layer import may_leave
from db.models.derived import AnalysisRun
from db.models.imports import ImportRun
from db.models.places import Boundary, Region
from db.models.sources import Source
from db.models.state import DataVersion
from db.snapshots.prints import print_of
from db.snapshots.signed import FORMAT
from db.write.runs import WRITTEN
from gis.canonical import ENCODING, canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection

    from db.layers.layer import Layer
    from db.snapshots.prints import Print

Document = dict[str, Any]


def manifest_of(
    connection: Connection,
    name: str,
    note: str,
    version: int,
    now: int,
    progress: Callable[[str, int], None],
) -> Document:
    """The manifest of a snapshot of a version.

    Parameters
    ----------
    connection : Connection
        One transaction: all layers are read at one state.
    name, note : str
    version : int
        Of the data; it is there.
    now : int
        The version that the transaction sees.
    progress : callable
        Told a layer and the number of its features so far.
    """
    layers = {}
    for layer in LAYERS.values():
        found = print_of(
            connection,
            layer,
            version,
            now,
            progress=lambda features, of=layer.id: progress(of, features),  # type: ignore[misc]
        )
        layers[layer.id] = _layer(layer, found)
    recorded = select(DataVersion.recorded_at).where(DataVersion.version == version)
    return {
        "format": FORMAT,
        "encoding": ENCODING,
        "name": name,
        "note": note,
        "version": version,
        "recorded_at": moment_text(connection.execute(recorded).scalar_one()),
        "created_at": moment_text(connection.execute(select(func.clock_timestamp())).scalar_one()),
        "content": content_hash(layers),
        "layers": layers,
        "editions": _editions(connection, version),
        "imports": _imports(connection, version),
        "runs": _runs(connection, version),
        "software": _software(connection),
    }


def content_hash(layers: Mapping[str, Mapping[str, Any]]) -> str:
    """The hash of all layers together: of their own hashes, as canonical JSON by their names."""
    hashes = {name: layer["sha256"] for name, layer in layers.items()}
    return sha256(canonical(hashes)).hexdigest()


def moment_text(moment: datetime) -> str:
    """A moment of recorded time, in UTC, with all its digits."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _layer(layer: Layer, found: Print) -> Document:
    return {
        "title": layer.title,
        "features": found.features,
        "bytes": found.size,
        "sha256": found.sha256,
        "geometry": layer.geometry,
        "fields": {field.name: field.kind.value for field in layer.fields},
        "licences": list(found.licences),
        "attributions": list(found.attributions),
        # As texts, since a manifest has whole numbers only.
        "bounds": None if found.bounds is None else [repr(degrees) for degrees in found.bounds],
        "start": _day_or_moment(found.start),
        "end": _day_or_moment(found.end),
    }


def _day_or_moment(value: date | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def _editions(connection: Connection, version: int) -> list[Document]:
    """Sources and editions of boundaries and regions that may leave."""
    source = as_of(Source, version).alias("source")
    found: set[tuple[str, str]] = set()
    for model in (Boundary, Region):
        drawn = as_of(model, version).alias("drawn")
        asked = (
            select(source.c.name, drawn.c.edition)
            .select_from(drawn.join(source, source.c.source_id == drawn.c.source_id))
            .where(may_leave(drawn.c.source_id, version))
            .distinct()
        )
        found |= {(row.name, row.edition) for row in connection.execute(asked)}
    return [{"source": source, "edition": edition} for source, edition in sorted(found)]


def _imports(connection: Connection, version: int) -> list[Document]:
    """What was loaded until then: a hash tells who has the file that it is the same."""
    asked = (
        select(ImportRun.format, ImportRun.dataset, ImportRun.edition, ImportRun.sha256)
        .where(ImportRun.data_version <= version, ImportRun.status.in_(WRITTEN))
        .order_by(ImportRun.run_id)
    )
    return [dict(row._mapping) for row in connection.execute(asked)]


def _runs(connection: Connection, version: int) -> list[Document]:
    """The runs of analyses whose results the layers show at that version."""
    shown = (
        AnalysisRun.run_id.label("run"),
        AnalysisRun.method,
        AnalysisRun.method_version,
        AnalysisRun.data_version,
        AnalysisRun.input_sha256,
    )
    asked = (
        select(*shown)
        .where(
            AnalysisRun.published_version <= version,
            func.coalesce(AnalysisRun.replaced_version > version, True),
        )
        .order_by(AnalysisRun.method)
    )
    return [dict(row._mapping) for row in connection.execute(asked)]


def _software(connection: Connection) -> Document:
    server = connection.execute(
        text("SELECT current_setting('server_version'), postgis_lib_version()")
    ).one()
    return {
        "liptako": metadata.version("liptako"),
        "postgresql": server[0],
        "postgis": server[1],
    }
