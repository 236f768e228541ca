"""All layers in one file, in one state of the data."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pyogrio
import pytest

from db.bundle import export_all
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.snapshots.creation import create_snapshot
from gis.bbox import BBox
from gis.formats.geopackage import IDENTITY
from gis.whole_file import UnwritableFile
from tests.db.rows import add_incident, add_source, version
from tests.gis.formats.test_geopackage import at_most, select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def two(database_url: str) -> int:
    """Two incidents, the second of which was renamed later; the version before that."""
    with psycopg.connect(database_url, autocommit=True) as db:
        press = add_source(db)
        add_incident(db, press, "first")
        add_incident(db, press, "second", geom="SRID=4326;POINT(-3 14)")
        then = version(db)
        db.execute("UPDATE liptako.incident SET title = 'renamed' WHERE code = 'second'")
    return then


def identity(path: Path) -> dict[str, Any]:
    ((document, scope),) = select(
        path,
        "SELECT metadata, reference_scope FROM gpkg_metadata m JOIN gpkg_metadata_reference r"
        f" ON r.md_file_id = m.id WHERE md_standard_uri = '{IDENTITY}'",
    )
    assert scope == "geopackage"
    found: dict[str, Any] = json.loads(document)
    return found


def test_every_layer_is_there_and_the_file_says_of_which_state(
    engine: Engine, two: int, tmp_path: Path
) -> None:
    told: dict[str, int] = {}
    done = export_all(engine, tmp_path / "a.gpkg", progress=told.__setitem__)
    assert (done.features, told) == (2, {"incidents": 2})
    found = dict(pyogrio.list_layers(done.path))
    tables = {layer.id: layer.geometry for layer in LAYERS.values()}
    assert found == {**tables, "layer_styles": None}
    assert select(done.path, "PRAGMA integrity_check") == [("ok",)]
    assert select(done.path, "PRAGMA foreign_key_check") == []
    about = identity(done.path)
    assert about["version"] == done.version == two + 1
    assert "snapshot" not in about
    assert about["layers"] == list(LAYERS)


def test_a_former_state_is_one_too_with_the_name_by_which_it_was_asked_for(
    engine: Engine, two: int, tmp_path: Path
) -> None:
    now = export_all(engine, tmp_path / "now.gpkg")
    before = now.path.read_bytes()
    made = create_snapshot(engine, "spring", asof=None)
    assert export_all(engine, tmp_path / "now.gpkg").path.read_bytes() == before
    named = export_all(engine, tmp_path / "named.gpkg", snapshot="spring")
    cited = {"name": "spring", "content": made.manifest["content"]}
    assert identity(named.path)["snapshot"] == cited
    then = export_all(engine, tmp_path / "then.gpkg", LayerQuery(version=two))
    assert then.version == two
    assert "snapshot" not in identity(then.path)
    titles = [select(done.path, "SELECT title FROM incidents ORDER BY 1") for done in (now, then)]
    assert titles == [[("first",), ("renamed",)], [("first",), ("second",)]]


def test_a_box_narrows_every_layer(engine: Engine, two: int, tmp_path: Path) -> None:
    west = LayerQuery(bbox=BBox(-4.0, 13.0, -2.0, 15.0))
    done = export_all(engine, tmp_path / "a.gpkg", west)
    assert done.features == 1
    documents = select(done.path, "SELECT metadata FROM gpkg_metadata")
    assert sum("Query: bbox=-4.0,13.0,-2.0,15.0" in document for (document,) in documents) == len(
        LAYERS
    )


def test_the_same_state_makes_the_same_bytes(engine: Engine, two: int, tmp_path: Path) -> None:
    files = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        # The project inside names the file: under another name it would be another.
        files.append(export_all(engine, folder / "a.gpkg").path.read_bytes())
    assert files[0] == files[1]


def test_the_project_inside_names_the_file_and_every_layer(
    engine: Engine, two: int, tmp_path: Path
) -> None:
    path = export_all(engine, tmp_path / "a b.gpkg").path
    ((name, content),) = select(path, "SELECT name, content FROM qgis_projects")
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content))) as archive:
        project = archive.read("liptako.qgs").decode()
    assert name == "liptako"
    for layer in LAYERS:
        assert f"<datasource>./a b.gpkg|layername={layer}</datasource>" in project


def test_a_full_disk_is_told_and_leaves_nothing(engine: Engine, two: int, tmp_path: Path) -> None:
    with at_most(50_000), pytest.raises(UnwritableFile):
        export_all(engine, tmp_path / "a.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_what_is_given_up_leaves_nothing(engine: Engine, two: int, tmp_path: Path) -> None:
    def give_up(layer: str, features: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_all(engine, tmp_path / "a.gpkg", progress=give_up)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_plain_sqlite(engine: Engine, two: int, tmp_path: Path) -> None:
    with closing(sqlite3.connect(export_all(engine, tmp_path / "a.gpkg").path)) as file:
        ((journal,),) = file.execute("PRAGMA journal_mode")
    assert journal == "delete"
