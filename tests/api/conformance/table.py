"""The page docs/conformance.md: which test proves which abstract test.

To write it anew: ``.venv/bin/python -m tests.api.conformance.table``.
"""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.reference.markdown import table
from tests.api.conformance.abstract_tests import ABSTRACT_TESTS

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "conformance.md"

INTRODUCTION = """\
# Conformance

<!-- Made by tests/api/conformance/table.py: run .venv/bin/python -m tests.api.conformance.table -->

Every abstract test of OGC API - Features Part 1 (core, GeoJSON, HTML, OpenAPI 3.0) and Part 2
(coordinate reference systems) has a test of ours, which asks a real server over HTTP for every
layer that is shipped. They ask as OGC's own suite does: by the links and the API description that
the server gives, with its `Accept` headers, its boxes, its limits, its three pages. Where that
suite checks little or nothing (time, extents, transformed coordinates, HTML, described answers),
ours work out by themselves what is to be expected: shapely judges the boxes on the stored
geometries, Python the intervals on a full download, PROJ the coordinates.

Run them with `./scripts/test tests/api/conformance`.

"""


def proofs() -> dict[str, list[str]]:
    """Abstract test -> the tests that say they prove it, as the sources have them."""
    found: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for name in _proved(node):
                    found.setdefault(name, []).append(f"{path.stem}.{node.name}")
    return found


def page() -> str:
    """The page as it ought to be."""
    found = proofs()
    rows = [
        (
            f"`{name}`",
            shown,
            suite,
            ", ".join(f"`{test}`" for test in found.get(name, ["missing"])),
        )
        for name, (suite, shown) in ABSTRACT_TESTS.items()
    ]
    return INTRODUCTION + table(("abstract test", "shows that", "in OGC's suite", "test"), rows)


def _proved(test: ast.FunctionDef) -> list[str]:
    calls = (each for each in test.decorator_list if isinstance(each, ast.Call))
    ours = (each for each in calls if isinstance(each.func, ast.Name) and each.func.id == "proves")
    return [ast.literal_eval(name) for call in ours for name in call.args]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
