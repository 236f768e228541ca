"""Exports as jobs, over the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from db.made_files import PREFIX
from tests.api.answers import links
from tests.api.serving import serving
from tests.api.world import SHOWN
from tests.db.jobs.asking import held_up, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROBLEM = "application/problem+json"
ASKED = {"collection": "incidents", "f": "geojson"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def own(world_url: str, folder: Path) -> Iterator[httpx.Client]:
    settings = Settings(files_folder=folder, processes_per_client=2)
    with (
        serving(create_app(settings, world_url)) as base,
        httpx.Client(base_url=base, timeout=60) as opened,
    ):
        yield opened


def begun(client: httpx.Client, **asked: Any) -> str:
    response = client.post("/exports", json={**ASKED, **asked})
    assert response.status_code == 201, response.text
    assert response.json()["processID"] == "export"
    return str(response.headers["location"])


def ended(client: httpx.Client, job: str) -> Any:
    wait_until(lambda: client.get(job).json()["status"] not in ("accepted", "running"))
    return client.get(job).json()


def test_a_job_makes_a_file_that_is_had_whole_or_in_ranges(own: httpx.Client) -> None:
    job = begun(own, sortby=["-title"])
    found = ended(own, job)
    assert (found["status"], found["progress"]) == ("successful", 100)
    (link,) = links(found, "enclosure")
    assert own.get(f"{job}/results").json()["file"] == link
    whole = own.get(link["href"])
    assert whole.headers["content-type"] == link["type"] == "application/geo+json"
    assert "incidents-" in whole.headers["content-disposition"]
    features = json.loads(whole.content)["features"]
    assert len(features) == SHOWN
    titles = [feature["properties"]["title"] for feature in features]
    assert titles == sorted(titles, reverse=True)
    rest = own.get(link["href"], headers={"Range": "bytes=100-", "If-Range": whole.headers["etag"]})
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    known = own.get(link["href"], headers={"If-None-Match": whole.headers["etag"]})
    assert known.status_code == 304
    page = own.get(job, params={"f": "html"}).text
    assert link["href"] in page
    listed = own.get("/jobs", params={"processID": "export", "f": "html"})
    assert "export" in listed.text


def test_a_dismissed_file_is_gone_from_the_disk_too(own: httpx.Client, folder: Path) -> None:
    job = begun(own)
    (link,) = links(ended(own, job), "enclosure")
    name = job.rpartition("/")[2]
    assert [path.name for path in folder.glob(f"{PREFIX}{name}*")] == [f"{PREFIX}{name}.geojson"]
    assert own.delete(job).json()["status"] == "dismissed"
    assert own.get(link["href"]).status_code == 410
    assert list(folder.glob(f"{PREFIX}{name}*")) == []


def test_a_file_that_had_to_make_room_is_gone(own: httpx.Client, folder: Path) -> None:
    (link,) = links(ended(own, begun(own)), "enclosure")
    for path in folder.glob(f"{PREFIX}*"):
        path.unlink()
    gone = own.get(link["href"])
    assert (gone.status_code, gone.headers["content-type"]) == (410, PROBLEM)


def test_a_file_that_is_not_made_yet(own: httpx.Client, world_url: str) -> None:
    with held_up(world_url):
        jobs = [begun(own) for _ in range(2)]
        early = own.get(jobs[0].replace("/jobs/", "/exports/"))
        assert (early.status_code, early.json()["code"]) == (404, "ResultNotReady")
        refused = own.post("/exports", json=ASKED)
        assert (refused.status_code, refused.json()["code"]) == (429, "TooManyJobs")
        for job in jobs:
            own.delete(job)
    assert own.get(f"/exports/{uuid4()}").status_code == 404


@pytest.mark.parametrize(
    "body, parameter, nearest",
    [
        (b"[]", "body", None),
        (b"{", "body", None),
        (b'{"f": "gpkg"}', "collection", None),
        (b'{"collection": "incident", "f": "gpkg"}', "collection", "incidents"),
        (b'{"collection": "incidents", "f": "gpgk"}', "f", "gpkg"),
        (b'{"collection": "incidents", "f": "gpkg", "limit": 5}', "limit", None),
        (b'{"collection": "incidents", "f": "gpkg", "asof": "soon!"}', "asof", None),
        (b'{"collection": "incidents", "f": "gpkg", "filter": "a\\u0000"}', "filter", None),
        (b'{"collection": "incidents", "f": "gpkg", "bbox": [1, 2, 3]}', "bbox", None),
    ],
)
def test_what_is_not_understood_is_refused_at_once(
    own: httpx.Client, body: bytes, parameter: str, nearest: str | None
) -> None:
    refused = own.post("/exports", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (400, PROBLEM)
    assert refused.json()["parameter"] == parameter
    assert nearest is None or refused.json()["nearest"] == nearest
    assert (
        own.post("/exports", content=body, headers={"Content-Type": "text/plain"}).status_code
        == 415
    )


def test_what_is_not_asked_for_may_be_null_as_the_description_says(own: httpx.Client) -> None:
    members = own.get("/api").json()["components"]["schemas"]["Export"]["properties"]
    nullable = [name for name, schema in members.items() if schema.get("nullable")]
    assert nullable == ["bbox", "datetime", "asof", "filter", "properties"]
    own.delete(begun(own, **dict.fromkeys(nullable)))
    refused = own.post("/exports", json={**ASKED, "sortby": None})
    assert (refused.status_code, refused.json()["parameter"]) == (400, "sortby")


def test_it_is_described_and_only_there_where_strangers_may(
    own: httpx.Client, world_url: str, tmp_path: Path
) -> None:
    described = own.get("/api").json()["paths"]
    assert list(described["/exports"]) == ["post"]
    assert "206" in described["/exports/{jobId}"]["get"]["responses"]
    assert own.get("/exports").status_code == 405
    closed = Settings(files_folder=tmp_path, processes_enabled=False)
    with serving(create_app(closed, world_url)) as base, httpx.Client(base_url=base) as client:
        assert client.post("/exports", json=ASKED).status_code == 404
        assert "/exports" not in client.get("/api").json()["paths"]
