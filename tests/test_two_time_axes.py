"""The worked example of ``docs/two-time-axes.md`` is what the program prints of shipped data."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from scripts.reference.pages import DOCS

_EXAMPLE = re.compile(
    r"^```sh\nliptako ((?:known|totals) [^\n]*)\n```\n\n```\n(.*?)\n```$", re.DOTALL | re.MULTILINE
)
_RECORDED = re.compile(r"^(│ \S+ +│ )\d{4}-\d{2}-\d{2}( +│ \D)", re.MULTILINE)
_VERSION = re.compile(r"data version \d+")

EXAMPLES = _EXAMPLE.findall((DOCS / "two-time-axes.md").read_text("utf-8"))


def lasting(printed: str) -> str:
    """What is printed, without what depends on when the data were loaded."""
    return _VERSION.sub("data version N", _RECORDED.sub(r"\1YYYY-MM-DD\2", printed)).strip()


def test_the_examples_are_found() -> None:
    assert [shlex.split(command)[:2] for command, _ in EXAMPLES] == [
        ["known", "inates-2019-12-10"],
        ["known", "chinagodrar-2020-01-09"],
        ["totals", "--where"],
        ["totals", "--where"],
    ]


@pytest.mark.parametrize("command, shown", EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_an_example_is_what_is_printed(command: str, shown: str, shipped_database: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from scripts.liptako.app import main; main()",
            *shlex.split(command),
        ],
        env={"DATABASE_URL": shipped_database, "COLUMNS": "104", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert lasting(done.stdout) == lasting(shown)
