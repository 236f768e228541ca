"""A snapshot is checked: what differs is named, whoever changed it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.snapshots.creation import create_snapshot
from db.snapshots.keys import SigningKey, make_key
from db.snapshots.manifest import content_hash
from db.snapshots.signed import Signature, SignedManifest
from db.snapshots.verification import LayerOutcome, SignatureOutcome, StateOutcome, verify
from gis.canonical import canonical
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

Database = psycopg.Connection[Any]


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return make_key(tmp_path / "key.pem")


@pytest.fixture
def signed(engine: Engine, filled: Database, key: SigningKey) -> SignedManifest:
    made = create_snapshot(engine, "v1", key=key)
    return SignedManifest(made.manifest, made.signature)


def test_what_was_not_touched_is_the_same(engine: Engine, signed: SignedManifest) -> None:
    found = verify(engine, signed)
    assert found.same_content
    assert found.signature is SignatureOutcome.VALID
    assert {layer.outcome for layer in found.layers} == {LayerOutcome.SAME}


def test_later_changes_do_not_reach_a_snapshot(
    engine: Engine, signed: SignedManifest, filled: Database
) -> None:
    filled.execute("UPDATE liptako.incident SET title = 'Changed', radius_m = 7")
    filled.execute("UPDATE liptako.estimate SET low = 70")
    filled.execute("DELETE FROM liptako.actor_role")
    filled.execute("DELETE FROM liptako.claim")
    add_incident(filled, add_source(filled, "late"), "late")
    found = {layer.layer: layer for layer in verify(engine, signed).layers}
    assert found["incidents"].outcome is LayerOutcome.SAME
    assert found["claims"].outcome is LayerOutcome.SAME


def test_who_tampers_with_the_history_is_found_out(
    engine: Engine, signed: SignedManifest, filled: Database
) -> None:
    filled.execute("UPDATE liptako.incident SET title = 'Changed' WHERE code = 'inates'")
    # As a superuser can, behind the triggers.
    filled.execute("SET session_replication_role = replica")
    filled.execute("UPDATE liptako_history.incident SET title = 'Rewritten'")
    found = verify(engine, signed)
    assert not found.same_content
    differing = [layer.layer for layer in found.layers if layer.outcome is LayerOutcome.DIFFERS]
    assert differing == ["claims", "incidents"]
    assert found.signature is SignatureOutcome.VALID


def changed(signed: SignedManifest, **members: Any) -> SignedManifest:
    manifest = copy.deepcopy(dict(signed.manifest)) | members
    return SignedManifest(manifest, signed.signature)


def test_a_changed_manifest_is_not_what_was_signed(engine: Engine, signed: SignedManifest) -> None:
    found = verify(engine, changed(signed, note="another"))
    assert found.same_content
    assert found.signature is SignatureOutcome.INVALID


def test_a_hash_that_was_changed_is_not_that_of_the_whole(
    engine: Engine, signed: SignedManifest, key: SigningKey
) -> None:
    forged = changed(signed)
    layers = forged.manifest["layers"]
    layers["incidents"]["sha256"] = "0" * 64
    found = verify(engine, forged)
    assert not found.is_whole
    forged.manifest["content"] = content_hash(layers)  # type: ignore[index]  # a forger may
    resigned = SignedManifest(
        forged.manifest, Signature(key.public, key.sign(canonical(forged.manifest)))
    )
    found = verify(engine, resigned)
    assert found.is_whole
    assert found.signature is SignatureOutcome.VALID
    assert not found.same_content


def test_the_key_that_must_have_signed_can_be_told(
    engine: Engine, signed: SignedManifest, key: SigningKey, tmp_path: Path
) -> None:
    other = make_key(tmp_path / "other.pem")
    assert verify(engine, signed, key=key.public).signature is SignatureOutcome.VALID
    assert verify(engine, signed, key=other.public).signature is SignatureOutcome.OTHER_KEY
    unsigned = SignedManifest(signed.manifest, None)
    assert verify(engine, unsigned, key=key.public).signature is SignatureOutcome.UNSIGNED


def test_another_database_says_that_it_is_another(engine: Engine, signed: SignedManifest) -> None:
    other = changed(signed, recorded_at="2001-01-01T00:00:00.000000Z")
    found = verify(engine, other)
    assert found.state is StateOutcome.OTHER
    assert not found.same_content
    ahead = verify(engine, changed(signed, version=10**6))
    assert ahead.state is StateOutcome.MISSING
    assert not ahead.same_content
    assert ahead.layers == ()


def test_a_field_that_came_later_makes_no_difference_and_one_that_went_does(
    engine: Engine, signed: SignedManifest, filled: Database
) -> None:
    layers = copy.deepcopy(signed.manifest["layers"])
    fewer = {name: kind for name, kind in layers["places"]["fields"].items() if name != "note"}
    assert fewer.keys() < layers["places"]["fields"].keys()
    layers["places"]["fields"] = fewer  # there are no places: the hash of nothing is the same
    layers["regions"]["fields"]["colour"] = "text"
    found = {one.layer: one for one in verify(engine, changed(signed, layers=layers)).layers}
    assert found["places"].outcome is LayerOutcome.SAME
    assert found["regions"].outcome is LayerOutcome.GONE
    assert found["regions"].found_sha256 is None
