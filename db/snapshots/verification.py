"""A snapshot is checked: every layer is read and hashed again at its version, and its signature.

A layer is hashed over the fields that it had when the snapshot was made: one that has more of them
today is not another for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from db.layers.catalogue import LAYERS
from db.models.state import DataVersion
from db.snapshots.keys import is_signed_by
from db.snapshots.manifest import content_hash, moment_text
from db.snapshots.prints import print_of
from db.snapshots.signed import layers_of
from db.transaction import current_state, reading
from gis.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine

    from db.snapshots.signed import Signature, SignedManifest


class LayerOutcome(StrEnum):
    """What became of a layer."""

    SAME = "same"
    DIFFERS = "differs"
    """Its hash is another."""
    GONE = "gone"
    """This program has no such layer, or not all of its fields."""


class SignatureOutcome(StrEnum):
    """What a signature is worth."""

    VALID = "valid"
    INVALID = "invalid"
    """The manifest is not what was signed."""
    OTHER_KEY = "of another key"
    """It is signed, but not by the key that was asked for."""
    UNSIGNED = "unsigned"


class StateOutcome(StrEnum):
    """What the database knows of the version that a manifest names."""

    SAME = "same"
    OTHER = "other"
    """It recorded that version at another moment: it is another database."""
    MISSING = "missing"
    """It has no such version yet."""


@dataclass(frozen=True, slots=True)
class LayerFinding:
    """A layer as the manifest states it, and as it was found."""

    layer: str
    outcome: LayerOutcome
    features: int
    sha256: str
    found_features: int | None
    found_sha256: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of checking a snapshot.

    Parameters
    ----------
    name : str
    version : int
    state : StateOutcome
    is_whole : bool
        Whether the hash of all layers together is that of the layers' hashes.
    layers : tuple of LayerFinding
        In the order of the manifest; empty where the database lacks the state.
    signature : SignatureOutcome
    """

    name: str
    version: int
    state: StateOutcome
    is_whole: bool
    layers: tuple[LayerFinding, ...]
    signature: SignatureOutcome

    @property
    def same_content(self) -> bool:
        """Whether the database has, at that version, exactly what the manifest states."""
        same = all(found.outcome is LayerOutcome.SAME for found in self.layers)
        return self.state is StateOutcome.SAME and self.is_whole and same


def verify(
    engine: Engine,
    signed: SignedManifest,
    *,
    key: str | None = None,
    progress: Callable[[str, int], None] = lambda layer, features: None,
) -> Verification:
    """Check a manifest against the database, and its signature.

    Parameters
    ----------
    engine : Engine
    signed : SignedManifest
    key : str, optional
        The public key, in base64, that must have signed it; the manifest's own where missing,
        which shows that nothing was changed but not by whom it was signed.
    progress : callable
        Told a layer and the number of its features so far.
    """
    manifest = signed.manifest
    with reading(engine) as connection:
        state = _state(connection, manifest)
        layers: tuple[LayerFinding, ...] = ()
        if state is not StateOutcome.MISSING:
            now = current_state(connection).version
            layers = tuple(
                _layer(connection, name, stated, manifest["version"], now, progress)
                for name, stated in layers_of(manifest)
            )
    return Verification(
        name=manifest["name"],
        version=manifest["version"],
        state=state,
        is_whole=content_hash(manifest["layers"]) == manifest["content"],
        layers=layers,
        signature=check_signature(manifest, signed.signature, key),
    )


def check_signature(
    manifest: Mapping[str, Any], signature: Signature | None, key: str | None = None
) -> SignatureOutcome:
    """What the signature of a manifest is worth; see :func:`verify`."""
    if signature is None:
        return SignatureOutcome.UNSIGNED
    if not is_signed_by(signature.public_key, signature.value, canonical(manifest)):
        return SignatureOutcome.INVALID
    if key is not None and key != signature.public_key:
        return SignatureOutcome.OTHER_KEY
    return SignatureOutcome.VALID


def _state(connection: Connection, manifest: Mapping[str, Any]) -> StateOutcome:
    recorded = connection.scalar(
        select(DataVersion.recorded_at).where(DataVersion.version == manifest["version"])
    )
    if recorded is None:
        return StateOutcome.MISSING
    same = moment_text(recorded) == manifest["recorded_at"]
    return StateOutcome.SAME if same else StateOutcome.OTHER


def _layer(
    connection: Connection,
    name: str,
    stated: Mapping[str, Any],
    version: int,
    now: int,
    progress: Callable[[str, int], None],
) -> LayerFinding:
    features, sha256 = stated["features"], stated["sha256"]
    layer = LAYERS.get(name)
    if layer is None or any(layer.field(field) is None for field in stated["fields"]):
        return LayerFinding(name, LayerOutcome.GONE, features, sha256, None, None)
    found = print_of(
        connection, layer, version, now, list(stated["fields"]), lambda n: progress(name, n)
    )
    outcome = LayerOutcome.SAME if found.sha256 == sha256 else LayerOutcome.DIFFERS
    return LayerFinding(name, outcome, features, sha256, found.features, found.sha256)
