"""The key of a machine: made once, for its owner alone, and told in forms that others read."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from db.errors import SigningKeyUnusable
from db.snapshots.keys import (
    SigningKey,
    is_signed_by,
    key_file,
    make_key,
    parse_public_key,
    public_pem,
    read_key,
    thumbprint,
    web_key,
)

if TYPE_CHECKING:
    from pathlib import Path

# RFC 8037, appendix A.1 to A.4.
PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return key_file(tmp_path / "home")


def test_a_key_is_for_its_owner_alone_and_made_once(path: Path) -> None:
    assert read_key(path) is None
    made = make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    kept = read_key(path)
    assert isinstance(kept, SigningKey)
    assert kept.public == made.public
    with pytest.raises(SigningKeyUnusable, match="one already"):
        make_key(path)


def test_a_key_that_others_may_read_is_refused(path: Path) -> None:
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(SigningKeyUnusable, match="chmod 600"):
        read_key(path)


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key_is_refused(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SigningKeyUnusable, match="PEM"):
        read_key(path)


def test_a_key_of_another_kind_is_refused(path: Path) -> None:
    path.parent.mkdir()
    subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", path], check=True)
    path.chmod(0o600)
    with pytest.raises(SigningKeyUnusable, match="Ed25519"):
        read_key(path)


def test_a_place_where_no_file_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SigningKeyUnusable, match="LIPTAKO_HOME"):
        make_key(tmp_path / "file" / "key.pem")


def test_a_signature_is_of_these_bytes_and_of_this_key(path: Path) -> None:
    key = make_key(path)
    signature = key.sign(b"text")
    assert is_signed_by(key.public, signature, b"text")
    assert not is_signed_by(key.public, signature, b"texts")
    assert not is_signed_by(PUBLIC, signature, b"text")
    assert not is_signed_by(key.public, "no base64!", b"text")
    assert not is_signed_by("AAAA", signature, b"text")


def test_openssl_checks_a_signature(path: Path, tmp_path: Path) -> None:
    key = make_key(path)
    for name, content in {
        "text": b"what was signed",
        "signature": b64decode(key.sign(b"what was signed")),
        "public.pem": public_pem(key.public).encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
    command = "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in text -sigfile signature"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_public_key_has_the_name_of_the_standard() -> None:
    assert thumbprint(PUBLIC) == THUMBPRINT
    told = web_key(PUBLIC)
    assert told["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert told["kid"] == THUMBPRINT


def test_a_public_key_is_read_from_text_pem_and_file(tmp_path: Path) -> None:
    file = tmp_path / "public.pem"
    file.write_text(public_pem(PUBLIC))
    for told in (PUBLIC, f" {PUBLIC}\n", public_pem(PUBLIC), str(file)):
        assert parse_public_key(told) == PUBLIC


@pytest.mark.parametrize("told", ["", "AAAA", "no base64!", "-----BEGIN PUBLIC KEY-----\nAA==\n"])
def test_what_is_no_public_key_is_refused(told: str) -> None:
    with pytest.raises(SigningKeyUnusable, match="base64 or PEM"):
        parse_public_key(told)
