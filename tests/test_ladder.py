"""Who may import whom: the imports themselves are read, there is no list of exceptions."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "gis": set(),
    "db": {"gis"},
    "seeds": {"db", "gis"},
    "api": {"db", "gis"},
    "scripts": {"api", "seeds", "db", "gis"},
}

MODULES = [
    pytest.param(package, path, id=str(path.relative_to(ROOT)))
    for package in MAY_IMPORT
    for path in sorted((ROOT / package).rglob("*.py"))
]

FORBIDDEN_NAMES = set("utils util helpers helper manager data info misc common".split())


def imported_packages(source: str) -> set[str]:
    """Top-level packages that a module imports, at its head or within a function."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package, path", MODULES)
def test_a_module_imports_only_what_is_below_it(package: str, path: Path) -> None:
    ours = imported_packages(path.read_text("utf-8")) & (MAY_IMPORT.keys() | {"tests"})
    assert ours - {package} <= MAY_IMPORT[package]


@pytest.mark.parametrize("package, path", MODULES)
def test_a_module_is_named_for_its_noun(package: str, path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES


def test_the_ladder_is_read_from_real_imports() -> None:
    source = "import db.query\ndef f():\n    from api.app import x\n"
    assert imported_packages(source) == {"db", "api"}


def test_every_package_is_covered() -> None:
    assert {package.values[0] for package in MODULES} == set(MAY_IMPORT)
