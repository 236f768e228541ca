"""``liptako versions``, ``diff`` and ``incident``: output, files and exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pyogrio
import pytest

from scripts.liptako.app import app
from scripts.liptako.console import OUT, plain_errors
from tests.db.rows import add_estimate, add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Liptako(Protocol):
    def __call__(self, *arguments: str | Path, status: int = 0) -> str: ...


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True, application_name="desk") as connection:
        source = add_source(connection)
        for code in ("inates", "chinagodrar", "rumour"):
            add_incident(connection, source, code)
        yield connection


@pytest.fixture
def liptako(
    database_url: str,
    db: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Liptako:
    """Run the program, and give what it printed."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr(OUT, "width", 250)

    def run(*arguments: str | Path, status: int = 0) -> str:
        ended = 0
        try:
            with plain_errors():
                app([str(argument) for argument in arguments], standalone_mode=False)
        except SystemExit as end:
            ended = int(str(end.code))
        printed = capsys.readouterr()
        assert ended == status, printed.out + printed.err
        return printed.out + printed.err

    return run


def moment(db: psycopg.Connection[Any]) -> str:
    row = db.execute("SELECT max(recorded_at) FROM liptako.data_version").fetchone()
    assert row is not None
    return str(row[0].isoformat())


def edit(db: psycopg.Connection[Any], liptako: Liptako) -> str:
    """Add one, change one, retract one, merge none; give the moment before."""
    before = moment(db)
    row = db.execute("SELECT source_id, incident_id FROM liptako.incident WHERE code = 'inates'")
    found = row.fetchone()
    assert found is not None
    add_estimate(db, found[1], low=25, best=None, high=None)
    add_incident(db, found[0], "new", geom="SRID=4326;POINT(2 14)")
    liptako("incident", "retract", "rumour", "--note", "nobody saw it", "--author", "Aïcha")
    return before


def test_versions_tell_what_was_when_and_by_whom(
    db: psycopg.Connection[Any], liptako: Liptako
) -> None:
    edit(db, liptako)
    told = liptako("versions", "incidents", "inates")
    assert "People killed, of whatever status, lowest: not known → 25" in told
    assert "by desk" in told
    gone = liptako("versions", "incidents", "rumour")
    assert "retracted" in gone
    assert "Aïcha" in gone
    assert "nobody saw it" in gone
    assert "never had" in liptako("versions", "incidents", "nothing", status=1)


def test_a_difference_is_counted_told_and_written(
    db: psycopg.Connection[Any], liptako: Liptako, tmp_path: Path
) -> None:
    before = edit(db, liptako)
    (line,) = (x for x in liptako("diff", "--from", before).splitlines() if "incidents" in x)
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        *("incidents", "1", "1", "1", "0")
    ]
    told = liptako("diff", "--from", before, "--layer", "incidents")
    assert "People killed, of whatever status, lowest: not known → 25" in told
    assert "nobody saw it" in told

    path = tmp_path / "diff.gpkg"
    told = liptako("diff", "--from", before, "--layer", "incidents", "-o", path)
    assert "1 added, 1 changed, 1 retracted" in told
    assert [name for name, _ in pyogrio.list_layers(path)] == ["added", "changed", "retracted"]
    added = pyogrio.read_dataframe(path, layer="added")
    assert added["incident"].tolist() == ["new"]
    assert [point.x for point in added.geometry] == [2]
    changed = pyogrio.read_dataframe(path, layer="changed")
    assert changed["changed_fields"].tolist() == ["killed_low, killed_rule"]
    assert changed["before"].tolist() == ['{"killed_low":null,"killed_rule":null}']
    assert changed["killed_low"].tolist() == [25]
    retracted = pyogrio.read_dataframe(path, layer="retracted")
    assert retracted["incident"].tolist() == ["rumour"]

    whole = tmp_path / "all.gpkg"
    liptako("diff", "--from", before, "-o", whole)
    names = {name for name, _ in pyogrio.list_layers(whole)}
    assert {"incidents_added", "claims_changed", "border_distances_retracted"} <= names


def test_between_equal_states_there_is_nothing(
    db: psycopg.Connection[Any], liptako: Liptako, tmp_path: Path
) -> None:
    now = moment(db)
    assert "incidents" not in liptako("diff", "--from", now)
    path = tmp_path / "diff.gpkg"
    assert "no differences" in liptako("diff", "--from", now, "--layer", "incidents", "-o", path)
    assert len(pyogrio.list_layers(path)) == 3


def test_what_makes_no_sense_is_refused(db: psycopg.Connection[Any], liptako: Liptako) -> None:
    later = moment(db)
    for arguments, rule in (
        (("diff", "--from", "2999-01-01"), "it does not lie in the future"),
        (("diff", "--from", later, "--to", "2000-01-01"), "it is not before 'from'"),
        (("diff", "--from", later, "-o", "a.shp"), "a GeoPackage ends in .gpkg"),
        (("incident", "merge", "inates", "inates"), "an incident is merged into another one"),
        (("incident", "restore", "inates"), "it is active"),
    ):
        assert rule in liptako(*arguments, status=1)


def test_an_incident_is_merged_and_restored(db: psycopg.Connection[Any], liptako: Liptako) -> None:
    assert "merged into inates" in liptako("incident", "merge", "rumour", "inates")
    assert "into inates" in liptako("versions", "incidents", "rumour")
    assert "rumour is active" in liptako("incident", "restore", "rumour")
    assert "now" in liptako("versions", "incidents", "rumour")
