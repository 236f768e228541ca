"""What differs between two states, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving
from tests.api.world import SHOWN, build
from tests.db.rows import add_incident

if TYPE_CHECKING:
    from collections.abc import Iterator

DIFF = "/collections/incidents/diff"


@pytest.fixture
def changing(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    build(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def client(changing: object, database_url: str) -> Iterator[httpx.Client]:
    with (
        serving(create_app(Settings(), database_url)) as base,
        httpx.Client(base_url=base, timeout=30) as opened,
    ):
        yield opened


def moment(db: psycopg.Connection[Any]) -> str:
    row = db.execute("SELECT max(recorded_at) FROM liptako.data_version").fetchone()
    assert row is not None
    return str(row[0].isoformat())


def edited(db: psycopg.Connection[Any]) -> tuple[str, str]:
    """Two moments between which one incident came, one changed and one went."""
    before = moment(db)
    row = db.execute("SELECT source_id FROM liptako.source WHERE code = 'press'").fetchone()
    assert row is not None
    add_incident(db, row[0], "new-one", country="NER")
    db.execute("UPDATE liptako.incident SET title = 'another', radius_m = 7 WHERE code = 'awkward'")
    db.execute("UPDATE liptako.incident SET status = 'retracted' WHERE code = 'far'")
    return before, moment(db)


def by_name(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["properties"]["incident"]: each for each in document["features"]}


def test_what_was_added_changed_and_retracted(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    since, until = edited(changing)
    changing.execute("UPDATE liptako.incident SET title = 'later'")
    response = client.get(DIFF, params={"from": since, "to": until})
    assert response.headers["content-type"] == "application/geo+json"
    document = response.json()
    found = by_name(document)
    assert {name: each["properties"]["change"] for name, each in found.items()} == {
        "new-one": "created",
        "awkward": "changed",
        "far": "retracted",
    }
    changed = found["awkward"]
    assert changed["properties"]["changed_fields"] == "title, radius_m"
    assert changed["properties"]["title"] == "another"
    assert changed["fields"]["radius_m"] == {"old": 5000.0, "new": 7.0}
    assert found["far"]["geometry"]["coordinates"] == [179.5, 66], "as it was last"
    assert document["from"]["version"] < document["to"]["version"]
    assert not any(each["rel"] == "next" for each in document["links"])
    page = client.get(DIFF, params={"from": since, "to": until, "f": "html"}).text
    assert "another" in page
    assert "retracted" in page


def test_it_ends_with_the_present_unless_told(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    since, _ = edited(changing)
    changing.execute("UPDATE liptako.incident SET status = 'active' WHERE code = 'far'")
    assert set(by_name(client.get(DIFF, params={"from": since}).json())) == {"new-one", "awkward"}


def test_a_selection_of_it(changing: psycopg.Connection[Any], client: httpx.Client) -> None:
    since, _ = edited(changing)
    found = by_name(client.get(DIFF, params={"from": since, "country": "NER"}).json())
    assert set(found) == {"new-one"}


def test_pages_are_the_whole_whatever_is_written_meanwhile(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    href: str | None = f"{DIFF}?from=2000-01-01&limit=7"
    found: list[str] = []
    while href is not None:
        document = client.get(href).json()
        found += by_name(document)
        changing.execute("UPDATE liptako.incident SET title = title || '.'")
        href = next((x["href"] for x in document["links"] if x["rel"] == "next"), None)
    assert len(found) == len(set(found)) == SHOWN


def test_a_snapshot_names_a_state(client: httpx.Client) -> None:
    response = client.get(DIFF, params={"from": "no-such-snapshot"})
    assert response.status_code == 400
    assert response.json()["parameter"] == "from"


@pytest.mark.parametrize(
    "params, parameter",
    [
        ({}, "from"),
        ({"from": "2999-01-01"}, "from"),
        ({"from": "2000-01-01", "to": "2999-01-01"}, "to"),
        ({"from": "2000-01-02", "to": "1999-01-01", "cursor": "x"}, "cursor"),
        ({"from": "2000-01-01", "asof": "2000-01-01"}, "asof"),
        ({"from": "nonsense!"}, "from"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    client: httpx.Client, params: dict[str, str], parameter: str
) -> None:
    response = client.get(DIFF, params=params)
    assert response.status_code == 400
    assert response.json()["parameter"] == parameter


def test_the_later_state_is_not_before_the_earlier(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    since, until = edited(changing)
    response = client.get(DIFF, params={"from": until, "to": since})
    assert response.json()["rule"] == "it is not before 'from'"
