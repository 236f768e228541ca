"""A snapshot as a folder of files, to hand in or to keep where this program is not.

::

    manifest.json      what the snapshot states, signed
    citation.txt, citation.bib, CITATION.cff, datacite.json
    lines/*.ndjson     the canonical lines of each layer: what the hashes are of
    layers/*.gpkg      the layers, in the formats that were asked for

Nothing in the files depends on the clock: the same snapshot makes the same files.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from db.export import export_layer
from db.layers.catalogue import layer_named
from db.query import LayerQuery
from db.snapshots.citation import bibtex, citation_cff, citation_text
from db.snapshots.datacite import datacite
from db.snapshots.prints import lines
from db.snapshots.signed import SignedManifest, layers_of
from db.transaction import current_state, reading
from gis.export import format_named
from gis.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Engine

    from db.snapshots.kept import Snapshot
    from db.snapshots.publication import Publication


def write_folder(
    engine: Engine,
    snapshot: Snapshot,
    publication: Publication,
    folder: Path,
    formats: Sequence[str],
    progress: Callable[[str], None] = lambda file: None,
) -> list[str]:
    """Write a snapshot into a folder, which is made where it is missing.

    Returns
    -------
    list of str
        Layers whose lines are not those that the snapshot states.

    Raises
    ------
    gis.errors.UnsupportedFormat
        There is no such format.
    gis.whole_file.UnwritableFile
        A file cannot be written.
    """
    chosen = [format_named(name) for name in formats]
    for part in (folder, folder / "lines", *([folder / "layers"] if chosen else [])):
        part.mkdir(parents=True, exist_ok=True)
    for name, text in _documents(snapshot, publication).items():
        progress(name)
        with whole_file(folder / name) as partial:
            partial.write_bytes(text)
    differing = []
    for layer, stated in layers_of(snapshot.manifest):
        progress(f"{layer}.ndjson")
        found = _write_lines(
            engine, layer, stated, snapshot.version, folder / "lines" / f"{layer}.ndjson"
        )
        if found != stated["sha256"]:
            differing.append(layer)
        for format in chosen:
            path = folder / "layers" / f"{layer}.{format.extension}"
            progress(path.name)
            query = LayerQuery(version=snapshot.version)
            export_layer(engine, layer_named(layer), query, path, format.id, snapshot=snapshot.name)
    return differing


def _documents(snapshot: Snapshot, publication: Publication) -> dict[str, bytes]:
    manifest = snapshot.manifest
    signed = SignedManifest(manifest, snapshot.signature).document()
    return {
        "manifest.json": _pretty(signed),
        "citation.txt": f"{citation_text(manifest, publication)}\n".encode(),
        "citation.bib": bibtex(manifest, publication).encode(),
        "CITATION.cff": citation_cff(manifest, publication).encode(),
        "datacite.json": _pretty(datacite(manifest, publication)),
    }


def _pretty(document: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2) + b"\n"


def _write_lines(
    engine: Engine, layer: str, stated: Mapping[str, Any], version: int, path: Path
) -> str:
    hashed = sha256()
    with (
        whole_file(path) as partial,
        reading(engine) as connection,
        partial.open("wb") as file,
    ):
        now = current_state(connection).version
        for part in lines(connection, layer_named(layer), version, now, list(stated["fields"])):
            hashed.update(part)
            file.write(part)
    return hashed.hexdigest()
