"""A name is given to a state of the data, with hashes that anybody can compute again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.asof import version_as_of
from db.engine import connect
from db.errors import InvalidQuery, SnapshotTaken, UnknownSnapshot
from db.history import current_version
from db.layers.catalogue import LAYERS
from db.snapshots.creation import create_snapshot
from db.snapshots.kept import public_keys, snapshot_named, snapshots
from db.snapshots.keys import SigningKey, is_signed_by, make_key
from db.transaction import reading
from gis.canonical import canonical
from tests.db.rows import add_incident, add_source, version

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

Database = psycopg.Connection[Any]


def test_a_snapshot_states_what_every_layer_has(engine: Engine, filled: Database) -> None:
    made = create_snapshot(engine, "v1", note="first")
    assert made.version == version(filled)
    layers = made.manifest["layers"]
    assert set(layers) == set(LAYERS)
    incidents = layers["incidents"]
    assert incidents["features"] == 2  # the third may not leave
    assert incidents["licences"] == ["CC BY 4.0"]
    assert incidents["attributions"] == ["The press"]
    assert incidents["bounds"] == ["1.31351234567891", "15.2275", "1.31351234567891", "15.2275"]
    assert (incidents["start"], incidents["end"]) == (
        "2019-12-10T00:00:00Z",
        "2019-12-10T23:59:59Z",
    )
    assert made.manifest["editions"] == [{"source": "press", "edition": "2024"}]
    assert made.manifest["note"] == "first"
    assert "Nobody" not in str(made.manifest)
    assert "secret" not in str(made.manifest)


def test_a_hash_is_that_of_lines_that_anybody_can_make(engine: Engine, filled: Database) -> None:
    made = create_snapshot(engine, "v1")
    row = filled.execute(
        "SELECT report_id, lower(encode(ST_AsBinary(ST_Point(1, 2), 'NDR'), 'hex')) FROM"
        " liptako.report"
    ).fetchone()
    assert row is not None
    properties = {
        "report": "report", "title": "report", "source": "press", "source_kind": "news",
        "source_grade": None,
        "published_start": None, "published_end": None, "published_precision": "unknown",
        "url": None, "language": None, "edition": None, "claims": 1, "note": None,
        "licence": "CC BY 4.0", "attribution": "The press",
    }  # fmt: skip
    told = {"id": row[0], "geometry": None, "properties": properties}
    line = json.dumps(told, sort_keys=True, separators=(",", ":")) + "\n"
    reports = made.manifest["layers"]["reports"]
    assert reports["fields"].keys() == properties.keys()
    assert reports["bytes"] == len(line)
    assert reports["sha256"] == hashlib.sha256(line.encode()).hexdigest()
    hashes = {name: layer["sha256"] for name, layer in made.manifest["layers"].items()}
    told_content = json.dumps(hashes, sort_keys=True, separators=(",", ":")).encode()
    assert made.manifest["content"] == hashlib.sha256(told_content).hexdigest()


def test_the_same_state_has_the_same_hashes_and_another_has_others(
    engine: Engine, filled: Database
) -> None:
    first = create_snapshot(engine, "first")
    filled.execute("UPDATE liptako.incident SET title = 'Changed' WHERE code = 'inates'")
    then = create_snapshot(engine, "then", asof="first")
    now = create_snapshot(engine, "now")
    assert then.version == first.version < now.version
    assert then.manifest["layers"] == first.manifest["layers"]
    assert then.manifest["content"] == first.manifest["content"] != now.manifest["content"]
    changed = {
        name
        for name, layer in now.manifest["layers"].items()
        if layer["sha256"] != first.manifest["layers"][name]["sha256"]
    }
    assert changed == {"incidents", "claims"}


def test_a_hash_counts_the_last_bit_of_a_place(engine: Engine, filled: Database) -> None:
    def printed(name: str) -> str:
        found: str = create_snapshot(engine, name).manifest["layers"]["incidents"]["sha256"]
        return found

    before = printed("before")
    filled.execute(
        "UPDATE liptako.incident SET geom = 'SRID=4326;POINT(1.31351234567892 15.2275)'"
        " WHERE code = 'inates'"
    )
    assert printed("after") != before


def test_a_snapshot_changes_no_data(engine: Engine, filled: Database) -> None:
    before = version(filled)
    create_snapshot(engine, "v1")
    assert version(filled) == before


def test_asof_takes_the_name_of_a_snapshot(
    database_url: str, engine: Engine, filled: Database
) -> None:
    made = create_snapshot(engine, "v1.0")
    add_incident(filled, add_source(filled, "late"), "late")
    with connect(database_url) as connection:
        assert version_as_of(connection, "v1.0") == made.version < current_version(connection)
        with pytest.raises(InvalidQuery, match="name of a snapshot") as refused:
            version_as_of(connection, "V1.0")
        assert refused.value.parameter == "asof"
        assert refused.value.nearest == "v1.0"


def test_a_name_is_given_once_and_for_good(engine: Engine, filled: Database) -> None:
    create_snapshot(engine, "v1")
    with pytest.raises(SnapshotTaken, match="v1"):
        create_snapshot(engine, "v1")
    for statement in (
        "UPDATE liptako.snapshot SET version = 1",
        "DELETE FROM liptako.snapshot",
        "TRUNCATE liptako.snapshot CASCADE",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            filled.execute(statement)


def test_nothing_recorded_is_nothing_to_name(engine: Engine, db: Database) -> None:
    with pytest.raises(InvalidQuery, match="nothing was recorded"):
        create_snapshot(engine, "v1")
    add_source(db)
    with pytest.raises(InvalidQuery, match="nothing was recorded"):
        create_snapshot(engine, "v1", asof="1999-12-31")
    with pytest.raises(InvalidQuery, match="begins with a letter"):
        create_snapshot(engine, "2020-01-11")


def test_snapshots_are_listed_the_latest_first(engine: Engine, filled: Database) -> None:
    for name in ("first", "second"):
        create_snapshot(engine, name)
    with reading(engine) as connection:
        assert [one.name for one in snapshots(connection)] == ["second", "first"]
        with pytest.raises(UnknownSnapshot) as unknown:
            snapshot_named(connection, "frist")
    assert unknown.value.nearest == "first"


def test_a_signed_manifest_is_checked_with_the_public_key(
    engine: Engine, filled: Database, tmp_path: Path
) -> None:
    key = make_key(tmp_path / "home" / "key.pem")
    made = create_snapshot(engine, "v1", key=key)
    create_snapshot(engine, "unsigned")
    with reading(engine) as connection:
        kept = snapshot_named(connection, "v1")
        assert public_keys(connection) == [key.public]
        assert snapshot_named(connection, "unsigned").signature is None
    assert kept == made
    assert kept.signature is not None
    text = canonical(kept.manifest)
    assert is_signed_by(key.public, kept.signature.value, text)
    assert not is_signed_by(key.public, kept.signature.value, text + b" ")
    other = make_key(tmp_path / "other.pem")
    assert isinstance(other, SigningKey)
    assert not is_signed_by(other.public, kept.signature.value, text)


def test_progress_is_told_by_layer(engine: Engine, filled: Database) -> None:
    told: list[tuple[str, int]] = []
    create_snapshot(engine, "v1", progress=lambda layer, features: told.append((layer, features)))
    assert ("incidents", 2) in told
    assert ("borders", 1) in told
