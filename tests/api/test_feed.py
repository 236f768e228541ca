"""A copy of a layer that follows the feed over HTTP is the layer, also across restarts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving
from tests.api.world import SHOWN, build
from tests.db.edits import TRANSACTIONS, apply, begin
from tests.db.rows import add_incident

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = "/collections/incidents/items"
CHANGES = "/collections/incidents/changes"
SELECTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("incidents", {}),
    ("incidents", {"bbox": "-1,13,1,16"}),
    ("incidents", {"country": "NER"}),
    ("incidents", {"filter": "min_casualties('killed','peacekeeper') >= 1 OR claims > 1"}),
    ("incidents", {"datetime": "2020-01-10/2020-03-10"}),
    ("claims", {}),
    ("reports", {}),
)


class Copy:
    """A client's copy of a selection: the bytes of each feature, by its key."""

    def __init__(self, client: httpx.Client, layer: str, selection: dict[str, str]) -> None:
        self._path = f"/collections/{layer}"
        self._selection = selection
        response = self.download(client)
        self.features = features_of(response)
        self.token = response.headers["Liptako-Since"]
        self.ends: dict[str, Any] = {}

    def download(self, client: httpx.Client) -> httpx.Response:
        asked = {**self._selection, "f": "ndjson"}
        response = client.get(f"{self._path}/items", params=asked)
        assert response.status_code == 200, response.text
        return response

    def take_in(self, client: httpx.Client, limit: int) -> bool:
        """Take in one page; whether the copy agrees with a state then."""
        asked = {**self._selection, "since": self.token, "limit": str(limit)}
        response = client.get(f"{self._path}/changes", params=asked)
        assert response.status_code == 200, response.text
        page = msgspec.json.decode(response.content, type=_Page)
        assert len(page.changes) == page.numberReturned <= limit
        for each in page.changes:
            if not bytes(each.feature):
                assert each.change in ("retracted", "merged", "removed")
                self.features.pop(each.id, None)
            else:
                assert each.change in ("created", "changed")
                self.features[each.id] = bytes(each.feature)
        self.token, self.ends = page.token, page.until
        return page.complete

    def catch_up(self, client: httpx.Client) -> None:
        """Follow until nothing is left to tell."""
        while True:
            before = self.token
            if self.take_in(client, 1000) and self.token == before:
                return


class _Change(msgspec.Struct):
    change: str
    id: int
    feature: msgspec.Raw = msgspec.Raw(b"")


class _Page(msgspec.Struct):
    changes: list[_Change]
    numberReturned: int
    token: str
    complete: bool
    until: dict[str, Any]


def features_of(response: httpx.Response) -> dict[int, bytes]:
    lines = response.content.splitlines()
    return {msgspec.json.decode(line)["id"]: line for line in lines}


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


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    # A step may be the start of a server: to shrink a failure takes too long.
    phases=(Phase.explicit, Phase.generate),
)
@given(
    steps=st.lists(
        st.one_of(TRANSACTIONS, TRANSACTIONS, st.integers(1, 9), st.just("restart")),
        min_size=3,
        max_size=16,
    )
)
def test_a_copy_that_follows_is_the_layer(database_url: str, steps: list[Any]) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        if db.execute("SELECT NOT EXISTS (SELECT FROM liptako.incident)").fetchone() == (True,):
            begin(database_url)
        servers = _Servers(database_url)
        try:
            copies = [Copy(servers.client, *each) for each in SELECTIONS]
            for step in steps:
                if step == "restart":
                    servers.restart()
                elif isinstance(step, int):
                    for copy in copies:
                        copy.take_in(servers.client, step)
                else:
                    apply(db, step)
            for copy in copies:
                copy.catch_up(servers.client)
                assert copy.features == features_of(copy.download(servers.client))
        finally:
            servers.stop()


