"""Analyses and their runs, as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.clusters import METHOD
from db.analyses.methods import METHODS
from db.analyses.run import APPLICATION, run_method
from db.engine import connect
from tests.api.answers import links
from tests.api.serving import serving
from tests.api.world import AWKWARD, build

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(url: str, radius_km: float, keep_s: float | None = None) -> int:
    chosen = ClusterParameters(region=None, radius_km=radius_km, filter="title <> '<b>'")
    with connect(url, application=APPLICATION) as connection:
        number = run_method(connection, METHOD, chosen, keep_s=keep_s).run_id
        connection.commit()
    return number


@pytest.fixture
def own(database_url: str) -> Iterator[httpx.Client]:
    build(database_url)
    with serving(create_app(Settings(), database_url)) as base:
        with httpx.Client(base_url=base, timeout=30) as opened:
            yield opened


def test_analyses_are_listed_with_what_is_published(own: httpx.Client, database_url: str) -> None:
    number = run(database_url, 30)
    listed = {each["id"]: each for each in own.get("/analyses").json()["analyses"]}
    assert list(listed) == list(METHODS)
    assert listed["clusters"]["published"]["run"] == number
    assert listed["borders"]["published"] is None
    assert listed["clusters"]["parameters"]["properties"]["radius_km"]["default"] == 50
    assert own.get("/analyses/clusters").json()["published"] == listed["clusters"]["published"]


def test_a_run_tells_all_that_it_takes_to_repeat_it(own: httpx.Client, database_url: str) -> None:
    first, second, mine = run(database_url, 30), run(database_url, 20), run(database_url, 10, 60)
    found: dict[str, Any] = own.get(f"/analyses/runs/{second}").json()
    assert (found["standing"], found["method"], found["version"]) == (
        "published",
        METHOD.name,
        METHOD.version,
    )
    assert found["parameters"]["radius_km"] == 20
    assert len(found["input_sha256"]) == 64
    assert found["software"]["numpy"]
    assert found["licence"] == "CC BY 4.0"
    assert found["expires"] is None
    assert own.get(f"/analyses/runs/{first}").json()["standing"] == "replaced"
    kept = own.get(f"/analyses/runs/{mine}").json()
    assert (kept["standing"], kept["expires"] > kept["finished"]) == ("own", True)
    runs = own.get("/analyses/clusters").json()["runs"]
    assert [each["run"] for each in runs] == [second, first], (
        "those of others are nobody's business"
    )


def test_every_link_answers_with_its_type(own: httpx.Client, database_url: str) -> None:
    number = run(database_url, 30)
    for path in ("/analyses", "/analyses/clusters", f"/analyses/runs/{number}"):
        document = own.get(path).json()
        assert links(document, "self")
        for link in document["links"]:
            answered = own.get(link["href"])
            assert answered.status_code == 200, link
            assert answered.headers["content-type"].startswith(link["type"]), link


def test_pages_escape_what_strangers_wrote(own: httpx.Client, database_url: str) -> None:
    number = run(database_url, 30, 60)
    text = own.get(f"/analyses/runs/{number}", params={"f": "html"}).text
    assert "title &lt;&gt;" in text
    assert "<b>" not in text
    assert AWKWARD not in text


@pytest.mark.parametrize("name", ["0", "999", "x", "-1", "9" * 30, "١"])
def test_a_run_that_there_is_not(client: httpx.Client, name: str) -> None:
    response = client.get(f"/analyses/runs/{name}")
    assert (response.status_code, response.json()["code"]) == (404, "UnknownRun")


def test_an_analysis_that_there_is_not(client: httpx.Client) -> None:
    assert client.get("/analyses/cluster").json()["nearest"] == "clusters"


def test_what_is_published_changes_its_validator(own: httpx.Client, database_url: str) -> None:
    before = own.get("/analyses/clusters").headers["etag"]
    assert own.get("/analyses/clusters").headers["etag"] == before
    run(database_url, 30)
    assert own.get("/analyses/clusters").headers["etag"] != before
