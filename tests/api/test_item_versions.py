"""What a feature was, over HTTP; and what is answered for one that is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving
from tests.api.world import build
from tests.db.rows import add_estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

INATES = "/collections/incidents/items/inates-2019-12-10"
FAR = "/collections/incidents/items/far"


@pytest.fixture
def changing(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    build(database_url)
    with psycopg.connect(database_url, autocommit=True, application_name="desk") as connection:
        yield connection


@pytest.fixture
def client(changing: object, database_url: str) -> Iterator[httpx.Client]:
    with (
        serving(create_app(Settings(), database_url)) as base,
        httpx.Client(base_url=base, timeout=30) as opened,
    ):
        yield opened


def link(document: dict[str, Any], relation: str) -> str:
    (found,) = (each["href"] for each in document["links"] if each["rel"] == relation)
    return str(found)


def test_versions_tell_from_when_until_when_and_by_whom(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    with changing.transaction():
        changing.execute("SET LOCAL liptako.author = 'Aïcha'")
        changing.execute("UPDATE liptako.estimate SET high = 89 WHERE low = 71")
    document = client.get(f"{INATES}/versions").json()
    first, second = document["versions"]
    assert (first["change"], second["change"]) == ("created", "changed")
    assert first["recorded"][1] == second["recorded"][0]
    assert second["recorded"][1] is None
    assert second["fields"] == {"killed_high": {"old": 71.0, "new": 89.0}}
    assert first["by"]["application"] == "test world"
    assert second["by"]["stated"] == second["by"]["words"] == "Aïcha"


def test_each_version_leads_to_what_it_showed(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    for high in (80, 85, 89):
        changing.execute("UPDATE liptako.estimate SET high = %s WHERE low = 71", [high])
    versions = client.get(f"{INATES}/versions").json()["versions"]
    shown = [
        client.get(link(each, "memento")).json()["properties"]["killed_high"] for each in versions
    ]
    assert shown == [71.0, 80.0, 85.0, 89.0]


def test_a_feature_leads_to_its_versions(client: httpx.Client) -> None:
    feature = client.get(INATES).json()
    assert client.get(link(feature, "version-history")).status_code == 200
    page = client.get(INATES, params={"f": "html"}).text
    assert f'{INATES.rpartition("/")[0]}/{feature["id"]}/versions?f=html">Versions</a>' in page
    other = client.get(f"{INATES}/versions", params={"f": "html"})
    assert other.status_code == 200
    assert "created" in other.text


def test_a_retracted_incident_is_gone_and_leads_to_what_it_was(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    before = client.get(FAR).json()
    changing.execute(
        "UPDATE liptako.incident SET status = 'retracted', status_note = 'a <b>rumour</b>'"
        " WHERE code = 'far'"
    )
    for path in (FAR, f"/collections/incidents/items/{before['id']}"):
        response = client.get(path)
        assert response.status_code == 410
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert (problem["status"], problem["code"]) == (410, "ItemGone")
        assert (problem["change"], problem["note"]) == ("retracted", "a <b>rumour</b>")
        last = client.get(link(problem, "predecessor-version")).json()
        assert last["properties"] == before["properties"]
        assert response.links["predecessor-version"]["url"] == link(problem, "predecessor-version")
        history = client.get(link(problem, "version-history")).json()
        assert history["versions"][-1]["change"] == "retracted"
    page = client.get(FAR, headers={"Accept": "text/html"})
    assert page.status_code == 410
    assert "The last version" in page.text
    shown = client.get(f"{FAR}/versions", params={"f": "html"}).text
    assert "retracted: a &lt;b&gt;rumour&lt;/b&gt;" in shown


def test_a_merged_incident_is_gone_and_points_to_its_survivor(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    changing.execute(
        "UPDATE liptako.incident SET status = 'merged', merged_into ="
        " (SELECT incident_id FROM liptako.incident WHERE code = 'inates-2019-12-10')"
        " WHERE code = 'far'"
    )
    response = client.get(FAR)
    assert response.status_code == 410
    problem = response.json()
    assert problem["merged_into"]["incident"] == "inates-2019-12-10"
    assert "merged into 'inates-2019-12-10'" in problem["detail"]
    survivor = client.get(link(problem, "successor-version")).json()
    assert survivor["properties"]["incident"] == "inates-2019-12-10"


@pytest.mark.parametrize("name", ["nothing", "9999999", "secret-incident", "autumn-total"])
@pytest.mark.parametrize("tail", ["", "/versions"])
def test_what_never_was_there_is_not_found(client: httpx.Client, name: str, tail: str) -> None:
    assert client.get(f"/collections/incidents/items/{name}{tail}").status_code == 404


def test_what_was_not_there_then_is_not_found_then(client: httpx.Client) -> None:
    assert client.get(FAR, params={"asof": "2000-01-01"}).status_code == 404


def test_a_restored_incident_is_there_again(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    for status in ("retracted", "active"):
        changing.execute("UPDATE liptako.incident SET status = %s WHERE code = 'far'", [status])
    assert client.get(FAR).status_code == 200
    versions = client.get(f"{FAR}/versions").json()["versions"]
    assert [each["change"] for each in versions] == ["created", "retracted", "created"]


def test_a_claim_has_versions_too(changing: psycopg.Connection[Any], client: httpx.Client) -> None:
    changing.execute("UPDATE liptako.claim SET low = 62 WHERE code = 'inates-claim-2'")
    versions = client.get("/collections/claims/items/inates-claim-2/versions").json()["versions"]
    assert versions[-1]["fields"] == {"low": {"old": 60.0, "new": 62.0}}


def test_an_estimate_is_a_change_of_the_incident(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    row = changing.execute("SELECT incident_id FROM liptako.incident WHERE code = 'far'")
    found = row.fetchone()
    assert found is not None
    add_estimate(changing, found[0], low=2, best=None, high=None)
    versions = client.get(f"{FAR}/versions").json()["versions"]
    assert versions[-1]["fields"]["killed_low"] == {"old": None, "new": 2.0}
