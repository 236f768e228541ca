"""The client that the documentation shows keeps a copy up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving
from tests.api.world import SHOWN, build

PAGE = Path(__file__).parents[1] / "docs" / "synchronising.md"


def test_the_client_of_the_page_makes_a_copy_and_keeps_it(
    database_url: str, tmp_path: Path
) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    client = tmp_path / "follow.py"
    client.write_text(script, "utf-8")
    build(database_url)

    def follow(base: str, name: str) -> bytes:
        copy = tmp_path / name
        subprocess.run([sys.executable, client, base, "incidents", copy], check=True)
        return copy.read_bytes()

    with serving(create_app(Settings(), database_url)) as base:
        first = follow(base, "copy")
        assert len(first.splitlines()) == SHOWN
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE liptako.estimate SET low = 9, best = NULL, high = NULL")
            connection.execute(
                "UPDATE liptako.incident SET status = 'retracted' WHERE code IN ('far', 'nowhere')"
            )
        followed = follow(base, "copy")
        assert followed == follow(base, "fresh")
        assert followed != first
        assert len(followed.splitlines()) == SHOWN - 2
        assert httpx.get(f"{base}/collections/incidents/items").json()["numberMatched"] == SHOWN - 2
