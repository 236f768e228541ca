"""Exports as jobs: what is asked for, and that nothing is left of one that is stopped."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pyogrio
import pytest

from db.engine import create_engine
from db.errors import InvalidQuery
from db.jobs import queue
from db.jobs.dispatcher import Dispatcher
from db.jobs.export_job import EXPORT, ExportParameters, asked_export, file_name
from db.jobs.job import Ticket
from db.jobs.queue import writing
from db.made_files import PREFIX
from db.query import SortKey
from db.vocabulary import JobStatus
from gis.bbox import BBox
from gis.export import FORMATS
from tests.db.jobs.asking import LIMITS, computing, held_up, wait_until
from tests.db.rows import add_incident, add_source, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Engine

    from db.jobs.job import Job

INCIDENTS = {"collection": "incidents", "f": "geojson"}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with psycopg.connect(database_url) as connection:
        source = add_source(connection)
        for name in ("a", "b"):
            add_incident(connection, source, name)
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def dispatcher(engine: Engine, tmp_path: Path) -> Iterator[Dispatcher]:
    made = Dispatcher(engine, replace(LIMITS, folder=str(tmp_path), files_mb=64))
    yield made
    made.close()


def begun(dispatcher: Dispatcher, engine: Engine, **asked: Any) -> UUID:
    parameters = ExportParameters(**{**INCIDENTS, **asked})
    ticket = Ticket(
        method=EXPORT, parameters=parameters.model_dump(mode="json"), asked={}, client="192.0.2.1"
    )
    with writing(engine) as connection:
        job = queue.submit(connection, ticket, dispatcher.limits)
    dispatcher.wake()
    return job


def stands(engine: Engine, job: UUID) -> Job:
    with writing(engine) as connection:
        return queue.job_of(connection, job)


def ended(engine: Engine, job: UUID) -> Job:
    wait_until(lambda: not stands(engine, job).is_unfinished)
    return stands(engine, job)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_in_another_process(
    engine: Engine, dispatcher: Dispatcher, database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url) as connection:
        then = version(connection)
    job = ended(engine, begun(dispatcher, engine, filter="incident = 'b'", properties=["title"]))
    assert (job.status, job.fault, job.progress) == (JobStatus.SUCCESSFUL, None, 100)
    assert job.message == f"1 features at version {then} of the data"
    assert job.expires_at is not None
    name = f"{PREFIX}{file_name(job.job_id, FORMATS['geojson'])}"
    assert files(tmp_path) == [name]
    (feature,) = json.loads((tmp_path / name).read_bytes())["features"]
    assert feature["properties"]["title"] == "b"


def test_what_cannot_be_answered_fails_with_its_rule(
    engine: Engine, dispatcher: Dispatcher, tmp_path: Path
) -> None:
    job = ended(engine, begun(dispatcher, engine, asof="no-such-snapshot"))
    assert job.fault is not None
    assert (job.fault["kind"], job.fault["parameter"]) == ("invalid", "asof")
    assert files(tmp_path) == []


def test_a_former_state_is_exported_as_it_was(
    engine: Engine, dispatcher: Dispatcher, database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_sleep(0.01)")
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        connection.execute("UPDATE liptako.incident SET title = 'renamed' WHERE code = 'a'")
    job = ended(engine, begun(dispatcher, engine, asof=row[0].isoformat(), f="gpkg"))
    path = tmp_path / f"{PREFIX}{file_name(job.job_id, FORMATS['gpkg'])}"
    table = pyogrio.read_arrow(path, layer="incidents")[1]
    assert sorted(table["title"].to_pylist()) == ["a", "b"]


def test_a_job_that_is_dismissed_or_killed_leaves_no_file(
    engine: Engine, dispatcher: Dispatcher, database_url: str, tmp_path: Path
) -> None:
    with held_up(database_url):
        job = begun(dispatcher, engine)
        wait_until(lambda: bool(computing()))
        with writing(engine) as connection:
            queue.dismiss(connection, job, LIMITS)
        wait_until(lambda: not computing())
        other = begun(dispatcher, engine)
        wait_until(lambda: bool(computing()))
        (child,) = computing()
        workshop = tmp_path / ".unfinished-x"  # as it would have left it
        workshop.mkdir()
        (workshop / f"{PREFIX}{other}.geojson").write_bytes(b"half")
        os.kill(child, signal.SIGKILL)
        assert ended(engine, other).status is JobStatus.FAILED
    wait_until(lambda: files(tmp_path) == [])


def test_what_is_asked_for_is_read_in_the_words_of_items() -> None:
    asked = asked_export(
        ExportParameters(
            collection="incidents",
            f="xlsx",
            bbox=(-1.5, 12.0, 2.0, 16.0),
            datetime="2019-12",
            filter="country = 'NER'",
            properties=("title",),
            sortby=("-killed_low", "title"),
        )
    )
    assert (asked.layer.id, asked.format.id) == ("incidents", "xlsx")
    assert asked.query.bbox == BBox(-1.5, 12.0, 2.0, 16.0)
    assert asked.query.interval is not None
    assert asked.query.filter is not None
    assert asked.query.sort_by == (SortKey("killed_low", True), SortKey("title"))


@pytest.mark.parametrize(
    "parameter, wrong, nearest",
    [
        ("collection", "incident", "incidents"),
        ("f", "geoparket", None),
        ("bbox", (1, 2, 3, 4, 5), None),
        ("bbox", (1, 20, 3, 4), None),
        ("datetime", "yesterday", None),
        ("filter", "contry = 'NER'", "country"),
        ("properties", ("titel",), "title"),
        ("sortby", ("-titel",), "title"),
        ("sortby", ("actor_names",), None),
    ],
)
def test_what_is_not_understood_is_refused(parameter: str, wrong: Any, nearest: str | None) -> None:
    with pytest.raises(InvalidQuery) as refused:
        asked_export(ExportParameters(**{**INCIDENTS, parameter: wrong}))
    assert refused.value.parameter == parameter
    if nearest is not None:
        assert refused.value.nearest == nearest
