"""Thousands of requests made from the API description, by schemathesis: what is described is true.

No fault of the server, no status or media type that is not described, no answer that breaks its
schema, nothing invalid taken for valid, no method that is not there. `schemathesis_hooks` says what
the standard makes an exception of.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.api.conformance.proving import proves

ROOT = Path(__file__).parents[3]
LEAST = 5_000
"""Requests of a run."""
OF_EACH = 20
"""Requests drawn at random for each operation, besides those that cover each value of each schema;
the same whenever it runs."""

_GENERATED = re.compile(r"(\d+) generated")


@proves("/conf/oas30/completeness", "/conf/oas30/exceptions-codes")
def test_the_server_keeps_to_its_description(address: str, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(OF_EACH)),
        *("--exclude-checks", "positive_data_acceptance", "--continue-on-failure"),
        *("--seed", "1", "--generation-database", "none", "--workers", "2", "--no-color"),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.conformance.schemathesis_hooks"}
    environment = {**os.environ, **hooks, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    generated = _GENERATED.search(done.stdout)
    assert generated is not None, done.stdout
    assert int(generated[1]) >= LEAST
