"""``liptako snapshot``: output and exit status."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
import yaml

from scripts.liptako.app import main
from scripts.liptako.console import OUT
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Database = psycopg.Connection[Any]


@dataclass(frozen=True)
class Done:
    stdout: str
    stderr: str


class Snapshot(Protocol):
    def __call__(self, *arguments: str | Path, status: int = 0) -> Done: ...


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        add_incident(connection, add_source(connection), "inates")
        yield connection


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def snapshot(
    database_url: str,
    db: Database,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Snapshot:
    """Run ``liptako snapshot`` on a small database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LIPTAKO_HOME", str(home))
    monkeypatch.setattr(OUT, "width", 250)

    def run(*arguments: str | Path, status: int = 0) -> Done:
        monkeypatch.setattr("sys.argv", ["liptako", "snapshot", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        done = Done(*capfd.readouterr())
        assert (ended.value.code or 0) == status, done
        return done

    return run


def test_a_snapshot_is_created_listed_and_shown(snapshot: Snapshot, home: Path) -> None:
    made = snapshot("create", "v1", "--note", "For the review")
    assert "made a key to sign with" in made.stderr
    assert os.stat(home / "signing-key.pem").st_mode & 0o777 == 0o600
    listed = snapshot("list").stdout
    assert "v1" in listed
    assert "For the review" in listed
    shown = snapshot("show", "v1").stdout
    assert shown == made.stdout
    assert "incidents" in shown
    assert "signed by key" in shown


def test_an_unsigned_snapshot_says_so(snapshot: Snapshot, home: Path) -> None:
    assert "unsigned" in snapshot("create", "v1", "--no-sign").stdout
    assert not home.exists()
    assert "unsigned" in snapshot("show", "v1").stdout
    assert "signature: unsigned" in snapshot("verify", "v1").stdout


def test_what_cannot_be_is_said_with_status_1(snapshot: Snapshot, tmp_path: Path) -> None:
    snapshot("create", "v1")
    assert "already" in snapshot("create", "v1", status=1).stderr
    assert "begins with a letter" in snapshot("create", "2020-01-11", status=1).stderr
    assert "did you mean 'v1'" in snapshot("show", "V1", status=1).stderr
    assert "name a snapshot" in snapshot("verify", status=1).stderr
    assert "no manifest" in snapshot("verify", "--manifest", tmp_path / "no", status=1).stderr
    assert "cannot be used" in snapshot("verify", "v1", "--key", "no", status=1).stderr


def test_the_public_key_is_printed_and_stays(snapshot: Snapshot) -> None:
    first = snapshot("key").stdout
    assert "BEGIN PUBLIC KEY" in first
    assert snapshot("key").stdout == first


def test_verify_ends_with_0_where_all_is_as_it_was(snapshot: Snapshot, db: Database) -> None:
    snapshot("create", "v1")
    key = snapshot("key").stdout.splitlines()[1].split()[0]
    db.execute("UPDATE liptako.incident SET title = 'Changed'")
    told = snapshot("verify", "v1", "--key", key).stdout
    assert "content: same" in told
    assert "signature: valid" in told


def test_verify_names_the_layer_that_differs(snapshot: Snapshot, db: Database) -> None:
    snapshot("create", "v1")
    db.execute("SET session_replication_role = replica")
    db.execute("UPDATE liptako.incident SET title = 'Rewritten'")
    done = snapshot("verify", "v1", status=3)
    assert "content: NOT the same" in done.stdout
    assert "✗ incidents differs" in done.stderr


def test_verify_tells_a_wrong_signature_from_a_wrong_content(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    snapshot("create", "v1")
    snapshot("create", "v2", "--no-sign")
    snapshot("export", "v1", "--output", tmp_path / "out")
    file = tmp_path / "out" / "manifest.json"
    assert "signature: valid" in snapshot("verify", "--manifest", file).stdout
    other = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    assert "of another key" in snapshot("verify", "v1", "--key", other, status=4).stdout
    assert "unsigned" in snapshot("verify", "v2", "--key", other, status=4).stdout
    document = json.loads(file.read_bytes())
    document["manifest"]["note"] = "Another"
    file.write_text(json.dumps(document))
    assert "signature: invalid" in snapshot("verify", "--manifest", file, status=4).stdout
    document["manifest"]["version"] = 1000
    file.write_text(json.dumps(document))
    assert "no such version" in snapshot("verify", "--manifest", file, status=3).stderr


def test_export_says_when_it_is_not_what_was_hashed(
    snapshot: Snapshot, db: Database, tmp_path: Path
) -> None:
    snapshot("create", "v1")
    snapshot("export", "v1", "-o", tmp_path / "good", "--format", "csv", "--format", "gpkg")
    assert (tmp_path / "good" / "layers" / "incidents.csv").is_file()
    assert (tmp_path / "good" / "layers" / "incidents.gpkg").is_file()
    db.execute("SET session_replication_role = replica")
    db.execute("UPDATE liptako.incident SET title = 'Rewritten'")
    assert "incidents" in snapshot("export", "v1", "-o", tmp_path / "bad", status=3).stderr


def test_cite_names_whom_the_settings_name(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot("create", "v1")
    monkeypatch.setenv("LIPTAKO_CREATORS", "A. Maïga; The coders")
    monkeypatch.setenv("LIPTAKO_PUBLISHER", "An institute")
    monkeypatch.setenv("LIPTAKO_PUBLIC_URL", "https://example.org")
    text = snapshot("cite", "v1").stdout
    assert text.startswith("A. Maïga; The coders (")
    assert text.endswith(" https://example.org/snapshots/v1\n")
    assert text.count("\n") == 1
    doi = snapshot("cite", "v1", "--doi", "10.5072/x").stdout
    assert doi.endswith(" https://doi.org/10.5072/x\n")
    cff = yaml.safe_load(snapshot("cite", "v1", "--style", "cff").stdout)
    assert cff["authors"] == [{"name": "A. Maïga"}, {"name": "The coders"}]
    assert json.loads(snapshot("cite", "v1", "--style", "datacite").stdout)["version"] == "2"
    assert snapshot("cite", "v1", "--style", "bibtex").stdout.startswith("@dataset{liptako-v1,")