class _Servers:
    """One server after another on the same database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._start()

    def _start(self) -> None:
        self._serving = serving(create_app(Settings(), self._url))
        self.client = httpx.Client(base_url=self._serving.__enter__(), timeout=30)

    def restart(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        self.client.close()
        self._serving.__exit__(None, None, None)


def test_readers_that_follow_while_others_write_agree_in_the_end(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    over = threading.Event()
    copies = [Copy(client, layer, selection) for layer, selection in SELECTIONS]
    faults: list[BaseException] = []

    def follow(copy: Copy) -> None:
        try:
            with httpx.Client(base_url=client.base_url, timeout=30) as own:
                while not over.is_set():
                    copy.take_in(own, 3)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=follow, args=(copy,)) for copy in copies[:3]]
    for thread in threads:
        thread.start()
    for number in range(40):
        key = number % 20 + 1
        changing.execute(
            "UPDATE liptako.incident SET title = %s, country = %s WHERE incident_id = %s",
            [f"t {number}", ("MLI", "NER")[number % 2], key],
        )
        changing.execute(
            "UPDATE liptako.incident SET status = 'retracted' WHERE incident_id = %s", [key + 1]
        )
        changing.execute(
            "UPDATE liptako.estimate SET low = low + 1, best = NULL, high = NULL"
            " WHERE incident_id = %s",
            [key],
        )
    over.set()
    for thread in threads:
        thread.join()
    assert faults == []
    for copy in copies:
        copy.catch_up(client)
        assert copy.features == features_of(copy.download(client))


def test_a_copy_can_be_made_by_the_feed_alone(client: httpx.Client) -> None:
    found: dict[int, bytes] = {}
    href: str | None = f"{CHANGES}?limit=10"
    pages = 0
    while href is not None:
        response = client.get(href)
        page = msgspec.json.decode(response.content, type=_Page)
        for each in page.changes:
            assert each.change == "created"
            found[each.id] = bytes(each.feature)
        links = response.json()["links"]
        href = next((link["href"] for link in links if link["rel"] == "next"), None)
        assert page.complete == (href is None)
        pages += 1
    assert pages == SHOWN // 10 + 1
    assert found == features_of(client.get(ITEMS, params={"f": "ndjson"}))


@pytest.mark.parametrize("form", ["json", "jsonfg", "csv", "fgb", "ndjson", "geojsonseq"])
@pytest.mark.parametrize("more", [{}, {"limit": "5"}, {"download": "true"}])
def test_every_answer_with_features_says_where_to_go_on_from(
    client: httpx.Client, form: str, more: dict[str, str]
) -> None:
    response = client.get(ITEMS, params={"f": form, "country": "NER", **more})
    href = response.links["changes"]["url"]
    token = response.headers["Liptako-Since"]
    assert httpx.URL(href).params["since"] == token
    document = client.get(href).json()
    assert (document["changes"], document["complete"]) == ([], True)
    assert document["token"] == token
    if form in ("json", "jsonfg"):
        assert href in [link["href"] for link in response.json()["links"]]


def test_the_collection_says_where_a_copy_of_the_whole_goes_on_from(client: httpx.Client) -> None:
    collection = client.get("/collections/incidents").json()
    token = client.get(ITEMS).headers["Liptako-Since"]
    assert collection["changesToken"] == token
    (link,) = (link for link in collection["links"] if link["rel"] == "changes")
    assert httpx.URL(link["href"]).params["since"] == token


def test_the_token_of_a_former_state_leads_to_the_present(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    row = changing.execute("SELECT max(recorded_at) FROM liptako.data_version").fetchone()
    assert row is not None
    changing.execute("UPDATE liptako.incident SET title = 'new' WHERE code = 'far'")
    former = client.get(ITEMS, params={"asof": row[0].isoformat(), "f": "ndjson"})
    (change,) = client.get(former.links["changes"]["url"]).json()["changes"]
    assert change["change"] == "changed"
    assert change["fields"] == {"title": {"old": "far", "new": "new"}}


def test_an_unchanged_state_is_told_by_304(client: httpx.Client) -> None:
    first = client.get(CHANGES)
    again = client.get(CHANGES, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_merged_incident_is_told_with_its_survivor(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    token = client.get(ITEMS).headers["Liptako-Since"]
    changing.execute(
        "UPDATE liptako.incident SET status = 'merged', status_note = 'the same', merged_into ="
        " (SELECT incident_id FROM liptako.incident WHERE code = 'inates-2019-12-10')"
        " WHERE code = 'far'"
    )
    (change,) = client.get(CHANGES, params={"since": token}).json()["changes"]
    assert (change["change"], change["note"]) == ("merged", "the same")
    assert change["merged_into"]["incident"] == "inates-2019-12-10"
    assert client.get(change["merged_into"]["href"]).status_code == 200
    page = client.get(CHANGES, params={"since": token, "f": "html"}).text
    assert "merged into inates-2019-12-10: the same" in page


@pytest.mark.parametrize(
    "params, status, rule",
    [
        ({"since": "nonsense"}, 400, "it is a token that this service gave"),
        ({"since": "é"}, 400, "it is a token that this service gave"),
        ({"since": "{token}", "country": "NER"}, 400, "it belongs to another layer or selection"),
        ({"since": "{token}", "asof": "2020-01-01"}, 400, "this resource has no such parameter"),
        ({"since": "{token}", "limit": "0"}, 400, "it is at least 1"),
        ({"since": "{other}"}, 410, "it is of another database"),
    ],
)
def test_a_token_that_does_not_fit_is_refused(
    client: httpx.Client, address: str, params: dict[str, str], status: int, rule: str
) -> None:
    token = client.get(ITEMS).headers["Liptako-Since"]
    other = httpx.get(f"{address}{ITEMS}").headers["Liptako-Since"]
    asked = {name: text.format(token=token, other=other) for name, text in params.items()}
    response = client.get(CHANGES, params=asked)
    assert response.status_code == status
    assert rule in response.json()["rule"]


def test_the_token_of_one_layer_is_not_another_s(client: httpx.Client) -> None:
    token = client.get(ITEMS).headers["Liptako-Since"]
    assert client.get("/collections/claims/changes", params={"since": token}).status_code == 400


def test_what_a_stranger_s_run_found_has_no_feed(client: httpx.Client) -> None:
    assert client.get("/collections/knox/changes", params={"run": "1"}).status_code == 400


def test_an_incident_that_must_not_leave_is_never_told(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    token = client.get(ITEMS).headers["Liptako-Since"]
    changing.execute("UPDATE liptako.incident SET title = 'x' WHERE code = 'secret-incident'")
    source = changing.execute("SELECT source_id FROM liptako.source WHERE code = 'secret'")
    row = source.fetchone()
    assert row is not None
    add_incident(changing, row[0], "secret-too")
    document = client.get(CHANGES, params={"since": token}).json()
    assert document["changes"] == []
    assert document["until"]["version"] > document["since"]["version"]


def test_a_licence_that_is_withdrawn_takes_what_was_copied(
    changing: psycopg.Connection[Any], client: httpx.Client
) -> None:
    token = client.get(ITEMS).headers["Liptako-Since"]
    changing.execute("UPDATE liptako.source SET redistributable = false WHERE code = 'press'")
    document = client.get(CHANGES, params={"since": token, "limit": "1000"}).json()
    assert {each["change"] for each in document["changes"]} == {"retracted"}
    # What was not shown before, for another reason, is told by its key as well: nobody can tell.
    assert len(document["changes"]) >= SHOWN
    assert all("feature" not in each for each in document["changes"])
    changing.execute("UPDATE liptako.source SET redistributable = true WHERE code = 'press'")
    later = client.get(CHANGES, params={"since": document["token"], "limit": "1000"}).json()
    assert {each["change"] for each in later["changes"]} == {"created"}
    assert len(later["changes"]) == SHOWN
