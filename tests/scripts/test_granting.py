"""``liptako db grant-...``, as people use it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ROLE = "liptako_test_granting"
_PROGRAM = [sys.executable, "-c", "from scripts.liptako.app import main; main()"]


def granting(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_PROGRAM, "db", *arguments],
        env={"DATABASE_URL": url, "PATH": os.defpath, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_printed_is_a_service_that_works(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = "a word of ours"
    done = granting(database_url, "grant-reader", "--role", ROLE, LIPTAKO_ROLE_PASSWORD=word)
    assert done.returncode == 0, done.stderr
    assert word not in done.stdout + done.stderr
    file = tmp_path / "pg_service.conf"
    file.write_text(done.stdout)
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    with psycopg.connect("service=liptako", password=word) as reader:
        found = reader.execute("SELECT current_user::text, count(*) FROM incidents").fetchall()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {ROLE}".encode())
        connection.execute(f"DROP ROLE {ROLE}".encode())
    assert found == [(ROLE, 0)]


def test_a_database_that_is_not_migrated_is_sent_there(empty_database_url: str) -> None:
    done = granting(empty_database_url, "grant-reader", LIPTAKO_ROLE_PASSWORD="word")
    assert done.returncode == 1
    assert "liptako migrate" in done.stderr


def test_a_role_of_somebody_else_is_not_taken(database_url: str) -> None:
    owner = str(urlsplit(database_url).username)
    done = granting(database_url, "grant-reader", "--role", owner, LIPTAKO_ROLE_PASSWORD="word")
    assert done.returncode == 1
    assert f"the role '{owner}' is refused" in done.stderr


def test_an_editor_edits_under_a_name_of_their_own(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = granting(database_url, "grant-editor", "--role", ROLE, LIPTAKO_ROLE_PASSWORD="word")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "pg_service.conf"
    file.write_text(done.stdout)
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    with psycopg.connect(database_url) as owner:
        add_incident(owner, add_source(owner), "inates")
    with psycopg.connect("service=liptako-editing", password="word") as editor:
        editor.execute("UPDATE editing.incidents SET note = 'seen'")
    with psycopg.connect(database_url, autocommit=True) as owner:
        newest = "SELECT recorded_by, application FROM liptako.data_version ORDER BY version DESC"
        saved = owner.execute(newest.encode()).fetchone()
        owner.execute(f"DROP OWNED BY {ROLE}".encode())
        owner.execute(f"DROP ROLE {ROLE}".encode())
    assert saved == (ROLE, "QGIS")
