"""A snapshot as files: the same files each time, which say of themselves what they are."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from db.layers.catalogue import LAYERS
from db.snapshots.creation import create_snapshot
from db.snapshots.folder import write_folder
from db.snapshots.keys import make_key
from db.snapshots.publication import Publication
from db.snapshots.signed import SignedManifest, read_document

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg
    from sqlalchemy import Engine

BARE = Publication(title="Liptako", description="", creators=("Somebody",), publisher="Somebody")


def test_a_folder_holds_what_was_signed_and_hashed(
    engine: Engine, filled: psycopg.Connection[Any], tmp_path: Path
) -> None:
    made = create_snapshot(engine, "v1", key=make_key(tmp_path / "key.pem"))
    told: list[str] = []
    assert write_folder(engine, made, BARE, tmp_path / "out", ["geojson"], told.append) == []
    signed = read_document(tmp_path / "out" / "manifest.json")
    assert signed == SignedManifest(made.manifest, made.signature)
    assert {path.stem for path in (tmp_path / "out" / "lines").iterdir()} == set(LAYERS)
    for path in (tmp_path / "out" / "lines").iterdir():
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        assert found == made.manifest["layers"][path.stem]["sha256"]
    drawn = json.loads((tmp_path / "out" / "layers" / "incidents.geojson").read_bytes())
    assert drawn["version"] == made.version
    assert "incidents.geojson" in told


def test_the_same_snapshot_makes_the_same_files_whatever_is_written_since(
    engine: Engine, filled: psycopg.Connection[Any], tmp_path: Path
) -> None:
    made = create_snapshot(engine, "v1")
    write_folder(engine, made, BARE, tmp_path / "one", ["gpkg"])
    filled.execute("UPDATE liptako.incident SET title = 'Changed'")
    write_folder(engine, made, BARE, tmp_path / "two", ["gpkg"])
    one, two = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (tmp_path / "one", tmp_path / "two")
    )
    assert one.keys() == two.keys()
    assert [str(path) for path in one if one[path] != two[path]] == []


def test_what_is_not_as_stated_is_named(
    engine: Engine, filled: psycopg.Connection[Any], tmp_path: Path
) -> None:
    made = create_snapshot(engine, "v1")
    filled.execute("SET session_replication_role = replica")
    filled.execute("UPDATE liptako.incident SET title = 'Rewritten' WHERE code = 'nowhere'")
    assert write_folder(engine, made, BARE, tmp_path, []) == ["incidents"]
