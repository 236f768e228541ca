"""``liptako snapshot``: output and exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest

from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Snapshot(Protocol):
    def __call__(
        self, *arguments: str | Path, status: int = 0
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        add_incident(connection, add_source(connection), "inates")
        yield connection


@pytest.fixture
def snapshot(database_url: str, db: psycopg.Connection[Any], tmp_path: Path) -> Snapshot:
    """Run ``liptako snapshot`` in a process of its own, on a small database."""

    def run(*arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from scripts.liptako.app import main; main()",
                "snapshot",
                *arguments,
            ],
            env={
                "DATABASE_URL": database_url,
                "LIPTAKO_HOME": str(tmp_path / "home"),
                "COLUMNS": "250",
                "PATH": "/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def test_a_snapshot_is_created_listed_and_shown(snapshot: Snapshot, tmp_path: Path) -> None:
    made = snapshot("create", "v1", "--note", "For the review")
    assert "made a key to sign with" in made.stderr
    assert os.stat(tmp_path / "home" / "signing-key.pem").st_mode & 0o777 == 0o600
    listed = snapshot("list").stdout
    assert "v1" in listed
    assert "For the review" in listed
    shown = snapshot("show", "v1").stdout
    assert shown == made.stdout
    assert "incidents" in shown
    assert "signed by key" in shown


def test_an_unsigned_snapshot_says_so(snapshot: Snapshot, tmp_path: Path) -> None:
    assert "unsigned" in snapshot("create", "v1", "--no-sign").stdout
    assert not (tmp_path / "home").exists()
    assert "unsigned" in snapshot("show", "v1").stdout


def test_what_cannot_be_is_said_with_status_1(snapshot: Snapshot) -> None:
    snapshot("create", "v1")
    assert "already" in snapshot("create", "v1", status=1).stderr
    assert "begins with a letter" in snapshot("create", "2020-01-11", status=1).stderr
    assert "did you mean 'v1'" in snapshot("show", "V1", status=1).stderr


def test_the_public_key_is_printed_and_stays(snapshot: Snapshot) -> None:
    first = snapshot("key").stdout
    assert "BEGIN PUBLIC KEY" in first
    assert snapshot("key").stdout == first
