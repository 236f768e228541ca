"""Processes and their jobs, over the wire."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from api.app import create_app
from api.errors import TYPES, ResultNotReady, UnknownProcess
from api.execution import MOST_BYTES
from api.settings import Settings
from db.analyses.methods import METHODS
from db.errors import UnknownJob
from tests.api.answers import links
from tests.api.serving import serving
from tests.api.world import build
from tests.db.jobs.asking import SESSIONS, computing, held_up, number, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgis import PostgisServer

EXECUTION = "/processes/clusters/execution"
ASYNC = {"Prefer": "respond-async"}
LAYERS_AND_RUN = {"clusters", "cluster-members", "cluster-sensitivity", "run"}
EVERYWHERE = {"inputs": {"region": None, "radius_km": 30, "min_points": 3}}
PROBLEM = "application/problem+json"
RELATIONS = "http://www.opengis.net/def/rel/ogc/1.0/"

NOBODYS = "9f6a2c1e-5d0b-4c57-8f0e-3b1d7a64c2aa"
"""A number that no job has."""


@pytest.fixture(scope="module")
def own_url(postgis_server: PostgisServer, template_database: str) -> Iterator[str]:
    name = f"liptako_{uuid4().hex[:12]}_test"
    url = postgis_server.create(name, template_database)
    build(url)
    yield url
    postgis_server.drop(name)


@pytest.fixture(scope="module")
def own(own_url: str) -> Iterator[httpx.Client]:
    """Open a client of a server of this module, on a world of its own."""
    settings = Settings(processes_waiting=2, processes_per_client=3)
    app = create_app(settings, own_url)
    with serving(app) as base, httpx.Client(base_url=base, timeout=60) as opened:
        yield opened


@pytest.fixture
def idle(own: httpx.Client) -> httpx.Client:
    """Wait until no job of a test before is left."""
    wait_until(lambda: not unfinished(own))
    return own


def unfinished(client: httpx.Client) -> list[Any]:
    found = client.get("/jobs", params={"status": "accepted,running"}).json()["jobs"]
    assert isinstance(found, list)
    return found


def begun(client: httpx.Client, body: Any = EVERYWHERE) -> str:
    response = client.post(EXECUTION, json=body, headers=ASYNC)
    assert response.status_code == 201, response.text
    return str(response.headers["location"])


def ended(client: httpx.Client, job: str) -> Any:
    wait_until(lambda: client.get(job).json()["status"] not in ("accepted", "running"))
    return client.get(job).json()


def test_the_way_in_leads_to_processes_and_jobs(own: httpx.Client) -> None:
    document = own.get("/").json()
    for rel, path in (("processes", "/processes"), ("job-list", "/jobs")):
        (link,) = links(document, f"{RELATIONS}{rel}")
        assert link["href"] == f"{own.base_url}".rstrip("/") + path
    declared = own.get("/conformance").json()["conformsTo"]
    for name in ("core", "ogc-process-description", "json", "html", "oas30", "job-list", "dismiss"):
        assert f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" in declared


def test_every_method_is_a_process(own: httpx.Client) -> None:
    found = own.get("/processes").json()
    assert [each["id"] for each in found["processes"]] == list(METHODS)
    assert len(own.get("/processes", params={"limit": 1}).json()["processes"]) == 1
    for each in found["processes"]:
        described = own.get(f"/processes/{each['id']}").json()
        assert each == {key: described[key] for key in each}
        for link in described["links"]:
            if not link["rel"].endswith("execute"):
                assert own.get(link["href"]).headers["content-type"].startswith(link["type"])


def test_a_process_is_executed_while_the_client_waits(idle: httpx.Client) -> None:
    response = idle.post(EXECUTION, json=EVERYWHERE)
    assert response.status_code == 200, response.text
    found = response.json()
    assert set(found) == LAYERS_AND_RUN
    record = found["run"]["value"]
    assert record["standing"] == "own"
    assert record["parameters"]["radius_km"] == 30
    features = idle.get(found["clusters"]["href"]).json()
    assert features["numberMatched"] == record["counts"]["clusters"] > 0
    assert {each["properties"]["run"] for each in features["features"]} == {record["run"]}
    for each in record["results"]["clusters"]:
        answered = idle.get(each["href"])
        assert answered.status_code == 200
        assert answered.headers["content-type"].startswith(each["type"].partition(";")[0])
    assert idle.get("/collections/clusters/items").json()["numberMatched"] == 0


def test_a_run_that_is_yet_to_come_is_not_remembered_as_empty(idle: httpx.Client) -> None:
    first = idle.post(EXECUTION, json=EVERYWHERE).json()["run"]["value"]["run"]
    refused = idle.get("/collections/clusters/items", params={"run": first + 1})
    assert (refused.status_code, refused.json()["parameter"]) == (400, "run")
    tile = "/collections/clusters/tiles/WebMercatorQuad/0/0/0"
    assert idle.get(tile, params={"run": first + 1}).status_code == 400
    idle.post(EXECUTION, json=EVERYWHERE)
    shown = idle.get("/collections/clusters/items", params={"run": first + 1}).json()
    assert shown["numberMatched"] == shown["numberReturned"] > 0
    assert idle.get(tile, params={"run": first + 1}).status_code == 200


def test_results_without_a_document(idle: httpx.Client) -> None:
    raw = idle.post(EXECUTION, json={**EVERYWHERE, "response": "raw"})
    assert (raw.status_code, raw.content) == (204, b"")
    assert raw.headers["link"].count('rel="item"') == len(LAYERS_AND_RUN)
    record = idle.post(EXECUTION, json={**EVERYWHERE, "response": "raw", "outputs": {"run": {}}})
    assert record.json()["method"] == "clusters"


def test_a_process_is_executed_behind_the_clients_back(idle: httpx.Client) -> None:
    response = idle.post(EXECUTION, json=EVERYWHERE, headers=ASYNC)
    assert response.status_code == 201
    assert response.headers["preference-applied"] == "respond-async"
    job = response.headers["location"]
    assert response.json()["status"] in ("accepted", "running")
    found = ended(idle, job)
    assert (found["status"], found["progress"], found["processID"]) == (
        "successful",
        100,
        "clusters",
    )
    assert found["created"] <= found["started"] <= found["finished"] <= found["expires"]
    (link,) = links(found, f"{RELATIONS}results")
    assert set(idle.get(link["href"]).json()) == LAYERS_AND_RUN
    assert idle.get(job).headers["cache-control"] == "no-store"
    for page in (job, link["href"], "/jobs", found["links"][1]["href"]):
        shown = idle.get(page, params={"f": "html"})
        assert shown.headers["content-type"].startswith("text/html")


def test_who_would_wait_a_while_gets_results_or_a_job(idle: httpx.Client, own_url: str) -> None:
    patient = {"Prefer": "respond-async, wait=60"}
    assert idle.post(EXECUTION, json=EVERYWHERE, headers=patient).status_code == 200
    with held_up(own_url):
        hasty = {"Prefer": "respond-async, wait=1"}
        response = idle.post(EXECUTION, json=EVERYWHERE, headers=hasty)
        assert response.status_code == 201
    assert ended(idle, response.headers["location"])["status"] == "successful"


def test_a_job_says_where_it_stands_and_is_dismissed(idle: httpx.Client, own_url: str) -> None:
    with held_up(own_url):
        job = begun(idle)
        wait_until(lambda: idle.get(job).json()["status"] == "running")
        wait_until(lambda: number(own_url, SESSIONS) == 1)
        found = idle.get(f"{job}/results")
        assert (found.status_code, found.json()["type"]) == (404, TYPES[ResultNotReady])
        assert computing()
        dismissed = idle.delete(job)
        assert (dismissed.status_code, dismissed.json()["status"]) == (200, "dismissed")
        wait_until(lambda: not computing() and number(own_url, SESSIONS) == 0)
    assert idle.get(f"{job}/results").status_code == 410
    assert idle.delete(job).status_code == 200


def test_a_dismissed_result_is_gone(idle: httpx.Client) -> None:
    job = begun(idle)
    ended(idle, job)
    run = idle.get(f"{job}/results").json()["run"]["value"]["run"]
    idle.delete(job)
    assert idle.get(f"/analyses/runs/{run}").status_code == 404
    assert idle.get("/collections/clusters/items", params={"run": run}).status_code == 400


def test_results_go_when_their_time_is_over(idle: httpx.Client, own_url: str) -> None:
    job = begun(idle)
    ended(idle, job)
    run = idle.get(f"{job}/results").json()["run"]["value"]["run"]
    with psycopg.connect(own_url) as connection:
        connection.execute(
            "UPDATE liptako.analysis_run SET expires_at = now() - interval '1 s' WHERE run_id = %s",
            [run],
        )
    assert idle.get(f"{job}/results").status_code == 410
    assert idle.get(f"/analyses/runs/{run}").status_code == 404


def test_a_client_that_hangs_up_is_not_computed_for(idle: httpx.Client, own_url: str) -> None:
    with held_up(own_url):
        with pytest.raises(httpx.ReadTimeout):
            idle.post(EXECUTION, json=EVERYWHERE, timeout=httpx.Timeout(30, read=2))
        wait_until(lambda: not unfinished(idle))
        wait_until(lambda: not computing())
    (latest, *_) = idle.get("/jobs").json()["jobs"]
    assert latest["status"] == "dismissed"


def test_what_no_schema_can_tell_is_refused_by_the_computation(idle: httpx.Client) -> None:
    response = idle.post(EXECUTION, json={"inputs": {"region": "nowhere"}})
    assert response.status_code == 400
    assert response.headers["content-type"] == PROBLEM
    problem = response.json()
    assert (problem["parameter"], problem["value"]) == ("region", "nowhere")
    job = begun(idle, {"inputs": {"filter": "no_such_field = 1"}})
    assert ended(idle, job)["status"] == "failed"
    assert idle.get(f"{job}/results").json()["parameter"] == "filter"
    assert "no_such_field" in idle.get(job, params={"f": "html"}).text


def test_clients_and_the_queue_have_their_limits(idle: httpx.Client, own_url: str) -> None:
    with held_up(own_url):
        jobs = [begun(idle) for _ in range(3)]
        refused = idle.post(EXECUTION, json=EVERYWHERE)
        # The queue is full, too, which is told first.
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        for job in jobs:
            idle.delete(job)


def test_one_client_has_no_more_than_its_share(own_url: str) -> None:
    settings = Settings(processes_per_client=1)
    app = create_app(settings, own_url)
    with serving(app) as base, httpx.Client(base_url=base, timeout=60) as client:
        wait_until(lambda: not unfinished(client))
        with held_up(own_url):
            job = begun(client)
            refused = client.post(EXECUTION, json=EVERYWHERE)
            assert (refused.status_code, refused.json()["code"]) == (429, "TooManyJobs")
            elsewhere = {"X-Forwarded-For": "192.0.2.7", **ASYNC}
            other = client.post(EXECUTION, json=EVERYWHERE, headers=elsewhere)
            assert other.status_code == 201
            assert next(each["jobID"] for each in client.get("/jobs").json()["jobs"]) in job
            client.delete(other.headers["location"])
            client.delete(job)


def test_many_at_once_get_results_each_its_own(idle: httpx.Client) -> None:
    def radius(km: int) -> float:
        asked = {"inputs": {"region": None, "radius_km": km}}
        found = idle.post(EXECUTION, json=asked).json()
        return float(found["run"]["value"]["parameters"]["radius_km"])

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(radius, (10, 20, 30))) == [10, 20, 30]


@pytest.mark.parametrize("path", ["", "/execution"])
def test_a_process_that_there_is_not(own: httpx.Client, path: str) -> None:
    address = f"/processes/nowhere{path}"
    response = own.post(address, json={}) if path else own.get(address)
    assert (response.status_code, response.json()["type"]) == (404, TYPES[UnknownProcess])


@pytest.mark.parametrize("name", ["x", NOBODYS, "{" + NOBODYS + "}"])
def test_a_job_that_there_is_not(own: httpx.Client, name: str) -> None:
    for response in (
        own.get(f"/jobs/{name}"),
        own.delete(f"/jobs/{name}"),
        own.get(f"/jobs/{name}/results"),
    ):
        assert (response.status_code, response.json()["type"]) == (404, TYPES[UnknownJob])


@pytest.mark.parametrize(
    "headers, content, status",
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"a=b", 415),
        ({}, b"{}", 415),
        ({"Content-Type": "application/json"}, b" " * (MOST_BYTES + 1), 413),
        ({"Content-Type": "application/json"}, b"", 400),
        ({"Content-Type": "application/json; charset=utf-8"}, b"[]", 400),
    ],
)
def test_bodies_that_are_refused(
    own: httpx.Client, headers: dict[str, str], content: bytes, status: int
) -> None:
    response = own.post(EXECUTION, headers=headers, content=content)
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
    assert response.json()["rule"]


@pytest.mark.parametrize(
    "path",
    [
        "/jobs?status=done",
        "/jobs?processID=nothing",
        "/jobs?type=coverage",
        "/jobs?limit=0",
        "/jobs?limit=x",
        "/jobs?offset=-1",
        "/jobs?color=red",
        "/processes?limit=0",
        "/processes/clusters?limit=1",
    ],
)
def test_parameters_that_are_refused(own: httpx.Client, path: str) -> None:
    assert own.get(path).status_code == 400


def test_a_list_of_jobs_has_pages(idle: httpx.Client) -> None:
    for _ in range(2):
        ended(idle, begun(idle))
    first = idle.get("/jobs", params={"limit": 1, "processID": "clusters"}).json()
    (following,) = links(first, "next")
    second = idle.get(following["href"]).json()
    assert len(first["jobs"]) == len(second["jobs"]) == 1
    assert first["jobs"][0]["created"] >= second["jobs"][0]["created"]


@pytest.mark.parametrize(
    "path, allow",
    [
        (EXECUTION, "POST, OPTIONS"),
        (f"/jobs/{NOBODYS}", "GET, HEAD, DELETE, OPTIONS"),
        ("/processes", "GET, HEAD, OPTIONS"),
        ("/collections/incidents/items", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_tell_where_something_may_be_sent(own: httpx.Client, path: str, allow: str) -> None:
    response = own.options(path)
    assert (response.status_code, response.headers["allow"]) == (204, allow)
    assert response.headers["access-control-allow-methods"] == allow
    refused = own.put(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, allow)


def test_options_of_a_process_that_there_is_not(own: httpx.Client) -> None:
    assert own.options("/processes/nowhere").status_code == 404


def test_an_operator_may_have_none_of_it(own_url: str) -> None:
    app = create_app(Settings(processes_enabled=False), own_url)
    with serving(app) as base, httpx.Client(base_url=base) as client:
        assert client.get("/processes").status_code == 404
        assert client.post(EXECUTION, json={}).status_code == 404
        assert client.get("/jobs").status_code == 404
        assert "processes" not in client.get("/conformance").text
        assert "/processes" not in client.get("/").text
        assert "/processes" not in client.get("/api").text
        assert client.get("/analyses").status_code == 200
        assert "Have it computed" not in client.get("/analyses/clusters?f=html").text


def test_nothing_is_started_before_it_is_asked_for(own_url: str) -> None:
    before = computing()
    app = create_app(Settings(), own_url)
    with serving(app) as base:
        httpx.get(f"{base}/jobs")
        time.sleep(0.3)
    assert computing() == before
