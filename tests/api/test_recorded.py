"""Former states: what was the present then is served again, and every link stays there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import psycopg
import pytest

from api.app import create_app
from api.settings import Settings
from db.layers.catalogue import DRAWN, LAYERS
from tests.api.answers import codes, links
from tests.api.past import PATHS, TILE, Moment, live
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgis import PostgisServer

ITEMS = "/collections/incidents/items"
INATES = f"{ITEMS}/inates-2019-12-10"
LONG_AGO = "1999-12-31"
LASTING = "/collections/knox/items"
"""A layer of which a former state follows from its version alone."""


@pytest.fixture(scope="module")
def past_url(postgis_server: PostgisServer, template_database: str) -> Iterator[str]:
    name = "liptako_past_test"
    yield postgis_server.create(name, template_database)
    postgis_server.drop(name)


@pytest.fixture(scope="module")
def served(past_url: str) -> Iterator[httpx.Client]:
    app = create_app(Settings(), past_url)
    with serving(app) as base, httpx.Client(base_url=base, timeout=30) as opened:
        yield opened


@pytest.fixture(scope="module")
def moments(past_url: str, served: httpx.Client) -> list[Moment]:
    """Live through three states; the last is the present."""
    return live(past_url, served)


def at(client: httpx.Client, path: str, asof: str, **more: Any) -> httpx.Response:
    return client.get(path, params=[*parse_qsl(urlsplit(path).query), ("asof", asof)], **more)


def without_links(response: httpx.Response) -> object:
    """What an answer says, its links apart: those of a former state lead to that state."""
    media_type = response.headers.get("content-type", "")
    is_document = "json" in media_type and "seq" not in media_type
    return _bare(response.json()) if is_document else response.content


def _bare(node: Any) -> Any:
    if isinstance(node, dict):
        left_out = ("links", "conformsTo", "featureSchema")
        return {name: _bare(value) for name, value in node.items() if name not in left_out}
    return [_bare(each) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("state", [0, 1, 2])
def test_a_former_state_is_what_was_the_present_then(
    served: httpx.Client, moments: list[Moment], path: str, state: int
) -> None:
    then = moments[state].served[path]
    again = at(served, path, moments[state].asof)
    assert again.status_code == then.status_code
    assert without_links(again) == without_links(then)
    for name in ("ogc-numbermatched", "content-disposition", "content-crs"):
        assert again.headers.get(name) == then.headers.get(name)


def test_the_states_differ(moments: list[Moment]) -> None:
    for path in (ITEMS, INATES, "/collections/claims/items", f"/collections/incidents/{TILE}"):
        assert len({str(without_links(moment.served[path])) for moment in moments}) == 3, path


def test_a_walk_at_a_former_state_stays_there(served: httpx.Client, moments: list[Moment]) -> None:
    for moment in moments:
        page = at(served, f"{ITEMS}?limit=4", moment.asof).json()
        found = [feature["id"] for feature in page["features"]]
        while following := links(page, "next"):
            assert dict(parse_qsl(urlsplit(following[0]["href"]).query))["asof"] == moment.asof
            page = served.get(following[0]["href"]).json()
            found += [feature["id"] for feature in page["features"]]
        whole = moment.served[ITEMS].json()["features"]
        assert found == [feature["id"] for feature in whole]


def test_a_cursor_of_a_later_state_is_refused(served: httpx.Client, moments: list[Moment]) -> None:
    page = at(served, f"{ITEMS}?limit=4", moments[1].asof).json()
    href = links(page, "next")[0]["href"].replace(moments[1].asof, moments[0].asof)
    refused = served.get(href)
    assert refused.status_code == 400
    assert refused.json()["parameter"] == "asof"


def test_an_item_that_was_not_there_is_404(served: httpx.Client, moments: list[Moment]) -> None:
    assert at(served, f"{ITEMS}/new", moments[0].asof).status_code == 404
    assert at(served, f"{ITEMS}/new", moments[1].asof).status_code == 200
    assert at(served, f"{ITEMS}/bare-03", moments[0].asof).status_code == 200
    assert at(served, f"{ITEMS}/bare-03", moments[1].asof).status_code == 404


@pytest.mark.parametrize("layer", LAYERS)
def test_before_the_first_record_there_is_nothing(
    served: httpx.Client, moments: list[Moment], layer: str
) -> None:
    assert moments
    items = at(served, f"/collections/{layer}/items", LONG_AGO)
    assert items.status_code == 200
    page = items.json()
    # Boundaries, places and reports are shown as they are now until they keep former rows, too.
    if layer in ("incidents", "claims", "aggregates"):
        assert (page["features"], page["numberMatched"], page["numberReturned"]) == ([], 0, 0)
        found = at(served, f"/collections/{layer}", LONG_AGO).json()
        assert found["itemCount"] == 0
        assert "spatial" not in found["extent"]
        assert at(served, f"/collections/{layer}/items?f=csv", LONG_AGO).text.count("\n") == 1
    if layer in DRAWN:
        path = f"/collections/{layer}/tiles/WebMercatorQuad/0/0/0"
        assert at(served, path, LONG_AGO).status_code in (200, 204)


@pytest.mark.parametrize("asof", ["2999-01-01", "2999-01-01T00:00:00Z", "soon", "", "2020-01"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/collections",
        "/collections/incidents",
        ITEMS,
        INATES,
        f"/collections/incidents/{TILE}",
        "/collections/incidents/tiles/WebMercatorQuad",
        "/collections/incidents/tiles/WebMercatorQuad/tilejson.json",
        "/collections/incidents/style",
        "/tiles/WebMercatorQuad/0/0/0",
        "/style",
    ],
)
def test_what_is_no_state_is_refused(
    served: httpx.Client, moments: list[Moment], path: str, asof: str
) -> None:
    assert moments
    refused = at(served, path, asof)
    assert refused.status_code == 400
    assert refused.json()["parameter"] == "asof"


def test_a_client_may_repeat_itself_but_not_contradict(
    served: httpx.Client, moments: list[Moment]
) -> None:
    same, other = moments[0].asof, moments[1].asof
    assert served.get(f"{ITEMS}?asof={same}&asof={same}").status_code == 200
    assert served.get(f"{ITEMS}?asof={same}&asof={other}").status_code == 400


WALKED = [
    "/",
    "/collections",
    "/collections/incidents",
    ITEMS,
    INATES,
    "/tiles",
    "/tiles/WebMercatorQuad",
    "/tiles/WebMercatorQuad/tilejson.json",
    "/style",
    "/functions",
    "/conformance",
    "/tileMatrixSets",
]


@pytest.mark.parametrize("path", WALKED)
def test_links_carry_the_state_along(
    served: httpx.Client, moments: list[Moment], path: str
) -> None:
    response = at(served, path, moments[0].asof)
    assert response.status_code == 200
    found = list(_addresses(response.json(), str(served.base_url)))
    assert found
    passed_by = ("/analyses", "/processes", "/jobs")
    of_two_states = ("/changes", "/diff", "/versions", "/snapshots")
    for address in found:
        asked = dict(parse_qsl(urlsplit(address).query))
        path = urlsplit(address).path
        if not (path.startswith(passed_by) or path.endswith(of_two_states)):
            assert asked.get("asof") == moments[0].asof, address
        if "{" not in address:
            assert served.get(address).status_code == 200, address


def _addresses(node: Any, base: str) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _addresses(value, base)
    elif isinstance(node, list):
        for each in node:
            yield from _addresses(each, base)
    elif isinstance(node, str) and node.startswith(base):
        yield node


@pytest.mark.parametrize("path", [*WALKED, f"/collections/incidents/{TILE}"])
def test_links_of_the_present_name_no_state(
    served: httpx.Client, moments: list[Moment], path: str
) -> None:
    assert moments
    response = served.get(path)
    assert (
        "asof" not in response.text.replace("asof_", "")
        or "html" in response.headers["content-type"]
    )


@pytest.mark.parametrize("path", ["/", "/collections", "/collections/incidents", ITEMS, INATES])
def test_pages_for_people_say_which_state_they_show(
    served: httpx.Client, moments: list[Moment], path: str
) -> None:
    page = at(served, f"{path}?f=html", moments[0].asof).text
    assert f"As recorded by {moments[0].asof}" in page
    assert f'name="asof" value="{moments[0].asof}"' in page
    links_of_ours = [part.split('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]
    kept = [
        link
        for link in links_of_ours
        if "/collections" in link
        and "asof" not in link
        # These are of more states than one.
        and not any(part in link for part in ("/versions", "/changes"))
    ]
    # But for the one that leads back to the present.
    assert kept in ([], [f"{served.base_url}{path}?f=html"])


def test_the_page_of_an_incident_shows_the_claims_of_then(
    served: httpx.Client, moments: list[Moment]
) -> None:
    texts = [at(served, f"{INATES}?f=html", moment.asof).text for moment in moments]
    assert ["first-claim" in text for text in texts] == [True, True, False]
    assert ["second-claim" in text for text in texts] == [False, True, True]


def test_a_snapshot_names_a_state(
    past_url: str, served: httpx.Client, moments: list[Moment]
) -> None:
    with psycopg.connect(past_url) as connection:
        connection.execute(
            "INSERT INTO liptako.snapshot (name, version, manifest)"
            " SELECT 'v1.0', max(version), '{}' FROM liptako.data_version WHERE recorded_at <= %s",
            [moments[0].at],
        )
    named = at(served, ITEMS, "v1.0")
    assert without_links(named) == without_links(moments[0].served[ITEMS])
    assert links(named.json(), "self")[0]["href"] == f"{served.base_url}{ITEMS}?asof=v1.0"
    refused = at(served, ITEMS, "v1.1").json()
    assert (refused["parameter"], refused["nearest"]) == ("asof", "v1.0")


def test_a_memento_says_what_it_is(served: httpx.Client, moments: list[Moment]) -> None:
    answer = at(served, f"{ITEMS}?limit=4", moments[0].asof)
    moment = parsedate_to_datetime(answer.headers["memento-datetime"])
    assert moment - moments[0].at < timedelta(seconds=1)
    address = f"{served.base_url}{ITEMS}?limit=4"
    assert f'<{address}>; rel="original timegate"' in answer.headers["link"]
    assert f'<{address}&asof={moments[0].asof}>; rel="memento"' in answer.headers["link"]
    assert "Accept-Datetime" not in answer.headers["vary"]
    assert "content-location" not in answer.headers


def test_accept_datetime_asks_for_a_state(served: httpx.Client, moments: list[Moment]) -> None:
    before = format_datetime(moments[0].at - timedelta(days=1), usegmt=True)
    answer = served.get(ITEMS, headers={"Accept-Datetime": before})
    assert codes(answer) == set()
    assert "Accept-Datetime" in answer.headers["vary"]
    assert answer.headers["content-location"].startswith(f"{served.base_url}{ITEMS}?asof=")
    assert answer.headers["cache-control"] == "no-cache"
    assert served.get(answer.headers["content-location"]).content == answer.content
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    present = served.get(ITEMS, headers={"Accept-Datetime": tomorrow})
    assert present.content == served.get(ITEMS).content
    assert "Accept-Datetime" in served.get(ITEMS).headers["vary"]
    # The parameter says it more precisely, so it decides.
    both = at(served, ITEMS, moments[0].asof, headers={"Accept-Datetime": before})
    assert both.content == at(served, ITEMS, moments[0].asof).content


@pytest.mark.parametrize("header", ["soon", "2020-01-11", "", "Sat, 11 Jan 2020 18:00:00"])
def test_a_header_that_names_no_moment_is_refused(
    served: httpx.Client, moments: list[Moment], header: str
) -> None:
    assert moments
    refused = served.get(ITEMS, headers={"Accept-Datetime": header})
    assert refused.status_code == 400
    assert refused.json()["parameter"] == "Accept-Datetime"


def test_only_what_can_never_change_is_kept_without_asking(
    served: httpx.Client, moments: list[Moment]
) -> None:
    lasting = f"public, max-age={Settings().former_max_age_s}, immutable"
    assert at(served, LASTING, moments[0].asof).headers["cache-control"] == lasting
    # Nothing has been recorded since: a writer may still be about to stamp an earlier moment.
    for asof in (moments[2].asof, datetime.now(UTC).date().isoformat()):
        assert at(served, LASTING, asof).headers["cache-control"] == "no-cache"
    assert served.get(LASTING).headers["cache-control"] == "no-cache"


def test_validators_of_a_former_state_outlast_writes(
    past_url: str, served: httpx.Client, moments: list[Moment]
) -> None:
    def tags(asof: str | None) -> list[str]:
        paths = [LASTING, f"{LASTING}?f=csv"]
        return [
            (served.get(path) if asof is None else at(served, path, asof)).headers["etag"]
            for path in paths
        ]

    former, present = tags(moments[0].asof), tags(None)
    with psycopg.connect(past_url) as connection:
        connection.execute(
            "INSERT INTO liptako.source (code, name, kind, licence, attribution, redistributable)"
            " VALUES ('another', 'another', 'news', '', '', true)"
        )
    assert tags(moments[0].asof) == former
    assert all(new != old for new, old in zip(tags(None), present, strict=True))
    known = at(served, LASTING, moments[0].asof, headers={"If-None-Match": former[0]})
    assert known.status_code == 304
    assert "memento-datetime" in known.headers
    with psycopg.connect(past_url) as connection:
        connection.execute(
            "UPDATE liptako.source SET redistributable = false WHERE code = 'another'"
        )
    assert all(new != old for new, old in zip(tags(moments[0].asof), former, strict=True))
