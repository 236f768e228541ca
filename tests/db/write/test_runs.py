"""Runs: kept with their rows and faults, found again by the bytes of their file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from db.engine import connect
from db.vocabulary import RunStatus
from db.write.editions import Release, complete_release, gone_note
from db.write.runs import (
    FaultRow,
    RunCounts,
    RunHead,
    begin_run,
    country_bounds,
    end_run,
    has_written,
    keep_faults,
    keep_rows,
    last_written,
    loaded_before,
    take_turn,
)
from db.write.sources import SourceRow, need_source
from db.write.staged import Batch, StagedRow, copy_batch, create_stage
from gis.bbox import BBox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        yield made


def head(sha256: str = "a", edition: str = "25.1", *, complete: bool = False) -> RunHead:
    return RunHead(
        format="f",
        file_name="f.csv",
        sha256=sha256,
        size_bytes=1,
        dataset="d",
        edition=edition,
        code_version="0",
        options={"complete": complete},
    )


def keep(connection: Connection, made: RunHead, status: RunStatus = RunStatus.WRITTEN) -> int:
    run_id = begin_run(connection, made, None)
    end_run(connection, run_id, status, RunCounts(rows=3, inserted=2, rejected=1))
    return run_id


def test_a_run_is_found_by_format_and_bytes(connection: Connection) -> None:
    run_id = keep(connection, head())
    found = loaded_before(connection, "f", "a", complete=False)
    assert found is not None
    assert (found.run_id, found.edition, found.rows, found.rejected) == (run_id, "25.1", 3, 1)
    assert loaded_before(connection, "f", "b", complete=False) is None
    assert loaded_before(connection, "g", "a", complete=False) is None
    assert loaded_before(connection, "f", "a", complete=True) is None


def test_a_refused_run_wrote_nothing(connection: Connection) -> None:
    keep(connection, head(), RunStatus.REFUSED)
    assert loaded_before(connection, "f", "a", complete=False) is None
    assert last_written(connection, "f") is None


def test_the_last_run_is_the_newest(connection: Connection) -> None:
    keep(connection, head("a"))
    newest = keep(connection, head("b"), RunStatus.PARTIAL)
    found = last_written(connection, "f")
    assert found is not None
    assert found.run_id == newest


def test_the_newest_complete_edition_is_compared_by_numbers(connection: Connection) -> None:
    assert complete_release(connection, "d") is None
    keep(connection, head("a", "9.1", complete=True))
    newest = keep(connection, head("b", "24.1", complete=True))
    keep(connection, head("c", "24.0.12", complete=True))
    keep(connection, head("d", "26.1"))
    release = complete_release(connection, "d")
    assert release == Release(newest, "d", "24.1")
    assert gone_note(release) == "Not in d 24.1, which was loaded whole."
    assert not Release(1, "d", "24.1").older_than(Release(2, "d", "24.0.12"))
    assert Release(1, "d", "9.1").older_than(Release(2, "d", "24.1"))


def test_rows_and_faults_are_kept(connection: Connection) -> None:
    run_id = keep(connection, head())
    create_stage(connection)
    copy_batch(connection, Batch(rows=[StagedRow(2, "7", '{"id": "7"}')]))
    keep_rows(connection, run_id)
    faults = [FaultRow(None, None, None, "is a file"), FaultRow(2, "id", "x\ty\\", "is a number")]
    keep_faults(connection, run_id, faults)
    assert connection.scalar(text("SELECT cells->>'id' FROM liptako.raw_row")) == "7"
    kept = connection.execute(
        text('SELECT line, "column", value, rule FROM liptako.fault ORDER BY fault_id')
    )
    assert [tuple(row) for row in kept] == faults


def test_a_run_by_itself_is_no_new_state_of_the_data(connection: Connection) -> None:
    keep(connection, head())
    assert not has_written(connection)
    assert connection.scalar(text("SELECT data_version FROM liptako.import_run")) is None
    need_source(connection, SourceRow("s", "s", "news", None, "x", "x", True))
    assert has_written(connection)
    run_id = keep(connection, head("b"))
    stored = text("SELECT data_version FROM liptako.import_run WHERE run_id = :run_id")
    assert connection.scalar(stored, {"run_id": run_id}) == 1
    connection.commit()
    assert not has_written(connection)


def test_bounds_of_a_country_hold_all_of_its_outlines(connection: Connection) -> None:
    assert country_bounds(connection) == {}
    source_id = need_source(connection, SourceRow("s", "s", "boundaries", None, "x", "x", True))
    for edition, west in (("1", 0.0), ("2", 1.0)):
        connection.execute(
            text(
                "INSERT INTO liptako.boundary (kind, code, name, country, source_id, edition, geom)"
                " VALUES ('adm0', 'NER', 'Niger', 'NER', :source_id, :edition,"
                " ST_Multi(ST_MakeEnvelope(:west, 11, :west + 10, 23, 4326)))"
            ),
            {"source_id": source_id, "edition": edition, "west": west},
        )
    assert country_bounds(connection) == {"NER": BBox(0.0, 11.0, 11.0, 23.0)}


def test_a_turn_ends_with_its_transaction(database_url: str, connection: Connection) -> None:
    free = text("SELECT pg_try_advisory_xact_lock(hashtext('liptako.load'))")
    with connect(database_url) as other:
        with connection.begin():
            take_turn(connection)
            assert connection.scalar(text("SHOW plan_cache_mode")) == "auto"
            assert other.scalar(free) is False
        assert other.scalar(free) is True
    assert connection.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"
