"""Exports of a former state say which it is, and are the same bytes whenever they are made."""

from __future__ import annotations

import io
import time
import zipfile
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.bundle import export_all
from db.engine import create_engine
from db.errors import UnknownSnapshot
from db.export import export_layer
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.snapshots.creation import create_snapshot
from gis.export import FORMATS
from gis.formats.format import NO_COLOPHON
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

Database = psycopg.Connection[Any]

NAME = "review-1"
COARSEST_CLOCK_S = 2.1
"""Times in a zip file have steps of two seconds; no other in a file is coarser but whole days."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        press = add_source(connection)
        first = add_incident(connection, press, "inates")
        add_estimate(connection, first, low=71, best=71, high=None)
        add_claim(connection, first, add_report(connection, press), "claim", low=71)
        add_incident(connection, press, "second", geom="SRID=4326;POINT(1.5 14.5)")
        yield connection


def written(engine: Engine, folder: Path, query: LayerQuery, snapshot: str | None) -> Path:
    """Every format of a layer with places and of one without, and all layers as one file."""
    folder.mkdir()
    for name in ("incidents", "reports"):
        for format in FORMATS.values():
            path = folder / f"{name}-{format.id}.{format.extension}"
            export_layer(engine, LAYERS[name], query, path, format.id, snapshot=snapshot)
    export_all(engine, folder / "all.gpkg", query, snapshot=snapshot)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def unpacked(content: bytes) -> bytes:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return b"\n".join(packed.read(name) for name in packed.namelist())


def test_the_same_request_makes_the_same_bytes_in_every_format_whatever_was_written_since(
    engine: Engine, db: Database, tmp_path: Path
) -> None:
    create_snapshot(engine, NAME)
    query = LayerQuery(version=version(db))
    first = contents(written(engine, tmp_path / "first", query, NAME))
    plain = contents(written(engine, tmp_path / "plain", query, None))
    create_snapshot(engine, "another-of-the-same-state")
    db.execute("UPDATE liptako.incident SET title = 'Changed'")
    db.execute("UPDATE liptako.report SET title = 'Changed'")
    add_incident(db, add_source(db, "late"), "late")
    time.sleep(COARSEST_CLOCK_S)
    later = contents(written(engine, tmp_path / "later", query, NAME))
    plain_later = contents(written(engine, tmp_path / "plain-later", query, None))
    assert len(first) == 2 * len(FORMATS) + 1
    assert first.keys() == later.keys()
    assert [name for name in first if first[name] != later[name]] == []
    assert [name for name in plain if plain[name] != plain_later[name]] == []


def test_the_state_before_the_first_record_is_the_same_bytes_too(
    engine: Engine, db: Database, tmp_path: Path
) -> None:
    query = LayerQuery(version=0)
    first = contents(written(engine, tmp_path / "first", query, None))
    time.sleep(COARSEST_CLOCK_S)
    later = contents(written(engine, tmp_path / "later", query, None))
    assert [name for name in first if first[name] != later[name]] == []


def test_a_file_says_by_whose_name_its_state_was_asked_for(
    engine: Engine, db: Database, tmp_path: Path
) -> None:
    made = create_snapshot(engine, NAME)
    content = made.manifest["content"].encode()
    recorded = made.manifest["recorded_at"][:19].encode()
    db.execute("UPDATE liptako.incident SET title = 'Changed'")
    folder = written(engine, tmp_path / "out", LayerQuery(version=made.version), NAME)
    for name in ("incidents", "reports"):
        layer = made.manifest["layers"][name]["sha256"].encode()
        for format in FORMATS.values():
            if NO_COLOPHON in format.losses:
                continue
            text = unpacked((folder / f"{name}-{format.id}.{format.extension}").read_bytes())
            for said in (NAME.encode(), content, layer, recorded):
                assert said in text, (name, format.id, said)
    assert content in (folder / "all.gpkg").read_bytes()


def test_a_snapshot_that_there_is_not_is_refused(
    engine: Engine, db: Database, tmp_path: Path
) -> None:
    path = tmp_path / "incidents.csv"
    with pytest.raises(UnknownSnapshot, match="nothing"):
        export_layer(engine, LAYERS["incidents"], LayerQuery(), path, "csv", snapshot="nothing")
    assert not path.exists()
