"""A manifest with its signature: what is handed out, kept in files, and read from them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from db.errors import ManifestUnreadable
from gis.canonical import ENCODING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = "liptako-snapshot/1"
"""Form of the manifests that this program makes and reads."""


def layers_of(manifest: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What a manifest states of each layer, by name: the order of JSON's members means nothing."""
    return sorted(manifest["layers"].items())


@dataclass(frozen=True, slots=True)
class Signature:
    """Ed25519: public key and signature, both in base64."""

    public_key: str
    value: str


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest (see :mod:`db.snapshots.manifest`), and its signature where there is one."""

    manifest: Mapping[str, Any]
    signature: Signature | None

    def document(self) -> dict[str, Any]:
        """Both as one document."""
        from db.snapshots.keys import ALGORITHM, thumbprint  # here: who only looks needs no keys

        signed = None
        if self.signature is not None:
            signed = {
                "algorithm": ALGORITHM,
                "key": thumbprint(self.signature.public_key),
                "public_key": self.signature.public_key,
                "value": self.signature.value,
            }
        return {"manifest": dict(self.manifest), "signature": signed}


class _Signed(msgspec.Struct):
    public_key: str
    value: str
    algorithm: str = "Ed25519"


class _Layer(msgspec.Struct):
    features: int
    sha256: str
    fields: dict[str, str]


class _Manifest(msgspec.Struct):
    format: str
    encoding: str
    name: str
    version: int
    recorded_at: str
    content: str
    layers: dict[str, _Layer]


class _Document(msgspec.Struct):
    manifest: msgspec.Raw
    signature: _Signed | None = None


def read_document(path: Path) -> SignedManifest:
    """The manifest of a file.

    Raises
    ------
    ManifestUnreadable
        The file cannot be read, or it is none of ours.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Document)
        head = msgspec.json.decode(found.manifest, type=_Manifest)
    except OSError as fault:
        raise ManifestUnreadable(str(path), f"it can be read ({fault.strerror})") from fault
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise ManifestUnreadable(str(path), str(fault)) from fault
    if (head.format, head.encoding) != (FORMAT, ENCODING):
        rule = f"it is of the form {FORMAT} with {ENCODING}, not {head.format} with {head.encoding}"
        raise ManifestUnreadable(str(path), rule)
    signed = found.signature
    return SignedManifest(
        msgspec.json.decode(found.manifest),
        None if signed is None else Signature(signed.public_key, signed.value),
    )
