"""A database that was dumped and restored has every state that it had, and goes on from there."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from db import migrate
from db.cluster.binaries import installed
from db.dump import dump, restore
from db.engine import connect, create_engine
from db.errors import DumpFailed, NotEmpty
from db.write.runs import has_written
from tests.db.intervals import check_intervals, check_summaries, life, state
from tests.db.rows import add_estimate, add_incident, version
from tests.db.whole import analyse, build, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Connection = psycopg.Connection[Any]

SHOWN = [
    *("incidents", "claims", "aggregates", "border-distances", "border-bands", "borders"),
    *("admin-units", "regions", "places", "reports"),
]


def program_of(url: str) -> Callable[[str], tuple[list[str], dict[str, str]]]:
    """The programs of whichever PostgreSQL there is, on that database."""
    parts = urlsplit(url)
    place = parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port}").geturl()
    secret = {"PGPASSWORD": unquote(parts.password or "")}

    def program(name: str) -> tuple[list[str], dict[str, str]]:
        found = shutil.which(name) or str(installed()[0][0].program(name))
        return [found, f"--dbname={place}"], dict(os.environ) | secret

    return program


@pytest.fixture
def versions(database_url: str) -> dict[int, dict[str, Any]]:
    """A database with a history; what each version of it looked like."""
    with psycopg.connect(database_url, autocommit=True) as db:
        build(db)
        seen = {version(db): state(db)}
        analyse(database_url, "borders")
        for statement in (
            "UPDATE liptako.incident SET title = 'second'",
            "UPDATE liptako.source SET name = 'renamed'",
            "UPDATE liptako.boundary SET geom = ST_Translate(geom, 0.01, 0)",
            "DELETE FROM liptako.estimate WHERE estimate_id = 1",
        ):
            db.execute(statement)
            seen[version(db)] = state(db)
        analyse(database_url, "borders")
        seen[version(db)] = state(db)
    return seen


def by_ours(old: str, new: str, file: Path) -> None:
    dump(program_of(old), file)
    restore(program_of(new), new, file)


def by_hand(old: str, new: str, file: Path) -> None:
    _run(program_of(old), "pg_dump", "--format=custom", f"--file={file}")
    _run(program_of(new), "pg_restore", "--exit-on-error", str(file))


def by_hand_as_sql(old: str, new: str, file: Path) -> None:
    _run(program_of(old), "pg_dump", "--format=plain", f"--file={file}")
    _run(program_of(new), "psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={file}")


def _run(program: Callable[[str], tuple[list[str], dict[str, str]]], name: str, *more: str) -> None:
    argv, environment = program(name)
    subprocess.run([*argv, *more], env=environment, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("way", [by_ours, by_hand, by_hand_as_sql])
def test_every_state_survives_a_dump_and_versions_go_on(
    database_url: str,
    empty_database_url: str,
    versions: dict[int, dict[str, Any]],
    tmp_path: Path,
    way: Callable[[str, str, Path], None],
) -> None:
    way(database_url, empty_database_url, tmp_path / "a.dump")
    assert migrate.upgrade(empty_database_url) == []
    engines = create_engine(database_url), create_engine(empty_database_url)
    for at in (*versions, None):
        assert shown(engines[0], SHOWN, at) == shown(engines[1], SHOWN, at)
    stamps = "SELECT version, recorded_at, recorded_by FROM liptako.data_version ORDER BY version"
    with (
        psycopg.connect(database_url, autocommit=True) as old,
        psycopg.connect(empty_database_url, autocommit=True) as db,
    ):
        for at, then in versions.items():
            assert state(db, at) == then
        assert state(db) == state(old)
        recorded = db.execute(stamps).fetchall()
        assert recorded == old.execute(stamps).fetchall()
        check_intervals(db)
        check_summaries(db)

        before, now = version(db), state(db)
        ((incident,),) = db.execute("SELECT min(incident_id) FROM liptako.incident").fetchall()
        db.execute("UPDATE liptako.incident SET title = 'third'")
        written = version(db)
        assert written > before
        assert life(db, "incident", incident)[-2:][0][1] == written
        source = now["source"][0][0]
        new = add_incident(db, source, "after")
        add_estimate(db, new, low=7, best=7, high=7)
        summed = "SELECT killed_low FROM liptako.incident_summary WHERE incident_id = %s"
        assert db.execute(summed, [new]).fetchone() == (7,)
        assert state(db, before) == now
        assert db.execute(stamps).fetchall()[: len(recorded)] == recorded
        check_intervals(db)
        check_summaries(db)
        for table in ("incident", "place", "measure"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                db.execute(f"TRUNCATE liptako.{table} CASCADE".encode())
        callable_by_all = db.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'liptako'::regnamespace"
            " AND prosecdef AND prorettype = 'trigger'::regtype"
            " AND has_function_privilege('public', oid, 'EXECUTE')"
        ).fetchall()
        assert callable_by_all == []
    analyse(empty_database_url, "borders")
    assert shown(engines[1], ["border-distances"])["border-distances"] != []
    for engine in engines:
        engine.dispose()


def test_a_dump_is_of_one_moment_while_others_write(
    database_url: str,
    empty_database_url: str,
    versions: dict[int, dict[str, Any]],
    tmp_path: Path,
) -> None:
    with psycopg.connect(database_url) as writer:
        writer.execute("UPDATE liptako.incident SET title = 'not yet'")
        dump(program_of(database_url), tmp_path / "a.dump")
    restore(program_of(empty_database_url), empty_database_url, tmp_path / "a.dump")
    with psycopg.connect(empty_database_url, autocommit=True) as db:
        assert state(db) == versions[max(versions)]


def test_data_go_for_a_dump_only_if_they_may(
    database_url: str, versions: dict[int, dict[str, Any]], tmp_path: Path
) -> None:
    program, file = program_of(database_url), tmp_path / "a.dump"
    dump(program, file)
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("DELETE FROM liptako.place_name")
        changed = state(db)
        with pytest.raises(NotEmpty):
            restore(program, database_url, file)
        assert state(db) == changed
        restore(program, database_url, file, replace=True)
        assert state(db) == versions[max(versions)]
        assert version(db) == max(versions)


def test_a_file_that_is_cut_short_changes_nothing(
    database_url: str, versions: dict[int, dict[str, Any]], tmp_path: Path
) -> None:
    program, file = program_of(database_url), tmp_path / "a.dump"
    dump(program, file)
    whole = file.read_bytes()
    with psycopg.connect(database_url, autocommit=True) as db:
        for length in (0, 100, len(whole) // 2, len(whole) - 20):
            file.write_bytes(whole[:length])
            with pytest.raises(DumpFailed, match="nothing has changed"):
                restore(program, database_url, file, replace=True)
            assert state(db) == versions[max(versions)]


def test_a_dump_that_fails_leaves_no_file(database_url: str, tmp_path: Path) -> None:
    program = program_of(f"{database_url}_that_is_not_there")
    with pytest.raises(DumpFailed, match="does not exist"):
        dump(program, tmp_path / "a.dump")
    with pytest.raises(DumpFailed, match="not installed"):
        dump(lambda name: ([f"/nowhere/{name}"], {}), tmp_path / "a.dump")
    assert list(tmp_path.iterdir()) == []


def test_a_version_of_another_server_is_not_taken_for_ones_own(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        build(db)
        db.execute("ALTER TABLE liptako.data_version DISABLE TRIGGER not_by_hand")
    with connect(database_url) as connection:
        # A restored version can carry the number that a transaction has here.
        connection.exec_driver_sql(
            "UPDATE liptako.data_version SET transaction_id = pg_current_xact_id()::text::bigint"
        )
        assert not has_written(connection)
        connection.exec_driver_sql("UPDATE liptako.source SET name = 'new'")
        assert has_written(connection)
        connection.rollback()
