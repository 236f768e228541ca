"""A manifest goes through a file unharmed; what is none is refused with its rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from db.errors import ManifestUnreadable
from db.snapshots.signed import FORMAT, Signature, SignedManifest, layers_of, read_document
from gis.canonical import ENCODING

if TYPE_CHECKING:
    from pathlib import Path

LAYER = {"features": 1, "sha256": "00", "fields": {"a": "text"}, "bytes": 5}
MANIFEST = {
    "format": FORMAT, "encoding": ENCODING, "name": "v1", "note": "é", "version": 3,
    "recorded_at": "2020-01-01T00:00:00.000000Z", "content": "00", "more": [1, {"b": None}],
    "layers": {"b": LAYER, "a": LAYER},
}  # fmt: skip
PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


@pytest.mark.parametrize("signature", [None, Signature(PUBLIC, "AAAA")])
def test_a_file_gives_back_what_was_written(tmp_path: Path, signature: Signature | None) -> None:
    file = tmp_path / "manifest.json"
    signed = SignedManifest(MANIFEST, signature)
    file.write_text(json.dumps(signed.document()))
    assert read_document(file) == signed


def test_layers_come_by_name() -> None:
    assert [name for name, _ in layers_of(MANIFEST)] == ["a", "b"]


@pytest.mark.parametrize(
    "content, rule",
    [
        (b"", "truncated"),
        (b"[]", "object"),
        (b"{}", "manifest"),
        (b"\xff", "malformed"),
        (json.dumps({"manifest": {**MANIFEST, "version": "3"}}).encode(), "version"),
        (json.dumps({"manifest": {**MANIFEST, "format": "liptako-snapshot/2"}}).encode(), "form"),
        (json.dumps({"manifest": {**MANIFEST, "encoding": "other/1"}}).encode(), "other/1"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(content)
    with pytest.raises(ManifestUnreadable, match=rule):
        read_document(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnreadable, match="No such file"):
        read_document(tmp_path / "nothing.json")
