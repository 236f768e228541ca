"""``rule`` and ``known_by`` over HTTP: pages, files, tiles, links and refusals."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.api.answers import links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.serving import Recorder

ITEMS = "/collections/incidents/items"
INATES = f"{ITEMS}/inates-2019-12-10"


@pytest.fixture
def client(shipped: Recorder) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shipped.address, timeout=60) as opened:
        yield opened


def test_a_feature_is_told_by_a_rule_and_its_links_keep_it(client: httpx.Client) -> None:
    asked = {"rule": "latest", "known_by": "2020-01-11"}
    feature = client.get(INATES, params=asked).json()
    told = feature["properties"]
    assert (told["killed_forces_low"], told["killed_forces_high"]) == (71, 79)
    assert told["killed_rule"] == "sum_of_parts, latest, disputed"
    for rel in ("self", "alternate"):
        for link in links(feature, rel):
            assert "rule=latest" in link["href"], link
            assert "known_by=2020-01-11" in link["href"], link


def test_what_was_not_known_yet_is_not_there(client: httpx.Client) -> None:
    assert client.get(INATES, params={"known_by": "2019-12-14"}).status_code == 404
    assert client.get(INATES, params={"known_by": "2019-12-15"}).status_code == 200
    days = ("1900-01-01", "2019-12-31", "2020-01-13", None)
    counts = [
        client.get(ITEMS, params={"limit": 1} | ({} if day is None else {"known_by": day})).json()
        for day in days
    ]
    matched = [page["numberMatched"] for page in counts]
    assert matched[0] == 0
    assert matched == sorted(set(matched))


def test_the_page_of_an_incident_shows_the_claims_of_that_day(client: httpx.Client) -> None:
    asked = {"known_by": "2019-12-15", "f": "html"}
    page = client.get(INATES, params=asked).text
    assert "SOFREP" not in page
    assert "BBC News" in page
    assert "SOFREP" in client.get(INATES, params={"f": "html"}).text


def test_knowledge_and_the_time_of_the_incident_narrow_together(client: httpx.Client) -> None:
    asked = {"known_by": "2020-01-11", "datetime": "2020-01", "country": "NER"}
    found = client.get(ITEMS, params=asked).json()["features"]
    assert [each["properties"]["incident"] for each in found] == ["chinagodrar-2020-01-09"]


def test_a_walk_and_a_file_are_of_the_same_knowledge(client: httpx.Client) -> None:
    asked = {"rule": "consensus", "known_by": "2020-01-13", "country": "NER", "limit": "3"}
    page = client.get(ITEMS, params=asked).json()
    walked = list(page["features"])
    while following := links(page, "next"):
        assert "known_by=2020-01-13" in following[0]["href"]
        page = client.get(following[0]["href"]).json()
        walked += page["features"]
    del asked["limit"]
    text = client.get(ITEMS, params=asked | {"f": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(walked) > 3
    key = "incident"
    in_file = {row[key]: row["killed_rule"] for row in rows}
    assert in_file == {
        each["properties"][key]: each["properties"]["killed_rule"] or "" for each in walked
    }


def test_a_cursor_belongs_to_its_knowledge(client: httpx.Client) -> None:
    page = client.get(ITEMS, params={"rule": "latest", "limit": 2}).json()
    following = links(page, "next")[0]["href"]
    other = client.get(following.replace("rule=latest", "rule=official"))
    assert other.status_code == 400
    assert other.json()["parameter"] == "cursor"


def test_tiles_are_drawn_by_the_rule(client: httpx.Client) -> None:
    path = "/collections/incidents/tiles/WebMercatorQuad/6/29/32"
    shown = {"properties": "killed_rule"}
    known = client.get(path, params=shown | {"rule": "latest", "known_by": "2020-01-11"})
    assert known.status_code == 200
    assert b"latest" in known.content
    assert b"latest" not in client.get(path, params=shown).content
    nothing = client.get(path, params={"known_by": "1900-01-01"})
    assert nothing.status_code == 204


@pytest.mark.parametrize("name", ["claims", "reports"])
def test_claims_and_reports_take_the_day_and_no_rule(client: httpx.Client, name: str) -> None:
    items = f"/collections/{name}/items"
    some = client.get(items, params={"known_by": "2019-12-31", "limit": 1}).json()
    every = client.get(items, params={"limit": 1}).json()
    assert 0 < some["numberMatched"] < every["numberMatched"]
    assert client.get(items, params={"rule": "latest"}).status_code == 400


@pytest.mark.parametrize(
    "asked, parameter, nearest",
    [
        ({"rule": "lastest"}, "rule", "latest"),
        ({"rule": "coded", "known_by": "2020-01-01"}, "rule", None),
        ({"known_by": "2999-01-01"}, "known_by", None),
        ({"known_by": "yesterday"}, "known_by", None),
        ({"knownby": "2020-01-01"}, "knownby", "known_by"),
        ({"rul": "latest"}, "rul", "rule"),
    ],
)
def test_what_is_refused(
    client: httpx.Client, asked: dict[str, str], parameter: str, nearest: str | None
) -> None:
    for path in (ITEMS, INATES):
        answer = client.get(path, params=asked)
        assert answer.status_code == 400
        assert answer.json()["parameter"] == parameter
        assert answer.json().get("nearest") == nearest


def test_answers_of_different_knowledge_have_different_tags(client: httpx.Client) -> None:
    tags = {
        client.get(INATES, params=asked).headers["etag"]
        for asked in ({}, {"rule": "latest"}, {"rule": "latest", "known_by": "2020-01-11"})
    }
    assert len(tags) == 3


def test_the_description_names_rules_where_they_are_taken(client: httpx.Client) -> None:
    described = client.get("/api", headers={"accept": "application/json"}).json()
    named = {"#/components/parameters/rule", "#/components/parameters/known_by"}

    def references(path: str) -> set[str]:
        return {each.get("$ref", "") for each in described["paths"][path]["get"]["parameters"]}

    assert named <= references(ITEMS)
    assert named <= references(f"{ITEMS}/{{featureId}}")
    assert not named & references("/collections/borders/items")
    rule = described["components"]["parameters"]["rule"]["schema"]
    assert rule["default"] == "coded"
    assert "most_reliable" in rule["enum"]


TOTALS = "/collections/incidents/totals"


def test_totals_are_ranges_of_what_the_same_items_show(client: httpx.Client) -> None:
    asked = {"country": "NER", "known_by": "2020-01-11"}
    told = client.get(TOTALS, params=asked).json()
    found = client.get(ITEMS, params=asked | {"limit": "1000"}).json()
    assert told["numberMatched"] == found["numberMatched"]
    assert (told["rule"], told["known_by"]) == ("envelope", "2020-01-11")
    forces = told["figures"]["killed_forces"]
    lows = [each["properties"]["killed_forces_low"] for each in found["features"]]
    assert forces["low"] == sum(low for low in lows if low is not None)
    assert forces["high"] is None
    assert forces["unknown"] == sum(low is None for low in lows)
    assert forces["disputed"] == 1
    assert client.get(links(told, "items")[0]["href"]).json()["numberMatched"] == len(lows)
    assert client.get(links(told, "self")[0]["href"]).json() == told


def test_totals_of_nothing_are_0_and_what_cannot_be_added_has_none(client: httpx.Client) -> None:
    nothing = client.get(TOTALS, params={"country": "XXX"}).json()
    assert nothing["figures"]["killed"]["high"] == 0
    assert nothing["rule"] == "coded"
    assert client.get("/collections/aggregates/totals").status_code == 404
    assert client.get("/collections/claims/totals").status_code == 404


def test_totals_narrow_as_items_do_and_refuse_what_they_do_not_know(client: httpx.Client) -> None:
    box = {"bbox": "0,12,4,16", "datetime": "2019/2020", "filter": "killed_low > 10"}
    told = client.get(TOTALS, params=box).json()
    assert told["numberMatched"] == client.get(ITEMS, params=box).json()["numberMatched"] > 0
    before = client.get(TOTALS, params={"asof": "2001-01-01"}).json()
    assert (before["numberMatched"], before["version"]) == (0, 0)
    for asked, parameter in (({"limit": "1"}, "limit"), ({"rule": "x"}, "rule")):
        answer = client.get(TOTALS, params=asked)
        assert answer.status_code == 400
        assert answer.json()["parameter"] == parameter
    collection = client.get("/collections/incidents", params={"f": "json"}).json()
    assert any(link["href"].endswith("/totals") for link in links(collection, "related"))
