"""Every shipped file says where it is from, and is the file that it says."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "seeds" / "data"
SECTION = re.compile(r"^### (\S+)\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    return dict(SECTION.findall((FOLDER / "SOURCES.md").read_text(encoding="utf-8")))


def test_every_file_has_its_section_with_its_hash(sections: dict[str, str]) -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.name != "SOURCES.md"]
    assert len(files) >= 19
    for path in files:
        name = path.relative_to(FOLDER).as_posix()
        assert hashlib.sha256(path.read_bytes()).hexdigest() in sections[name], name


def test_no_section_tells_of_a_file_that_is_not_there(sections: dict[str, str]) -> None:
    hashed = {name for name, text in sections.items() if "sha256 `" in text}
    assert {name for name in hashed if not (FOLDER / name).is_file()} == set()
