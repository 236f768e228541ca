"""Every error has its status, in a form that both people and programs can read."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from http import HTTPStatus
from inspect import isclass
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from sqlalchemy import text

import db.errors
import gis.errors
from api import errors
from api.app import create_app
from api.errors import STATUS, headers_of, problem, status_of
from api.settings import Settings
from db.engine import create_engine
from db.errors import (
    CalledOff,
    DatabaseUnreachable,
    DbError,
    InvalidQuery,
    NotMigrated,
    StatementTimeout,
    UnknownLayer,
)
from db.migrate import upgrade
from db.transaction import DatabaseBusy, reading
from gis.errors import GisError, InvalidBBox
from gis.whole_file import UnwritableFile
from tests.api.serving import serving
from tests.postgis import cluster_home, throw_away_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = "/collections/incidents/items"
GONE = "postgresql://nobody:secret@127.0.0.1:1/nowhere"


@contextmanager
def visiting(url: str, settings: Settings | None = None) -> Iterator[httpx.Client]:
    app = create_app(settings or Settings(), url)
    with serving(app) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield client


@pytest.mark.parametrize(
    "fault, status",
    [
        (InvalidQuery("limit", "x", "it is a whole number"), 400),
        (InvalidBBox("1,2", "it has four numbers"), 400),
        (errors.UnknownParameter("limt", "3", nearest="limit"), 400),
        (UnknownLayer("incident", ("incidents",), nearest="incidents"), 404),
        (errors.UnknownItem("incidents", "x"), 404),
        (errors.NotAcceptable("image/png", ("application/json",)), 406),
        (StatementTimeout("canceled"), 503),
        (DatabaseUnreachable("postgresql://x", "refused"), 503),
        (DatabaseBusy("pool"), 503),
        (CalledOff(), 503),
        (NotMigrated(None, "0001"), 503),
        (DbError("anything"), 500),
        (errors.ApiError("anything"), 500),
        (ValueError("anything"), 500),
    ],
)
def test_the_table_gives_each_class_its_status(fault: Exception, status: int) -> None:
    assert status_of(fault) == status
    members = problem(fault)
    assert members["status"] == status
    assert members["title"] == HTTPStatus(status).phrase
    assert members["description"] == members["detail"]
    assert ("Retry-After" in headers_of(fault)) == (status == 503)


def test_every_error_of_ours_is_in_the_table_by_itself_or_its_base() -> None:
    bases = (DbError, GisError, errors.ApiError)
    for module in (db.errors, gis.errors, errors):
        for each in vars(module).values():
            if isclass(each) and issubclass(each, bases):
                assert any(base in STATUS for base in each.__mro__), each


def test_a_refusal_says_what_was_refused_why_and_what_was_meant(client: httpx.Client) -> None:
    body = client.get(ITEMS, params={"event_type": "atack"}).json()
    assert body["parameter"] == "event_type"
    assert body["value"] == "atack"
    assert body["nearest"] == "attack"
    assert body["rule"].startswith("it is one of attack, battle")
    assert body["code"] == "InvalidQuery"
    body = client.get(ITEMS, params={"limt": "3"}).json()
    assert (body["parameter"], body["nearest"]) == ("limt", "limit")
    body = client.get("/collections/incident").json()
    assert body["nearest"] == "incidents"


def test_what_is_not_the_clients_fault_is_told_in_one_fixed_sentence() -> None:
    for fault in (
        DatabaseUnreachable(GONE, "secret"),
        StatementTimeout("secret"),
        OSError("secret"),
    ):
        assert "secret" not in str(problem(fault))


@pytest.mark.parametrize("path", ["/collections", "/collections/incidents", ITEMS, f"{ITEMS}/1"])
def test_without_a_database_every_layer_is_503(path: str) -> None:
    with visiting(GONE) as client:
        response = client.get(path)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "10"
        assert response.json()["code"] == "DatabaseUnreachable"
        assert "secret" not in response.text
        assert "127.0.0.1:1" not in response.text


def test_without_a_database_the_way_in_still_answers_and_health_says_so() -> None:
    with visiting(GONE) as client:
        assert client.get("/").status_code == 200
        assert client.get("/api").status_code == 200
        response = client.get("/health")
        assert response.status_code == 503
        assert response.json()["missing"] == ["The database does not answer."]
        assert client.get("/health/live").json() == {"status": "ok"}


def test_a_database_that_was_never_migrated(empty_database_url: str) -> None:
    with visiting(empty_database_url) as client:
        response = client.get(ITEMS)
        assert response.status_code == 503
        assert response.json()["code"] == "NotMigrated"
        health = client.get("/health")
        assert health.status_code == 503
        assert health.json()["status"] == "unavailable"


def test_a_start_that_is_not_done_is_named(world_url: str) -> None:
    steps = ["boundaries", "analyses"]
    app = create_app(Settings(), world_url, pending=lambda: steps)
    with serving(app) as base, httpx.Client(base_url=base) as client:
        response = client.get("/health")
        assert response.status_code == 503
        assert response.json()["missing"] == ["boundaries", "analyses"]
        assert "retry-after" in response.headers
        steps.clear()
        assert client.get("/health").status_code == 200


def test_a_statement_that_takes_too_long_is_503_and_its_connection_lives_on(
    database_url: str,
) -> None:
    engine = create_engine(database_url, pool_size=1, statement_timeout_s=0.2)
    app = create_app(Settings(), engine)
    with (
        psycopg.connect(database_url) as other,
        serving(app) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):
        other.execute("LOCK TABLE liptako.incident IN ACCESS EXCLUSIVE MODE")
        response = client.get(ITEMS)
        assert response.status_code == 503
        assert response.json()["code"] == "StatementTimeout"
        assert response.headers["retry-after"] == "30"
        other.rollback()
        assert client.get(ITEMS).status_code == 200
    engine.dispose()


def test_a_server_that_restarts_costs_no_request(database_url: str) -> None:
    with visiting(database_url) as client:
        assert client.get(ITEMS).status_code == 200
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert client.get(ITEMS).status_code == 200


def test_when_all_connections_are_in_use_the_answer_is_503(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1, pool_wait_s=0.05)
    app = create_app(Settings(), engine)
    with (
        engine.connect() as first,
        engine.connect() as second,
        serving(app) as base,
        httpx.Client(base_url=base) as client,
    ):
        assert first.scalar(text("SELECT 1")) == second.scalar(text("SELECT 1"))
        response = client.get(ITEMS)
        assert response.status_code == 503
        assert response.json()["code"] == "DatabaseBusy"
        assert response.headers["retry-after"] == "2"
    engine.dispose()


def test_a_database_that_crashes_costs_no_more_than_the_time_it_is_away() -> None:
    with cluster_home() as home, throw_away_cluster(home, durable=True) as cluster:
        upgrade(cluster.url())
        with visiting(cluster.url()) as client:
            assert client.get(ITEMS).status_code == 200
            pid = cluster.status().pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            response = client.get(ITEMS)
            assert response.status_code == 503
            assert response.json()["code"] == "DatabaseUnreachable"
            assert response.headers["retry-after"] == "10"
            assert client.get("/health").status_code == 503
            assert client.get("/").status_code == 200
            cluster.start()
            assert client.get(ITEMS).status_code == 200
            assert client.get("/health").status_code == 200


def test_an_engine_that_is_the_callers_is_left_open(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1)
    with serving(create_app(Settings(), engine)) as base:
        assert httpx.get(f"{base}{ITEMS}").status_code == 200
    assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]  # of the queue pool
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_browser_gets_errors_as_pages(client: httpx.Client) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8"}
    for path in (f"{ITEMS}?title=%00&bbox=<script>", "/nowhere", "/collections/<b>x"):
        response = client.get(path, headers=browser)
        assert response.status_code in (400, 404)
        assert response.headers["content-type"].startswith("text/html")
        assert "<script>" not in response.text
        assert "<b>" not in response.text
    response = client.get(f"{ITEMS}?limit=x&f=html")
    assert "it is a whole number" in response.text


def test_a_fault_of_ours_is_500_without_particulars(
    world_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("api.items.read_page", broken)
    with visiting(world_url) as client:
        response = client.get(ITEMS)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret" not in response.text


def test_a_file_that_cannot_be_written_is_no_fault_of_the_client() -> None:
    told = problem(UnwritableFile("/srv/secret/x.gpkg", "the disk has room for it"))
    assert told["status"] == 500
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    "address, meant",
    [
        (f"{ITEMS}?datetme=2019", "datetime"),
        (f"{ITEMS}?f=GeoJSONN", "geojson"),
        (f"{ITEMS}?filter-lang=cql2-jsn&filter=1=1", "cql2-json"),
        (f"{ITEMS}?filter=countri", "country"),
        (f"{ITEMS}?filter=countri='NER'", "country"),
        (f"{ITEMS}?sortby=Titel", "title"),
        ("/collections/incidnets", "incidents"),
        ("/tiles/WebMercatorQuad/0/0/0?collections=incidentz", "incidents"),
        ("/collections/incidents/tiles/WebMercatorQaud", "WebMercatorQuad"),
        ("/processes/cluster", "clusters"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(
    database_url: str, address: str, meant: str
) -> None:
    with visiting(database_url) as client:
        answer = client.get(address)
    assert answer.status_code in (400, 404)
    assert f"did you mean '{meant}'" in answer.json()["detail"]
