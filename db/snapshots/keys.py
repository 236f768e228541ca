"""Who signs a snapshot: an Ed25519 key (RFC 8032), kept in the folder LIPTAKO_HOME.

The private key is a PEM file that only its owner may read. The public one is 32 bytes, in base64
wherever it is told, and has a name: its thumbprint (RFC 7638, with RFC 8037).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from db.errors import SigningKeyUnusable
from gis.canonical import canonical

ALGORITHM = "Ed25519"
FILE_NAME = "signing-key.pem"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public key that belongs to it, in base64."""
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return b64encode(raw).decode()

    def sign(self, text: bytes) -> str:
        """The signature of some bytes, in base64."""
        return b64encode(self.private.sign(text)).decode()


def key_file(home: Path) -> Path:
    """Where the key of this machine is kept."""
    return home / FILE_NAME


def read_key(path: Path) -> SigningKey | None:
    """The key of a file; nothing where there is no file.

    Raises
    ------
    SigningKeyUnusable
        It is no Ed25519 key, or others than its owner may read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise SigningKeyUnusable(str(path), f"it can be read ({fault.strerror})") from fault
    if mode & 0o077:
        raise SigningKeyUnusable(str(path), f"only its owner may read it: chmod 600 {path}")
    try:
        private = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise SigningKeyUnusable(str(path), "it is a PEM file without a password") from fault
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningKeyUnusable(str(path), f"it is an {ALGORITHM} key")
    return SigningKey(private)


def make_key(path: Path) -> SigningKey:
    """A new key in a file that only its owner may read; its folder is made where it is missing.

    Raises
    ------
    SigningKeyUnusable
        There is a key already, or no file can be made there.
    """
    private = Ed25519PrivateKey.generate()
    content = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if path.exists():
        rule = "there is one already, and what it signed must stay checkable"
        raise SigningKeyUnusable(str(path), rule)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as fault:
        rule = f"it can be made there ({fault.strerror}); set LIPTAKO_HOME"
        raise SigningKeyUnusable(str(path), rule) from fault
    with open(handle, "wb") as file:
        os.fchmod(handle, 0o600)
        file.write(content)
        file.flush()
        os.fsync(handle)
    return SigningKey(private)


def is_signed_by(public: str, signature: str, text: bytes) -> bool:
    """Whether a signature of some bytes is that of a public key; both are in base64."""
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public, validate=True))
        key.verify(b64decode(signature, validate=True), text)
    except (InvalidSignature, ValueError, NotBase64):
        return False
    return True


def parse_public_key(text: str) -> str:
    """A public key in base64, from that, from a PEM text, or from the name of a file with either.

    Raises
    ------
    SigningKeyUnusable
    """
    found = text.strip()
    if os.path.isfile(found):
        found = Path(found).read_text("utf-8", errors="replace").strip()
    try:
        if found.startswith("-----BEGIN"):
            public = load_pem_public_key(found.encode())
            if not isinstance(public, Ed25519PublicKey):
                raise SigningKeyUnusable(text, f"it is an {ALGORITHM} key")
        else:
            public = Ed25519PublicKey.from_public_bytes(b64decode(found, validate=True))
    except (ValueError, NotBase64, UnsupportedAlgorithm) as fault:
        rule = "it is a public key in base64 or PEM, or a file with one"
        raise SigningKeyUnusable(text, rule) from fault
    return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def public_pem(public: str) -> str:
    """A public key that is given in base64, as PEM: what OpenSSL reads."""
    key = Ed25519PublicKey.from_public_bytes(b64decode(public))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def web_key(public: str) -> dict[str, str]:
    """A public key that is given in base64, as a JSON Web Key (RFC 8037, 2)."""
    own = {"crv": ALGORITHM, "kty": "OKP", "x": _for_urls(b64decode(public))}
    return {**own, "kid": thumbprint(public), "alg": "EdDSA", "use": "sig"}


def thumbprint(public: str) -> str:
    """The name of a public key that is given in base64 (RFC 7638, 3)."""
    own = {"crv": ALGORITHM, "kty": "OKP", "x": _for_urls(b64decode(public))}
    return _for_urls(sha256(canonical(own)).digest())


def _for_urls(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
